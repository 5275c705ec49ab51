package sip

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"
)

// Attempt is what is known about one try to make a call.
type Attempt struct {
	Since   time.Duration // since the INVITE was sent
	Heard   bool          // there was an answer, be it only 100
	Ringing bool          // there was one of 101 to 199, or the call was answered
	End     End           // why it is over; the zero value if it is not
}

// Move is what to do about an Attempt.
type Move int

// Moves.
const (
	Wait   Move = iota // nothing is decided yet
	Next               // give this one up and try the next target
	Settle             // this is the one, or its refusal is the callee's own
)

// failoverPatience is how long a target may say nothing at all if its request does not say. The INVITE
// was sent three times by then; the next target gets it within 4 s.
const failoverPatience = 3500 * time.Millisecond

// patience is how long the request's target may be silent.
func (r DialRequest) patience() time.Duration {
	if r.Patience > 0 {
		return r.Patience
	}
	return failoverPatience
}

// Failover decides about an Attempt (RFC 3263 section 4.3): silence beyond patience, a broken
// connection, 503 and the like concern the target and not the callee. wait is when to decide again if
// nothing happens before; 0: only then.
func Failover(a Attempt, patience time.Duration) (move Move, wait time.Duration) {
	switch {
	case a.End.Kind == EndedRejected:
		switch a.End.Code {
		case 408, 500, 502, 503, 504:
			return Next, 0
		}
		return Settle, 0
	case a.End.Kind == EndedLost || a.End.Kind == EndedTransport:
		return Next, 0
	case a.End.Kind != "" || a.Ringing:
		return Settle, 0
	case a.Heard: // it works on it
		return Wait, 0
	case a.Since >= patience:
		return Next, 0
	}
	return Wait, patience - a.Since
}

// DialFirst makes a call by the first of the requests, in order of preference, that works: a trunk and
// its substitutes. A request without a Peer stands for all places that Config.Resolver knows. It
// returns when the call rings, is answered, or is refused by the callee itself: the Call may have
// ended. If nothing works, the error is the last one's, often a *Refusal. Targets that were silent or
// asked for a pause (Retry-After) are tried last for a while. ctx ends the search.
func (s *Stack) DialFirst(ctx context.Context, requests []DialRequest) (*Call, error) {
	attempts, last := s.Places(ctx, requests...)
	if last == nil {
		last = errors.New("no target to call")
	}
	for _, r := range attempts {
		dial, cancel := context.WithTimeout(ctx, r.patience())
		c, err := s.Dial(dial, r)
		cancel()
		if ctx.Err() != nil {
			if c != nil {
				_ = c.Hangup(s.life, "")
			}
			return nil, ctx.Err()
		}
		if err != nil {
			last = err
			s.rest(r.Peer, restAfterSilence)
			continue
		}
		move, err := s.follow(ctx, c, r.patience())
		switch {
		case err != nil:
			_ = c.Hangup(s.life, "") // it is given up in any case
			return nil, err
		case move == Settle:
			return c, nil
		}
		end := c.End()
		_ = c.Hangup(s.life, "")
		if last = end.Err(); last == nil {
			last = ErrTimeout
		}
		s.rest(r.Peer, max(restAfterSilence, min(end.RetryAfter, 5*time.Minute)))
	}
	return nil, last
}

// follow watches an attempt until something is decided.
func (s *Stack) follow(ctx context.Context, c *Call, patience time.Duration) (Move, error) {
	begin := time.Now()
	for {
		c.mu.Lock()
		a := Attempt{Since: time.Since(begin), Heard: c.uac.heard, Ringing: c.phase > Trying && !c.ended, End: c.end}
		c.mu.Unlock()
		move, wait := Failover(a, patience)
		if move != Wait {
			return move, nil
		}
		var timer *time.Timer
		var late <-chan time.Time
		if wait > 0 {
			timer = time.NewTimer(wait)
			late = timer.C
		}
		var err error
		select {
		case <-c.uac.news:
		case <-c.done:
		case <-late:
		case <-ctx.Done():
			err = ctx.Err()
		case <-s.closed:
			err = ErrClosed
		}
		if timer != nil {
			timer.Stop()
		}
		if err != nil {
			return Wait, err
		}
	}
}

// Places makes one request for each place of the requests' targets, in the order in which DialFirst
// tries them. Without any, the error says why; with some, it may say what else was not found.
func (s *Stack) Places(ctx context.Context, requests ...DialRequest) (all []DialRequest, err error) {
	for _, r := range requests {
		places, missing := s.places(ctx, r)
		if missing != nil {
			err = missing
		}
		all = append(all, places...)
	}
	slices.SortStableFunc(all, func(a, b DialRequest) int { return s.resting(a.Peer) - s.resting(b.Peer) })
	return all, err
}

func (s *Stack) places(ctx context.Context, r DialRequest) ([]DialRequest, error) {
	if r.Peer.IsValid() {
		return []DialRequest{r}, nil
	}
	ctx, cancel := context.WithTimeout(ctx, r.patience())
	defer cancel()
	if s.config.Resolver == nil {
		target, err := parseURI(r.Target)
		if err != nil {
			return nil, fmt.Errorf("target %q: %w", r.Target, err)
		}
		if r.Transport == "" {
			r.Transport = target.transportOf(UDP)
		}
		if r.Peer, err = s.resolve(ctx, target, r.Transport); err != nil {
			return nil, err
		}
		return []DialRequest{r}, nil
	}
	targets, err := s.config.Resolver.Targets(ctx, r.Target, r.Transport)
	var all []DialRequest
	for _, t := range targets {
		if s.reaches(t.Addr.Addr()) {
			place := r
			place.Peer, place.Transport = t.Addr, t.Transport
			all = append(all, place)
		}
	}
	return all, err
}

// restAfterSilence is how long a target that did not work is tried last.
const restAfterSilence = 30 * time.Second

// rest notes that a target did not work.
func (s *Stack) rest(target netip.AddrPort, pause time.Duration) {
	if !target.IsValid() {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.rests) >= 1024 {
		clear(s.rests)
	}
	s.rests[target] = time.Now().Add(pause)
}

// resting is 1 for a target that did not work just now, else 0.
func (s *Stack) resting(target netip.AddrPort) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	until, ok := s.rests[target]
	if ok && time.Now().Before(until) {
		return 1
	}
	delete(s.rests, target)
	return 0
}
