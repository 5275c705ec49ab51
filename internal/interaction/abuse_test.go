package interaction

import (
	"slices"
	"testing"
	"time"
)

// insulting is a queue whose project ends calls with a farewell, and wants reasons for hanging up.
func insulting(mayEnd bool) QueueRules {
	r := sales
	r.HangUpAfter, r.HangUpReason = time.Hour, true
	r.Abuse = AbuseTerms{MayEnd: mayEnd, Farewell: "out", Recovery: 5 * time.Minute}
	return r
}

// wait passes time in a life, a second each.
func wait(seconds int) []Input { return slices.Repeat([]Input{TimerFired{"none"}}, seconds) }

func TestAbuse(t *testing.T) {
	press := AbuseReported{By: "ann"}
	const (
		first    = "abuse_reported prompt_played | PlayPrompt"
		farewell = "abuse_ending prompt_played | PlayPrompt SetTimer"
	)
	tests := []struct {
		name   string
		mayEnd bool
		inputs []Input
		told   string // the last
		phase  Phase
	}{
		{"first", false, []Input{press}, first, Connected},
		{"twice at once", true, []Input{press, press}, "|", Connected},
		{"again", false, slices.Concat([]Input{press}, wait(3), []Input{press}), first, Connected},
		{"again, to the end", true, slices.Concat([]Input{press}, wait(3), []Input{press}), farewell, Connected},
		{"a third time", true, slices.Concat([]Input{press}, wait(3), []Input{press}, wait(5), []Input{press}), "|", Connected},
		{"the farewell is over", true, slices.Concat([]Input{press}, wait(3), []Input{press, PromptEnded{}}),
			"prompt_ended let_go wrap_up | StopTimer StopPrompt StopTimer StopFlow DropAgent DropCustomer StopRecording SetTimer", WrappingUp},
		{"the farewell takes too long", true, slices.Concat([]Input{press}, wait(3), []Input{press, TimerFired{AbuseTimer}}),
			"prompt_ended let_go wrap_up | StopTimer StopPrompt StopTimer StopFlow DropAgent DropCustomer StopRecording SetTimer", WrappingUp},
		{"the farewell is stopped", true, slices.Concat([]Input{press}, wait(3), []Input{press, PromptStopped{By: "ann"}, TimerFired{AbuseTimer}}), "refused", Connected},
		{"the boundary is over", true, []Input{press, PromptEnded{}}, "prompt_ended |", Connected},
		{"another prompt cuts the farewell", true, slices.Concat([]Input{press}, wait(3), []Input{press, PromptPlayed{"ann", "ad"}}), "refused", Connected},
		{"secret digits cut the farewell", true, slices.Concat([]Input{press}, wait(3), []Input{press, SecretTaken{"ann", "f"}}), "refused", Connected},
		{"by a stranger", false, []Input{AbuseReported{By: "bob"}}, "refused", Connected},
		{"by nobody", false, []Input{AbuseReported{}}, "refused", Connected},
		{"after the talk", false, []Input{CustomerLeft{Cause: ByCustomer}, press}, "refused", WrappingUp},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			begun := []Input{arrived, FlowQueued{Rules: insulting(tt.mayEnd)}, OfferMade{Agent: "ann"}, AgentAccepted{"ann"}, PhoneConnected{Agent: "ann"}}
			s, told := life(t, append(begun, tt.inputs...)...)
			if got := told[len(told)-1]; got != tt.told || s.Phase != tt.phase {
				t.Errorf("got %q in %s, want %q in %s", got, s.Phase, tt.told, tt.phase)
			}
		})
	}
}

// TestInsultedAgent: nothing keeps him from hanging up, leaders see it, and his pause comes before the next customer.
func TestInsultedAgent(t *testing.T) {
	begun := []Input{arrived, FlowQueued{Rules: insulting(false)}, OfferMade{Agent: "ann"}, AgentAccepted{"ann"}, PhoneConnected{Agent: "ann"}}
	s, _ := life(t, append(begun, AbuseReported{By: "ann"})...)
	if !s.HelpOpen() || !s.Help.Insulted || s.Help.By != "ann" {
		t.Errorf("the leaders are told %+v", s.Help)
	}
	if !s.Insults("ann") || s.Insults("bob") || s.Insults("") {
		t.Errorf("insulted are %+v, want ann", s.Insulted)
	}
	s, told := life(t, append(begun, AbuseReported{By: "ann"}, AgentHungUp{Agent: "ann"}, Disposed{Agent: "ann", Disposition: "d"})...)
	if got := told[len(told)-1]; got != "disposed ended | StopTimer Recover ReleaseSeat" {
		t.Errorf("at the end: %q", got)
	}
	if !s.HangUp.Review || s.HelpOpen() || s.abused().IsZero() {
		t.Errorf("hung up: %+v, help %+v, insulted at %v", s.HangUp, s.Help, s.abused())
	}
	if _, told = life(t, append(begun, AgentHungUp{Agent: "ann"})...); told[len(told)-1] != "refused" {
		t.Errorf("who was not insulted hangs up at once: %q", told[len(told)-1])
	}
}

// TestInsultedAndHandedOver: who gave the customer to another gets his pause when his own part is finished.
func TestInsultedAndHandedOver(t *testing.T) {
	begun := []Input{arrived, FlowQueued{Rules: insulting(false)}, OfferMade{Agent: "ann"}, AgentAccepted{"ann"}, PhoneConnected{Agent: "ann"}}
	ins := append(begun, AbuseReported{By: "ann"})
	ins = append(ins, bobJoins...)
	s, told := life(t, append(ins, Leave{By: "ann"}, Disposed{Agent: "ann", Disposition: "d"})...)
	if got := told[len(told)-1]; got != "handover_disposed | StopTimer Recover ReleaseSeat" {
		t.Errorf("ann's part: %q", got)
	}
	if s.Agent != "bob" || s.Insults("bob") || s.HelpOpen() {
		t.Errorf("%s has the customer, insulted %v, help %+v", s.Agent, s.Insulted, s.Help)
	}
	_, told = life(t, append(ins, Leave{By: "ann"}, CustomerLeft{Cause: ByCustomer}, Disposed{Agent: "bob", Disposition: "d"})...)
	if got := told[len(told)-1]; got != "disposed work_left | StopTimer ReleaseSeat" {
		t.Errorf("bob's part: %q", got)
	}
}

// TestFarewellAndRestart: a process that died during the farewell ends the call when it is back.
func TestFarewellAndRestart(t *testing.T) {
	begun := []Input{arrived, FlowQueued{Rules: insulting(true)}, OfferMade{Agent: "ann"}, AgentAccepted{"ann"}, PhoneConnected{Agent: "ann"}, AbuseReported{By: "ann"}}
	s, told := life(t, slices.Concat(begun, wait(3), []Input{AbuseReported{By: "ann"}, Restored{}, TimerFired{AbuseTimer}})...)
	if s.Phase != WrappingUp || s.Cause != BySystem || s.CauseDetail != AbuseEnded {
		t.Errorf("%s by %s %q after %q", s.Phase, s.Cause, s.CauseDetail, told)
	}
}
