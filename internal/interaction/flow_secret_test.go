package interaction

import (
	"errors"
	"testing"
	"time"
)

// TestFlowSecret: digits a flow takes by itself stay out of a recording that runs, whatever becomes of the flow.
func TestFlowSecret(t *testing.T) {
	t.Parallel()
	rules := QueueRules{Recording: true}
	base := State{Phase: InFlow, Recording: "running", Segment: Segment{Rules: rules}}
	paused := base
	paused.Paused = SecretPause
	with := func(s State, change func(*State)) State { change(&s); return s }
	tests := []struct {
		name    string
		s       State
		on      bool
		effects []Effect
		err     error
	}{
		{"begun", base, true, []Effect{PauseRecording{SecretPause}}, nil},
		{"ended", paused, false, []Effect{StopTimer{RecordingTimer}, ResumeRecording{}}, nil},
		{"begun again after a restart", paused, true, nil, nil},
		{"nothing is recorded", with(base, func(s *State) { s.Recording = "" }), true, nil, nil},
		{"the queue is not recorded", with(base, func(s *State) { s.Paused = QueuePause }), false, nil, nil},
		{"while he waits", with(base, func(s *State) { s.Phase = Waiting }), true, []Effect{PauseRecording{SecretPause}}, nil},
		{"an agent asked for it", with(paused, func(s *State) { s.Phase, s.Secret = Connected, true }), false, nil, nil},
		{"too late", with(base, func(s *State) { s.Phase = Connected }), true, nil, ErrLate},
	}
	for _, tt := range tests {
		_, effects, err := Decide(tt.s, FlowSecret{tt.on}, time.Now())
		if !errors.Is(err, tt.err) || len(effects) != len(tt.effects) {
			t.Errorf("%s: got %v, %v; want %v, %v", tt.name, effects, err, tt.effects, tt.err)
			continue
		}
		for i, e := range effects {
			if e != tt.effects[i] {
				t.Errorf("%s: got %v, want %v", tt.name, effects, tt.effects)
			}
		}
	}
	if _, effects := recordingFor(paused); len(effects) != 2 || effects[1] != (ResumeRecording{}) {
		t.Errorf("joined after a flow that was cut off: got %v", effects)
	}
}
