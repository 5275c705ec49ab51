package voice

import (
	"net/netip"
	"reflect"
	"strings"
	"testing"

	"linekeeper/internal/kit/network"
	"linekeeper/internal/media"
	recorder "linekeeper/internal/recording"
	"linekeeper/internal/wire/sdp"
	"linekeeper/internal/wire/sip"
)

var _ recorder.Source = (*Leg)(nil)

// described makes a session and the offer of a peer.
func described(t *testing.T) (*session, *sdp.Session) {
	t.Helper()
	conn, err := network.NewMemory().ListenUDP(netip.MustParseAddrPort("198.51.100.1:10000"))
	if err != nil {
		t.Fatal(err)
	}
	transport := media.NewUDP(conn, media.UDPConfig{})
	t.Cleanup(func() { _ = transport.Close() })
	s := newSession(transport, transport.LocalAddr(), false, netip.Addr{}, sdpCodecs(nil))
	return s, sdp.Offer(sdp.Local{Address: netip.MustParseAddrPort("192.0.2.1:4000"), SessionID: 7, Version: 1}, sdp.PCMA(), sdp.PCMU())
}

// version is the version in a description's origin.
func version(t *testing.T, body []byte) uint64 {
	t.Helper()
	d, err := sdp.Parse(body)
	if err != nil {
		t.Fatalf("our description: %v\n%s", err, body)
	}
	return d.Origin.Version
}

func TestVersionsGrowWithChangesOnly(t *testing.T) {
	t.Parallel()
	s, offer := described(t)
	first, err := s.answer(offer)
	if err != nil {
		t.Fatal(err)
	}
	// The trunk's order counts, not the offer's.
	if got := s.codec().Name; got != "PCMU" {
		t.Errorf("codec: got %s, want PCMU", got)
	}
	refresh, code := s.reoffered(offer)
	if code != 200 || string(refresh) != string(first) {
		t.Errorf("a refresh: got %d\n%s, want the same as before\n%s", code, refresh, first)
	}
	var told []bool
	s.changed = func(held bool) { told = append(told, held) }
	offer.Media[0].Direction = sdp.SendOnly
	hold, code := s.reoffered(offer)
	if code != 200 || !strings.Contains(string(hold), "a=recvonly") || version(t, hold) != version(t, first)+1 {
		t.Errorf("hold: got %d\n%s, want recvonly in version %d", code, hold, version(t, first)+1)
	}
	if !s.transport.shut.Load() {
		t.Error("on hold we would go on sending")
	}
	offer.Media[0].Direction = sdp.Inactive
	inactive, _ := s.reoffered(offer)
	if !strings.Contains(string(inactive), "a=inactive") {
		t.Errorf("inactive: got\n%s", inactive)
	}
	offer.Media[0].Direction = sdp.SendRecv
	resume, code := s.reoffered(offer)
	if code != 200 || version(t, resume) != version(t, inactive)+1 || s.transport.shut.Load() {
		t.Errorf("resume: got %d\n%s, want version %d and sound", code, resume, version(t, inactive)+1)
	}
	if len(told) != 3 || !told[0] || !told[1] || told[2] {
		t.Errorf("told of holds: got %v, want true, true, false", told)
	}
}

func TestARefusedOfferChangesNothing(t *testing.T) {
	t.Parallel()
	s, offer := described(t)
	if _, err := s.answer(offer); err != nil {
		t.Fatal(err)
	}
	before, sent := s.agreement(), string(s.sent)
	// Another codec in mid-call would part us from the agent.
	other := sdp.Offer(sdp.Local{Address: netip.MustParseAddrPort("192.0.2.9:4000"), Version: 2}, sdp.PCMA())
	if _, code := s.reoffered(other); code != 488 {
		t.Errorf("another codec: got %d, want 488", code)
	}
	if _, code := s.reoffered(&sdp.Session{}); code != 488 {
		t.Errorf("no audio: got %d, want 488", code)
	}
	if !reflect.DeepEqual(s.agreement(), before) || string(s.sent) != sent || s.transport.Remote() != before.Remote {
		t.Errorf("after refusals: got %+v, want %+v", s.agreement(), before)
	}
	if err := s.accept(offer); err == nil {
		t.Error("an answer without an offer of ours: got no error")
	}
}

// TestAnOfferOvertakesAnAnswer: a carrier moves its sound before we have looked at its early answer.
func TestAnOfferOvertakesAnAnswer(t *testing.T) {
	t.Parallel()
	s, _ := described(t)
	ours, err := sdp.Parse(s.offer())
	if err != nil {
		t.Fatal(err)
	}
	at := func(port uint16) sdp.Local {
		return sdp.Local{Address: netip.AddrPortFrom(netip.MustParseAddr("192.0.2.1"), port), SessionID: 7, Version: 1}
	}
	early, _, err := sdp.Answer(ours, at(4000), sdp.PCMU())
	if err != nil {
		t.Fatal(err)
	}
	moved := sdp.Offer(at(4006), sdp.PCMU())
	if _, code := s.reoffered(moved); code != 200 {
		t.Fatalf("the offer: got %d", code)
	}
	if err := s.early(early); err != nil {
		t.Errorf("the early answer: %v", err)
	}
	if err := s.taken(sip.Answer{Session: moved, Settled: true}); err != nil {
		t.Errorf("the 200: %v", err)
	}
	if got := s.agreed.Remote.Port(); got != 4006 {
		t.Errorf("sound goes to port %d, want 4006", got)
	}
	// The next call begins anew.
	s.restart(at(1).Address, false, netip.Addr{}, sdpCodecs(nil))
	if err := s.early(early); err != nil || s.agreed.Remote.Port() != 4000 {
		t.Errorf("the next call: %v, sound goes to %s", err, s.agreed.Remote)
	}
}
