package interaction

import (
	"errors"
	"slices"
	"testing"
	"time"

	"linekeeper/internal/kit/fault"
)

func TestHangUpGuard(t *testing.T) {
	guarded := sales
	guarded.HangUpAfter, guarded.HangUpReason = 10*time.Second, true
	s, _ := life(t, arrived, FlowQueued{Rules: guarded}, OfferMade{Agent: "ann"}, AgentAccepted{"ann"}, PhoneConnected{Agent: "ann"})
	at := s.Segment.Answered
	tests := []struct {
		name   string
		in     AgentHungUp
		after  time.Duration
		kind   fault.Kind
		review bool
	}{
		{"too early", AgentHungUp{Agent: "ann", Reason: "rude"}, 9 * time.Second, fault.Conflict, false},
		{"no reason", AgentHungUp{Agent: "ann"}, 10 * time.Second, fault.Invalid, false},
		{"with a reason", AgentHungUp{Agent: "ann", Reason: "rude"}, 10 * time.Second, 0, true},
		{"by the phone itself", AgentHungUp{Agent: "ann", Device: true}, time.Second, 0, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			events, _, err := Decide(s, tt.in, at.Add(tt.after))
			if tt.kind != 0 {
				if fault.KindOf(err) != tt.kind {
					t.Fatalf("got %v, want a fault of kind %v", err, tt.kind)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if after := s.then(at.Add(tt.after), events...); after.HangUp.Review != tt.review || after.HangUp.Agent != "ann" {
				t.Errorf("got %+v, want review %t", after.HangUp, tt.review)
			}
		})
	}
}

func TestPausedRecordingGoesOnByItself(t *testing.T) {
	s, told := life(t, append(slices.Clone(talk), RecordingChanged{State: "running"}, RecordingPaused{By: "ann", On: true, Why: "card"})...)
	if s.Paused != "card" || told[len(told)-1] != "recording_paused | PauseRecording SetTimer" {
		t.Fatalf("paused %q after %q", s.Paused, told[len(told)-1])
	}
	events, effects, err := Decide(s, TimerFired{RecordingTimer}, s.PausedUntil)
	if err != nil || len(events) != 1 || s.then(s.PausedUntil, events...).Paused != "" || len(effects) != 1 {
		t.Errorf("when its time is up: %v %v %v", events, effects, err)
	}
	if _, _, err := Decide(s, TimerFired{RecordingTimer}, s.PausedUntil.Add(-time.Second)); !errors.Is(err, ErrLate) {
		t.Errorf("before its time: %v, want ErrLate", err)
	}
}
