package center

import "linekeeper/internal/queue"

// QueueDesk is how agents work on a queue's interactions.
type QueueDesk struct {
	Extensions int64    `yaml:"extensions"`          // how often they prolong their wrap-up themselves, 0: only a leader does; missing: 3
	Extension  Duration `yaml:"extension,omitempty"` // what each adds; missing: as long as the wrap-up itself
}

func (d *QueueDesk) defaults() { *d = *deskOf(queue.Usual().Desk) }

func (d *QueueDesk) noun() queue.Desk {
	if d == nil {
		return queue.Usual().Desk
	}
	return queue.Desk{Extensions: d.Extensions, ExtensionMS: d.Extension.Milliseconds()}
}

func deskOf(n queue.Desk) *QueueDesk {
	return &QueueDesk{Extensions: n.Extensions, Extension: fromMillis(n.ExtensionMS)}
}

// deskFrom leaves out what is as usual.
func deskFrom(n queue.Desk) *QueueDesk {
	if n == queue.Usual().Desk {
		return nil
	}
	return deskOf(n)
}
