package real

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"linekeeper/internal/agent"
	"linekeeper/internal/demo/carrier"
	protocol "linekeeper/internal/edge/desk"
	"linekeeper/internal/live"
	"linekeeper/test/rig"
)

// TestSoak keeps so many calls running for a while, each of which ends in one of the ways in which calls end,
// and looks at what the process holds: it must not grow while the load is the same, and all of it must be given
// back when the last call is over. LINEKEEPER_SOAK is how long (10s), LINEKEEPER_SOAK_CALLS how many (12);
// `make test-long` takes an hour and 300.
func TestSoak(t *testing.T) {
	s := &soak{calls: 12, long: 10 * time.Second}
	var err error
	if text := os.Getenv("LINEKEEPER_SOAK"); text != "" {
		if s.long, err = time.ParseDuration(text); err != nil {
			t.Fatal(err)
		}
	}
	if text := os.Getenv("LINEKEEPER_SOAK_CALLS"); text != "" {
		if s.calls, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	s.open(t)
	empty := s.look(t)
	s.churn(t)
	s.level(t)
	s.returns(t, empty)
	s.serve(t)
	s.kept(t)
}

// soak is a center under a steady load.
type soak struct {
	calls  int
	long   time.Duration
	server *rig.Server
	lines  *carrier.Carrier
	desks  []*rig.Desk
	looks  []holding
	placed atomic.Int64
	failed atomic.Int64

	mu    sync.Mutex
	rings map[*carrier.Call]bool // agents' phones that talk
}

// holding is what the process has at a time.
type holding struct {
	at                                                           time.Duration
	memory, heap, goroutines, files, ports, seats, calls, mended float64
}

func (s *soak) open(t *testing.T) {
	t.Helper()
	pump, err := carrier.NewPump(netip.MustParseAddrPort("127.0.0.1:0"), carrier.Tone(400, 0.3, 20*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pump.Close)
	s.rings = map[*carrier.Call]bool{}
	phones, err := carrier.New(carrier.Config{Deaf: true, Pump: pump, Incoming: func(c *carrier.Call) {
		c.Answer()
		s.mu.Lock()
		defer s.mu.Unlock()
		s.rings[c] = true
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = phones.Close() })
	center := rig.Center{Recording: true, Direct: true}
	for i := range s.calls * 3 / 4 { // the others wait for them
		login := fmt.Sprintf("agent%d", i)
		center.Users = append(center.Users, rig.User{Login: login, Name: login, Role: "agent", Password: rig.Password, PhoneURI: "sip:" + login + "@" + phones.Addr().String()})
	}
	s.server = start(t, center, rig.Options{Env: []string{"LINEKEEPER_LOG=warn"}, Args: []string{"--drain-timeout", "1s"}})
	if s.lines, err = carrier.New(carrier.Config{Target: s.server.Ready.SIP(), Deaf: true, Pump: pump}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.lines.Close() })
	for _, u := range center.Users {
		s.seat(t, u.Login)
	}
}

// seat opens an agent's desk. The server slows down so many people at one address, and it is right.
func (s *soak) seat(t *testing.T, login string) {
	t.Helper()
	patiently := func(do func(context.Context) error) {
		t.Helper()
		within(t, 3*time.Minute, login+" at the desk", func() error {
			ctx, stop := rig.Within(20 * time.Second)
			defer stop()
			err := do(ctx)
			if err != nil && !strings.Contains(err.Error(), "429") {
				t.Fatal(err)
			}
			return err
		})
	}
	c := s.server.NewClient()
	patiently(func(ctx context.Context) error { return c.SignIn(ctx, login, rig.Password) })
	var d *rig.Desk
	patiently(func(ctx context.Context) (err error) { d, err = c.OpenDesk(ctx, nil); return err })
	t.Cleanup(d.Close)
	step(t, 20*time.Second, "being available", func(ctx context.Context) (any, error) { return nil, d.Status(ctx, "available", "") })
	s.desks = append(s.desks, d)
}

// churn keeps the calls running until the time is over, and lets them end.
func (s *soak) churn(t *testing.T) {
	t.Helper()
	ctx, stop := context.WithTimeout(context.Background(), s.long)
	defer stop()
	var all sync.WaitGroup
	for i := range s.calls {
		all.Go(func() {
			// They come one after the other, not all at once.
			for wait(ctx, time.Duration(i)*min(20*time.Second, s.long/8)/time.Duration(s.calls)); ctx.Err() == nil; {
				s.call(ctx, fmt.Sprintf("4479%08d", s.placed.Add(1)))
			}
		})
	}
	began := time.Now()
	for every := max(s.long/60, time.Second); ctx.Err() == nil; {
		if wait(ctx, every) {
			h := s.look(t)
			h.at = time.Since(began)
			s.looks = append(s.looks, h)
		}
		s.forgetOver()
	}
	all.Wait()
}

// wait is false if the context ended first.
func wait(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// call is one call from its beginning to its end.
func (s *soak) call(ctx context.Context, from string) {
	c, err := s.lines.Dial(context.Background(), carrier.Numbers{From: from, To: rig.Number})
	if err != nil {
		s.failed.Add(1)
		return
	}
	defer c.HangUp()
	shortest, longest := min(2*time.Second, s.long/10), min(45*time.Second, s.long/4)
	stay := shortest + rand.N(longest-shortest)
	switch rand.IntN(10) {
	case 0: // thinks better of it at once
		wait(ctx, rand.N(300*time.Millisecond))
	case 1: // holds, and comes back
		wait(ctx, stay/3)
		c.Hold(true)
		wait(ctx, stay/3)
		c.Hold(false)
		wait(ctx, stay/3)
	case 2, 3: // some agent's phone hangs up
		wait(ctx, stay)
		s.mu.Lock()
		for phone := range s.rings {
			delete(s.rings, phone)
			phone.HangUp()
			break
		}
		s.mu.Unlock()
	case 4, 5: // an agent holds, parks, or hangs up at the desk
		wait(ctx, stay)
		s.control(s.desks[rand.IntN(len(s.desks))])
	default:
		wait(ctx, stay)
	}
	c.HangUp()
	select {
	case <-c.Done():
	case <-time.After(40 * time.Second):
		s.failed.Add(1)
	}
}

// control does something at a desk. It may come too late: then it is refused.
func (s *soak) control(d *rig.Desk) {
	ctx, stop := rig.Within(20 * time.Second)
	defer stop()
	var id string
	_ = d.Await(ctx, "anything", func(v *rig.View) bool {
		if w, ok := v.Work("connected"); ok {
			id = string(w.Interaction)
		}
		return true
	})
	if id == "" {
		return
	}
	switch rand.IntN(3) {
	case 0:
		_, _ = d.Ask(ctx, protocol.Command{Kind: protocol.CmdHold, Interaction: id, On: true})
		_, _ = d.Ask(ctx, protocol.Command{Kind: protocol.CmdHold, Interaction: id})
	case 1:
		_, _ = d.Ask(ctx, protocol.Command{Kind: protocol.CmdPark, Interaction: id})
	default:
		_, _ = d.Ask(ctx, protocol.Command{Kind: protocol.CmdHangUp, Interaction: id})
	}
}

// forgetOver takes out the phones that no longer talk.
func (s *soak) forgetOver() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.rings {
		if isDone(c.Done()) {
			delete(s.rings, c)
		}
	}
}

func (s *soak) look(t *testing.T) (h holding) {
	t.Helper()
	memory, err := s.server.Memory()
	if err != nil {
		t.Fatal(err)
	}
	files, err := s.server.Files()
	if err != nil {
		t.Fatal(err)
	}
	h.memory, h.files = float64(memory), float64(files)
	text := step(t, 30*time.Second, "the metrics", func(ctx context.Context) ([]byte, error) {
		b, _, err := s.server.As(rig.AdminToken).Bytes(ctx, "/metrics", nil)
		return b, err
	})
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		v, err := strconv.ParseFloat(value, 64)
		if err != nil {
			continue
		}
		name, _, _ = strings.Cut(name, "{")
		switch strings.TrimPrefix(name, "linekeeper_") {
		case "go_goroutines":
			h.goroutines = v
		case "go_memstats_heap_alloc_bytes":
			h.heap = v
		case "seats_reserved":
			h.seats = v
		case "rtp_ports_open":
			h.ports = v
		case "interactions_running":
			h.calls = v
		case "repairs_total":
			h.mended += v
		}
	}
	return h
}

func (h holding) String() string {
	return fmt.Sprintf("%8s: memory %5.1f MB, heap %5.1f MB, goroutines %5.0f, files %4.0f, ports %4.0f, seats %4.0f, interactions %4.0f, mended %2.0f",
		h.at.Round(time.Second), h.memory/1e6, h.heap/1e6, h.goroutines, h.files, h.ports, h.seats, h.calls, h.mended)
}

// level compares the second quarter of the time with the last.
func (s *soak) level(t *testing.T) {
	t.Helper()
	for i, h := range s.looks {
		if i%max(1, len(s.looks)/20) == 0 {
			t.Log(h)
		}
	}
	n := len(s.looks)
	if n < 8 {
		t.Fatalf("%d looks in %s: the process did not answer", n, s.long)
	}
	for name, of := range map[string]func(holding) float64{
		"memory":     func(h holding) float64 { return h.memory / 1e6 },
		"goroutines": func(h holding) float64 { return h.goroutines },
		"files":      func(h holding) float64 { return h.files },
		"ports":      func(h holding) float64 { return h.ports },
	} {
		before, after := middle(s.looks[n/4:n/2], of), middle(s.looks[3*n/4:], of)
		t.Logf("%s: %.0f in the second quarter, %.0f in the last", name, before, after)
		// Chance has a call more or less ring, and the collector its own time.
		if after > before*1.25+60 {
			t.Errorf("%s grow under the same load: %.0f, then %.0f", name, before, after)
		}
	}
}

// middle is the median.
func middle(looks []holding, of func(holding) float64) float64 {
	var all []float64
	for _, h := range looks {
		all = append(all, of(h))
	}
	slices.Sort(all)
	return all[len(all)/2]
}

// returns waits until everything is given back that the calls took; what SIP repeats takes 32 s.
func (s *soak) returns(t *testing.T, empty holding) {
	t.Helper()
	within(t, 2*time.Minute, "all is given back", func() error {
		h := s.look(t)
		if h.calls > 0 || h.seats > 0 || h.ports > empty.ports || h.goroutines > empty.goroutines+20 || h.files > empty.files+12 {
			return fmt.Errorf("there is %v\nbefore the calls %v", h, empty)
		}
		if h.mended > 0 {
			return fmt.Errorf("%.0f repairs were needed", h.mended)
		}
		t.Logf("before the calls %v\n   after the calls %v", empty, h)
		return nil
	})
}

// serve looks at the agents: each is available still, but for those who missed an offer, which takes them out.
func (s *soak) serve(t *testing.T) {
	t.Helper()
	missed := 0
	for _, d := range s.desks {
		step(t, 20*time.Second, "an agent who may be offered the next call", func(ctx context.Context) (any, error) {
			return nil, d.Await(ctx, "that", func(v *rig.View) bool {
				me := v.Me()
				if me.Status == string(agent.Break) && me.Reason == agent.Missed {
					missed++
					return true
				}
				return me.Status == string(agent.Available) && me.Activity == live.Idle
			})
		})
	}
	t.Logf("%d of %d agents missed an offer", missed, len(s.desks))
}

// kept looks at the records: one for each call, done, and no recording that was lost.
func (s *soak) kept(t *testing.T) {
	t.Helper()
	talks, partial := 0, 0
	numbers := map[string]bool{}
	for _, r := range records(t, s.server) {
		// A talk of a moment may be over before its recording begins; its record says that too.
		lost := r.Recording == "failed" && r.TalkMs > 2000 || r.Recording == "" && r.TalkMs > 0
		if r.Phase != "done" || numbers[r.CustomerAddress] || lost || r.Recording == "running" {
			t.Errorf("got %+v, want one for each call, done", r)
		}
		numbers[r.CustomerAddress] = true
		if r.AnsweredMs > 0 {
			talks++
		}
		if r.Recording == "partial" {
			partial++
		}
	}
	// Whoever hangs up before the arrival is written down leaves none.
	if placed := int(s.placed.Load()); len(numbers) > placed || len(numbers) < placed*8/10 || talks == 0 || partial > 0 || s.failed.Load() > 0 {
		t.Errorf("%d calls, %d of them failed, left %d records with %d talks and %d partial recordings", placed, s.failed.Load(), len(numbers), talks, partial)
	}
	t.Logf("%d calls, %d records, %d talks", s.placed.Load(), len(numbers), talks)
}
