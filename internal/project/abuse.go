package project

import (
	"time"

	"linekeeper/internal/kit/fault"
)

// Abuse are a project's terms for customers who insult agents. The zero value has the usual ones.
type Abuse struct {
	// Boundary is the key of the prompt that is played when an agent says so; empty: the one that comes along.
	Boundary string `json:"boundary"`
	// MayEnd ends the call when the agent says so again, with a farewell.
	MayEnd bool `json:"may_end"`
	// Farewell is the key of that prompt; empty: the one that comes along.
	Farewell string `json:"farewell"`
	// RecoveryMS is the agent's break after the call; 0: 5 minutes.
	RecoveryMS int64 `json:"recovery_ms"`
}

// usualRecovery is the break in a project that says none.
const usualRecovery = 5 * time.Minute

// Recovery is the agent's break after the call.
func (a Abuse) Recovery() time.Duration {
	if a.RecoveryMS == 0 {
		return usualRecovery
	}
	return time.Duration(a.RecoveryMS) * time.Millisecond
}

func (a Abuse) check(f *fault.Fields) {
	f.Text("abuse.boundary", a.Boundary, false, 100)
	f.Text("abuse.farewell", a.Farewell, false, 100)
	f.Range("abuse.recovery_ms", a.RecoveryMS, 0, 3_600_000)
}
