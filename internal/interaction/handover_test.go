package interaction

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"linekeeper/internal/access"
	"linekeeper/internal/disposition"
	"linekeeper/internal/kit/fault"
)

var bobJoins = []Input{
	Consult{By: "ann", Target: Target{Kind: ToAgent, Agent: "bob"}, Private: true},
	OfferMade{"bob", "p1"}, AgentAccepted{"bob"}, PhoneConnected{Agent: "bob"},
}

func TestHandoverWrapUp(t *testing.T) {
	plain := sales
	plain.WrapUp, plain.DispositionRequired = 0, false
	without := []Input{arrived, FlowQueued{Rules: plain}, OfferMade{Agent: "ann"}, AgentAccepted{"ann"}, PhoneConnected{Agent: "ann"}}
	over := func(more ...Input) []Input { return slices.Concat(talk, bobJoins, []Input{Leave{"ann"}}, more) }
	done := func(who access.UserID) Input { return Disposed{Agent: who, Disposition: "sold", Note: string(who)} }
	gone := CustomerLeft{Cause: ByCustomer}
	tests := []struct {
		name   string
		inputs []Input
		phase  Phase
		agent  access.UserID
		wraps  []access.UserID // after a hand-over
		last   string
	}{
		{"handed over", over(), Connected, "bob", []access.UserID{"ann"}, "handover_wrap_up handed_over | StopTimer DropAgent SetTimer Focus Arrange"},
		{"in a queue without wrap-up", slices.Concat(without, bobJoins, []Input{Leave{"ann"}}), Connected, "bob", nil,
			"handed_over | StopTimer DropAgent ReleaseSeat Focus Arrange"},
		{"finished in the talk", over(done("ann")), Connected, "bob", nil, "handover_disposed | StopTimer ReleaseSeat"},
		{"finished twice", over(done("ann"), done("ann")), Connected, "bob", nil, "refused"},
		{"without an outcome", over(Disposed{Agent: "ann"}), Connected, "bob", []access.UserID{"ann"}, "refused"},
		{"time is not up", over(TimerFired{HandoverTimer(1)}), Connected, "bob", []access.UserID{"ann"}, "refused"},
		{"more time", over(WrapUpExtended{"ann"}), Connected, "bob", []access.UserID{"ann"}, "handover_extended | SetTimer"},
		{"the customer leaves", over(gone), WrappingUp, "bob", []access.UserID{"ann"},
			"customer_left wrap_up | StopTimer StopFlow DropAgent DropCustomer StopRecording SetTimer"},
		{"the last one finishes first", over(gone, done("bob")), WrappingUp, "", []access.UserID{"ann"}, "disposed work_left | StopTimer ReleaseSeat"},
		{"then the first", over(gone, done("bob"), done("ann")), Done, "", nil, "handover_disposed ended | StopTimer ReleaseSeat"},
		{"nobody of nobody finishes", over(gone, done("bob"), Disposed{Disposition: "sold"}), WrappingUp, "", []access.UserID{"ann"}, "refused"},
		{"the last one finishes last", over(gone, done("ann"), done("bob")), Done, "bob", nil, "disposed ended | StopTimer ReleaseSeat"},
		{"stopped", over(gone, done("bob"), Stopped{Detail: "restart"}), Done, "", nil,
			"recording ended | Withdraw StopFlow StopRecording StopTimer ReleaseSeat DropCustomer"},
		{"restored", over(Restored{}), Interrupted, "bob", []access.UserID{"ann"},
			"restored interrupted | KeepSeat ConnectAgent SetTimer Arrange KeepSeat SetTimer ContinueRecording"},
		{"restored when only he is left", over(gone, done("bob"), Restored{}), WrappingUp, "", []access.UserID{"ann"}, "restored | KeepSeat SetTimer"},
		{"he cannot be asked back", over(Consult{By: "bob", Target: Target{Kind: ToAgent, Agent: "ann"}}), Connected, "bob", []access.UserID{"ann"}, "refused"},
		{"he may listen, but not take over", over(Monitor{"ann", Listen, false}, PhoneConnected{Agent: "ann"}, TakeOver{"ann"}),
			Connected, "bob", []access.UserID{"ann"}, "refused"},
		{"taken over by a supervisor", slices.Concat(talk, []Input{Monitor{"eve", Listen, false}, PhoneConnected{Agent: "eve"}, TakeOver{"eve"}}),
			Connected, "eve", []access.UserID{"ann"}, "handover_wrap_up handed_over | StopTimer DropAgent SetTimer Focus Arrange"},
		{"sent to a queue", slices.Concat(talk, []Input{Transfer{"ann", Target{Kind: ToQueue, Queue: &sales}}}), Waiting, "", []access.UserID{"ann"},
			"handover_wrap_up transferred queued | DropAgent SetTimer Arrange StartFlow Enqueue"},
		{"who hangs up there", slices.Concat(talk, []Input{Transfer{"ann", Target{Kind: ToQueue, Queue: &sales}}, gone}), WrappingUp, "", []access.UserID{"ann"},
			"customer_left work_left | Withdraw StopFlow DropCustomer StopRecording"},
		{"sent outside", slices.Concat(talk, []Input{Transfer{"ann", Target{Kind: ToOutside, Address: "+1"}}}), Forwarded, "", []access.UserID{"ann"},
			"handover_wrap_up transferred party_asked | DropAgent SetTimer Arrange CallOutside SetTimer"},
		{"who hangs up", slices.Concat(talk, []Input{Transfer{"ann", Target{Kind: ToOutside, Address: "+1"}}, OutsideAnswered{Party: "p1"}, OutsideEnded{Party: "p1"}}),
			WrappingUp, "", []access.UserID{"ann"}, "party_left let_go work_left | StopTimer DropOutside DropCustomer StopRecording"},
		{"parking hands nothing over", slices.Concat(talk, []Input{Park{"ann"}}), Parked, "", nil, "parked | DropAgent ReleaseSeat Arrange SetTimer"},
		{"nor does a lost phone", slices.Concat(talk, bobJoins, []Input{Merge{"ann"}, PhoneLost{"ann"}, TimerFired{InterruptTimer}}), Connected, "bob", nil,
			"handed_over | StopTimer DropAgent ReleaseSeat Focus Arrange"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, told := life(t, tt.inputs...)
			var wraps []access.UserID
			for _, h := range s.openHandovers() {
				wraps = append(wraps, h.Agent)
			}
			if s.Phase != tt.phase || s.Agent != tt.agent || !slices.Equal(wraps, tt.wraps) {
				t.Errorf("got phase %s with %q, %v wrap up; want %s, %q, %v", s.Phase, s.Agent, wraps, tt.phase, tt.agent, tt.wraps)
			}
			if got := told[len(told)-1]; got != tt.last {
				t.Errorf("last input led to\n got %s\nwant %s", got, tt.last)
			}
		})
	}
}

func TestBothPartsAreKept(t *testing.T) {
	s, _ := life(t, slices.Concat(talk, []Input{DraftSaved{"ann", "", "asks for bob"}}, bobJoins, []Input{
		Leave{"ann"}, // second 10
		DraftSaved{"bob", "", "hm"}, DraftSaved{"ann", "sold", "sold by bob"}, CustomerLeft{Cause: ByCustomer},
		Disposed{Agent: "ann", Disposition: "passed", Note: "passed on"},  // second 14
		Disposed{Agent: "bob", Disposition: "sold", Note: "a new router"}, // second 15
	})...)
	h := s.Handovers[0]
	if h.Disposition != "passed" || h.Note != "passed on" || h.Segment.WrapUp != 4*time.Second || h.Segment.Agent != "ann" {
		t.Errorf("ann's part: %+v", h)
	}
	if s.Disposition != "sold" || s.Note != "a new router" || s.Segment.WrapUp != 2*time.Second || s.WrapUp != 6*time.Second {
		t.Errorf("bob's part: %q, %q, %v of %v", s.Disposition, s.Note, s.Segment.WrapUp, s.WrapUp)
	}
}

func TestOutcomeFitsTheOwnPart(t *testing.T) {
	s, _ := life(t, slices.Concat(talk, bobJoins, []Input{Leave{"ann"}})...) // ann talked a second
	short := &disposition.Disposition{ID: "sold", MinTalkMS: 2000}
	if _, _, err := Decide(s, Disposed{Agent: "ann", Disposition: "sold", Chosen: short}, s.Last); !fault.Is(err, fault.Invalid) {
		t.Errorf("got %v, want a refusal: her own talk was too short", err)
	}
}

// duties is the naive side of TestRandomHandovers: who has still to finish a part, by when.
type duties map[access.UserID]time.Time

// TestRandomHandovers hands customers over at random, and holds who wraps up against the naive rule: whoever had
// the customer and let him go to others owes a wrap-up until he finishes it or his time is up; the interaction
// is over when the customer is gone and nobody owes one.
func TestRandomHandovers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, now := State{ID: "i1"}, noon
		owes, seats := duties{}, map[access.UserID]bool{}
		var journal []Recorded
		play := func(in Input) bool {
			if o, ok := in.(OfferMade); ok {
				seats[o.Agent] = true
			}
			before := s
			events, effects, err := Decide(s, in, now)
			if err != nil {
				effects = Undo(s.ID, in)
			}
			for _, e := range events {
				r := Recorded{s.Seq + 1, now, e}
				journal, s = append(journal, r), Apply(s, r)
			}
			for _, e := range effects {
				if r, ok := e.(ReleaseSeat); ok {
					delete(seats, r.Release.Agent)
				}
			}
			if err == nil && before.Phase == Connected && s.HasCustomer() && s.Agent != before.Agent && s.Phase != Parked {
				owes[before.Agent] = now.Add(sales.WrapUp)
			}
			return err == nil
		}
		rules := sales
		if rapid.Bool().Draw(t, "survey") {
			rules = surveyed(asIs)
		}
		for _, in := range joined(rules) {
			play(in)
		}
		users := []access.UserID{"ann", "bob", "cid"}
		for range rapid.IntRange(1, 50).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(0, 9000).Draw(t, "pause")) * time.Millisecond)
			for u, due := range owes { // nobody hears of it later than that
				if !now.Before(due) {
					h, _ := s.HandoverOf(u)
					play(TimerFired{HandoverTimer(h.Segment.Seq)})
					delete(owes, u)
				}
			}
			u := rapid.SampledFrom(users).Draw(t, "who")
			free := !seats[u]
			switch rapid.IntRange(0, 11).Draw(t, "input") {
			case 10:
				if rapid.Bool().Draw(t, "hangs up") {
					play(AgentHungUp{Agent: s.Agent, Device: true})
				}
			case 11:
				if s.Phase == InFlow { // after the talk
					play(rapid.SampledFrom([]Input{FlowEnded{}, FlowQueued{Rules: rules}, SurveyAnswered{Question: "q", Scale: Five, Score: 3}}).Draw(t, "survey"))
				}
			case 0, 1:
				if free && s.Phase == Connected && play(Consult{By: s.Agent, Target: Target{Kind: ToAgent, Agent: u}, Private: true}) {
					play(OfferMade{u, s.Parties[len(s.Parties)-1].ID})
					play(AgentAccepted{u})
					play(PhoneConnected{Agent: u})
				}
			case 2, 3:
				play(Leave{s.Agent})
			case 4:
				play(Transfer{s.Agent, Target{Kind: ToQueue, Queue: &rules}})
			case 5, 6:
				if free && s.Phase == Waiting && play(OfferMade{Agent: u}) {
					play(AgentAccepted{u})
					play(PhoneConnected{Agent: u})
				}
			case 7:
				_, owing := owes[u]
				last := s.Phase == WrappingUp && s.Agent == u
				if ok := play(Disposed{Agent: u, Disposition: "sold", Note: string(u)}); ok != (owing || last) {
					t.Fatalf("%s finishes: %t; owes a wrap-up %t, or had the customer last %t", u, ok, owing, last)
				}
				delete(owes, u)
			case 8:
				if rapid.IntRange(0, 4).Draw(t, "leaves") == 0 {
					play(CustomerLeft{Cause: ByCustomer})
				}
			case 9:
				if s.Phase == WrappingUp && !now.Before(s.WrapUntil) {
					play(TimerFired{WrapUpTimer})
				}
			}
			owing(t, s, owes, seats)
		}
		play(Stopped{})
		if s.Phase != Done || len(seats) > 0 {
			t.Fatalf("at the end: phase %s, seats %v", s.Phase, seats)
		}
		parts := s.Segment.WrapUp
		for _, h := range s.Handovers {
			parts += h.Segment.WrapUp
		}
		if parts != s.WrapUp {
			t.Fatalf("the parts wrapped up %v, the whole %v", parts, s.WrapUp)
		}
		if diff := cmp.Diff(s, Fold(s.ID, reread(t, journal))); diff != "" {
			t.Fatalf("the journal folds to another state (-live +folded):\n%s", diff)
		}
	})
}

// owing holds a state against the naive rule.
func owing(t *rapid.T, s State, owes duties, seats map[access.UserID]bool) {
	for _, u := range []access.UserID{"ann", "bob", "cid"} {
		_, want := owes[u]
		if _, got := s.HandoverOf(u); got != want {
			t.Fatalf("%s wraps up after a hand-over: %t, want %t", u, got, want)
		}
		if want && (!seats[u] || !s.InHand(u) || !slices.Contains(s.Users(), u)) {
			t.Fatalf("%s has no seat, or it is not in hand: seats %v", u, seats)
		}
		if seats[u] && !s.InHand(u) {
			t.Fatalf("%s is kept for nothing in phase %s", u, s.Phase)
		}
	}
	main := s.HasCustomer() || s.Phase == WrappingUp && s.Agent != ""
	if over := s.Phase == Done; over != (!main && len(owes) == 0) {
		t.Fatalf("over: %t; customer or last agent there %t, %d owe a wrap-up", over, main, len(owes))
	}
}
