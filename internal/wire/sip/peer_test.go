package sip

import (
	"context"
	"fmt"
	"net/netip"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/icholy/digest"
	"linekeeper/internal/kit/network"
	"linekeeper/internal/wire/sdp"
)

// request is a request of the peer outside any dialog.
func (p *peer) request(method, uri, id, extra string) string {
	return fmt.Sprintf("%s %s SIP/2.0\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%s;rport\nMax-Forwards: 70\n"+
		"From: <sip:al@example.com>;tag=f%s\nTo: <sip:sales@example.com>\nCall-ID: %s\nCSeq: 1 %s\n%sContent-Length: 0\n\n",
		method, uri, p.at, id, id, id, method, extra)
}

func TestRequestsOutsideDialogs(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, method, uri, extra string
		code                     int
		header                   string
	}{
		{"options", "OPTIONS", "sip:x@10.0.0.1", "", 200, "Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE"},
		{"register", "REGISTER", "sip:10.0.0.1", "", 405, "Allow: INVITE"},
		{"unknown method", "FROB", "sip:10.0.0.1", "", 405, "Allow: INVITE"},
		{"bye", "BYE", "sip:10.0.0.1", "", 481, ""},
		{"info", "INFO", "sip:10.0.0.1", "", 481, ""},
		{"cancel", "CANCEL", "sip:10.0.0.1", "", 481, ""},
		{"extension", "INVITE", "sip:10.0.0.1", "Require: timer, foo, bar\n", 420, "Unsupported: foo, bar"},
		{"other scheme", "INVITE", "http://example.com", "", 416, ""},
		{"phone number", "INVITE", "tel:+49301234", "", 200, "Contact: <sip:10.0.0.1:5060>"},
		{"version", "OPTIONS", "sip:10.0.0.1", "Max-Forwards: x\n", 400, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			inWorld(t, func(w *world) {
				s := w.stack("10.0.0.1:5060", takesG711)
				p := w.peer("10.0.0.2:5060")
				var tags []string
				for range 2 { // a repeated request is answered alike
					p.send("10.0.0.1:5060", p.request(c.method, c.uri, "q", c.extra))
					m := p.expect(fmt.Sprintf("SIP/2.0 %d", c.code))
					if !strings.Contains(m.text, c.header) {
						t.Errorf("got\n%s\nwant %q", m.text, c.header)
					}
					if want := ";rport=5060;received=10.0.0.2"; !strings.Contains(m.get("Via"), want) {
						t.Errorf("via: got %q, want %q in it", m.get("Via"), want)
					}
					tags = append(tags, m.to.tag())
				}
				if tags[0] == "" || tags[0] != tags[1] {
					t.Errorf("tags: got %q", tags)
				}
				if c.code != 200 && s.Counters().Transactions != 0 {
					t.Error("a transaction is kept for it")
				}
			})
		})
	}
}

func TestMergedRequest(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.stack("10.0.0.1:5060", takesG711)
		p := w.peer("10.0.0.2:5060")
		text := p.invite("m", "", pcmuOnly)
		p.send("10.0.0.1:5060", text)
		ok := p.expect("SIP/2.0 200")
		p.send("10.0.0.1:5060", strings.Replace(text, "z9hG4bKm", "z9hG4bKother", 1))
		p.expect("SIP/2.0 482")
		p.send("10.0.0.1:5060", p.inDialog("ACK", 10, ok, "", nil))
		p.send("10.0.0.1:5060", p.inDialog("FROB", 11, ok, "", nil))
		p.expect("SIP/2.0 405")
		p.send("10.0.0.1:5060", strings.Replace(p.inDialog("BYE", 12, ok, "", nil), "tag=fm", "tag=stranger", 1))
		p.expect("SIP/2.0 481")
		p.send("10.0.0.1:5060", p.inDialog("BYE", 13, ok, "", nil))
		p.expect("SIP/2.0 200 OK")
		p.send("10.0.0.1:5060", p.inDialog("BYE", 13, ok, "", nil)) // our 200 was lost
		p.expect("SIP/2.0 200 OK")
		p.send("10.0.0.1:5060", p.inDialog("BYE", 14, ok, "", nil))
		p.expect("SIP/2.0 481")
		if n := s.Counters().CallsIn; n != 1 {
			t.Errorf("%d calls", n)
		}
		w.idle()
	})
}

func TestDigest(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		a := w.stack("10.0.0.1:5060", nil)
		p := w.peer("10.0.0.2:5060")
		challenge := digest.Challenge{Realm: "carrier", Nonce: "n1", Algorithm: "MD5", QOP: []string{"auth"}}
		checked := func(m inMessage, header string) {
			t.Helper()
			credentials, err := digest.ParseCredentials(m.get(header))
			if err != nil {
				t.Fatalf("%v in\n%s", err, m.text)
			}
			want, err := digest.Digest(&challenge, digest.Options{Method: m.method, URI: credentials.URI, Username: "u", Password: "p", Count: 1, Cnonce: credentials.Cnonce})
			if err != nil || want.Response != credentials.Response || credentials.URI != m.target {
				t.Errorf("got %v, want %v (%v)", credentials, want, err)
			}
		}
		out := w.dial(a, DialRequest{Offer: pcmuOnly, Username: "u", Password: "p"})
		invite := p.expect("INVITE")
		p.send("10.0.0.1:5060", p.answer(invite, 407, "x", "Proxy-Authenticate: Basic realm=\"no\"\nProxy-Authenticate: "+challenge.String()+"\n", nil))
		p.expect("ACK")
		second := p.expect("INVITE")
		checked(second, "Proxy-Authorization")
		if second.seq != 2 || second.via.branch == invite.via.branch || second.callID != invite.callID {
			t.Errorf("got\n%s", second.text)
		}
		challenge.Nonce, challenge.Stale = "n2", true
		p.send("10.0.0.1:5060", p.answer(second, 407, "y", "Proxy-Authenticate: "+challenge.String()+"\n", nil))
		third := p.expect("INVITE")
		checked(third, "Proxy-Authorization")
		p.send("10.0.0.1:5060", p.answer(third, 200, "z", "", pcmuOnly))
		if _, ok := <-out.Answered(); !ok {
			t.Fatalf("%+v", out.End())
		}
		if ack := p.expect("ACK"); ack.get("CSeq") != "3 ACK" || ack.get("Proxy-Authorization") != third.get("Proxy-Authorization") {
			t.Errorf("got %s", ack.get("CSeq"))
		}
		_ = out.Hangup(context.Background(), "")
		bye := p.expect("BYE")
		challenge.Stale = false
		p.send("10.0.0.1:5060", p.answer(bye, 401, "", "WWW-Authenticate: "+challenge.String()+"\n", nil))
		again := p.expect("BYE")
		checked(again, "Authorization")
		p.send("10.0.0.1:5060", p.answer(again, 200, "", "", nil))

		// Wrong credentials are a refusal, not a loop.
		out = w.dial(a, DialRequest{Offer: pcmuOnly, Username: "u", Password: "p"})
		for range 2 {
			p.send("10.0.0.1:5060", p.answer(p.expect("INVITE"), 401, "x", "WWW-Authenticate: "+challenge.String()+"\n", nil))
		}
		w.ended(out, ByPeer, EndedRejected, time.Second)
		w.idle()
	})
}

func TestEarlyMediaAndEarlyBye(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		calls := make(chan *Call, 1)
		a := w.stack("10.0.0.1:5060", nil)
		w.stack("10.0.0.2:5060", func(ctx context.Context, c *Call) {
			_ = c.EarlyMedia(pcmuOnly)
			calls <- c
			<-ctx.Done()
		})
		out := w.dial(a, DialRequest{Offer: pcmuOnly})
		if p := <-out.Progress(); p.Code != 183 || p.Session == nil {
			t.Errorf("got %+v", p)
		}
		in := <-calls
		_ = in.Hangup(context.Background(), "")
		w.ended(out, ByPeer, EndedRejected, time.Second)
		if end := out.End(); end.Code != 480 {
			t.Errorf("got %+v", end)
		}
		w.idle()
	})
}

func TestMultipartDescription(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		calls := make(chan *Call, 1)
		w.stack("10.0.0.1:5060", answers(calls))
		p := w.peer("10.0.0.2:5060")
		body := "--x\r\nContent-Type: application/isup\r\n\r\n\x01\x02\r\n--x\r\nContent-Type: application/sdp\r\n\r\n" + string(pcmuOnly) + "\r\n--x--\r\n"
		text := strings.Replace(p.invite("mp", "", []byte(body)), "Content-Type: application/sdp", "Content-Type: multipart/mixed;boundary=x", 1)
		p.send("10.0.0.1:5060", text)
		ok := p.expect("SIP/2.0 200")
		if c := <-calls; c.Offer().Audio() == nil {
			t.Error("description not found")
		}
		p.send("10.0.0.1:5060", p.inDialog("ACK", 10, ok, "", nil))
		p.send("10.0.0.1:5060", p.inDialog("BYE", 11, ok, "", nil))
		w.idle()
	})
}

func TestUnknownSourcesAreSilentlyDropped(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		friend := netip.MustParseAddr("10.0.0.77")
		s := w.stack("10.0.0.1:5060", takesG711, func(c *Config) {
			c.Accept = func(source netip.AddrPort) bool { return source.Addr() == friend }
		})
		p := w.peer("10.0.0.2:5060")
		p.send("10.0.0.1:5060", p.request("OPTIONS", "sip:10.0.0.1", "q", ""))
		p.silent("SIP", time.Second)
		conn, err := w.net.DialTCP(context.Background(), netip.MustParseAddrPort("10.0.0.1:5060"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Read(make([]byte, 1)); err == nil {
			t.Error("connection of an unknown source not closed")
		}
		if n := s.Counters(); n.Refused != 2 || n.MessagesIn != 0 {
			t.Errorf("got %+v", n)
		}
		w.normalCall()
	})
}

func TestFloodIsLimited(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.stack("10.0.0.1:5060", takesG711, func(c *Config) {
			c.Limits = Limits{Rate: 10, Burst: 20, Sources: 16, Calls: 1}
		})
		p := w.peer("10.0.0.2:5060")
		for i := range 100 {
			p.send("10.0.0.1:5060", p.request("OPTIONS", "sip:10.0.0.1", fmt.Sprint(i), ""))
		}
		synctest.Wait()
		if n := s.Counters(); n.MessagesIn != 20 || n.Limited != 80 || n.MessagesOut != 20 {
			t.Errorf("got %+v", n)
		}
		for i := range 1000 { // from many sources: the table stays small
			source := netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 1, byte(i >> 8), byte(i)}), 5060)
			s.rates.allow(source.Addr())
		}
		if n := len(s.rates.young) + len(s.rates.old); n > 16 {
			t.Errorf("%d sources remembered", n)
		}
		q := w.peer("10.0.0.77:5060")
		q.send("10.0.0.1:5060", q.invite("one", "", pcmuOnly))
		ok := q.expect("SIP/2.0 200")
		q.send("10.0.0.1:5060", q.inDialog("ACK", 10, ok, "", nil))
		q.send("10.0.0.1:5060", q.invite("two", "", pcmuOnly))
		if m := q.expect("SIP/2.0 503"); m.get("Retry-After") == "" {
			t.Errorf("got\n%s", m.text)
		}
	})
}

// TestFloodLeavesNothing measures the memory that a flood of requests outside dialogs leaves.
// It is not parallel: others would be measured with it.
func TestFloodLeavesNothing(t *testing.T) {
	n := network.NewMemory()
	udp, err := n.ListenUDP(netip.MustParseAddrPort("10.0.0.1:5060"))
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(Config{UDP: udp, Network: n}, nil)
	if err != nil {
		t.Fatal(err)
	}
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	const messages = 100_000
	methods := []string{"OPTIONS", "REGISTER", "BYE", "bad\x00", "MESSAGE"}
	for i := range messages {
		p := &peer{at: netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), 5060)}
		b := []byte(strings.ReplaceAll(p.request(methods[i%len(methods)], "sip:10.0.0.1", fmt.Sprint(i), ""), "\n", "\r\n"))
		if s.admits(p.at, b) {
			s.datagram(b, p.at)
		}
	}
	grown := int64(heap()) - int64(before)
	c := s.Counters()
	t.Logf("%d messages, %d answered, heap grew by %d KiB", c.MessagesIn, c.MessagesOut, grown>>10)
	if c.MessagesIn != messages || c.MessagesOut < messages*4/5 || c.Transactions != 0 {
		t.Errorf("got %+v", c)
	}
	if grown > 8<<20 {
		t.Errorf("heap grew by %d bytes, want at most 8 MiB (reliability R4)", grown)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func TestStreams(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s := w.stack("10.0.0.1:5060", takesG711, func(c *Config) { c.Limits.ConnectionsPerSource = 3 })
		at := netip.MustParseAddrPort("10.0.0.1:5060")
		ask := strings.ReplaceAll((&peer{at: netip.MustParseAddrPort("10.0.0.2:5060")}).request("OPTIONS", "sip:10.0.0.1", "q", ""), "\n", "\r\n")
		// Byte by byte, with a keep-alive before it, which is answered.
		conn, err := w.net.DialTCP(context.Background(), at)
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			_, _ = conn.Write([]byte("\r\n\r\n"))
			for i := range len(ask) {
				_, _ = conn.Write([]byte(ask[i : i+1]))
			}
		}()
		b := make([]byte, 4096)
		if n, _ := conn.Read(b); string(b[:n]) != "\r\n" {
			t.Errorf("keep-alive: got %q", b[:n])
		}
		if got := readAnswers(t, conn, time.Second); len(got) != 1 || got[0] != 200 {
			t.Errorf("got %v", got)
		}
		// Half-open, half a message, and one too many.
		begin := time.Now()
		silent, _ := w.net.DialTCP(context.Background(), at)
		half, _ := w.net.DialTCP(context.Background(), at)
		go func() { _, _ = half.Write([]byte(ask[:50])) }()
		synctest.Wait()
		more, err := w.net.DialTCP(context.Background(), at)
		if err == nil {
			if _, err := more.Read(b); err == nil || time.Since(begin) > 0 {
				t.Error("a fourth connection was taken")
			}
		}
		for _, c := range []interface{ Read([]byte) (int, error) }{silent, half} {
			if _, err := c.Read(b); err == nil {
				t.Error("got something, want the end")
			}
		}
		if got := time.Since(begin); got > 15*time.Second {
			t.Errorf("half-open connections ended after %v", got)
		}
		time.Sleep(3 * time.Minute)
		if n := s.Counters().Connections; n != 0 {
			t.Errorf("%d connections left", n)
		}
		// Too large: refused and closed after the limit.
		large, _ := w.net.DialTCP(context.Background(), at)
		go func() {
			for {
				if _, err := large.Write([]byte("X: " + strings.Repeat("x", 1000))); err != nil {
					return
				}
			}
		}()
		for {
			if _, err := large.Read(b); err != nil {
				break
			}
		}
		w.normalCall()
	})
}

func TestConnectionOfACallStays(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		calls := make(chan *Call, 1)
		a := w.stack("10.0.0.1:5060", nil)
		b := w.stack("10.0.0.2:5060", answers(calls))
		out := w.dial(a, DialRequest{Offer: pcmuOnly, Transport: TCP})
		<-out.Answered()
		in := <-calls
		time.Sleep(30 * time.Minute)
		if a.Counters().Connections != 1 || b.Counters().Connections != 1 {
			t.Error("the connection was closed")
		}
		_ = in.Hangup(context.Background(), "")
		w.ended(out, ByPeer, EndedBye, time.Second)
		time.Sleep(5 * time.Minute)
		if a.Counters().Connections != 0 || b.Counters().Connections != 0 {
			t.Error("the connection outlived its calls")
		}
	})
}

func TestLostConnectionIsDialedAgain(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		calls := make(chan *Call, 1)
		a := w.stack("10.0.0.1:5060", nil)
		b := w.stack("10.0.0.2:5060", answers(calls))
		out := w.dial(a, DialRequest{Offer: pcmuOnly, Transport: TCP})
		<-out.Answered()
		in := <-calls
		synctest.Wait()
		b.mu.Lock()
		conn := b.conns[connKey{TCP, in.Source(), ""}]
		b.mu.Unlock()
		conn.close()
		synctest.Wait()
		if out.Phase() != Confirmed || in.Phase() != Confirmed {
			t.Error("the call ended with its connection")
		}
		if err := in.Hangup(context.Background(), ""); err != nil {
			t.Fatal(err)
		}
		w.ended(out, ByPeer, EndedBye, time.Second)

		// An INVITE whose connection breaks fails at once.
		out = w.dial(a, DialRequest{Target: "sip:x@10.0.0.2:5060;transport=tcp", Offer: pcmuOnly, Timeout: time.Minute})
		if _, ok := <-out.Answered(); !ok {
			t.Fatalf("%+v", out.End())
		}
		_ = out.Hangup(context.Background(), "")
		w.idle()
	})
}

func TestPanicIsContained(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := &world{t: t}
		w.init()
		s := w.stack("10.0.0.1:5060", func(ctx context.Context, c *Call) {
			if c.RequestUser() == "" {
				panic("handler")
			}
			c.OnOffer(func(*sdp.Session) ([]byte, int) { panic("offer") })
			c.OnDigit(func(Digit) { panic("digit") })
			takesG711(ctx, c)
		})
		p := w.peer("10.0.0.2:5060")
		p.send("10.0.0.1:5060", strings.Replace(p.invite("x", "", pcmuOnly), "sip:sales@10.0.0.1", "sip:10.0.0.1", 1))
		p.expect("SIP/2.0 500")
		p.send("10.0.0.1:5060", p.invite("y", "", pcmuOnly))
		ok := p.expect("SIP/2.0 200")
		p.send("10.0.0.1:5060", p.inDialog("ACK", 10, ok, "", nil))
		p.send("10.0.0.1:5060", p.inDialog("UPDATE", 11, ok, "", pcmuOnly))
		p.expect("SIP/2.0 500")
		p.send("10.0.0.1:5060", p.inDialog("INFO", 12, ok, "Content-Type: application/dtmf\n", []byte("1")))
		p.expect("SIP/2.0 200")
		synctest.Wait()
		if n := s.Counters().Panics; n != 3 {
			t.Errorf("%d panics counted, want 3", n)
		}
		w.normalCall()
		_ = s.Close()
		for _, p := range w.peers {
			p.close()
		}
	})
}
