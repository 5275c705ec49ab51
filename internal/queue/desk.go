package queue

import (
	"time"

	"linekeeper/internal/kit/fault"
)

// UsualExtensions is how often agents prolong their wrap-up themselves where nothing else is said.
const UsualExtensions = 3

// Desk is how agents work on its interactions.
type Desk struct {
	Extensions  int64 `json:"extensions"`             // how often they prolong their wrap-up themselves; 0: only a leader does
	ExtensionMS int64 `json:"extension_ms,omitempty"` // what each adds; 0: as long as the wrap-up itself
}

// Extension is what one prolongation of the wrap-up adds; 0: as long as that itself.
func (d Desk) Extension() time.Duration { return time.Duration(d.ExtensionMS) * time.Millisecond }

func (d Desk) check(f *fault.Fields) {
	f.Range("desk.extensions", d.Extensions, 0, 20)
	f.Range("desk.extension_ms", d.ExtensionMS, 0, 3_600_000)
}
