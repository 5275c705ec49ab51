package sip

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"
)

// states notes what a registration tells.
type states struct {
	mu  sync.Mutex
	all []Registered
}

func (s *states) on(r Registered) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = append(s.all, r)
}

func (s *states) last() (Registered, int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.all) == 0 {
		return Registered{}, 0
	}
	return s.all[len(s.all)-1], len(s.all)
}

// TestKeepRegistered registers one of our stacks with another one's registrar, by either algorithm.
func TestKeepRegistered(t *testing.T) {
	t.Parallel()
	for _, algorithm := range []string{"SHA-256", "MD5"} {
		inWorld(t, func(w *world) {
			_, registrar := w.registrarStack(nil, AuthConfig{Algorithms: []string{algorithm}})
			us := w.stack("10.0.0.2:5060", takesG711)
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			var told states
			over := make(chan struct{})
			go func() {
				defer close(over)
				us.KeepRegistered(ctx, Registration{
					Registrar: "sip:10.0.0.1", Address: "sip:ann@lk.example", Contact: "line1", Username: "ann", Password: "secret-ann",
					Expires: 10 * time.Minute, On: told.on,
				})
			}()
			contacts := func() int {
				all, err := registrar.Lookup(context.Background(), "sip:ann@lk.example")
				if err != nil {
					t.Fatal(err)
				}
				if len(all) == 1 && !strings.HasPrefix(all[0].URI, "sip:line1@10.0.0.2:5060") {
					t.Errorf("got %+v", all[0])
				}
				return len(all)
			}
			for i := range 5 {
				time.Sleep(time.Second)
				if state, n := told.last(); contacts() != 1 || state.Code != 200 || !state.Until.After(time.Now()) || n != i+1 {
					t.Fatalf("%s: %d contacts, told %d times, last %+v", algorithm, contacts(), n, state)
				}
				state, _ := told.last()
				time.Sleep(state.Next)
			}
			cancel()
			<-over
			if contacts() != 0 {
				t.Error("the registration was not taken back")
			}
		})
	}
}

func TestRegistrationThatIsRefused(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		_, _ = w.registrarStack(nil, AuthConfig{})
		us := w.stack("10.0.0.2:5060", takesG711)
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		var told states
		over := make(chan struct{})
		go func() {
			defer close(over)
			us.KeepRegistered(ctx, Registration{Registrar: "sip:10.0.0.1", Address: "sip:ann@lk.example", Username: "ann", Password: "wrong", On: told.on})
		}()
		time.Sleep(time.Minute - time.Second)
		state, n := told.last()
		if n != 1 || state.Code != 401 || !state.Until.IsZero() || state.Next < registerForbids {
			t.Errorf("told %d times, last %+v", n, state)
		}
		time.Sleep(time.Hour)
		if _, n := told.last(); n < 10 || n > 20 {
			t.Errorf("tried %d times in an hour", n)
		}
		cancel()
		<-over
	})
}

func TestRegistrarThatIsAway(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		zone := &zone{srv: map[string][]SRV{"_sip._udp.carrier.example": {{"b.example", 5060, 2, 0}, {"a.example", 5060, 1, 0}}},
			hosts: map[string]string{"a.example": "10.0.0.8", "b.example": "10.0.0.9"}}
		us := w.stack("10.0.0.2:5060", takesG711, func(c *Config) { c.Resolver = NewResolver(zone) })
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		p := w.peer("10.0.0.9:5060")
		var told states
		var met []netip.AddrPort
		over := make(chan struct{})
		go func() {
			defer close(over)
			us.KeepRegistered(ctx, Registration{Registrar: "sip:carrier.example", Address: "sip:us@carrier.example", Contact: "us", Expires: time.Minute,
				Met: func(a netip.AddrPort) { met = append(met, a) }, On: told.on})
		}()
		begun := time.Now()
		first := p.expect("REGISTER sip:carrier.example")
		if took := time.Since(begun); took > 4*time.Second || len(met) != 2 {
			t.Errorf("the second place was asked after %s; met %v", took, met)
		}
		p.send("10.0.0.2:5060", p.answer(first, 423, "t", "Min-Expires: 1800\n", nil))
		second := p.expect("REGISTER")
		for second.get("Expires") != "1800" {
			second = p.expect("REGISTER")
		}
		if second.get("Call-ID") != first.get("Call-ID") || second.get("CSeq") == first.get("CSeq") {
			t.Errorf("got\n%s", second.text)
		}
		// It grants another time than was asked, to our contact only.
		p.send("10.0.0.2:5060", p.answer(second, 200, "t", "Contact: <sip:other@10.0.0.3>;expires=1, "+strings.Split(second.get("Contact"), ";")[0]+";expires=120\n", nil))
		time.Sleep(time.Second)
		if state, _ := told.last(); state.Next != 90*time.Second || state.Code != 200 {
			t.Errorf("got %+v", state)
		}
		time.Sleep(10 * time.Minute)
		if state, n := told.last(); !state.Until.IsZero() || n < 4 || state.Code != 0 {
			t.Errorf("told %d times, last %+v", n, state)
		}
		cancel()
		<-over
	})
}

func TestAsk(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		us := w.stack("10.0.0.2:5060", takesG711)
		w.stack("10.0.0.1:5060", takesG711)
		reply, err := us.AskFirst(context.Background(), Ask{Method: "OPTIONS", Target: "sip:10.0.0.1", Expires: -1}, "", 4*time.Second, nil)
		if err != nil || reply.Code != 200 || reply.Header("Allow") == "" {
			t.Errorf("got %+v, %v", reply, err)
		}
		begun := time.Now()
		_, err = us.AskFirst(context.Background(), Ask{Method: "OPTIONS", Target: "sip:10.0.0.99"}, "", 4*time.Second, nil)
		if !errors.Is(err, ErrTimeout) || time.Since(begun) != 4*time.Second {
			t.Errorf("got %v after %s", err, time.Since(begun))
		}
		p := w.peer("10.0.0.5:5060")
		done := make(chan struct{})
		go func() {
			defer close(done)
			reply, err = us.AskFirst(context.Background(), Ask{Method: "OPTIONS", Target: "sip:carrier.example"}, "sip:10.0.0.5:5060", 4*time.Second, nil)
		}()
		m := p.expect("OPTIONS sip:carrier.example")
		if m.get("Route") != "<sip:10.0.0.5:5060;lr>" {
			t.Errorf("by way of a proxy: got\n%s", m.text)
		}
		p.send("10.0.0.2:5060", p.answer(m, 404, "t", "", nil))
		<-done
		if err != nil || reply.Code != 404 {
			t.Errorf("got %+v, %v", reply, err)
		}
	})
}
