package sip

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// Registration is what a carrier wants to know so that it sends us calls.
type Registration struct {
	Registrar string // URI: "sip:carrier.example"
	Proxy     string // URI of where to send it; empty: to the registrar
	Address   string // URI of what is registered: "sip:us@carrier.example"
	Contact   string // user part of our Contact, by which its calls will be known
	Username  string
	Password  string
	Expires   time.Duration // asked for; 0: 5 min
	Patience  time.Duration // how long a place may say nothing; 0: 4 s
	// Met is told each place before it is asked; nil: nobody.
	Met func(netip.AddrPort)
	// On is told each change of the state, and must not block; nil: nobody.
	On func(Registered)
}

// Registered is how a Registration stands.
type Registered struct {
	Until  time.Time     // it holds until then; zero: it is not there
	Code   int           // of the last answer; 0: there was none
	Detail string        // what was said last
	Next   time.Duration // when it is tried again
}

// Limits of a registration's times.
const (
	registerUsual   = 5 * time.Minute
	registerLeast   = 20 * time.Second
	registerPause   = 5 * time.Second // after a failure, doubled each time, up to
	registerPauses  = 5 * time.Minute
	registerForbids = time.Minute // the least after a refusal: who guesses is locked out
)

// pauseAfter is when to try again after so many failures in a row (from 1), without chance.
func pauseAfter(failures int, code int, asked time.Duration) time.Duration {
	pause := min(registerPause<<min(failures-1, 10), registerPauses)
	if code >= 400 && code < 500 && code != 408 && code != 423 {
		pause = max(pause, registerForbids)
	}
	return max(pause, min(asked, time.Hour))
}

// KeepRegistered registers and refreshes at three quarters of the time granted, until ctx ends; then it
// takes the registration back and returns. It is called on a goroutine of its own.
func (s *Stack) KeepRegistered(ctx context.Context, r Registration) {
	if r.Expires == 0 {
		r.Expires = registerUsual
	}
	if r.Patience == 0 {
		r.Patience = 4 * time.Second
	}
	a := Ask{
		Method: "REGISTER", Target: r.Registrar, From: r.Address, To: r.Address, Contact: r.Contact,
		Username: r.Username, Password: r.Password, CallID: newID() + newID(), Seq: 1,
	}
	var until time.Time
	for failures := 0; ; {
		a.Expires = int(r.Expires / time.Second)
		reply, err := s.AskFirst(ctx, a, r.Proxy, r.Patience, r.Met)
		a.Seq = reply.Seq + 1
		if ctx.Err() != nil {
			break
		}
		state := Registered{Code: reply.Code, Detail: strings.TrimSpace(strconv.Itoa(reply.Code) + " " + reply.Reason)}
		switch {
		case err != nil:
			state.Code, state.Detail = 0, err.Error()
		case reply.Code == 423: // too brief
			if least, bad := strconv.Atoi(reply.Header("Min-Expires")); bad == nil && least > a.Expires && least <= 86400 && failures < 3 {
				r.Expires = time.Duration(least) * time.Second
				failures++
				continue
			}
		case reply.Code < 300:
			granted := reply.granted(r.Expires)
			until, failures = time.Now().Add(granted), 0
			state.Next = max(granted*3/4, min(granted, registerLeast))
		}
		if state.Next == 0 {
			failures++
			state.Next = pauseAfter(failures, state.Code, reply.RetryAfter)
			state.Next += rand.N(state.Next / 8) // not all at once after an outage
		}
		if time.Now().Before(until) {
			state.Until = until
		}
		if r.On != nil {
			r.On(state)
		}
		if !sleep(ctx, s, state.Next) {
			break
		}
	}
	if time.Now().Before(until) && !s.closing() {
		bye, cancel := context.WithTimeout(s.life, time.Second)
		defer cancel()
		a.Expires = 0
		_, _ = s.AskFirst(bye, a, r.Proxy, time.Second, r.Met) // it expires by itself otherwise
	}
}

// granted is how long our Contact is registered for: its own parameter, the header, what was asked.
func (r Reply) granted(asked time.Duration) time.Duration {
	seconds := func(text string) time.Duration {
		n, err := strconv.ParseUint(strings.TrimSpace(text), 10, 31)
		if err != nil || n == 0 {
			return 0
		}
		return time.Duration(n) * time.Second
	}
	ours := uriKey(r.Contact)
	for _, value := range r.Headers("Contact") {
		a, err := parseAddress(value)
		if err != nil || uriKey(a.raw) != ours {
			continue
		}
		if text, ok := a.params.get("expires"); ok && seconds(text) > 0 {
			return seconds(text)
		}
	}
	if d := seconds(r.Header("Expires")); d > 0 {
		return d
	}
	return asked
}

// uriKey is what two spellings of one Contact have in common: user, host and port.
func uriKey(text string) string {
	u, err := parseURI(text)
	if err != nil {
		return text
	}
	return fmt.Sprintf("%s@%s:%d", u.user, strings.ToLower(u.host), u.port)
}

// sleep waits; false: ctx or the Stack has ended.
func sleep(ctx context.Context, s *Stack, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
	case <-s.closed:
	}
	return false
}
