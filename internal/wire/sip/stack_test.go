package sip

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"linekeeper/internal/kit/network"
	"linekeeper/internal/wire/sdp"
)

type addr = netip.AddrPort

// world is a network in memory inside a synctest bubble, with the stacks that stand in it.
type world struct {
	t      *testing.T
	net    *network.Memory
	stacks []*Stack
	peers  []*peer
	mu     sync.Mutex
	lose   func(from, to netip.AddrPort, text string) bool
}

// inWorld runs a story in fake time. At its end every stack is closed; the bubble fails if a
// goroutine is left, and the world if a socket is, or a panic was contained.
func inWorld(t *testing.T, story func(w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &world{t: t}
		w.init()
		defer w.close()
		story(w)
	})
}

func (w *world) init() {
	w.net = network.NewMemory()
	w.net.Drop = func(from, to netip.AddrPort, b []byte) bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		return w.lose != nil && w.lose(from, to, string(b))
	}
}

func (w *world) close() {
	t := w.t
	for _, s := range w.stacks {
		if err := s.Close(); err != nil {
			t.Errorf("closing: %v", err)
		}
		if n := s.Counters().Panics; n != 0 {
			t.Errorf("%d panics contained", n)
		}
	}
	for _, p := range w.peers {
		p.close()
	}
	synctest.Wait()
	if n := w.net.Open(); n != 0 {
		t.Errorf("%d sockets left open", n)
	}
}

// loses sets which messages are lost.
func (w *world) loses(f func(from, to netip.AddrPort, text string) bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lose = f
}

// losesFirst loses the first n messages that contain all the words.
func (w *world) losesFirst(n int, words ...string) {
	w.loses(func(_, _ netip.AddrPort, text string) bool {
		for _, word := range words {
			if !strings.Contains(text, word) {
				return false
			}
		}
		n--
		return n >= 0
	})
}

func (w *world) stack(at string, handler func(ctx context.Context, c *Call), change ...func(*Config)) *Stack {
	w.t.Helper()
	udp, err := w.net.ListenUDP(netip.MustParseAddrPort(at))
	if err != nil {
		w.t.Fatal(err)
	}
	tcp, err := w.net.ListenTCP(netip.MustParseAddrPort(at))
	if err != nil {
		w.t.Fatal(err)
	}
	config := Config{UDP: udp, TCP: tcp, Network: w.net, UserAgent: "test", Log: slog.New(slog.NewTextHandler(w.t.Output(), nil)),
		Resolve: func(context.Context, string) ([]netip.Addr, error) { return nil, errors.New("no names here") }}
	for _, f := range change {
		f(&config)
	}
	var h Handler
	if handler != nil {
		h = HandlerFunc(handler)
	}
	s, err := New(config, h)
	if err != nil {
		w.t.Fatal(err)
	}
	w.stacks = append(w.stacks, s)
	go func() { _ = s.Run(context.Background()) }()
	synctest.Wait()
	return s
}

var pcmuOnly = sdp.Offer(sdp.Local{Address: netip.MustParseAddrPort("10.0.0.1:4000"), NoEvents: true}, sdp.PCMU()).Bytes()

// answers answers every call and gives it away.
func answers(calls chan<- *Call) func(context.Context, *Call) {
	return func(ctx context.Context, c *Call) {
		_ = c.Ring()
		_ = c.Answer(ctx, pcmuOnly)
		calls <- c
	}
}

func (w *world) dial(s *Stack, r DialRequest) *Call {
	w.t.Helper()
	if r.Target == "" {
		r.Target = "sip:+4930123@10.0.0.2:5060"
	}
	if r.From == "" {
		r.From = "alice"
	}
	c, err := s.Dial(context.Background(), r)
	if err != nil {
		w.t.Fatalf("dialing: %v", err)
	}
	return c
}

func (w *world) ended(c *Call, by By, kind Kind, within time.Duration) {
	w.t.Helper()
	select {
	case <-c.Done():
	case <-time.After(within + time.Millisecond):
		w.t.Fatalf("call %s has not ended in %v", c.ID(), within)
	}
	if end := c.End(); end.By != by || end.Kind != kind {
		w.t.Errorf("got end %s/%s (%d %q), want %s/%s", end.By, end.Kind, end.Code, end.Reason, by, kind)
	}
}

// idle waits until nothing is left behind the calls.
func (w *world) idle() {
	w.t.Helper()
	time.Sleep(70 * time.Second)
	synctest.Wait()
	for i, s := range w.stacks {
		if n := s.Counters(); n.Calls != 0 || n.Transactions != 0 {
			w.t.Errorf("stack %d: %d dialogs and %d transactions left", i, n.Calls, n.Transactions)
		}
	}
}

// peer is a raw endpoint that a test scripts.
type peer struct {
	w    *world
	at   netip.AddrPort
	conn network.UDPConn
	in   chan inMessage
	// lenient also takes messages that only repeat what was malformed in the request.
	lenient bool
}

type inMessage struct {
	*message
	text   string
	source netip.AddrPort
	when   time.Time
}

func (w *world) peer(at string) *peer {
	w.t.Helper()
	conn, err := w.net.ListenUDP(netip.MustParseAddrPort(at))
	if err != nil {
		w.t.Fatal(err)
	}
	p := &peer{w: w, at: netip.MustParseAddrPort(at), conn: conn, in: make(chan inMessage, 1000)}
	w.peers = append(w.peers, p)
	go func() {
		b := make([]byte, 65536)
		for {
			n, from, err := conn.ReadFromUDPAddrPort(b)
			if err != nil {
				return
			}
			m, err := parseDatagram(b[:n])
			if err != nil && !(p.lenient && m != nil && m.code >= 400) {
				w.t.Errorf("stack sent something malformed: %v\n%s", err, b[:n])
				continue
			}
			p.in <- inMessage{m, string(b[:n]), from, time.Now()}
		}
	}()
	return p
}

func (p *peer) close() { _ = p.conn.Close() }

func (p *peer) send(to string, text string) {
	text = strings.ReplaceAll(strings.TrimLeft(text, "\n"), "\n", "\r\n")
	if _, err := p.conn.WriteToUDPAddrPort([]byte(text), netip.MustParseAddrPort(to)); err != nil {
		p.w.t.Error(err)
	}
}

// expect waits for a message that begins with start; others before it are skipped if they are
// provisional answers or repeated requests.
func (p *peer) expect(start string) inMessage {
	p.w.t.Helper()
	return p.expectWithin(start, 70*time.Second)
}

func (p *peer) expectWithin(start string, within time.Duration) inMessage {
	p.w.t.Helper()
	deadline := time.After(within)
	var seen []string
	for {
		select {
		case m := <-p.in:
			if strings.HasPrefix(m.text, start) {
				return m
			}
			line, _, _ := strings.Cut(m.text, "\r\n")
			seen = append(seen, line)
		case <-deadline:
			p.w.t.Fatalf("waiting for %q: got only %q", start, seen)
		}
	}
}

// silent says that nothing that begins with start comes for a while.
func (p *peer) silent(start string, d time.Duration) {
	p.w.t.Helper()
	deadline := time.After(d)
	for {
		select {
		case m := <-p.in:
			if strings.HasPrefix(m.text, start) {
				p.w.t.Fatalf("unexpected:\n%s", m.text)
			}
		case <-deadline:
			return
		}
	}
}

// invite is a plain INVITE of the peer.
func (p *peer) invite(id string, extra string, body []byte) string {
	if body != nil {
		extra += "Content-Type: application/sdp\n"
	}
	return fmt.Sprintf("INVITE sip:sales@10.0.0.1 SIP/2.0\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%s;rport\nMax-Forwards: 70\n"+
		"From: \"Al \\\"X\\\"\" <sip:al@example.com>;tag=f%s\nTo: <sip:sales@example.com>\nCall-ID: %s\nCSeq: 10 INVITE\n"+
		"Contact: <sip:al@%s>\n%sContent-Length: %d\n\n%s", p.at, id, id, id, p.at, extra, len(body), strings.ReplaceAll(string(body), "\r\n", "\n"))
}

// in makes a request of the peer inside the dialog that a response made.
func (p *peer) inDialog(method string, seq int, ok inMessage, extra string, body []byte) string {
	if body != nil && !strings.Contains(extra, "Content-Type") {
		extra += "Content-Type: application/sdp\n"
	}
	return fmt.Sprintf("%s %s SIP/2.0\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%s%d%s\nMax-Forwards: 70\nFrom: %s\nTo: %s\nCall-ID: %s\nCSeq: %d %s\n"+
		"Contact: <sip:al@%s>\n%sContent-Length: %d\n\n%s", method, "sip:10.0.0.1", p.at, ok.callID, seq, method, ok.get("From"), ok.get("To"), ok.callID, seq, method,
		p.at, extra, len(body), strings.ReplaceAll(string(body), "\r\n", "\n"))
}

// answer makes a response of the peer to a request.
func (p *peer) answer(to inMessage, code int, tag, extra string, body []byte) string {
	if body != nil {
		extra += "Content-Type: application/sdp\n"
	}
	var vias strings.Builder
	for _, v := range to.all("Via") {
		vias.WriteString("Via: " + v + "\n")
	}
	target := to.get("To")
	if tag != "" && !strings.Contains(target, ";tag=") {
		target += ";tag=" + tag
	}
	return fmt.Sprintf("SIP/2.0 %d %s\n%sFrom: %s\nTo: %s\nCall-ID: %s\nCSeq: %s\nContact: <sip:bob@%s>\n%sContent-Length: %d\n\n%s",
		code, phrase(code), vias.String(), to.get("From"), target, to.callID, to.get("CSeq"), p.at, extra, len(body), strings.ReplaceAll(string(body), "\r\n", "\n"))
}
