package sip

import (
	"log/slog"
	"net"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	gosip "github.com/emiago/sipgo/sip"
)

// Timers of RFC 3261 section 17.1.1.1.
const (
	t1      = 500 * time.Millisecond
	t2      = 4 * time.Second
	timeout = 64 * t1
)

// envelope is how sipgo's state machines carry our messages: they decide what is sent again and
// when, and hand the envelope to wire.WriteMsg, which sends the bytes in it as they are.

// wire is the sipgo Connection of one transaction.
type wire struct {
	stack *Stack
	mu    sync.Mutex
	to    hop
	sent  atomic.Uint32
	trace *Trace // of the call it belongs to; nil: none
}

func (w *wire) hop() hop {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.to
}

// WriteMsg implements gosip.Connection. The ACK that sipgo makes for a refused INVITE is not sent:
// it writes the To header anew, and it waits 4 s before it acknowledges a repeated refusal; ours
// does neither (uac.go).
func (w *wire) WriteMsg(m gosip.Message) (err error) {
	defer func() { // sipgo calls this from its timers, where nobody else recovers
		if p := recover(); p != nil {
			w.stack.panicked("transaction", p)
		}
	}()
	if r, ok := m.(*gosip.Request); ok && r.IsAck() {
		return nil
	}
	if w.sent.Add(1) > 1 {
		w.stack.count.repeated.Add(1)
	}
	return w.stack.sendTraced(w.trace, w.hop(), m.Body())
}

// The rest of gosip.Connection; our sockets do not count references.

// LocalAddr implements gosip.Connection.
func (w *wire) LocalAddr() net.Addr { return &net.UDPAddr{} }

// Ref implements gosip.Connection.
func (w *wire) Ref(int) int { return 1 }

// TryClose implements gosip.Connection.
func (w *wire) TryClose() (int, error) { return 1, nil }

// Close implements gosip.Connection.
func (w *wire) Close() error { return nil }

// serverTx is a request that we answer statefully.
type serverTx struct {
	key     string
	request *message
	from    hop
	reply   *wire
	fsm     *gosip.ServerTx
	call    *Call // whose request it is
	final   atomic.Int32
}

// serverKey identifies the transaction of a request (RFC 3261 section 17.2.3). Requests without
// the magic cookie (RFC 2543) are told apart by what an ACK and a CANCEL have in common with their
// INVITE. The source host is part of it, so that peers cannot reach each other's transactions.
func serverKey(m *message, from hop, method string) string {
	if method == "ACK" || method == "CANCEL" {
		method = "INVITE"
	}
	if strings.HasPrefix(m.via.branch, "z9hG4bK") && len(m.via.branch) > 7 {
		return m.via.branch + "|" + m.via.host + ":" + strconv.Itoa(m.via.port) + "|" + method + "|" + from.addr.Addr().String()
	}
	return m.callID + "|" + m.from.tag() + "|" + strconv.Itoa(int(m.seq)) + "|" + m.via.host + "|" + m.via.branch + "|" + method + "|" + from.addr.Addr().String()
}

// newServerTx begins a transaction; nil if there are too many. The caller has looked that there is none.
func (s *Stack) newServerTx(m *message, from hop) *serverTx {
	t := &serverTx{key: serverKey(m, from, m.method), request: m, from: from}
	t.reply = &wire{stack: s, to: s.replyTo(m, from)}
	origin := gosip.NewRequest(gosip.RequestMethod(m.method), gosip.Uri{})
	origin.SetTransport(string(from.transport))
	t.fsm = gosip.NewServerTx(t.key, origin, t.reply, silent)
	s.mu.Lock()
	if s.ended || len(s.serverTxs)+len(s.clientTxs) >= s.config.Limits.Transactions {
		s.mu.Unlock()
		return nil
	}
	s.serverTxs[t.key] = t
	s.mu.Unlock()
	if err := t.fsm.Init(); err != nil {
		s.dropServerTx(t)
		return nil
	}
	t.fsm.OnTerminate(func(string, error) { s.dropServerTx(t) })
	return t
}

func (s *Stack) dropServerTx(t *serverTx) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.serverTxs[t.key] == t {
		delete(s.serverTxs, t.key)
	}
}

// replyTo is where answers to a request go (RFC 3261 section 18.2.2, RFC 3581 section 4).
func (s *Stack) replyTo(m *message, from hop) hop {
	if from.transport.stream() {
		return from
	}
	if _, ok := m.via.params.get("rport"); ok {
		return from
	}
	port := uint16(m.via.port)
	if port == 0 {
		port = 5060
	}
	from.addr = addrPort(from.addr.Addr(), port)
	return from
}

// belongs makes the transaction a call's, before anything is answered.
func (t *serverTx) belongs(c *Call) {
	t.call, t.reply.trace = c, c.trace
	c.trace.add(false, t.from, t.request.raw)
}

// respond sends an answer of a transaction; the first final one counts.
func (t *serverTx) respond(r *message) {
	if t.final.Load() >= 300 {
		return
	}
	if r.code >= 200 {
		t.final.Store(int32(r.code))
	}
	envelope := gosip.NewResponse(r.code, "")
	envelope.SetBody(r.bytes())
	_ = t.fsm.Respond(envelope) // a peer that cannot be reached is noticed by timers
}

// again lets the transaction see a repeated request or the ACK of a refusal.
func (t *serverTx) again(m *message) {
	t.reply.trace.add(false, t.from, m.raw)
	_ = t.fsm.Receive(gosip.NewRequest(gosip.RequestMethod(m.method), gosip.Uri{}))
}

// clientTx is a request that we await an answer to.
type clientTx struct {
	key     string // branch and method
	request *message
	trace   *Trace // of the call it belongs to; nil: none
	out     *wire
	fsm     *gosip.ClientTx

	// addressed is told before the request leaves which way it takes; nil: nobody wants to know.
	addressed func(to hop)
	// answered gets each response but repeated finals, in the reading goroutine or the call's queue.
	answered func(*message)
	// failed is called once if there was no final answer: timeout or transport.
	failed func(by By)

	mu    sync.Mutex
	final *message
	ack   []byte // of a refused INVITE, to repeat
	over  bool
}

func clientKey(branch, method string) string { return branch + "|" + method }

// request sends a request and calls back with what comes of it. The callbacks must be set before.
func (s *Stack) request(t *clientTx, m *message, to hop) error {
	t.request = m
	t.key = clientKey(m.via.branch, m.method)
	t.out = &wire{stack: s, to: to, trace: t.trace}
	origin := gosip.NewRequest(gosip.RequestMethod(m.method), gosip.Uri{})
	origin.AppendHeader(&gosip.CSeqHeader{SeqNo: m.seq, MethodName: gosip.RequestMethod(m.method)}) // sipgo's ACK wants it
	origin.SetTransport(string(to.transport))
	origin.SetBody(m.bytes())
	t.fsm = gosip.NewClientTx(t.key, origin, t.out, silent)
	s.mu.Lock()
	if s.ended {
		s.mu.Unlock()
		return ErrClosed
	}
	s.clientTxs[t.key] = t
	s.mu.Unlock()
	t.fsm.OnTerminate(func(string, error) { s.endClientTx(t) })
	// The state machine blocks until somebody takes its responses; ours travel another way.
	if !s.spawn("transaction", func() {
		for {
			select {
			case <-t.fsm.Responses():
			case <-t.fsm.Done():
				return
			}
		}
	}) {
		s.dropClientTx(t)
		return ErrClosed
	}
	if err := t.fsm.Init(); err != nil {
		t.mu.Lock()
		t.over = true // told by the error, not by failed
		t.mu.Unlock()
		t.fsm.Terminate()
		s.dropClientTx(t)
		return err
	}
	return nil
}

func (s *Stack) dropClientTx(t *clientTx) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.clientTxs[t.key] == t {
		delete(s.clientTxs, t.key)
	}
}

// endClientTx runs inside sipgo's locks: it only notes the end.
func (s *Stack) endClientTx(t *clientTx) {
	s.dropClientTx(t)
	t.mu.Lock()
	told := t.over || t.final != nil
	t.over = true
	t.mu.Unlock()
	if told || t.failed == nil {
		return
	}
	by := ByTimeout
	if h := t.out.hop(); h.conn != nil {
		select {
		case <-h.conn.closed:
			by = ByTransport
		default:
		}
	}
	s.spawn("transaction failed", func() { t.failed(by) })
}

// receive takes a response from the reader.
func (s *Stack) receive(t *clientTx, m *message) {
	t.trace.add(false, t.out.hop(), m.raw)
	t.mu.Lock()
	if t.final != nil || t.over {
		ack := t.ack
		t.mu.Unlock()
		if ack != nil && m.code >= 300 {
			_ = s.sendTraced(t.trace, t.out.hop(), ack)
		}
		return
	}
	if m.code >= 200 {
		t.final = m
		if t.request.method == "INVITE" && m.code >= 300 {
			t.ack = refusedAck(t.request, m)
		}
	}
	ack := t.ack
	t.mu.Unlock()
	t.fsm.Receive(gosip.NewResponse(m.code, ""))
	if ack != nil {
		_ = s.sendTraced(t.trace, t.out.hop(), ack)
	}
	if m.code >= 200 && ack == nil {
		t.fsm.Terminate() // repeated 2xx find their call by themselves; others need no answer
	}
	t.answered(m)
}

// refusedAck is the ACK to a final answer of 300 and above (RFC 3261 section 17.1.1.3).
func refusedAck(invite, answer *message) []byte {
	ack := &message{method: "ACK", target: invite.target}
	for _, h := range invite.headers {
		switch h.Name {
		case "Via", "Route", "From", "Call-ID", "Max-Forwards":
			ack.headers = append(ack.headers, h)
		}
	}
	ack.add("To", answer.get("To"))
	ack.add("CSeq", strconv.Itoa(int(invite.seq))+" ACK")
	return ack.bytes()
}

// silent swallows what sipgo would log; what matters is logged or counted by us.
var silent = slog.New(slog.DiscardHandler)
