package sip

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/coder/websocket"
)

// webSocketPing is how often a peer that keeps a WebSocket open is asked whether it is still there
// (RFC 7118 section 6, RFC 5626 section 4.4.1); less than what NATs and proxies allow.
const webSocketPing = 25 * time.Second

// webSocketProtocol is the subprotocol a peer must ask for (RFC 7118 section 3).
const webSocketProtocol = "sip"

// WebSocket takes peers in that speak SIP over WebSocket (RFC 7118). from says who really asks and
// whether nobody on the way can read along (WSS); nil: the request's own address and TLS. Pages of every
// origin may connect: what counts is the digest, which no browser adds by itself.
func (s *Stack) WebSocket(from func(*http.Request) (source netip.AddrPort, secure bool)) http.Handler {
	if from == nil {
		from = func(r *http.Request) (netip.AddrPort, bool) {
			source, _ := netip.ParseAddrPort(r.RemoteAddr)
			return source, r.TLS != nil
		}
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		source, secure := from(r)
		source = netip.AddrPortFrom(source.Addr().Unmap(), source.Port())
		if !s.known(source) && !s.mayConnect(source) {
			s.count.refused.Add(1)
			http.Error(w, "not allowed", http.StatusForbidden)
			return
		}
		if !asksFor(r, webSocketProtocol) {
			http.Error(w, "the WebSocket must ask for the subprotocol sip", http.StatusBadRequest)
			return
		}
		conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{
			Subprotocols: []string{webSocketProtocol}, InsecureSkipVerify: true, CompressionMode: websocket.CompressionDisabled,
		})
		if err != nil {
			return // it has answered
		}
		conn.SetReadLimit(int64(s.config.Limits.MessageBytes))
		kind := WS
		if secure {
			kind = WSS
		}
		adapter := &webSocket{conn: conn, life: s.life, remote: source}
		if local, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr); ok {
			adapter.local = local
		}
		if _, err := s.adopt(connKey{kind, source, ""}, adapter, adapter, (*tcpConn).readWebSocket); err != nil {
			s.count.limited.Add(1)
			_ = conn.Close(websocket.StatusTryAgainLater, "")
		}
	})
}

func asksFor(r *http.Request, protocol string) bool {
	for _, value := range r.Header.Values("Sec-WebSocket-Protocol") {
		for name := range strings.SplitSeq(value, ",") {
			if strings.EqualFold(strings.TrimSpace(name), protocol) {
				return true
			}
		}
	}
	return false
}

// webSocket is a WebSocket as the connection's writer and closer want it: each Write is a message.
type webSocket struct {
	net.Conn // nil: the rest is not used
	conn     *websocket.Conn
	life     context.Context
	local    net.Addr
	remote   netip.AddrPort
	heard    atomic.Int64 // when a message came last, in Unix nanoseconds; 0: never
}

// Write implements net.Conn.
func (w *webSocket) Write(b []byte) (int, error) {
	ctx, cancel := context.WithTimeout(w.life, connWriteTime)
	defer cancel()
	kind := websocket.MessageText
	if !utf8.Valid(b) {
		kind = websocket.MessageBinary
	}
	if err := w.conn.Write(ctx, kind, b); err != nil {
		return 0, err
	}
	return len(b), nil
}

// SetWriteDeadline implements net.Conn; Write has its own.
func (w *webSocket) SetWriteDeadline(time.Time) error { return nil }

// LocalAddr implements net.Conn.
func (w *webSocket) LocalAddr() net.Addr {
	if w.local == nil {
		return &net.TCPAddr{}
	}
	return w.local
}

// RemoteAddr implements net.Conn.
func (w *webSocket) RemoteAddr() net.Addr { return net.TCPAddrFromAddrPort(w.remote) }

// Close implements net.Conn.
func (w *webSocket) Close() error { return w.conn.CloseNow() }

// readWebSocket handles the messages of a WebSocket, each of them whole.
func (c *tcpConn) readWebSocket() {
	defer c.finish()
	s, w := c.stack, c.raw.(*webSocket)
	s.spawn("websocket keep-alive", func() { c.keepWebSocket(w) })
	for {
		_, b, err := w.conn.Read(s.life)
		if err != nil {
			return
		}
		w.heard.Store(time.Now().UnixNano())
		if isKeepAlive(b) {
			if len(b) >= 4 {
				_ = c.send([]byte("\r\n"))
			}
			continue
		}
		if !c.paced(b) {
			return
		}
		s.count.in.Add(1)
		s.guard("websocket", func() {
			m, err := parseDatagram(b)
			if m != nil {
				m.raw = b
			}
			s.arrived(m, err, c.hop())
		})
	}
}

// keepWebSocket ends a WebSocket that says nothing at first, whose peer is gone, or that is of no use.
func (c *tcpConn) keepWebSocket(w *webSocket) {
	limits := c.stack.config.Limits
	for pause := limits.MessageTime; ; pause = webSocketPing {
		timer := time.NewTimer(pause)
		select {
		case <-c.closed:
			timer.Stop()
			return
		case <-timer.C:
		}
		heard := w.heard.Load()
		idle := time.Since(time.Unix(0, heard)) > limits.ConnectionIdle
		if heard == 0 || idle && c.users.Load() == 0 && !c.stack.known(c.remote) || c.ping(w) != nil {
			c.close()
			return
		}
	}
}

func (c *tcpConn) ping(w *webSocket) error {
	ctx, cancel := context.WithTimeout(c.stack.life, connWriteTime)
	defer cancel()
	return w.conn.Ping(ctx)
}

// errNoWay says that a WebSocket cannot be opened from here: only browsers do.
var errNoWay = errors.New("the peer's WebSocket is gone")

// webSocketTo is the WebSocket of a peer that has one open.
func (s *Stack) webSocketTo(transport Transport, addr netip.AddrPort) (hop, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, kind := range []Transport{transport, WSS, WS} {
		if c := s.conns[connKey{kind, addr, ""}]; c != nil {
			return c.hop(), nil
		}
	}
	return hop{}, errNoWay
}
