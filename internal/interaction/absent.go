package interaction

import (
	"slices"
	"time"
)

// AbsentReason is why somebody who was asked to a talk did not come.
type AbsentReason string

// The reasons.
const (
	AbsentBusy        AbsentReason = "busy"         // the number is engaged
	AbsentNoAnswer    AbsentReason = "no_answer"    // in time
	AbsentDeclined    AbsentReason = "declined"     // said no
	AbsentNotFree     AbsentReason = "not_free"     // the agent cannot be asked just now
	AbsentNobodyFree  AbsentReason = "nobody_free"  // of the queue, in time
	AbsentPhone       AbsentReason = "phone"        // the agent said yes, his phone was not connected, or got lost
	AbsentWrongNumber AbsentReason = "wrong_number" // there is no such number
	AbsentUnreachable AbsentReason = "unreachable"  // switched off, or not there now
	AbsentNotAllowed  AbsentReason = "not_allowed"  // the number must not be called from here
	AbsentSpent       AbsentReason = "spent"        // the money for calls to this number is used up for this hour
	AbsentNoLine      AbsentReason = "no_line"      // no trunk could carry the call, or all are in use
	AbsentRestarted   AbsentReason = "restarted"    // the process was restarted meanwhile
)

// Absence is somebody who was asked to the talk and did not come.
type Absence struct {
	Party  Party
	Reason AbsentReason
	At     time.Time
}

// mostAbsent bounds how many are remembered; the oldest are forgotten first.
const mostAbsent = 4

// absent notes who did not come. Who was dropped, or was in the talk and left it, is not absent.
func (s State) absent(e EventPartyLeft, at time.Time) State {
	p, ok := s.party(e.Party)
	if !ok || e.Reason == "" || p.Kind == PartySupervisor {
		return s
	}
	s = s.asked(p)
	s.Absent = append(s.Absent, Absence{Party: p, Reason: e.Reason, At: at})
	if n := len(s.Absent) - mostAbsent; n > 0 {
		s.Absent = s.Absent[n:]
	}
	return s
}

// asked forgets that somebody did not come: he is asked again.
func (s State) asked(p Party) State {
	s.Absent = slices.DeleteFunc(slices.Clone(s.Absent), func(a Absence) bool { return a.Party.same(p) })
	if len(s.Absent) == 0 {
		s.Absent = nil
	}
	return s
}

// same says whether two parties were asked for the same.
func (p Party) same(other Party) bool {
	if p.Kind != other.Kind || p.Address != other.Address || (p.Queue == nil) != (other.Queue == nil) {
		return false
	}
	if p.Queue != nil {
		return p.Queue.Queue == other.Queue.Queue
	}
	return p.User == other.User
}
