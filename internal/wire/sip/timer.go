package sip

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"
)

// Session intervals of RFC 4028: what we ask for, and the least that anybody may ask for (section 4).
const (
	sessionInterval    = 30 * time.Minute
	sessionIntervalMin = 90 * time.Second
)

// sessionTimer is the session timer of a call (RFC 4028), agreed anew by each INVITE and UPDATE.
// Call.mu guards it.
type sessionTimer struct {
	interval time.Duration // 0: none was agreed
	minimum  time.Duration // the largest Min-SE that the way to the peer has asked for
	ours     bool          // we refresh; otherwise the peer does
	until    time.Time     // when the session expires
	timer    *time.Timer   // runs refresh or expiry; nil before the first agreement
	updates  bool          // the peer takes UPDATE
	busy     bool          // a refresh is under way
}

// margin is how long before its expiry a session is given up (RFC 4028 section 10).
func (t *sessionTimer) margin() time.Duration { return min(timeout, t.interval/3) }

// sessionExpires reads Session-Expires; 0 if there is none that can be read. refresher is "uac",
// "uas" or empty.
func sessionExpires(m *message) (interval time.Duration, refresher string) {
	value, rest, _ := strings.Cut(m.get("Session-Expires"), ";")
	seconds, err := strconv.ParseUint(strings.TrimSpace(value), 10, 31)
	if err != nil {
		return 0, ""
	}
	ps, err := parseParams(strings.TrimSuffix(";"+rest, ";"))
	if err == nil {
		refresher, _ = ps.get("refresher")
	}
	return time.Duration(seconds) * time.Second, strings.ToLower(refresher)
}

// minSE reads Min-SE; 0 if there is none that can be read.
func minSE(m *message) time.Duration {
	value, _, _ := strings.Cut(m.get("Min-SE"), ";")
	seconds, err := strconv.ParseUint(strings.TrimSpace(value), 10, 31)
	if err != nil {
		return 0
	}
	return time.Duration(seconds) * time.Second
}

func seconds(d time.Duration) string { return strconv.FormatInt(int64(d/time.Second), 10) }

// tooShort says whether a request asks for a session interval that is refused with 422 (RFC 4028
// section 9). Only who knows session timers can do something with a 422.
func (s *Stack) tooShort(m *message) bool {
	interval, _ := sessionExpires(m)
	return interval > 0 && interval < s.config.MinSessionExpires && listed(m.list("Supported"), "timer")
}

// askTimer puts our wish for a session timer into an INVITE or UPDATE (RFC 4028 section 7). We offer
// to refresh: a peer that answers this has no more to do. c.mu is held.
func (c *Call) askTimer(m *message) {
	t := &c.timer
	interval := t.interval
	if c.phase < Answered {
		interval = c.stack.config.SessionExpires
	}
	if interval <= 0 {
		return
	}
	interval = max(interval, t.minimum)
	refresher := "uac"
	if t.interval > 0 && !t.ours {
		refresher = "uas"
	}
	m.add("Session-Expires", seconds(interval)+";refresher="+refresher)
	if t.minimum > 0 {
		m.add("Min-SE", seconds(t.minimum))
	}
}

// raise takes the Min-SE of a 422; false if asking again would change nothing. c.mu is held.
func (t *sessionTimer) raise(refusal *message) bool {
	least := minSE(refusal)
	if refusal.code != 422 || least <= t.minimum || least > 24*time.Hour {
		return false
	}
	t.minimum = least
	return true
}

// answerTimer agrees on a session timer in the 200 to an INVITE or UPDATE (RFC 4028 section 9). A
// peer that knows no session timers gets one only if somebody on the way has asked for it.
// c.mu is held.
func (c *Call) answerTimer(request, answer *message) {
	interval, refresher := sessionExpires(request)
	least, ours := max(minSE(request), c.timer.minimum, c.stack.config.MinSessionExpires), c.stack.config.SessionExpires
	knows := listed(request.list("Supported"), "timer") || listed(request.list("Require"), "timer")
	switch {
	case interval == 0 && (!knows || ours <= 0):
		c.agree(0, false, request)
		return
	case interval == 0:
		interval = max(ours, least)
	case ours > 0 && interval > max(ours, least):
		interval = max(ours, least)
	}
	if !knows || refresher != "uac" {
		refresher = "uas"
	}
	answer.add("Session-Expires", seconds(interval)+";refresher="+refresher)
	if knows {
		answer.add("Require", "timer")
	}
	c.agree(interval, refresher == "uas", request)
}

// timerAnswered takes the session timer from the 200 to our INVITE or UPDATE (RFC 4028 section 7.2).
// c.mu is held.
func (c *Call) timerAnswered(answer *message) {
	interval, refresher := sessionExpires(answer)
	c.agree(interval, refresher != "uas", answer)
}

// agree starts the session timer anew; interval 0 ends it. from is the peer's message. c.mu is held.
func (c *Call) agree(interval time.Duration, ours bool, from *message) {
	t := &c.timer
	if from.has("Allow") {
		t.updates = listed(from.list("Allow"), "UPDATE")
	}
	// Nobody may make us refresh all the time, whatever a proxy wrote into the answer.
	if interval > 0 {
		interval = max(interval, 10*time.Second)
	}
	t.interval, t.ours, t.until = interval, ours, time.Now().Add(interval)
	c.armTimer()
}

// armTimer sets the timer by what was agreed. c.mu is held.
func (c *Call) armTimer() {
	t := &c.timer
	if t.timer != nil {
		t.timer.Stop()
	}
	if t.interval == 0 || c.ended {
		return
	}
	at := t.until.Add(-t.margin())
	if half := t.until.Add(-t.interval / 2); t.ours && time.Now().Before(half) {
		at = half
	} else if t.ours && !t.busy {
		// A refresh has failed in a way that does not end the call: it is tried again.
		if next := time.Now().Add(max(time.Second, t.interval/12)); next.Before(at) {
			at = next
		}
	}
	wait := max(0, time.Until(at))
	if t.timer == nil {
		t.timer = time.AfterFunc(wait, func() { c.stack.guard("session timer", c.timerFired) })
		return
	}
	t.timer.Reset(wait)
}

// timerFired refreshes the session or ends the call.
func (c *Call) timerFired() {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := &c.timer
	if c.ended || t.interval == 0 {
		return
	}
	switch now := time.Now(); {
	case !now.Before(t.until.Add(-t.margin())):
		c.finish(End{By: ByTimeout, Kind: EndedLost, Code: 408, Reason: "session expired"})
		c.stack.spawn("bye", func() { _ = c.bye(c.stack.life, `SIP;cause=408;text="Session Expired"`) })
	case !t.ours || t.busy || now.Before(t.until.Add(-t.interval/2)): // it was refreshed just now
		c.armTimer()
	default:
		t.busy = true
		c.armTimer() // the expiry stays in sight
		c.stack.spawn("session refresh", func() {
			c.refreshSession(c.stack.life)
			c.mu.Lock()
			t.busy = false
			c.armTimer()
			c.mu.Unlock()
		})
	}
}

// refreshSession asks the peer whether the call is still there, without changing the session: by an
// UPDATE without a description, or by a re-INVITE with the one that we sent last. A success has
// agreed on a new expiry; a peer that is gone ends the call; other failures leave it to the expiry.
func (c *Call) refreshSession(ctx context.Context) {
	for range 4 {
		c.mu.Lock()
		updates, ours := c.timer.updates, c.localSDP
		c.mu.Unlock()
		if !updates {
			if ours != nil {
				c.reinviteSame(ctx, ours)
			}
			return
		}
		m, err := c.roundTrip(ctx, inside{method: "UPDATE"})
		switch {
		case errors.Is(err, ErrTimeout):
			c.lost(ByTimeout, 408, "")
			return
		case err != nil:
			return
		case m.code < 300:
			c.mu.Lock()
			c.refresh(m)
			c.timerAnswered(m)
			c.mu.Unlock()
			return
		case m.code == 481 || m.code == 408:
			c.unknown(ctx, m)
			return
		}
		c.mu.Lock()
		again := c.timer.raise(m)
		if m.code == 405 || m.code == 501 {
			c.timer.updates, again = false, true
		}
		c.mu.Unlock()
		if !again {
			return
		}
	}
}

// refreshes says whether an offer of the peer only refreshes the session: it repeats the description
// that we have of the peer. Without OnOffer it is answered with what we sent last. c.mu is held.
func (c *Call) refreshes(m *message, body []byte) bool {
	interval, _ := sessionExpires(m)
	return interval > 0 && body != nil && c.localSDP != nil && string(body) == string(c.remoteSDP)
}

// reinviteSame refreshes by re-INVITE. The user is told if the peer's answer is another than before.
func (c *Call) reinviteSame(ctx context.Context, ours []byte) {
	c.mu.Lock()
	before := string(c.remoteSDP)
	c.mu.Unlock()
	answer, err := c.Reoffer(ctx, ours)
	if err != nil {
		return // a peer that is gone has ended the call already
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if f := c.onAnswer; f != nil && before != string(c.remoteSDP) {
		c.tasks.add(func() { f(answer) })
	}
}
