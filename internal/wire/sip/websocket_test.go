package sip

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"linekeeper/internal/kit/network"
)

// webWorld is a stack behind a web server.
type webWorld struct {
	t     *testing.T
	stack *Stack
	url   string
}

func newWebWorld(t *testing.T, secure bool, handler func(context.Context, *Call), change ...func(*Config)) *webWorld {
	t.Helper()
	udp, err := network.Machine{}.ListenUDP(netip.MustParseAddrPort("127.0.0.1:0"))
	if err != nil {
		t.Fatal(err)
	}
	config := Config{UDP: udp}
	for _, f := range change {
		f(&config)
	}
	s, err := New(config, HandlerFunc(handler))
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s.WebSocket(func(r *http.Request) (netip.AddrPort, bool) {
		source, _ := netip.ParseAddrPort(r.RemoteAddr)
		return source, secure
	}))
	done := make(chan struct{})
	go func() { defer close(done); _ = s.Run(context.Background()) }()
	t.Cleanup(func() {
		_ = s.Close()
		<-done
		server.Close()
		if n := s.Counters().Panics; n != 0 {
			t.Errorf("%d panics", n)
		}
	})
	return &webWorld{t, s, "ws" + strings.TrimPrefix(server.URL, "http")}
}

func (w *webWorld) dial() *websocket.Conn {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	c, _, err := websocket.Dial(ctx, w.url, &websocket.DialOptions{Subprotocols: []string{"sip"}})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = c.CloseNow() })
	return c
}

// says sends a message.
func (w *webWorld) says(c *websocket.Conn, text []byte) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := c.Write(ctx, websocket.MessageText, text); err != nil {
		w.t.Fatal(err)
	}
}

// hears waits for the next message; nil: there is none within the time, or the connection was closed.
func (w *webWorld) hears(c *websocket.Conn, within time.Duration) *message {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	_, b, err := c.Read(ctx)
	if err != nil {
		return nil
	}
	m, err := parseDatagram(b)
	if m == nil { // answers to broken requests may repeat what is broken
		w.t.Fatalf("%v\n%s", err, b)
	}
	return m
}

// browser is a request as JsSIP writes it: addresses that mean nothing.
func browser(method, callID, toTag string, seq int, body []byte) []byte {
	to := "<sip:x@center.example>"
	if toTag != "" {
		to += ";tag=" + toTag
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s sip:x@center.example SIP/2.0\r\nVia: SIP/2.0/WSS df7jal23ls0d.invalid;branch=z9hG4bK%s%d\r\nMax-Forwards: 70\r\n"+
		"From: <sip:ann@center.example>;tag=a\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %d %s\r\nContact: <sip:k@df7jal23ls0d.invalid;transport=ws>\r\n",
		method, callID, seq, to, callID, seq, method)
	if body != nil {
		b.WriteString("Content-Type: application/sdp\r\n")
	}
	fmt.Fprintf(&b, "\r\n%s", body) // Content-Length may be missing (RFC 7118 section 5.3)
	return b.Bytes()
}

func TestCallOverWebSocket(t *testing.T) {
	t.Parallel()
	calls := make(chan *Call, 1)
	w := newWebWorld(t, true, func(ctx context.Context, c *Call) {
		_ = c.Answer(ctx, pcmuOnly)
		calls <- c
	})
	c := w.dial()
	w.says(c, []byte("\r\n\r\n")) // is anybody there?
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if _, b, err := c.Read(ctx); err != nil || string(b) != "\r\n" {
		t.Fatalf("keep-alive: got %q, %v", b, err)
	}
	w.says(c, browser("INVITE", "ws1", "", 1, pcmuOnly))
	var ok *message
	for ok == nil || ok.code < 200 {
		if ok = w.hears(c, 10*time.Second); ok == nil {
			t.Fatal("no answer")
		}
	}
	if ok.code != 200 || !strings.Contains(ok.get("Contact"), ";transport=ws") || ok.via.transport != "WSS" {
		t.Fatalf("got %s", ok.bytes())
	}
	w.says(c, browser("ACK", "ws1", ok.to.tag(), 1, nil))
	call := <-calls
	if call.Transport() != WSS || !call.Transport().Secure() {
		t.Errorf("transport: %s", call.Transport())
	}
	waitFor(t, "the ACK", func() bool { return call.Phase() == Confirmed })
	go func() { _ = call.Hangup(context.Background(), "") }()
	bye := w.hears(c, 30*time.Second)
	if bye == nil || bye.method != "BYE" || bye.via.transport != "WSS" {
		t.Fatalf("want BYE on the same connection, got %+v", bye)
	}
	w.says(c, answerTo(bye, 200))
	waitFor(t, "the end", func() bool { return call.Phase() == Ended })
}

// answerTo is an answer without anything of its own.
func answerTo(m *message, code int) []byte {
	r := &message{code: code, reason: "OK"}
	for _, name := range []string{"Via", "From", "To", "Call-ID", "CSeq"} {
		r.add(name, m.get(name))
	}
	return r.bytes()
}

func waitFor(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !ok(); {
		if time.Now().After(deadline) {
			t.Fatalf("waited for %s in vain", what)
		}
		<-time.After(5 * time.Millisecond)
	}
}

func TestWebSocketsThatAreNotWanted(t *testing.T) {
	t.Parallel()
	t.Run("no subprotocol", func(t *testing.T) {
		t.Parallel()
		w := newWebWorld(t, false, func(context.Context, *Call) {})
		_, answer, err := websocket.Dial(context.Background(), w.url, nil)
		if err == nil || answer == nil || answer.StatusCode != http.StatusBadRequest {
			t.Errorf("got %v, %v", answer, err)
		}
	})
	t.Run("unknown source", func(t *testing.T) {
		t.Parallel()
		w := newWebWorld(t, false, func(context.Context, *Call) {}, func(c *Config) { c.Accept = func(netip.AddrPort) bool { return false } })
		_, answer, err := websocket.Dial(context.Background(), w.url, &websocket.DialOptions{Subprotocols: []string{"sip"}})
		if err == nil || answer == nil || answer.StatusCode != http.StatusForbidden {
			t.Errorf("got %v, %v", answer, err)
		}
	})
	t.Run("silent", func(t *testing.T) {
		t.Parallel()
		w := newWebWorld(t, false, func(context.Context, *Call) {}, func(c *Config) { c.Limits.MessageTime = 100 * time.Millisecond })
		if m := w.hears(w.dial(), 10*time.Second); m != nil {
			t.Errorf("got %+v", m)
		}
		waitFor(t, "the end of the connection", func() bool { return w.stack.Counters().Connections == 0 })
	})
	t.Run("too long", func(t *testing.T) {
		t.Parallel()
		w := newWebWorld(t, false, func(context.Context, *Call) {}, func(c *Config) { c.Limits.MessageBytes = 2000 })
		c := w.dial()
		w.says(c, browser("INVITE", "long", "", 1, bytes.Repeat([]byte("x"), 3000)))
		if m := w.hears(c, 10*time.Second); m != nil {
			t.Errorf("got %+v", m)
		}
		waitFor(t, "the end of the connection", func() bool { return w.stack.Counters().Connections == 0 })
	})
}

// TestTortureOverWebSocket: the RFCs' messages lead to the same as in datagrams: each is whole.
func TestTortureOverWebSocket(t *testing.T) {
	t.Parallel()
	for _, c := range torture {
		raw, err := os.ReadFile("testdata/siptorture/" + c.file + ".dat")
		if err != nil {
			t.Fatal(err)
		}
		t.Run(c.file, func(t *testing.T) {
			t.Parallel()
			w := newWebWorld(t, false, takesG711)
			conn := w.dial()
			ctx := context.Background()
			if err := conn.Write(ctx, websocket.MessageBinary, raw); err != nil {
				t.Fatal(err)
			}
			w.says(conn, browser("OPTIONS", "after", "", 1, nil)) // answered in any case: the connection goes on
			var got []int
			for {
				m := w.hears(conn, 30*time.Second)
				if m == nil {
					t.Fatalf("the connection ended; got %v, want %v", got, c.udp)
				}
				if m.callID == "after" {
					break
				}
				if m.code >= 200 {
					got = append(got, m.code)
				}
			}
			// An answer of the handler's may come after the next message was handled.
			for len(got) < len(c.udp) {
				m := w.hears(conn, 30*time.Second)
				if m == nil {
					break
				}
				if m.code >= 200 {
					got = append(got, m.code)
				}
			}
			compareCodes(t, got, c.udp, c.why)
		})
	}
}
