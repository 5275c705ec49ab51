package interaction

import (
	"strings"
	"testing"
	"time"
)

func TestMoreTime(t *testing.T) {
	ask := MoreTimeAsked{"ann"}
	yes, no := MoreTimeAnswered{"sue", "ann", true}, MoreTimeAnswered{"sue", "ann", false}
	more, gone := WrapUpExtended{"ann"}, CustomerLeft{Cause: ByCustomer}
	join := func(parts ...[]Input) (all []Input) {
		for _, p := range parts {
			all = append(all, p...)
		}
		return all
	}
	handed := []Input{Consult{By: "ann", Target: Target{Kind: ToAgent, Agent: "bob"}}, OfferMade{"bob", "p1"},
		AgentAccepted{"bob"}, PhoneConnected{Agent: "bob"}, Leave{By: "ann"}}
	over := []Input{gone} // at second 5; the wrap-up of 30 s ends at 35
	tests := []struct {
		name   string
		inputs []Input
		told   string        // the last
		until  time.Duration // since noon, when ann's wrap-up ends by itself; 0: it goes on no longer
		answer MoreTimeAnswer
		open   bool
	}{
		{"an own extension", join(over, []Input{more}), "wrap_up_extended | SetTimer", 45 * time.Second, "", false},
		{"one too many", join(over, []Input{more, more, more}), "refused", 55 * time.Second, "", false},
		{"asked too early", join(over, []Input{more, ask}), "refused", 45 * time.Second, "", false},
		{"asked: the leader has a minute", join(over, []Input{more, more, ask}), "more_time_asked | SetTimer", 68 * time.Second, "", true},
		{"pressed twice", join(over, []Input{more, more, ask, ask}), "|", 68 * time.Second, "", true},
		{"granted: as long again as an extension, from where it would have ended", join(over, []Input{more, more, ask, yes}), "more_time_answered | SetTimer", 65 * time.Second, MoreTimeGranted, false},
		{"asked again after that", join(over, []Input{more, more, ask, yes, ask}), "more_time_asked | SetTimer", 70 * time.Second, MoreTimeGranted, true},
		{"refused: back to where it would have ended", join(over, []Input{more, more, ask, no}), "more_time_answered | SetTimer", 55 * time.Second, MoreTimeRefused, false},
		{"asked again after that", join(over, []Input{more, more, ask, no, ask}), "refused", 55 * time.Second, MoreTimeRefused, false},
		{"answered twice", join(over, []Input{more, more, ask, yes, no}), "refused", 65 * time.Second, MoreTimeGranted, false},
		{"answered by oneself", join(over, []Input{more, more, ask, MoreTimeAnswered{"ann", "ann", true}}), "refused", 68 * time.Second, "", true},
		{"answered before it was asked", join(over, []Input{yes}), "refused", 35 * time.Second, "", false},
		{"asked in the talk", []Input{ask}, "refused", 0, "", false},
		{"asked by another", join(over, []Input{MoreTimeAsked{"bob"}}), "refused", 35 * time.Second, "", false},
		{"finished meanwhile", join(over, []Input{more, more, ask, Disposed{Agent: "ann", Disposition: "d"}, yes}), "refused", 0, "", false},
		{"over with its time", join(over, []Input{more, more, ask}, wait(62), []Input{TimerFired{WrapUpTimer}}), "wrap_up_expired ended | StopTimer ReleaseSeat", 0, "", false},
		{"not before", join(over, []Input{more, more, ask}, wait(50), []Input{TimerFired{WrapUpTimer}}), "refused", 68 * time.Second, "", true},
		{"after a hand-over", join(handed, []Input{more, more, ask}), "more_time_asked | SetTimer", 72 * time.Second, "", true},
		{"granted after a hand-over", join(handed, []Input{more, more, ask, yes}), "more_time_answered | SetTimer", 69 * time.Second, MoreTimeGranted, false},
		{"after a restart", join(over, []Input{more, more, ask, Restored{}, yes}), "more_time_answered | SetTimer", 65 * time.Second, MoreTimeGranted, false},
	}
	rules := sales
	rules.WrapUp, rules.Extensions, rules.Extension = 30*time.Second, 2, 10*time.Second
	begun := append([]Input{arrived, FlowQueued{Rules: rules}}, talk[2:]...)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, told := life(t, join(begun, tt.inputs)...)
			if got := told[len(told)-1]; got != tt.told {
				t.Errorf("got %q, want %q", got, tt.told)
			}
			w, ok := s.WrapUpOf("ann")
			var until time.Duration
			if ok {
				until = w.Until.Sub(noon)
			}
			if until != tt.until || ok && (w.MoreTime.Answer != tt.answer || w.MoreTime.Asked.IsZero() == tt.open) {
				t.Errorf("until %s, %+v; want %s, %q, open %v", until, w.MoreTime, tt.until, tt.answer, tt.open)
			}
		})
	}
}

func TestExtensionsAreTheQueues(t *testing.T) {
	rules := sales
	rules.WrapUp, rules.Extensions = 30*time.Second, 0
	s, _ := life(t, append(append([]Input{arrived, FlowQueued{Rules: rules}}, talk[2:]...), CustomerLeft{Cause: ByCustomer})...)
	_, _, err := Decide(s, WrapUpExtended{"ann"}, noon.Add(10*time.Second))
	if err == nil || !strings.Contains(err.Error(), "only a supervisor") {
		t.Errorf("with none of one's own: %v", err)
	}
	rules.Extensions = 1 // as long as the wrap-up, where nothing else is said
	s, _ = life(t, append(append([]Input{arrived, FlowQueued{Rules: rules}}, talk[2:]...), CustomerLeft{Cause: ByCustomer}, WrapUpExtended{"ann"})...)
	if got := s.WrapUntil.Sub(noon); got != 65*time.Second {
		t.Errorf("it ends after %s, want 65s", got)
	}
}
