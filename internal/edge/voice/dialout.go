package voice

import (
	"context"
	"errors"
	"net/netip"
	"sync"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/ladder"
	"linekeeper/internal/media"
	"linekeeper/internal/project"
	"linekeeper/internal/tenant"
	"linekeeper/internal/trunk"
	"linekeeper/internal/wire/sdp"
	"linekeeper/internal/wire/sip"
)

// OutCall is a call to a number outside, by the project's trunks.
type OutCall struct {
	Tenant tenant.ID
	// Interaction is whose ladder the call belongs to; empty: nobody's.
	Interaction interaction.ID
	Project     project.ID
	// Agent is who calls the customer by himself: the call of his phone that has dialed waits for the answer.
	// Empty: nobody.
	Agent   access.UserID
	Number  string // as somebody typed it in the project's country, or in E.164
	Caller  string // number to show, if the trunk may show it; empty: the trunk's own
	Display string // name to show; empty: none
	// Diverted is the number of the center's that the customer had called, for a call that passes a
	// customer on: it is told in Diversion (RFC 5806) and History-Info (RFC 7044). Empty: no diversion.
	Diverted string
	Withhold bool          // shows no number to the callee (Privacy, RFC 3323); the carrier gets it
	Codec    media.Codec   // to offer, so that nothing is transcoded: the customer's
	Timeout  time.Duration // unanswered over all trunks after this, it has failed; 0: 1 min
	// On is told what happens, one at a time and in order, on goroutines that must not wait: a Leg's
	// passes it on with tell. The last one is OutFailed or OutEnded, unless close was called.
	On func(OutProgress)
	// OnDigit is given keys that the callee's carrier sends by INFO; those in the sound come through
	// the media leg. nil: they are lost.
	OnDigit func(rune)
}

// OutStage is how far a call outside has come.
type OutStage string

// Stages. OutTrying comes again for each further trunk: what was heard before is void then.
const (
	OutTrying   OutStage = "trying"   // Trunk is asked
	OutRinging  OutStage = "ringing"  // it rings there
	OutEarly    OutStage = "early"    // there is sound before the answer: open gives it
	OutAnswered OutStage = "answered" // open gives the sound
	OutHeld     OutStage = "held"     // the callee put us on hold
	OutResumed  OutStage = "resumed"
	OutFailed   OutStage = "failed" // it was never answered; Result says why
	OutEnded    OutStage = "ended"  // it was answered and is over; End says how
)

// OutResult is why a call outside failed.
type OutResult string

// Results.
const (
	OutBusy        OutResult = "busy"
	OutNoAnswer    OutResult = "no_answer"
	OutDeclined    OutResult = "declined"
	OutWrongNumber OutResult = "wrong_number" // there is no such number
	OutUnavailable OutResult = "unavailable"  // switched off, not there now
	OutCarrier     OutResult = "carrier"      // no trunk could bring it there
)

// OutProgress is one thing that happened to a call outside.
type OutProgress struct {
	Stage  OutStage
	Trunk  trunk.ID  // which carried it, or was asked last
	Caller string    // the number shown
	Code   int       // SIP status of the answer that says so; 0: none
	Result OutResult // of OutFailed
	Detail string    // of OutFailed and OutEnded, for logs and supervisors
	End    sip.End   // of OutEnded
}

// outTimeout is how long a call outside may ring.
const outTimeout = time.Minute

// outCall is a running call outside. It is to a Leg what outgoing is for a SIP phone: session and close
// work as there, and whoever lets go of it closes the media leg, or the session's transport if it
// never called open.
type outCall struct {
	outgoing
	edge    *Edge
	want    OutCall
	ways    []way
	due     time.Time
	tellers sync.Mutex // one On at a time
	ended   chan struct{}
}

// way is one trunk that may carry a call, with what it is asked.
type way struct {
	trunk   Trunk
	caller  string          // shown
	called  string          // as number.Dialed gives it
	proxy   string          // URI of where everything is sent; empty: to the target's host
	request sip.DialRequest // without offer, peer and time limit
	// emergency calls are kept back by nothing.
	emergency bool
}

// dialOut calls a number outside by the first of the project's trunks that works: 503, silence,
// broken connections and full trunks move the call on to the next one, what the callee says does not.
// It returns at once; an error (a fault) means that no trunk may call the number or that no port was
// free, and that On is not told anything. ctx ends the call like close.
func (e *Edge) dialOut(ctx context.Context, want OutCall) (*outCall, error) {
	ways, err := e.waysOut(want)
	if err != nil {
		return nil, err
	}
	return e.dialWays(ctx, want, ways)
}

// dialWays is dialOut by these ways.
func (e *Edge) dialWays(ctx context.Context, want OutCall, ways []way) (*outCall, error) {
	if want.Timeout == 0 {
		want.Timeout = outTimeout
	}
	if want.On == nil {
		want.On = func(OutProgress) {}
	}
	conn, err := e.config.Ports.Listen()
	if err != nil {
		e.figures.count(func(f *Figures) { f.Refused[NoPorts]++ })
		return nil, fault.Busy.Wrap(err, "All sound ports are in use; try again in a moment.")
	}
	transport := media.NewUDP(conn, media.UDPConfig{})
	o := &outCall{edge: e, want: want, ways: ways, due: time.Now().Add(want.Timeout), ended: make(chan struct{})}
	o.session = newSession(transport, transport.LocalAddr(), false, netip.Addr{}, []sdp.Codec{staticCodec(want.Codec)})
	o.session.changed = o.holdChanged
	ctx, o.cancel = context.WithCancel(ctx)
	e.wg.Go(func() {
		defer close(o.ended)
		defer o.cancel()
		defer e.rescue("a call outside", func() {
			o.tell(OutProgress{Stage: OutFailed, Result: OutCarrier, Detail: "internal error"})
		})
		o.run(ctx)
	})
	return o, nil
}

// open makes the media leg; it may be called once, from OutEarly on.
func (o *outCall) open(c media.LegConfig) *media.Leg { return o.session.open(c) }

// tell gives On something, unless nobody wants the call any more.
func (o *outCall) tell(p OutProgress) {
	o.tellers.Lock()
	defer o.tellers.Unlock()
	o.mu.Lock()
	closed := o.closed
	o.mu.Unlock()
	if !closed {
		o.want.On(p)
	}
}

func (o *outCall) holdChanged(held bool) {
	if o.held.Swap(held) == held {
		return
	}
	stage := OutResumed
	if held {
		stage = OutHeld
	}
	o.tell(OutProgress{Stage: stage})
}

// run tries the ways until one has carried the call to its end or nothing is left to try.
func (o *outCall) run(ctx context.Context) {
	failed := OutProgress{Stage: OutFailed, Result: OutCarrier, Detail: "no trunk has room for a further call"}
	for i, w := range o.ways {
		release, ok := o.edge.admitOut(w)
		if !ok {
			continue
		}
		o.tell(OutProgress{Stage: OutTrying, Trunk: w.trunk.ID, Caller: w.caller})
		last, over := o.try(ctx, w, i == len(o.ways)-1)
		release()
		if over || ctx.Err() != nil {
			return
		}
		failed = last
		failed.Stage, failed.Trunk, failed.Caller = OutFailed, w.trunk.ID, w.caller
		o.edge.log.Warn("a trunk did not carry a call", "trunk", string(w.trunk.ID), "code", failed.Code, "detail", failed.Detail)
		if failed.Result != OutCarrier {
			break
		}
		if time.Until(o.due) <= 0 {
			break
		}
	}
	o.tell(failed)
}

// stall is how long a trunk may work on a call without any sign of ringing, if there is another one.
const stall = 20 * time.Second

// try calls by one trunk, at all its places. over means that the call ended after an answer, or was
// closed; else failed says why it was not answered.
func (o *outCall) try(ctx context.Context, w way, last bool) (failed OutProgress, over bool) {
	stack := o.edge.stack
	places, err := w.places(ctx, stack)
	failed = failure(err)
	searching := ctx
	if !last {
		var cancel context.CancelFunc
		searching, cancel = context.WithTimeout(ctx, stall)
		defer cancel()
	}
	for _, r := range places {
		left := time.Until(o.due)
		if left <= 0 {
			return OutProgress{Result: OutNoAnswer, Detail: "not answered in time"}, false
		}
		var next bool
		if failed, next, over = o.place(searching, ctx, w, r, left); over || !next {
			return failed, over
		}
	}
	return failed, false
}

// places are where a trunk's carrier, or the proxy before it, may be reached.
func (w way) places(ctx context.Context, stack *sip.Stack) ([]sip.DialRequest, error) {
	if w.proxy == "" {
		return stack.Places(ctx, w.request)
	}
	found, err := stack.Places(ctx, sip.DialRequest{Target: w.proxy})
	for i, p := range found {
		found[i] = w.request
		found[i].Peer, found[i].Transport = p.Peer, p.Transport
	}
	return found, err
}

// place calls by one place of a trunk; next means that another place may be tried.
func (o *outCall) place(searching, ctx context.Context, w way, r sip.DialRequest, left time.Duration) (failed OutProgress, next, over bool) {
	e := o.edge
	if r.Peer.IsValid() {
		defer e.known.hold(r.Peer.Addr().Unmap())()
	}
	protection, err := e.protection(w.trunk.Encryption, r.Transport, w.trunk.NAT)
	if err != nil {
		return OutProgress{Result: OutCarrier, Detail: err.Error()}, false, false
	}
	o.session.protect(protection, e.log)
	r.Offer = o.session.restart(e.soundAddress(o.session.transport.UDPTransport, r.Peer), w.trunk.NAT, r.Peer.Addr().Unmap(),
		codecsFor(w.trunk.Codecs, o.want.Codec))
	r.Timeout = left
	e.remembered(&r, o.want.Interaction)
	r.OnRedirect = func(to sip.Redirect) string {
		return follows(r.Target, r.Peer.Addr(), to.Contacts, func(a netip.Addr) bool {
			t, ok := e.config.Directory.Trunk(a)
			return ok && t.ID == w.trunk.ID
		})
	}
	// Before anything is sent: a carrier may move its sound (UPDATE) as soon as its 183 is acknowledged.
	r.Made = func(c *sip.Call) {
		e.trace(o.want.Tenant, o.want.Interaction, ladder.Outside, o.want.Number, c)
		c.OnOffer(o.session.reoffered)
		c.OnAnswer(func(answer *sdp.Session) { _ = o.session.reanswered(answer) }) // unusable: as it was before
		c.OnDigit(func(d sip.Digit) {
			if o.want.OnDigit != nil {
				o.want.OnDigit(d.Key)
			}
		})
	}
	call, err := e.stack.DialFirst(searching, []sip.DialRequest{r})
	if err != nil {
		return failure(err), ctx.Err() == nil, ctx.Err() != nil
	}
	if !o.made(call) {
		hangUp(call, "")
		return failed, false, true
	}
	return o.follow(ctx, w, call)
}

// follow watches a call that one place works on. next means that it was the place's fault. The three
// channels of a call are looked at one after the other: each is closed when the next one matters.
func (o *outCall) follow(ctx context.Context, w way, call *sip.Call) (failed OutProgress, next, over bool) {
	say := func(p OutProgress) {
		p.Trunk, p.Caller = w.trunk.ID, w.caller
		o.tell(p)
	}
	stop := context.AfterFunc(ctx, func() { hangUp(call, "") })
	defer stop()
	rang := false
	for p := range call.Progress() {
		if p.Session != nil && o.session.early(p.Session) == nil {
			say(OutProgress{Stage: OutEarly, Code: p.Code})
		}
		if p.Code == 180 && !rang {
			rang = true
			say(OutProgress{Stage: OutRinging, Code: p.Code})
		}
	}
	answer, answered := <-call.Answered()
	if answered {
		if err := o.session.taken(answer); err != nil {
			hangUp(call, outOfOrder)
			return OutProgress{Result: OutCarrier, Code: 488, Detail: err.Error()}, false, false
		}
		line := keptLine{Trunk: w.trunk.ID, Called: w.called, Since: time.Now()}
		o.session.outBy(line)
		say(OutProgress{Stage: OutAnswered, Code: 200})
		defer o.edge.lines.charge(line)()
	}
	<-call.Done()
	end := call.End()
	switch {
	case answered:
		say(OutProgress{Stage: OutEnded, Code: end.Code, Detail: end.Reason, End: end})
		return failed, false, true
	case ctx.Err() != nil:
		return failed, false, true
	}
	failed = refused(end)
	return failed, failed.Result == OutCarrier, false
}

// failure is what an error of dialing means.
func failure(err error) OutProgress {
	var refusal *sip.Refusal
	switch {
	case err == nil:
		return OutProgress{Result: OutCarrier, Detail: "the trunk's host has no address"}
	case errors.As(err, &refusal):
		return OutProgress{Result: OutCarrier, Code: refusal.Code, Detail: err.Error()}
	}
	return OutProgress{Result: OutCarrier, Detail: err.Error()}
}

// refused is what the end of a call that was not answered means.
func refused(end sip.End) OutProgress {
	p := OutProgress{Code: end.Code, Detail: end.Reason, Result: OutCarrier}
	switch {
	case end.Kind == sip.EndedNoAnswer:
		p.Result, p.Detail = OutNoAnswer, "not answered in time"
	case end.Kind == sip.EndedRejected:
		p.Result = resultOf(end.Code)
	case p.Detail == "":
		p.Detail = string(end.Kind)
	}
	return p
}

// resultOf is the one table from SIP statuses to results. OutCarrier concerns the trunk, so that
// another one may bring the call there; all others are about the number or whoever has it.
func resultOf(code int) OutResult {
	switch code {
	case 486, 600:
		return OutBusy
	case 408, 487:
		return OutNoAnswer // it rang; before that DialFirst has moved on
	case 603, 607, 608:
		return OutDeclined
	case 404, 410, 414, 416, 484, 485, 604:
		return OutWrongNumber
	case 480, 606:
		return OutUnavailable
	}
	return OutCarrier // 401, 402, 403, 407, 488, 5xx and what nobody has heard of
}

// soundAddress is what a carrier shall send its sound to. Behind a socket bound to every address it is
// the one that faces the carrier.
func (e *Edge) soundAddress(t *media.UDPTransport, peer netip.AddrPort) netip.AddrPort {
	bound := t.LocalAddr()
	switch {
	case e.config.PublicIP.IsValid():
		return netip.AddrPortFrom(e.config.PublicIP, bound.Port())
	case bound.Addr().IsUnspecified() && peer.IsValid():
		return netip.AddrPortFrom(e.stack.Facing(peer.Addr()), bound.Port())
	}
	return bound
}

// codecsFor is what is offered: the codec of the other side if the trunk has it, else the trunk's.
func codecsFor(trunk []string, want media.Codec) []sdp.Codec {
	all := sdpCodecs(trunk)
	for _, c := range all {
		if c.Name == want.Name {
			return []sdp.Codec{c}
		}
	}
	return all
}

// restart begins the agreement anew with another peer, on the same socket, and gives our offer.
func (s *session) restart(address netip.AddrPort, nat bool, signal netip.Addr, codecs []sdp.Codec) []byte {
	s.mu.Lock()
	s.local.Address, s.nat, s.signal, s.codecs, s.offered, s.agreed, s.held, s.moved = address, nat, signal, codecs, nil, sdp.Negotiated{}, false, false
	s.mu.Unlock()
	return s.offer()
}

// outBy notes what the call is charged and counted by.
func (s *session) outBy(line keptLine) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.line = &line
}

// early takes an answer that comes before the call is answered, for its sound; the last one may differ.
// If the peer has offered anew in the meantime, that is what holds.
func (s *session) early(answer *sdp.Session) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.offered == nil {
		return errors.New("an early answer without an offer")
	}
	if s.moved {
		return nil
	}
	chosen, err := sdp.Accept(s.offered, answer)
	if err == nil {
		err = s.agree(chosen, answer)
	}
	return err
}
