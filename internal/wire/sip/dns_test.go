package sip

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// zone is a DNS in a test.
type zone struct {
	srv   map[string][]SRV
	hosts map[string]string // addresses, separated by spaces
	ttl   time.Duration
	down  bool
	asked []string
}

func (z *zone) SRV(_ context.Context, name string) ([]SRV, time.Duration, error) {
	z.asked = append(z.asked, name)
	if z.down {
		return nil, 0, errors.New("no answer")
	}
	return z.srv[name], z.ttl, nil
}

func (z *zone) Addresses(_ context.Context, host string) ([]netip.Addr, time.Duration, error) {
	z.asked = append(z.asked, host)
	if z.down {
		return nil, 0, errors.New("no answer")
	}
	var found []netip.Addr
	for _, a := range strings.Fields(z.hosts[host]) {
		found = append(found, netip.MustParseAddr(a))
	}
	return found, z.ttl, nil
}

func TestTargets(t *testing.T) {
	t.Parallel()
	z := &zone{
		srv: map[string][]SRV{
			"_sip._udp.carrier.example":  {{"b.example", 5070, 20, 0}, {"a.example", 5060, 10, 0}, {"lost.example", 5060, 15, 0}},
			"_sips._tcp.carrier.example": {{"a.example", 5061, 10, 0}},
			"_sip._tcp.tcp.example":      {{"b.example", 5080, 10, 0}},
			"_sip._udp.no.example":       {{".", 0, 0, 0}},
		},
		hosts: map[string]string{"a.example": "10.0.0.1 10.0.0.2", "b.example": "10.0.0.3", "tcp.example": "10.0.0.9", "plain.example": "10.0.0.4"},
	}
	for _, c := range []struct {
		uri       string
		transport Transport
		want      string
	}{
		{"sip:x@carrier.example", "", "UDP 10.0.0.1:5060, UDP 10.0.0.2:5060, UDP 10.0.0.3:5070"},
		{"sips:x@carrier.example", "", "TLS 10.0.0.1:5061, TLS 10.0.0.2:5061"},
		{"sip:x@carrier.example;transport=tls", "", "TLS 10.0.0.1:5061, TLS 10.0.0.2:5061"},
		{"sip:x@carrier.example", TLS, "TLS 10.0.0.1:5061, TLS 10.0.0.2:5061"},
		{"sip:x@carrier.example:5099", "", "error"}, // a port means that there is no service to look for
		{"sip:x@a.example:5099", "", "UDP 10.0.0.1:5099, UDP 10.0.0.2:5099"},
		{"sip:x@tcp.example", "", "TCP 10.0.0.3:5080"},
		{"sip:x@tcp.example", UDP, "UDP 10.0.0.9:5060"},
		{"sip:x@plain.example", "", "UDP 10.0.0.4:5060"},
		{"sips:x@plain.example", "", "TLS 10.0.0.4:5061"},
		{"sip:x@192.0.2.1", "", "UDP 192.0.2.1:5060"},
		{"sip:x@[2001:db8::1];transport=tcp", "", "TCP [2001:db8::1]:5060"},
		{"sip:x@ignored.example;maddr=b.example", "", "UDP 10.0.0.3:5060"},
		{"sip:x@no.example", "", "error"},
		{"sip:x@nowhere.example", "", "error"},
		{"tel:+49", "", "error"},
	} {
		targets, err := NewResolver(z).Targets(t.Context(), c.uri, c.transport)
		var got []string
		for _, target := range targets {
			got = append(got, fmt.Sprint(target.Transport, " ", target.Addr))
		}
		text := strings.Join(got, ", ")
		if err != nil {
			text = "error"
		}
		if text != c.want {
			t.Errorf("%s %s: got %s (%v), want %s", c.uri, c.transport, text, err, c.want)
		}
	}
}

// TestOrderOfRecords: priorities are strict, weights are shares (RFC 2782).
func TestOrderOfRecords(t *testing.T) {
	t.Parallel()
	records := []SRV{{"backup", 1, 2, 0}, {"big", 1, 1, 70}, {"none", 1, 1, 0}, {"small", 1, 1, 30}}
	random := rand.New(rand.NewPCG(1, 2))
	first := map[string]int{}
	const rounds = 20000
	for range rounds {
		ordered := orderSRV(records, random.IntN)
		if len(ordered) != 4 || ordered[3].Host != "backup" {
			t.Fatalf("got %v", ordered)
		}
		first[ordered[0].Host]++
	}
	for host, share := range map[string]float64{"big": 0.7, "small": 0.3, "none": 0.01} {
		if got := float64(first[host]) / rounds; got < share-0.02 || got > share+0.02 {
			t.Errorf("%s first: got %.3f of the time, want %.2f", host, got, share)
		}
	}
	if records[0].Host != "backup" {
		t.Error("the records were changed")
	}
}

func TestAnswersAreCached(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		z := &zone{hosts: map[string]string{"a.example": "10.0.0.1"}, ttl: time.Minute}
		r := NewResolver(z)
		ask := func(want string, questions int) {
			t.Helper()
			z.asked = nil
			targets, err := r.Targets(t.Context(), "sip:x@A.example:5060", "")
			if want == "" && err == nil || want != "" && (err != nil || targets[0].Addr.Addr().String() != want) || len(z.asked) != questions {
				t.Errorf("got %v, %v after %d questions, want %q after %d", targets, err, len(z.asked), want, questions)
			}
		}
		z.hosts["A.example"] = "10.0.0.1"
		ask("10.0.0.1", 1)
		z.hosts["A.example"] = "10.0.0.2"
		ask("10.0.0.1", 0)
		time.Sleep(time.Minute)
		ask("10.0.0.2", 1)
		time.Sleep(time.Minute)
		z.down = true
		ask("10.0.0.2", 1) // better than none
		time.Sleep(2 * time.Hour)
		ask("", 1)
		z.down, z.hosts["A.example"] = false, ""
		ask("", 1)
		ask("", 0) // that it is not there is known for a moment
		time.Sleep(cacheMin)
		ask("", 1)
	})
}

func TestFailoverRule(t *testing.T) {
	t.Parallel()
	refused := func(code int) End { return End{By: ByPeer, Kind: EndedRejected, Code: code} }
	for _, c := range []struct {
		a    Attempt
		move Move
		wait time.Duration
	}{
		{Attempt{}, Wait, failoverPatience},
		{Attempt{Since: time.Second}, Wait, failoverPatience - time.Second},
		{Attempt{Since: failoverPatience}, Next, 0},
		{Attempt{Since: time.Minute, Heard: true}, Wait, 0},
		{Attempt{Heard: true, Ringing: true}, Settle, 0},
		{Attempt{End: refused(503)}, Next, 0},
		{Attempt{Heard: true, End: refused(408)}, Next, 0},
		{Attempt{End: refused(486)}, Settle, 0},
		{Attempt{End: refused(603)}, Settle, 0},
		{Attempt{End: refused(404)}, Settle, 0},
		{Attempt{End: End{By: ByTimeout, Kind: EndedLost}}, Next, 0},
		{Attempt{End: End{By: ByTransport, Kind: EndedTransport}}, Next, 0},
		{Attempt{End: End{By: ByLocal, Kind: EndedCanceled}}, Settle, 0},
		{Attempt{Heard: true, End: End{By: ByTimeout, Kind: EndedNoAnswer}}, Settle, 0},
	} {
		if move, wait := Failover(c.a, failoverPatience); move != c.move || wait != c.wait {
			t.Errorf("%+v: got %d, %v; want %d, %v", c.a, move, wait, c.move, c.wait)
		}
	}
}

func TestDialFirst(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		z := &zone{
			srv:   map[string][]SRV{"_sip._udp.one.example": {{"dead.example", 5060, 1, 0}, {"full.example", 5060, 2, 0}}},
			hosts: map[string]string{"dead.example": "10.0.0.2", "full.example": "10.0.0.3", "two.example": "10.0.0.4"},
		}
		a := w.stack("10.0.0.1:5060", nil, func(c *Config) { c.Resolver = NewResolver(z) })
		dead, full, two := w.peer("10.0.0.2:5060"), w.peer("10.0.0.3:5060"), w.peer("10.0.0.4:5060")
		requests := []DialRequest{
			{Target: "sip:x@one.example", From: "me", Offer: pcmuOnly},
			{Target: "sip:x@closed.example:5060;transport=tcp", Peer: netip.MustParseAddrPort("10.0.0.9:5060"), From: "me", Offer: pcmuOnly},
			{Target: "sip:x@two.example", From: "me", Offer: pcmuOnly},
		}
		type result struct {
			c   *Call
			err error
		}
		dial := func(ctx context.Context) chan result {
			done := make(chan result, 1)
			go func() {
				c, err := a.DialFirst(ctx, requests)
				done <- result{c, err}
			}()
			return done
		}
		begin := time.Now()
		done := dial(context.Background())
		m := full.expect("INVITE")
		if got := m.when.Sub(begin); got > 4*time.Second || got < 3*time.Second {
			t.Errorf("next target after %v", got)
		}
		full.send("10.0.0.1:5060", full.answer(m, 503, "x", "Retry-After: 120\n", nil))
		m = two.expect("INVITE sip:x@two.example")
		two.send("10.0.0.1:5060", two.answer(m, 100, "", "", nil))
		time.Sleep(6 * time.Second) // it works on it
		two.send("10.0.0.1:5060", two.answer(m, 180, "y", "", nil))
		r := <-done
		if r.err != nil || r.c.Phase() != Ringing {
			t.Fatalf("got %v, %+v", r.err, r.c)
		}
		if p, ok := <-r.c.Progress(); !ok || p.Code != 180 { // nothing is taken from the user
			t.Errorf("got %+v", p)
		}
		_ = r.c.Hangup(context.Background(), "")
		two.send("10.0.0.1:5060", two.answer(m, 487, "y", "", nil))
		// The next call does not wait for them again, and the callee's own refusal is final.
		begin = time.Now()
		done = dial(context.Background())
		m = two.expect("INVITE")
		if m.when != begin {
			t.Errorf("tried after %v", m.when.Sub(begin))
		}
		two.send("10.0.0.1:5060", two.answer(m, 486, "z", "", nil))
		if r = <-done; r.err != nil || r.c.End().Code != 486 {
			t.Errorf("got %v, %+v", r.err, r.c)
		}
		// Nothing works: the last refusal tells. A late answer of one given up is hung up.
		time.Sleep(5 * time.Minute)
		for len(dead.in) > 0 {
			<-dead.in
		}
		done = dial(context.Background())
		late := dead.expect("INVITE")
		full.send("10.0.0.1:5060", full.answer(full.expect("INVITE"), 503, "x", "", nil))
		two.send("10.0.0.1:5060", two.answer(two.expect("INVITE"), 503, "x", "Retry-After: 7\n", nil))
		r = <-done
		var refusal *Refusal
		if !errors.As(r.err, &refusal) || refusal.RetryAfter != 7*time.Second {
			t.Errorf("got %v", r.err)
		}
		dead.send("10.0.0.1:5060", dead.answer(late, 200, "l", "", pcmuOnly))
		dead.expect("ACK")
		dead.send("10.0.0.1:5060", dead.answer(dead.expect("BYE"), 200, "", "", nil))
		ctx, cancel := context.WithCancel(context.Background())
		done = dial(ctx)
		synctest.Wait()
		cancel()
		if r = <-done; !errors.Is(r.err, context.Canceled) {
			t.Errorf("got %v", r.err)
		}
		w.idle()
		if !slices.Contains(z.asked, "_sip._udp.one.example") {
			t.Errorf("asked %q", z.asked)
		}
	})
}
