package interaction

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"linekeeper/internal/access"
	"linekeeper/internal/kit/fault"
)

// Help is an agent's call to the leaders. It ends with his talk. The zero value: he has not called.
type Help struct {
	Since    time.Time // zero: nobody called, or it is closed
	By       access.UserID
	Word     string        // what it is about, in the agent's words; may be empty
	Insulted bool          // the customer insults the agent: it came with the boundary message
	Taken    access.UserID // the leader who cares; empty: nobody yet
	Lines    []Line        // the last of what the two have written, the oldest first; nil: nothing
}

// Line is what agent or leader has written to the other. Customers never see it.
type Line struct {
	By   access.UserID
	At   time.Time
	Text string
}

// The limits of a call for help.
const (
	maxHelpWord  = 200  // characters
	maxHelpLine  = 1000 // characters
	maxHelpLines = 50   // that screens show; the journal has all
)

// The inputs of a call for help. That who takes it leads is for the edge to know.
type (
	// HelpAsked calls the leaders. Again it changes the word, and calls all of them anew.
	HelpAsked struct {
		By   access.UserID
		Word string
	}
	// HelpTaken tells who cares.
	HelpTaken struct{ By access.UserID }
	// HelpSaid writes to the other. A leader who writes first takes it with that.
	HelpSaid struct {
		By   access.UserID
		Text string
	}
	// HelpClosed ends it while the talk goes on.
	HelpClosed struct{ By access.UserID }
)

func (HelpAsked) input()  {}
func (HelpTaken) input()  {}
func (HelpSaid) input()   {}
func (HelpClosed) input() {}

// The events of a call for help.
type (
	// EventHelpAsked begins it.
	EventHelpAsked struct {
		By   access.UserID `json:"by"`
		Word string        `json:"word,omitempty"`
	}
	// EventHelpTaken tells which leader cares.
	EventHelpTaken struct {
		By access.UserID `json:"by"`
	}
	// EventHelpSaid is a line between agent and leader.
	EventHelpSaid struct {
		By   access.UserID `json:"by"`
		Text string        `json:"text"`
	}
	// EventHelpClosed ends it before the talk.
	EventHelpClosed struct {
		By access.UserID `json:"by"`
	}
)

// Kind implements Event.
func (EventHelpAsked) Kind() string { return "help_asked" }

// Kind implements Event.
func (EventHelpTaken) Kind() string { return "help_taken" }

// Kind implements Event.
func (EventHelpSaid) Kind() string { return "help_said" }

// Kind implements Event.
func (EventHelpClosed) Kind() string { return "help_closed" }

// HelpOpen says whether the agent who talks with the customer has called for help.
func (s State) HelpOpen() bool {
	talks := s.Phase == Connected || s.Phase == Interrupted
	return talks && !s.Help.Since.IsZero() && s.Help.By == s.Agent
}

// decideHelp serves a call for help; false: it is about something else.
func decideHelp(s State, in Input) ([]Event, []Effect, error, bool) {
	done := func(err error, events ...Event) ([]Event, []Effect, error, bool) {
		if err != nil {
			events = nil
		}
		return events, nil, err, true
	}
	switch in := in.(type) {
	case HelpAsked:
		in.Word = strings.TrimSpace(in.Word)
		switch {
		case in.By == "" || in.By != s.Agent || s.Phase != Connected && s.Phase != Interrupted:
			return done(ErrLate)
		case utf8.RuneCountInString(in.Word) > maxHelpWord:
			return done(fault.OneField("note", fault.TooLong, "A word for the leader has at most 200 characters; shorten it."))
		case s.HelpOpen() && s.Help.Taken == "" && in.Word == s.Help.Word: // pressed twice
			return done(nil)
		}
		return done(nil, EventHelpAsked(in))
	case HelpTaken:
		switch {
		case !s.HelpOpen() || in.By == s.Help.By:
			return done(ErrLate)
		case s.Help.Taken == in.By:
			return done(nil)
		case s.Help.Taken != "":
			return done(fault.Conflict.New("Somebody else cares already."))
		}
		return done(nil, EventHelpTaken(in))
	case HelpSaid:
		events, err := decideHelpSaid(s, in)
		return done(err, events...)
	case HelpClosed:
		if !s.HelpOpen() {
			return done(ErrLate)
		}
		return done(nil, EventHelpClosed(in))
	}
	return nil, nil, nil, false
}

func decideHelpSaid(s State, in HelpSaid) ([]Event, error) {
	in.Text = strings.TrimSpace(in.Text)
	switch {
	case !s.HelpOpen():
		return nil, ErrLate
	case in.Text == "":
		return nil, fault.OneField("note", fault.Required, "Write something first.")
	case utf8.RuneCountInString(in.Text) > maxHelpLine:
		return nil, fault.OneField("note", fault.TooLong, "A line has at most 1,000 characters; shorten it.")
	case in.By == s.Help.By, in.By == s.Help.Taken:
		return []Event{EventHelpSaid(in)}, nil
	case s.Help.Taken == "":
		return []Event{EventHelpTaken{in.By}, EventHelpSaid(in)}, nil
	}
	return nil, fault.Conflict.New("Somebody else cares already.")
}

func applyHelp(s State, event Event, at time.Time) State {
	switch e := event.(type) {
	case EventHelpAsked:
		if !s.HelpOpen() {
			s.Help = Help{Since: at, By: e.By}
		}
		s.Help.Word, s.Help.Taken = e.Word, ""
	case EventHelpTaken:
		s.Help.Taken = e.By
	case EventHelpSaid:
		s.Help.Lines = append(slices.Clone(s.Help.Lines), Line{e.By, at, e.Text})
		s.Help.Lines = s.Help.Lines[max(0, len(s.Help.Lines)-maxHelpLines):]
	case EventHelpClosed:
		s.Help = Help{}
	}
	return s
}
