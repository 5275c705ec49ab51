package interaction

import (
	"slices"
	"strconv"
	"testing"
	"time"
)

// surveyed are the rules of a queue that asks everybody after the talk.
func surveyed(change func(*QueueRules)) QueueRules {
	r := sales
	r.After = AfterTalk{Flow: "survey", Share: 100}
	change(&r)
	return r
}

func asIs(*QueueRules) {}

// joined is a talk in a queue with rules.
func joined(r QueueRules) []Input {
	return []Input{arrived, FlowQueued{Rules: r}, OfferMade{Agent: "ann"}, AgentAccepted{"ann"}, PhoneConnected{Agent: "ann"}}
}

// TestKeptAfterTheTalk: who hung up first, and how, decides whether the customer is asked about the talk.
func TestKeptAfterTheTalk(t *testing.T) {
	t.Parallel()
	after := func(more ...Input) []Input { return slices.Concat(joined(surveyed(asIs)), more) }
	noWrapUp := surveyed(func(r *QueueRules) { r.WrapUp, r.DispositionRequired = 0, false })
	monthly := surveyed(func(r *QueueRules) { r.After.Days = 30 })
	manual := Arrived{arrived.Arrival}
	manual.Arrival.Origin = ByHand
	manual.Arrival.Manual = &Manual{Agent: "ann", Rules: surveyed(asIs)}
	bye, device := AgentHungUp{Agent: "ann"}, AgentHungUp{Agent: "ann", Device: true}
	gone := CustomerLeft{Cause: ByCustomer}
	const (
		kept     = "handover_wrap_up customer_kept | StopTimer StopTimer DropAgent SetTimer StopRecording Arrange StartFlow"
		hungUp   = "agent_hung_up wrap_up | StopTimer StopFlow DropAgent DropCustomer StopRecording SetTimer"
		leftLine = "customer_left work_left | StopFlow DropCustomer"
	)
	disposed := Disposed{Agent: "ann", Disposition: "sold", Note: "a router"}
	tests := []struct {
		name   string
		inputs []Input
		phase  Phase
		last   string
		cause  Cause
	}{
		{"the agent hangs up", after(bye), InFlow, kept, ""},
		{"by his telephone", after(device), InFlow, kept, ""},
		{"the customer hangs up", after(gone), WrappingUp, "customer_left wrap_up | StopTimer StopFlow DropAgent DropCustomer StopRecording SetTimer", ByCustomer},
		{"nobody is asked", slices.Concat(talk, []Input{bye}), WrappingUp, hungUp, ByAgent},
		{"this one is not drawn", slices.Concat(joined(surveyed(func(r *QueueRules) { r.After.Share = 0 })), []Input{bye}), WrappingUp, hungUp, ByAgent},
		{"a queue without wrap-up", slices.Concat(joined(noWrapUp), []Input{bye}), InFlow,
			"customer_kept | StopTimer StopTimer DropAgent ReleaseSeat StopRecording Arrange StartFlow", ""},
		{"not known whether he was asked", slices.Concat(joined(monthly), []Input{bye}), WrappingUp, hungUp, ByAgent},
		{"not asked lately", slices.Concat(joined(monthly), []Input{AskDue{30}, bye}), InFlow, kept, ""},
		{"found out twice", slices.Concat(joined(monthly), []Input{AskDue{30}, AskDue{30}}), Connected, "refused", ""},
		{"found out too late", slices.Concat(joined(monthly), []Input{bye, AskDue{30}}), WrappingUp, "refused", ByAgent},
		{"another agent's hanging up", after(AgentHungUp{Agent: "bob"}), Connected, "refused", ""},
		{"while the customer is on hold", after(HoldSet{By: "ann", On: true}, bye), InFlow, kept, ""},
		{"while his phone is gone", after(PhoneLost{"ann"}, bye), InFlow, kept, ""},
		{"while a prompt plays", after(PromptPlayed{"ann", "terms"}, bye), InFlow,
			"handover_wrap_up customer_kept | StopPrompt StopTimer StopTimer DropAgent SetTimer StopRecording Arrange StartFlow", ""},
		{"while secret digits are taken", after(SecretTaken{"ann", "card"}, device), WrappingUp, hungUp, ByAgent},
		{"while a supervisor listens", after(Monitor{"eve", Listen, false}, PhoneConnected{Agent: "eve"}, bye), InFlow,
			"party_left handover_wrap_up customer_kept | StopTimer DropAgent StopTimer StopTimer DropAgent SetTimer StopRecording Arrange StartFlow", ""},
		{"a private call rings", after(Consult{By: "ann", Target: Target{Kind: ToOutside, Address: "+7"}, Private: true}, bye), Connected,
			"party_left swapped | StopTimer DropOutside Arrange", ""},
		{"the telephone, while a private call rings", after(Consult{By: "ann", Target: Target{Kind: ToOutside, Address: "+7"}, Private: true}, device), InFlow,
			"party_left handover_wrap_up customer_kept | StopTimer DropOutside StopTimer StopTimer DropAgent SetTimer StopRecording Arrange StartFlow", ""},
		{"others go on with the customer", slices.Concat(after(), bobJoins, []Input{bye}), Connected,
			"handover_wrap_up handed_over | StopTimer DropAgent SetTimer Focus Arrange", ""},
		{"then the last one hangs up", slices.Concat(after(), bobJoins, []Input{bye, AgentHungUp{Agent: "bob"}}), InFlow, kept, ""},
		{"a call the agent has made", []Input{manual, PhoneConnected{Agent: "ann"}, CustomerReached{}, bye}, WrappingUp, hungUp, ByAgent},
		{"the customer hangs up in the survey", after(bye, gone), WrappingUp, leftLine, ByAgent},
		{"and the agent is done before", after(bye, disposed, gone), Done, "customer_left ended | StopFlow DropCustomer", ByAgent},
		{"the survey ends", after(bye, disposed, FlowEnded{}), Done, "let_go ended | DropCustomer", ByAgent},
		{"the agent is done last", after(bye, FlowEnded{}, disposed), Done, "handover_disposed ended | StopTimer ReleaseSeat", ByAgent},
		{"the server stops", after(bye, disposed, Stopped{Detail: "stopped"}), Done, "let_go ended | Withdraw StopFlow StopRecording DropCustomer", ByAgent},
		{"restarted in the survey", after(bye, Restored{}), InFlow, "restored | StartFlow KeepSeat SetTimer StopRecording", ""},
		{"the survey leads to an agent", after(bye, queued), Waiting, "queued | StartFlow Enqueue", ""},
		{"who hangs up then is not asked about", after(bye, FlowQueued{Rules: surveyed(asIs)}, OfferMade{Agent: "bob"}, AgentAccepted{"bob"},
			PhoneConnected{Agent: "bob"}, AgentHungUp{Agent: "bob"}), WrappingUp, hungUp, ByAgent},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, told := life(t, tt.inputs...)
			if s.Phase != tt.phase || s.Cause != tt.cause {
				t.Errorf("got phase %s, cause %q; want %s, %q", s.Phase, s.Cause, tt.phase, tt.cause)
			}
			if got := told[len(told)-1]; got != tt.last {
				t.Errorf("last input led to\n got %s\nwant %s", got, tt.last)
			}
		})
	}
}

// TestKeptIsNoTalk: the agent's part ends when he hangs up, and what he writes afterwards is the interaction's outcome.
func TestKeptIsNoTalk(t *testing.T) {
	t.Parallel()
	s, _ := life(t, slices.Concat(joined(surveyed(asIs)), []Input{ // connected at second 4
		DraftSaved{"ann", "", "asks"}, AgentHungUp{Agent: "ann", Reason: "done"}, // 6
		SurveyAnswered{Question: "service", Scale: Five, Score: 4},
		Disposed{Agent: "ann", Disposition: "sold", Note: "a router"}, // 8
		FlowEnded{}, // 9
	})...)
	if s.Talk != 2*time.Second || s.Segment.Talk != s.Talk || s.Handovers[0].Segment.WrapUp != 2*time.Second {
		t.Errorf("talked for %v, wrapped up for %v", s.Talk, s.Handovers[0].Segment.WrapUp)
	}
	if s.Disposition != "sold" || s.Note != "a router" || s.HangUp.Agent != "ann" || s.HangUp.Reason != "done" {
		t.Errorf("outcome %q, note %q, hung up %+v", s.Disposition, s.Note, s.HangUp)
	}
	if s.Left.Sub(s.Arrived) != 9*time.Second || s.Segment.Outcome != Answered {
		t.Errorf("left after %v, outcome %q", s.Left.Sub(s.Arrived), s.Segment.Outcome)
	}
	// Who talks with another agent afterwards is his matter.
	s, _ = life(t, slices.Concat(joined(surveyed(asIs)), []Input{
		AgentHungUp{Agent: "ann"}, Disposed{Agent: "ann", Disposition: "sold"}, queued,
		OfferMade{Agent: "bob"}, AgentAccepted{"bob"}, PhoneConnected{Agent: "bob"},
	})...)
	if s.Disposition != "" || s.Handovers[0].Disposition != "sold" {
		t.Errorf("bob begins with the outcome %q; ann's is %q", s.Disposition, s.Handovers[0].Disposition)
	}
}

// TestAnswerGoesOn: an answer takes along where the flow goes on, so that a restart asks nothing twice.
func TestAnswerGoesOn(t *testing.T) {
	t.Parallel()
	waits := FlowStepped{Node: "q", What: FlowWaits, Text: `{"node":"q"}`}
	s, told := life(t, slices.Concat(joined(surveyed(asIs)), []Input{AgentHungUp{Agent: "ann"}, waits,
		SurveyAnswered{Question: "service", Scale: Ten, Score: 10, At: `{"node":"q","vars":{"n":10}}`, Way: "next"}})...)
	if s.FlowAt != `{"node":"q","vars":{"n":10}}` || s.FlowWay != "next" {
		t.Errorf("after %s the flow goes on at %q by %q", told[len(told)-1], s.FlowAt, s.FlowWay)
	}
	for _, in := range []SurveyAnswered{
		{Question: "q", Scale: Five}, {Question: "q", Scale: Five, Score: 6}, {Question: "q", Scale: Ten, Score: 11},
		{Question: "q", Scale: YesNo, Score: -1}, {Scale: YesNo}, {Question: "q", Scale: "stars", Score: 1},
	} {
		if events, _, err := Decide(s, in, s.Last); err == nil {
			t.Errorf("%+v is taken: %v", in, events)
		}
	}
}

// TestAskedLately: the look-up is asked for once, when there is a talk and a number, and a limit.
func TestAskedLately(t *testing.T) {
	t.Parallel()
	come := Arrived{arrived.Arrival}
	come.Arrival.CustomerAddress = "+7999"
	for name, c := range map[string]struct {
		number string
		days   int
		want   int
	}{"a limit": {"+7999", 30, 1}, "none": {"+7999", 0, 0}, "withheld": {"", 30, 0}} {
		in := joined(surveyed(func(r *QueueRules) { r.After.Days = c.days }))
		come.Arrival.CustomerAddress = c.number
		in[0] = come
		s, _ := life(t, in[:4]...)
		_, effects, err := Decide(s, in[4], s.Last)
		n := 0
		for _, e := range effects {
			if l, ok := e.(LookUpAsked); ok {
				n++
				if l.Address != c.number || !l.Since.Equal(s.Last.AddDate(0, 0, -c.days)) {
					t.Errorf("%s: looks for %+v", name, l)
				}
			}
		}
		if err != nil || n != c.want {
			t.Errorf("%s: %d look-ups, error %v; want %d", name, n, err, c.want)
		}
	}
}

// TestDrawn: as many are drawn as the share says, and always the same ones.
func TestDrawn(t *testing.T) {
	t.Parallel()
	for _, share := range []int{0, 1, 20, 50, 100} {
		n := 0
		for i := range 20_000 {
			id := ID("0199a7c0-0000-7000-8000-" + strconv.Itoa(100_000_000_000+i))
			if drawn(id, share) {
				n++
			}
			if drawn(id, share) && !drawn(id, min(share+1, 100)) {
				t.Fatal("who is drawn of few is not drawn of more")
			}
		}
		if got := float64(n) / 200; got < float64(share)-1.5 || got > float64(share)+1.5 {
			t.Errorf("%d %%: %.1f %% are drawn", share, got)
		}
	}
}
