package voice

import (
	"context"
	"errors"
	"fmt"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/wire/sip"
)

// answeredElsewhere is the Reason (RFC 3326) for phones that need not show a missed call.
const answeredElsewhere = `SIP;cause=200;text="Call completed elsewhere"`

// errElsewhere ends the calls of a race that another phone has decided.
var errElsewhere = errors.New("decided at another phone")

// places are the calls to be made for a SIP phone, all at once.
func (e *Edge) places(ctx context.Context, phone Phone) ([]sip.DialRequest, error) {
	if phone.URI != "" {
		target, err := e.resolve(ctx, phone.URI)
		if err != nil {
			return nil, fmt.Errorf("finding the SIP phone %s: %w", phone.URI, err)
		}
		return []sip.DialRequest{{Target: phone.URI, Peer: target}}, nil
	}
	contacts, err := e.Registered(ctx, phone.Account)
	if err != nil {
		return nil, fmt.Errorf("finding the SIP phones of %s: %w", phone.Account, err)
	}
	if len(contacts) == 0 {
		return nil, errors.New("no SIP phone is registered")
	}
	var all []sip.DialRequest
	for _, c := range contacts {
		all = append(all, c.Dial(sip.DialRequest{}))
	}
	return all, nil
}

// rung is how one phone of a race has ended, or that it was picked up.
type rung struct {
	call   *sip.Call // picked up; nil: not
	answer sip.Answer
	end    sip.End
	rang   bool
	err    error // no call could be made
}

// byHand says that somebody pressed the key that rejects. Many phones say 486 for it; before it rang
// that means what it says.
func (r rung) byHand() bool {
	return r.end.Kind == sip.EndedRejected && (r.end.Code == 603 || r.end.Code == 486 && r.rang)
}

// weight orders what phones that were not picked up have to tell.
func (r rung) weight() int {
	switch {
	case r.byHand():
		return 3
	case r.err == nil && r.end.Kind == sip.EndedNoAnswer, r.rang:
		return 2
	case r.err == nil:
		return 1
	}
	return 0
}

// ringAll calls all places. The first that is picked up wins, the others are told so; 603 at one ends
// all. When nobody has picked up, the result is the most telling end. spawn starts goroutines that the
// caller waits for; those of the losers may outlast the call.
func (e *Edge) ringAll(ctx context.Context, spawn func(func()), places []sip.DialRequest) rung {
	race, decide := context.WithCancelCause(ctx)
	results := make(chan rung, len(places))
	for _, place := range places {
		spawn(func() {
			defer e.rescue("a call to a SIP phone", func() { results <- rung{err: errors.New("internal error")} })
			results <- e.ringOne(race, spawn, place)
		})
	}
	best := rung{err: errors.New("no SIP phone is registered")}
	for left := len(places); left > 0; left-- {
		r := <-results
		if r.call == nil {
			if best.err != nil || r.weight() > best.weight() {
				best = r
			}
			if r.end.Kind == sip.EndedRejected && r.end.Code == 603 {
				decide(errElsewhere)
			}
			continue
		}
		decide(errElsewhere)
		spawn(func() { // one that was picked up at the same moment has lost
			for range left - 1 {
				if late := <-results; late.call != nil {
					hangUp(late.call, answeredElsewhere)
				}
			}
		})
		return r
	}
	decide(nil)
	return best
}

// ringOne calls one place until it is picked up, has ended, or ctx ends.
func (e *Edge) ringOne(ctx context.Context, spawn func(func()), place sip.DialRequest) rung {
	address := place.Peer.Addr().Unmap()
	release := e.known.hold(address)
	call, err := e.stack.Dial(ctx, place)
	if err != nil {
		release()
		return rung{err: fmt.Errorf("calling the SIP phone %s: %w", place.Target, err)}
	}
	r := rung{}
	progress, answered := call.Progress(), call.Answered()
	for {
		select {
		case p, ok := <-progress:
			if !ok {
				progress = nil
			}
			r.rang = r.rang || ok && p.Code >= 180
		case answer, ok := <-answered:
			answered = nil
			if !ok {
				continue // Done follows
			}
			r.call, r.answer = call, answer
			spawn(func() { <-call.Done(); release() })
			return r
		case <-call.Done():
			for progress != nil { // it may hold a 180 that came just before
				p, ok := <-progress
				if !ok {
					break
				}
				r.rang = r.rang || p.Code >= 180
			}
			release()
			r.end = call.End()
			return r
		case <-ctx.Done():
			reason := ""
			if errors.Is(context.Cause(ctx), errElsewhere) {
				reason = answeredElsewhere
			}
			hangUp(call, reason)
			release()
			r.end = call.End()
			return r
		}
	}
}

// autoAnswer asks a phone to pick up by itself: the standard (RFC 5373) and what phones know in
// practice.
func autoAnswer() []sip.Header {
	return []sip.Header{
		{Name: "Answer-Mode", Value: "Auto"},
		{Name: "Call-Info", Value: "<sip:linekeeper>;answer-after=0"},
		{Name: "Alert-Info", Value: "<http://linekeeper>;info=alert-autoanswer;delay=0"},
	}
}

// Reachable says whether an agent can be called now: a SIP phone that registers must be registered.
func (e *Edge) Reachable(ctx context.Context, user access.UserID) bool {
	phone := e.phoneOf(user)
	if phone.Kind != SIPPhone || phone.URI != "" {
		return true
	}
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	contacts, err := e.Registered(ctx, phone.Account)
	return err == nil && len(contacts) > 0
}
