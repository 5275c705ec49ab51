package voice

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"linekeeper/internal/demo/carrier"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/network"
	"linekeeper/internal/wire/sdp"
	"linekeeper/internal/wire/sip"
)

// hasty is a SIP phone of datagrams alone: as soon as its 200 is acknowledged it sends a key by INFO and moves its
// sound to another port.
type hasty struct {
	w   *world
	udp network.UDPConn
	at  netip.AddrPort
	// Where it has its sound first, and then.
	first net.Addr
	moved network.UDPConn
	early bool        // it does not wait for the ACK to arrive
	seen  chan string // final answers: "INFO 200", "INVITE 200", and BYE
	wg    sync.WaitGroup
}

func newHasty(w *world, at netip.AddrPort) *hasty {
	w.Helper()
	udp, err := w.net.ListenUDP(at)
	if err != nil {
		w.Fatal(err)
	}
	moved, err := w.net.ListenUDP(netip.AddrPortFrom(at.Addr(), 4002))
	if err != nil {
		w.Fatal(err)
	}
	h := &hasty{w: w, udp: udp, at: at, first: net.UDPAddrFromAddrPort(netip.AddrPortFrom(at.Addr(), 4000)), moved: moved, seen: make(chan string, 1000)}
	h.wg.Go(h.run)
	return h
}

func (h *hasty) close() { _, _ = h.udp.Close(), h.moved.Close(); h.wg.Wait() }

func (h *hasty) run() {
	b := make([]byte, 8000)
	for {
		n, _, err := h.udp.ReadFromUDPAddrPort(b)
		if err != nil {
			return
		}
		text := string(b[:n])
		method, _, _ := strings.Cut(text, " ")
		field := func(name string) string { return headerOf(text, name) }
		okay := func(kind, body string) {
			to := field("To")
			if !strings.Contains(to, "tag=") {
				to += ";tag=hasty"
			}
			h.send(fmt.Sprintf("SIP/2.0 200 OK\r\nVia: %s\r\nFrom: %s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %s\r\nContact: <sip:sam@%s>\r\n",
				field("Via"), field("From"), to, field("Call-ID"), field("CSeq"), h.at), kind, body)
		}
		switch method {
		case "INVITE":
			okay("application/sdp", h.describes(h.first))
		case "ACK":
			if strings.HasSuffix(field("CSeq"), "1 ACK") && !h.early {
				h.asks(text)
			}
		case "BYE":
			okay("", "")
			h.seen <- method
		case "SIP/2.0":
			if code := strings.Fields(text)[1]; code >= "200" {
				what := strings.Fields(field("CSeq"))[1]
				if what == "INVITE" {
					h.request("ACK", text, field("From"), field("To"), 2, "", "")
				}
				h.seen <- what + " " + code
			}
		}
	}
}

// asks sends what it wants as soon as its 200 is acknowledged.
func (h *hasty) asks(ack string) {
	us, them := headerOf(ack, "To"), headerOf(ack, "From")
	h.request("INFO", ack, us, them, 1, "application/dtmf-relay", "Signal=1\r\nDuration=100\r\n")
	h.request("INVITE", ack, us, them, 2, "application/sdp", h.describes(h.moved.LocalAddr()))
}

// overtakes has it ask while the ACK is still being sent.
func (h *hasty) overtakes(_, to netip.AddrPort, b []byte) bool {
	if text := string(b); to == h.at && strings.HasPrefix(text, "ACK ") && strings.HasSuffix(headerOf(text, "CSeq"), "1 ACK") {
		h.asks(text)
		time.Sleep(10 * time.Millisecond)
	}
	return false
}

func headerOf(text, name string) string {
	_, rest, _ := strings.Cut(text, "\r\n"+name+": ")
	value, _, _ := strings.Cut(rest, "\r\n")
	return value
}

// request sends a request of the call that a message belongs to.
func (h *hasty) request(method, of, from, to string, number int, kind, body string) {
	h.send(fmt.Sprintf("%s sip:lk@%s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%d%s\r\nFrom: %s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %d %s\r\n"+
		"Max-Forwards: 70\r\nContact: <sip:sam@%s>\r\n", method, edgeAt, h.at, number, headerOf(of, "Call-ID"), from, to,
		headerOf(of, "Call-ID"), number, method, h.at), kind, body)
}

func (h *hasty) send(head, kind, body string) {
	if kind != "" {
		head += "Content-Type: " + kind + "\r\n"
	}
	_, _ = h.udp.WriteToUDPAddrPort([]byte(fmt.Sprintf("%sContent-Length: %d\r\n\r\n%s", head, len(body), body)), edgeAt)
}

func (h *hasty) describes(at net.Addr) string {
	return string(sdp.Offer(sdp.Local{Address: at.(*net.UDPAddr).AddrPort(), SessionID: 1, Version: 1}, sdp.PCMU()).Bytes())
}

// TestAPhoneAsksAtOnce: a phone that moves its sound, and presses a key by INFO, within the moment between its 200 and our
// taking that in is heard: while our ACK is under way, and right behind it, many times, for who is faster is chance.
func TestAPhoneAsksAtOnce(t *testing.T) {
	t.Parallel()
	for _, early := range []bool{true, false} {
		asksAtOnce(t, early)
	}
}

func asksAtOnce(t *testing.T, early bool) {
	t.Helper()
	var h *hasty
	at := netip.MustParseAddrPort("203.0.113.9:5062")
	story(t, func(w *world) {
		h = newHasty(w, at)
		h.early = early
		defer h.close()
		sound := make([]byte, 2000)
		for range 30 {
			c, l := w.talks()
			l.Ring(sam, time.Now().Add(20*time.Second))
			for _, want := range []string{"INFO 200", "INVITE 200"} {
				if got := <-h.seen; got != want {
					t.Errorf("got %s, want %s", got, want)
				}
			}
			expect[interaction.AgentAccepted](w) // the key 1, which the user has to press
			l.Connect(sam)
			expect[interaction.PhoneConnected](w)
			l.Arrange(pair(sam))
			c.Repeat(carrier.Tone(440, 0.5, time.Second))
			_ = h.moved.SetReadDeadline(time.Now().Add(5 * time.Second))
			if _, _, err := h.moved.ReadFromUDPAddrPort(sound); err != nil {
				t.Errorf("no sound comes to where the phone moved it: %v", err)
			}
			c.HangUp()
			w.over(c)
			expect[interaction.CustomerLeft](w)
			l.DropAgent(sam)
			if got := <-h.seen; got != "BYE" {
				t.Errorf("got %s, want BYE", got)
			}
			time.Sleep(time.Minute)
		}
	}, func(_ *Config, w *world) {
		w.dir.phones[sam] = Phone{Kind: SIPPhone, URI: "sip:sam@" + at.String(), Confirm: true}
		if early {
			w.net.Drop = func(from, to netip.AddrPort, b []byte) bool { return h != nil && h.overtakes(from, to, b) }
		}
	})
}

// TestAPhoneThatDoesNotCount: what is asked for by a phone that has lost the race, or before anybody has won it, is
// refused and changes nothing; who has won is heard from then on.
func TestAPhoneThatDoesNotCount(t *testing.T) {
	t.Parallel()
	story(t, func(w *world) {
		p := newPickup(nil)
		ctx, cancel := context.WithCancel(context.Background())
		one, other := new(sip.Call), new(sip.Call)
		waits := make(chan bool, 1)
		go func() { waits <- p.is(ctx, one) }()
		time.Sleep(time.Second)
		select {
		case <-waits:
			t.Fatal("it did not wait")
		default:
		}
		p.take(one)
		if !<-waits || !p.is(ctx, one) || p.is(ctx, other) {
			t.Error("the wrong one counts")
		}
		cancel()
		if newPickup(nil).is(ctx, one) {
			t.Error("one counts that nobody wants any more")
		}
	})
}
