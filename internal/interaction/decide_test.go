package interaction

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"linekeeper/internal/access"
	"linekeeper/internal/disposition"
	"linekeeper/internal/kit/fault"
)

var (
	noon  = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	sales = QueueRules{
		Queue: "sales", Target: 20 * time.Second, ShortAbandon: 5 * time.Second, OfferTime: 15 * time.Second,
		WrapUp: 30 * time.Second, DispositionRequired: true, Recording: true, Extensions: 3,
	}
)

// life plays inputs a second apart and gives the state and what each led to.
func life(t *testing.T, inputs ...Input) (State, []string) {
	t.Helper()
	s := State{ID: "i1"}
	now := noon
	var told []string
	for _, in := range inputs {
		events, effects, err := Decide(s, in, now)
		line := ""
		for _, e := range events {
			s = Apply(s, Recorded{s.Seq + 1, now, e})
			line += e.Kind() + " "
		}
		line += "|"
		for _, e := range effects {
			line += " " + strings.TrimPrefix(fmt.Sprintf("%T", e), "interaction.")
		}
		if err != nil {
			line = "refused"
		}
		told = append(told, line)
		now = now.Add(time.Second)
	}
	return s, told
}

var (
	arrived = Arrived{Arrival{Tenant: "t", Channel: Voice, Origin: Inbound, Flow: "main"}}
	queued  = FlowQueued{Rules: sales}
)

func TestDecide(t *testing.T) {
	tests := []struct {
		name   string
		inputs []Input
		phase  Phase
		last   string
		cause  Cause
	}{
		{"a flow begins", []Input{arrived}, InFlow, "arrived | AnswerCustomer StartFlow", ""},
		{"the flow queues", []Input{arrived, queued}, Waiting, "queued | StartFlow Enqueue", ""},
		{"the flow lets go", []Input{arrived, FlowEnded{"closed"}}, Done, "let_go ended | DropCustomer", BySystem},
		{"hung up in the flow", []Input{arrived, CustomerLeft{Cause: ByCustomer}}, Done,
			"customer_left ended | StopFlow DropCustomer", ByCustomer},
		{"its queue is removed", []Input{arrived, queued, QueueRemoved{}}, Done, "let_go ended | Withdraw StopFlow DropCustomer StopRecording", BySystem},
		{"its queue closes: a flow", []Input{arrived, queued, QueueClosed{Do: "flow", Flow: "f"}}, InFlow, "queue_closed | Withdraw StartFlow", ""},
		{"its queue closes: another queue", []Input{arrived, queued, QueueClosed{Do: "queue", Rules: QueueRules{Queue: "night"}}}, Waiting,
			"queue_closed queued | Withdraw StartFlow Enqueue", ""},
		{"its queue closes: the same queue", []Input{arrived, queued, QueueClosed{Do: "queue", Rules: sales}}, Waiting, "refused", ""},
		{"its queue closes while offered", []Input{arrived, queued, OfferMade{Agent: "ann"}, QueueClosed{Do: "flow", Flow: "f"}}, Offered, "refused", ""},
		{"its queue closes after a talk", []Input{arrived, queued, OfferMade{Agent: "ann"}, AgentAccepted{"ann"}, PhoneConnected{Agent: "ann"},
			PhoneLost{"ann"}, TimerFired{InterruptTimer}, QueueClosed{Do: "flow", Flow: "f"}}, Waiting, "refused", ""},
		{"its queue is closed when he comes", []Input{arrived, FlowQueued{Rules: sales, Closed: &ClosedFlow{Do: "flow", Flow: "f"}}}, InFlow, "queue_closed | StartFlow", ""},
		{"he comes back to the closed queue", []Input{arrived, queued, QueueClosed{Do: "flow", Flow: "f", Rules: sales}, queued,
			QueueClosed{Do: "flow", Flow: "f", Rules: sales}}, Waiting, "refused", ""},
		{"an offer crosses the closing", []Input{arrived, queued, QueueClosed{Do: "flow", Flow: "f", Rules: sales}, OfferMade{Agent: "ann"}}, InFlow, "refused", ""},
		{"called back at closing time", []Input{arrived, queued, QueueClosed{Do: "callback", Flow: "f", Rules: sales}, CallbackAccepted{"c"}}, InFlow,
			"callback_accepted | Withdraw StopRecording", ""},
		{"its queue is removed while offered", []Input{arrived, queued, OfferMade{Agent: "ann"}, QueueRemoved{}}, Offered, "refused", ""},
		{"hung up waiting", []Input{arrived, queued, CustomerLeft{Cause: ByCustomer}}, Done,
			"customer_left ended | Withdraw StopFlow DropCustomer StopRecording", ByCustomer},
		{"offered", []Input{arrived, queued, OfferMade{Agent: "ann"}}, Offered, "offered | RingAgent SetTimer", ""},
		{"declined", []Input{arrived, queued, OfferMade{Agent: "ann"}, AgentDeclined{"ann"}}, Waiting,
			"missed | StopTimer StopTimer StopRinging DropAgent ReleaseSeat Enqueue", ""},
		{"another agent's decline", []Input{arrived, queued, OfferMade{Agent: "ann"}, AgentDeclined{"bob"}}, Offered, "refused", ""},
		{"timed out", []Input{arrived, queued, OfferMade{Agent: "ann"}, TimerFired{OfferTimer}}, Waiting,
			"missed | StopTimer StopTimer StopRinging DropAgent ReleaseSeat Enqueue", ""},
		{"accepted", []Input{arrived, queued, OfferMade{Agent: "ann"}, AgentAccepted{"ann"}}, Connecting,
			"accepted | StopTimer ConnectAgent SetTimer", ""},
		{"accepted by another", []Input{arrived, queued, OfferMade{Agent: "ann"}, AgentAccepted{"bob"}}, Offered, "refused", ""},
		{"connected", []Input{arrived, queued, OfferMade{Agent: "ann"}, AgentAccepted{"ann"}, PhoneConnected{Agent: "ann"}}, Connected,
			"connected | StopTimer StopTimer StopFlow Focus Arrange StartRecording", ""},
		{"phone fails", []Input{arrived, queued, OfferMade{Agent: "ann"}, AgentAccepted{"ann"}, PhoneFailed{"ann", "no microphone"}}, Waiting,
			"missed | StopTimer StopTimer StopRinging DropAgent ReleaseSeat Enqueue", ""},
		{"gone while offered", []Input{arrived, queued, OfferMade{Agent: "ann"}, CustomerLeft{Cause: ByCustomer}}, Done,
			"customer_left ended | StopTimer StopTimer Withdraw StopFlow StopRinging DropAgent ReleaseSeat DropCustomer StopRecording", ByCustomer},
		{"phone lost", []Input{arrived, queued, OfferMade{Agent: "ann"}, AgentAccepted{"ann"}, PhoneConnected{Agent: "ann"}, PhoneLost{"ann"}}, Interrupted,
			"interrupted | Arrange SetTimer", ""},
		{"phone back", []Input{arrived, queued, OfferMade{Agent: "ann"}, AgentAccepted{"ann"}, PhoneConnected{Agent: "ann"}, PhoneLost{"ann"}, PhoneConnected{Agent: "ann"}}, Connected,
			"resumed | StopTimer Arrange", ""},
		{"phone not back", []Input{arrived, queued, OfferMade{Agent: "ann"}, AgentAccepted{"ann"}, PhoneConnected{Agent: "ann"}, PhoneLost{"ann"}, TimerFired{InterruptTimer}}, Waiting,
			"agent_lost queued | DropAgent ReleaseSeat Arrange StartFlow Enqueue", ""},
		{"customer hangs up", []Input{arrived, queued, OfferMade{Agent: "ann"}, AgentAccepted{"ann"}, PhoneConnected{Agent: "ann"}, CustomerLeft{Cause: ByCustomer}}, WrappingUp,
			"customer_left wrap_up | StopTimer StopFlow DropAgent DropCustomer StopRecording SetTimer", ByCustomer},
		{"agent hangs up", []Input{arrived, queued, OfferMade{Agent: "ann"}, AgentAccepted{"ann"}, PhoneConnected{Agent: "ann"}, AgentHungUp{Agent: "ann"}}, WrappingUp,
			"agent_hung_up wrap_up | StopTimer StopFlow DropAgent DropCustomer StopRecording SetTimer", ByAgent},
		{"disposed", []Input{arrived, queued, OfferMade{Agent: "ann"}, AgentAccepted{"ann"}, PhoneConnected{Agent: "ann"}, AgentHungUp{Agent: "ann"}, Disposed{Agent: "ann", Disposition: "sold", Note: "nice"}}, Done,
			"disposed ended | StopTimer ReleaseSeat", ByAgent},
		{"a disposition is required", []Input{arrived, queued, OfferMade{Agent: "ann"}, AgentAccepted{"ann"}, PhoneConnected{Agent: "ann"}, AgentHungUp{Agent: "ann"}, Disposed{Agent: "ann"}}, WrappingUp,
			"refused", ByAgent},
		{"wrap-up not yet over", []Input{arrived, queued, OfferMade{Agent: "ann"}, AgentAccepted{"ann"}, PhoneConnected{Agent: "ann"}, AgentHungUp{Agent: "ann"}, TimerFired{WrapUpTimer}}, WrappingUp,
			"refused", ByAgent},
		{"stopped by the system", []Input{arrived, queued, OfferMade{Agent: "ann"}, AgentAccepted{"ann"}, PhoneConnected{Agent: "ann"},
			RecordingChanged{State: "running"}, Stopped{Detail: "restart"}}, Done,
			"let_go ended | Withdraw StopFlow StopRecording StopRinging DropAgent ReleaseSeat DropCustomer", BySystem},
		{"stopped before it was recorded", []Input{arrived, queued, OfferMade{Agent: "ann"}, AgentAccepted{"ann"}, PhoneConnected{Agent: "ann"}, Stopped{Detail: "restart"}}, Done,
			"let_go recording ended | Withdraw StopFlow StopRecording StopRinging DropAgent ReleaseSeat DropCustomer", BySystem},
		{"restored before it was recorded", []Input{arrived, queued, OfferMade{Agent: "ann"}, AgentAccepted{"ann"}, PhoneConnected{Agent: "ann"}, Restored{}}, Interrupted,
			"restored interrupted | KeepSeat ConnectAgent SetTimer Arrange ContinueRecording", ""},
		{"after the end", []Input{arrived, FlowEnded{"closed"}, CustomerLeft{Cause: ByCustomer}}, Done, "refused", BySystem},
		{"an offer after the end", []Input{arrived, FlowEnded{"closed"}, OfferMade{Agent: "ann"}}, Done, "refused", BySystem},
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

func TestWholeCallIsMeasured(t *testing.T) {
	s, _ := life(t, arrived, queued, OfferMade{Agent: "ann"}, AgentAccepted{"ann"}, PhoneConnected{Agent: "ann"}, // second 4
		PhoneLost{"ann"}, PhoneConnected{Agent: "ann"}, // talk 1 s, hold 1 s
		DraftSaved{"ann", "", "hm"}, CustomerLeft{Cause: ByCustomer}, // talk 2 s more
		WrapUpExtended{"ann"}, Disposed{Agent: "ann", Disposition: "sold", Note: "done"}) // wrap-up 2 s
	g := s.Segment
	if g.Talk != 3*time.Second || g.Hold != time.Second || g.WrapUp != 2*time.Second {
		t.Errorf("got talk %v, hold %v, wrap-up %v; want 3s, 1s, 2s", g.Talk, g.Hold, g.WrapUp)
	}
	if s.Talk != g.Talk || s.Note != "done" || s.Disposition != "sold" || !g.InTime() {
		t.Errorf("record differs from its segment: %+v", s)
	}
}

func TestShortAbandon(t *testing.T) {
	s := State{ID: "i1"}
	step := func(in Input, after time.Duration) {
		events, _, err := Decide(s, in, noon.Add(after))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range events {
			s = Apply(s, Recorded{s.Seq + 1, noon.Add(after), e})
		}
	}
	step(arrived, 0)
	step(queued, 10*time.Second)
	step(CustomerLeft{Cause: ByCustomer}, 14999*time.Millisecond)
	if s.Segment.Outcome != ShortAbandon {
		t.Errorf("left after 4.999 s of waiting: got %s, want %s", s.Segment.Outcome, ShortAbandon)
	}
}

func TestDispositionHasTerms(t *testing.T) {
	s, _ := life(t, arrived, queued, OfferMade{Agent: "ann"}, AgentAccepted{"ann"}, PhoneConnected{Agent: "ann"}, AgentHungUp{Agent: "ann"}) // talk 1 s
	tests := []struct {
		name  string
		d     disposition.Disposition
		note  string
		field string
	}{
		{"fits", disposition.Disposition{MinTalkMS: 1000, MaxTalkMS: 1000}, "", ""},
		{"talk too short", disposition.Disposition{MinTalkMS: 1001}, "", "disposition"},
		{"talk too long", disposition.Disposition{MaxTalkMS: 999}, "", "disposition"},
		{"another project's", disposition.Disposition{ProjectID: "other"}, "", "disposition"},
		{"a note is missing", disposition.Disposition{NoteRequired: true}, " \n", "note"},
		{"a note is there", disposition.Disposition{NoteRequired: true}, "x", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, _, err := Decide(s, Disposed{Agent: "ann", Disposition: "d", Note: tt.note, Chosen: &tt.d}, noon.Add(time.Minute))
			got := ""
			if f := fault.FieldsOf(err); len(f) > 0 {
				got = f[0].Path
			}
			if got != tt.field || (err == nil) != (tt.field == "") {
				t.Errorf("got %v, want a fault of field %q", err, tt.field)
			}
		})
	}
}

func TestUserMistakesAreNamed(t *testing.T) {
	s, _ := life(t, arrived, queued, OfferMade{Agent: "ann"}, AgentAccepted{"ann"}, PhoneConnected{Agent: "ann"})
	for _, in := range []Input{
		DigitsPressed{"ann", "5x"}, DigitsPressed{"ann", ""}, DraftSaved{"ann", "", strings.Repeat("я", MaxNote+1)},
	} {
		if _, _, err := Decide(s, in, noon.Add(time.Minute)); fault.KindOf(err) != fault.Invalid || errors.Is(err, ErrLate) {
			t.Errorf("%T: got %v, want an invalid field", in, err)
		}
	}
}

// TestRandomLives plays random inputs and holds what must always be true.
func TestRandomLives(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		agents := []access.UserID{"ann", "bob"}
		agent := func() access.UserID { return rapid.SampledFrom(agents).Draw(t, "agent") }
		s := State{ID: "i1"}
		now := noon
		var journal []Recorded
		seat, place := access.UserID(""), false // what the router would hold
		ended, dropped := 0, 0
		carry := func(effects []Effect) {
			for _, e := range effects {
				switch e := e.(type) {
				case Enqueue:
					if place {
						t.Fatalf("a second place in line in phase %s", s.Phase)
					}
					place = true
				case Withdraw:
					place = false
				case ReleaseSeat:
					if e.Release.Agent == seat {
						seat = ""
					}
				case DropCustomer:
					dropped++
				}
			}
		}
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			var in Input
			switch rapid.IntRange(0, 20).Draw(t, "input") {
			case 0, 1:
				in = arrived
			case 2, 3:
				in = queued
			case 4, 5, 6: // the router offers a place to a free seat only
				if !place || seat != "" {
					continue
				}
				seat, place = agent(), false
				if only := s.Segment.Only; only != "" {
					seat = only
				}
				in = OfferMade{Agent: seat}
			case 7, 8:
				in = AgentAccepted{agent()}
			case 9:
				in = AgentDeclined{agent()}
			case 10, 11:
				in = PhoneConnected{Agent: agent()}
			case 12:
				in = PhoneFailed{agent(), "gone"}
			case 13:
				in = PhoneLost{agent()}
			case 14:
				in = AgentHungUp{Agent: agent()}
			case 15:
				in = CustomerLeft{Cause: ByCustomer}
			case 16:
				in = TimerFired{rapid.SampledFrom([]Timer{OfferTimer, ConnectTimer, InterruptTimer, WrapUpTimer, OnlyTimer}).Draw(t, "timer")}
			case 17:
				in = Disposed{Agent: agent(), Disposition: "sold"}
			case 18:
				in = rapid.SampledFrom([]Input{FlowEnded{}, FlowStepped{Node: "a", What: "played"}, RecordingChanged{State: "running"}}).Draw(t, "other")
			case 19:
				in = rapid.SampledFrom([]Input{Stopped{}, WrapUpExtended{agent()}, MoreTimeAsked{agent()}, MoreTimeAnswered{"sue", agent(), true}, MuteSet{agent(), true}, DraftSaved{agent(), "", "x"}}).Draw(t, "rare")
			case 20:
				seen := Seen{By: "olga", Queue: s.Segment.Rules.Queue, Priority: s.Segment.Priority}
				in = rapid.SampledFrom([]Input{toNight, toBusy, toOffer, QueueClosed{Do: "queue", Rules: night}, Moved{seen, night}, Moved{seen, sales}, Reprioritised{seen, 5}, Reprioritised{seen, 0}, Picked{seen, agent()}}).Draw(t, "placed")
			}
			now = now.Add(time.Duration(rapid.IntRange(0, 60_000).Draw(t, "pause")) * time.Millisecond)
			events, effects, err := Decide(s, in, now)
			if err != nil {
				carry(Undo(s.ID, in))
				continue
			}
			for _, e := range events {
				r := Recorded{s.Seq + 1, now, e}
				journal = append(journal, r)
				s = Apply(s, r)
				if _, ok := e.(EventEnded); ok {
					ended++
				}
			}
			carry(effects)
			check(t, s, seat, place)
		}
		if ended > 1 || (s.Phase == Done) != (ended == 1) {
			t.Fatalf("ended %d times in phase %q", ended, s.Phase)
		}
		if s.Phase == Done && dropped == 0 {
			t.Fatal("the customer's leg was never dropped")
		}
		if diff := cmp.Diff(s, Fold(s.ID, reread(t, journal))); diff != "" {
			t.Fatalf("the journal folds to another state (-live +folded):\n%s", diff)
		}
	})
}

// check holds the invariants between an interaction and the router.
func check(t *rapid.T, s State, seat access.UserID, place bool) {
	working := s.Agent != "" && s.Open()
	if working != (seat != "") || working && seat != s.Agent {
		t.Fatalf("phase %s with agent %q while the router holds the seat of %q", s.Phase, s.Agent, seat)
	}
	if place != (s.Phase == Waiting) {
		t.Fatalf("phase %s while the router keeps a place: %t", s.Phase, place)
	}
	if s.Phase == Done && (s.Cause == "" || s.Ended.IsZero() || s.Left.IsZero()) {
		t.Fatalf("done without cause or times: %+v", s)
	}
	if s.Talk < 0 || s.Hold < 0 || s.WrapUp < 0 || s.Talk+s.Hold > s.Last.Sub(s.Arrived) {
		t.Fatalf("impossible times: talk %v hold %v wrap-up %v", s.Talk, s.Hold, s.WrapUp)
	}
}

// reread sends events through their written form.
func reread(t *rapid.T, journal []Recorded) []Recorded {
	var out []Recorded
	for _, r := range journal {
		body, err := json.Marshal(r.Event)
		if err != nil {
			t.Fatal(err)
		}
		e, err := DecodeEvent(r.Event.Kind(), body)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, Recorded{r.Seq, r.At, e})
	}
	return out
}
