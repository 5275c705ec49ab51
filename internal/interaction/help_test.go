package interaction

import (
	"strings"
	"testing"
)

func TestHelp(t *testing.T) {
	ask, take := HelpAsked{By: "ann", Word: "contract"}, HelpTaken{By: "sue"}
	tests := []struct {
		name   string
		inputs []Input
		told   string // the last
		open   bool
		taken  string
		lines  int
	}{
		{"asked", []Input{ask}, "help_asked |", true, "", 0},
		{"without a word", []Input{HelpAsked{By: "ann"}}, "help_asked |", true, "", 0},
		{"pressed twice", []Input{ask, ask}, "|", true, "", 0},
		{"another word", []Input{ask, HelpAsked{By: "ann", Word: "now!"}}, "help_asked |", true, "", 0},
		{"a word that is too long", []Input{HelpAsked{By: "ann", Word: strings.Repeat("я", 201)}}, "refused", false, "", 0},
		{"by a stranger", []Input{HelpAsked{By: "bob"}}, "refused", false, "", 0},
		{"by nobody", []Input{HelpAsked{}}, "refused", false, "", 0},
		{"taken", []Input{ask, take}, "help_taken |", true, "sue", 0},
		{"taken twice", []Input{ask, take, take}, "|", true, "sue", 0},
		{"taken by two", []Input{ask, take, HelpTaken{By: "tom"}}, "refused", true, "sue", 0},
		{"taken by oneself", []Input{ask, HelpTaken{By: "ann"}}, "refused", true, "", 0},
		{"taken before it is asked", []Input{take}, "refused", false, "", 0},
		{"asked anew, for nobody comes", []Input{ask, take, ask}, "help_asked |", true, "", 0},
		{"a line of the leader", []Input{ask, take, HelpSaid{"sue", "Offer him a month."}}, "help_said |", true, "sue", 1},
		{"a line takes it", []Input{ask, HelpSaid{"sue", "One moment."}}, "help_taken help_said |", true, "sue", 1},
		{"an answer", []Input{ask, take, HelpSaid{"sue", "?"}, HelpSaid{"ann", " He refuses. "}}, "help_said |", true, "sue", 2},
		{"a line of a third", []Input{ask, take, HelpSaid{"tom", "I can too"}}, "refused", true, "sue", 0},
		{"an empty line", []Input{ask, HelpSaid{"ann", " "}}, "refused", true, "", 0},
		{"a long line", []Input{ask, HelpSaid{"ann", strings.Repeat("x", 1001)}}, "refused", true, "", 0},
		{"closed", []Input{ask, take, HelpClosed{By: "sue"}}, "help_closed |", false, "", 0},
		{"closed twice", []Input{ask, HelpClosed{By: "ann"}, HelpClosed{By: "sue"}}, "refused", false, "", 0},
		{"asked again after it was closed", []Input{ask, HelpClosed{By: "ann"}, ask}, "help_asked |", true, "", 0},
		{"over with the talk", []Input{ask, CustomerLeft{Cause: ByCustomer}}, "customer_left wrap_up | StopTimer StopFlow DropAgent DropCustomer StopRecording SetTimer", false, "", 0},
		{"after the talk", []Input{CustomerLeft{Cause: ByCustomer}, ask}, "refused", false, "", 0},
		{"while the phone is gone", []Input{PhoneLost{"ann"}, ask}, "help_asked |", true, "", 0},
		{"over with the agent's part", []Input{ask, Consult{By: "ann", Target: Target{Kind: ToAgent, Agent: "bob"}}, OfferMade{"bob", "p1"},
			AgentAccepted{"bob"}, PhoneConnected{Agent: "bob"}, Leave{By: "ann"}}, "handover_wrap_up handed_over | StopTimer DropAgent SetTimer Focus Arrange", false, "", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, told := life(t, append(append([]Input(nil), talk...), tt.inputs...)...)
			if got := told[len(told)-1]; got != tt.told {
				t.Errorf("got %q, want %q", got, tt.told)
			}
			if s.HelpOpen() != tt.open {
				t.Errorf("open %v, want %v", s.HelpOpen(), tt.open)
			}
			if tt.open && (string(s.Help.Taken) != tt.taken || len(s.Help.Lines) != tt.lines) {
				t.Errorf("taken by %q with %d lines, want %q and %d", s.Help.Taken, len(s.Help.Lines), tt.taken, tt.lines)
			}
		})
	}
	s, _ := life(t, append(append([]Input(nil), talk...), ask)...)
	for range 60 {
		s = s.then(noon, EventHelpSaid{"ann", "x"})
	}
	if len(s.Help.Lines) != maxHelpLines {
		t.Errorf("%d lines are kept, want %d", len(s.Help.Lines), maxHelpLines)
	}
}
