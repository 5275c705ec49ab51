package sip

import (
	"context"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"linekeeper/internal/wire/sdp"
)

// Call is one dialog in either role. Its methods may be called from any goroutine; callbacks are
// called one at a time, in order, in a goroutine of the call, and may call methods of the Call.
type Call struct {
	stack     *Stack
	outgoing  bool
	id        string
	localTag  string
	from, to  Party
	account   string
	dialed    string // user of the request URI
	source    netip.AddrPort
	transport Transport
	offer     *sdp.Session
	merge     string                                 // key in Stack.invites; empty if not there
	pending   atomic.Pointer[func(string, *Pending)] // DialRequest.OnPending
	trace     *Trace                                 // nil: none is kept
	done      chan struct{}
	progress  chan Progress
	answered  chan Answer
	work      queue // responses to our INVITE, in order
	tasks     queue // callbacks, in order

	// mu guards what follows. It may be held while a message is sent, which does not block, and
	// is taken before Stack.mu, never after.
	mu          sync.Mutex
	phase       Phase
	end         End
	ended       bool // done is closed; the dialog may live on to finish its transactions
	cancel      context.CancelFunc
	headers     *message // whose headers Header reads
	remoteTag   string
	local       string // our From or To value, with tag
	remote      string // the peer's
	localSeq    uint32
	remoteSeq   uint32
	inviteSeq   uint32
	oldSeq      uint32 // requests of ours below it were sent by an earlier process; 0: none was
	routes      []string
	target      string // where requests are addressed: the peer's Contact
	contact     string // our Contact URI
	contactUser string
	peer        hop // where the dialog's first message came from or went
	localSDP    []byte
	remoteSDP   []byte
	life        *time.Timer // unanswered calls end by it

	uas   uas
	uac   uac
	timer sessionTimer

	onOffer     func(*sdp.Session) ([]byte, int)
	onAnswer    func(*sdp.Session)
	onDigit     func(Digit)
	onConfirmed func()
	onRefer     func(*Referral) int
	onReplace   func(context.Context, *Call)

	replaces      *Call           // ended when this incoming call is answered
	subscriptions []*subscription // transfers that we asked for
	referrals     int             // transfers that the peer asked for
}

// newCall makes a call that is not in the table yet.
func (s *Stack) newCall(callID, localTag string) *Call {
	return &Call{
		stack: s, id: callID, localTag: localTag, trace: s.newTrace(), done: make(chan struct{}), cancel: func() {},
		work: queue{stack: s}, tasks: queue{stack: s},
	}
}

// ID is the Call-ID.
func (c *Call) ID() string { return c.id }

// Outgoing says whether we made the call.
func (c *Call) Outgoing() bool { return c.outgoing }

// From is the caller: the peer of an incoming call, us for an outgoing one.
func (c *Call) From() Party { return c.from }

// To is the called side as in the To header, which need not be the dialed number.
func (c *Call) To() Party { return c.to }

// RequestUser is the user part of the request URI, unescaped: the dialed number.
func (c *Call) RequestUser() string { return c.dialed }

// Account is who has shown its password for an incoming call, see Config.Challenge; empty: nobody.
func (c *Call) Account() string { return c.account }

// Source is where the INVITE came from, or where ours was sent to.
func (c *Call) Source() netip.AddrPort { return c.source }

// Contact is the URI by which the peer reaches us inside the dialog.
func (c *Call) Contact() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.contact
}

// Transport is what the INVITE travelled on.
func (c *Call) Transport() Transport { return c.transport }

// Offer is the description in the INVITE of an incoming call; nil if there was none, and then the
// body of Answer is the offer and the peer's answer arrives through OnAnswer.
func (c *Call) Offer() *sdp.Session { return c.offer }

// Header is the first value of a header of the INVITE (incoming) or of the 200 (outgoing); empty if
// there is none. Names are compared without case and in both forms.
func (c *Call) Header(name string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.headers == nil {
		return ""
	}
	return c.headers.get(name)
}

// Headers are all values of a header, in order.
func (c *Call) Headers(name string) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.headers == nil {
		return nil
	}
	return c.headers.all(name)
}

// Phase is where the call is now.
func (c *Call) Phase() Phase {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.phase
}

// Done is closed when the call is over and End says why.
func (c *Call) Done() <-chan struct{} { return c.done }

// End is why the call is over; the zero value before that.
func (c *Call) End() End {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.end
}

// Progress gives the provisional answers of an outgoing call other than 100, in order. It holds
// the last 8; a reader that is too slow loses the oldest. It is closed when the call is answered
// or has ended. nil for incoming calls.
func (c *Call) Progress() <-chan Progress { return c.progress }

// Answered gives one value when an outgoing call was answered and our ACK was sent; it is closed
// afterwards, or without a value if the call ended unanswered. nil for incoming calls.
func (c *Call) Answered() <-chan Answer { return c.answered }

// OnOffer sets who answers offers that the peer makes inside the dialog by re-INVITE or UPDATE:
// hold, resume, a new address. It returns the answer with 200, or a code of 300 or above that
// refuses and keeps the session as it was. offer is nil when a re-INVITE carries none; then the
// result is our offer, and the answer arrives through OnAnswer. Without OnOffer, 488, but for a
// session refresh (RFC 4028) that repeats the peer's description, which is answered with ours.
func (c *Call) OnOffer(f func(offer *sdp.Session) (answer []byte, code int)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.onOffer = f
}

// OnAnswer sets who gets the answer that arrives in an ACK, after an INVITE or re-INVITE without
// an offer. answer is nil if the ACK carried none that could be read.
func (c *Call) OnAnswer(f func(answer *sdp.Session)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.onAnswer = f
}

// OnDigit sets who gets digits sent by INFO.
func (c *Call) OnDigit(f func(Digit)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.onDigit = f
}

// OnConfirmed sets who is told that an incoming call's ACK has arrived; at once if it has already.
func (c *Call) OnConfirmed(f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.onConfirmed = f
	if c.phase == Confirmed {
		c.tasks.add(f)
	}
}

// Hangup ends the call in the way its phase asks for: CANCEL for an outgoing call not yet
// answered, 480 for an unanswered incoming one, BYE otherwise. reason is the value of a Reason
// header (RFC 3326), empty for none. The call is over when it returns; what the protocol still
// needs (repetitions, a CANCEL that must wait for the first answer, a BYE that must wait for the
// ACK) goes on behind it. It may be called again; then it does nothing. ctx bounds the search for
// the peer's address; the error is that of sending.
func (c *Call) Hangup(ctx context.Context, reason string) error {
	c.mu.Lock()
	if c.ended {
		c.mu.Unlock()
		return nil
	}
	switch {
	case c.outgoing && c.phase < Answered:
		c.abandon(reason, End{By: ByLocal, Kind: EndedCanceled})
	case c.phase < Answered:
		c.rejectLocked(480, "", nil, reason)
	case c.phase == Answered:
		// RFC 3261 section 15: the callee must not send BYE before the ACK or its timeout.
		c.uas.byeAfterAck, c.uas.byeReason = true, reason
		c.finish(End{By: ByLocal, Kind: EndedBye})
	default:
		c.finish(End{By: ByLocal, Kind: EndedBye})
		c.mu.Unlock()
		return c.bye(ctx, reason)
	}
	c.mu.Unlock()
	return nil
}

// finish makes the end visible, once. c.mu is held. Whoever calls it sees to the delisting.
func (c *Call) finish(end End) {
	if c.ended {
		return
	}
	end.At = time.Now()
	c.ended, c.end, c.phase = true, end, Ended
	if c.life != nil {
		c.life.Stop()
	}
	if c.timer.timer != nil {
		c.timer.timer.Stop()
	}
	c.uas.dropReliable()
	for len(c.subscriptions) > 0 {
		c.unsubscribe(c.subscriptions[0])
	}
	close(c.done)
	if c.outgoing {
		c.uac.closeChannels(c)
	}
	c.cancel()
	if c.peer.conn != nil {
		c.peer.conn.users.Add(-1)
	}
}

// stopTimers ends what goes on behind an ended call. c.mu is held.
func (c *Call) stopTimers() {
	if c.life != nil {
		c.life.Stop()
	}
	if c.uas.okay != nil {
		c.uas.okay.timer.Stop()
		c.uas.okay = nil
	}
}

// use notes that the call lives on the connection it came by.
func (c *Call) use(h hop) {
	c.peer, c.source, c.transport = h, h.addr, h.transport
	if h.conn != nil {
		h.conn.users.Add(1)
	}
}

// task runs a callback of the user, in order.
func (c *Call) task(f func()) {
	if f != nil {
		c.tasks.add(f)
	}
}

// connectionLost ends the transactions that wait on a connection, so that their calls learn of it
// now and not by timeout.
func (s *Stack) connectionLost(conn *tcpConn) {
	s.mu.Lock()
	var lost []*clientTx
	for _, t := range s.clientTxs {
		if t.out.hop().conn == conn {
			lost = append(lost, t)
		}
	}
	s.mu.Unlock()
	for _, t := range lost {
		t.fsm.Terminate()
	}
	if r := s.config.Registrar; r != nil && !s.closing() && r.knows(conn.remote.Addr()) { // after a restart they are asked again
		s.spawn("registrar", func() { r.lost(s.life, conn.kind, conn.remote) })
	}
}
