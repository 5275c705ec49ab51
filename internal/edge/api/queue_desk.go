package api

import "linekeeper/internal/queue"

// QueueDesk is how agents work on a queue's interactions.
type QueueDesk struct {
	Extensions  *int64 `json:"extensions,omitempty" doc:"How often they prolong their wrap-up themselves; 0: only a supervisor does; absent: 3"`
	ExtensionMs int64  `json:"extension_ms,omitempty" doc:"What each adds; 0: as long as the wrap-up itself"`
}

func deskShown(d queue.Desk) *QueueDesk {
	return &QueueDesk{Extensions: &d.Extensions, ExtensionMs: d.ExtensionMS}
}

func deskTaken(d *QueueDesk) queue.Desk {
	n := queue.Usual().Desk
	if d == nil {
		return n
	}
	if d.Extensions != nil {
		n.Extensions = *d.Extensions
	}
	n.ExtensionMS = d.ExtensionMs
	return n
}
