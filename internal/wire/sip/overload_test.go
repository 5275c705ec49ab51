package sip

import (
	"fmt"
	"net/netip"
	"testing"
	"testing/synctest"
)

func TestBusyRefusesWithoutKeepingAnything(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		busy := 0
		s := w.stack("10.0.0.1:5060", takesG711, func(c *Config) { c.Busy = func(netip.AddrPort) int { return busy } })
		p := w.peer("10.0.0.2:5060")
		p.send("10.0.0.1:5060", p.invite("one", "", pcmuOnly))
		ok := p.expect("SIP/2.0 200")
		p.send("10.0.0.1:5060", p.inDialog("ACK", 10, ok, "", nil))
		busy = 7
		for i := range 100 {
			p.send("10.0.0.1:5060", p.invite(fmt.Sprint("new", i), "", pcmuOnly))
			if m := p.expect("SIP/2.0 503"); m.get("Retry-After") != "7" {
				t.Fatalf("got\n%s", m.text)
			}
		}
		synctest.Wait()
		if n := s.Counters(); n.Calls != 1 || n.Transactions > 1 {
			t.Errorf("%d calls, %d transactions", n.Calls, n.Transactions)
		}
		// The running call is not touched: hold, and its end.
		p.send("10.0.0.1:5060", p.inDialog("INVITE", 11, ok, "", pcmuOnly))
		again := p.expect("SIP/2.0 ")
		p.send("10.0.0.1:5060", p.inDialog("ACK", 11, again, "", nil))
		p.send("10.0.0.1:5060", p.inDialog("BYE", 12, ok, "", nil))
		p.expect("SIP/2.0 200")
		w.idle()
	})
}

func TestAFloodOfCallsLeavesRoomToEndOnes(t *testing.T) {
	t.Parallel()
	r := newRates(0.001, 100, 16)
	a, b := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")
	invites := 0
	for range 1000 {
		if r.allowNew(a) {
			invites++
		}
	}
	others := 0
	for range 1000 {
		if r.allow(a) {
			others++
		}
	}
	if invites < 74 || invites > 76 || invites+others != 100 {
		t.Errorf("%d calls and %d other messages of a burst of 100", invites, others)
	}
	if !r.allowNew(b) {
		t.Error("another source is held back")
	}
}
