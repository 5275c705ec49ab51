package story

import (
	"testing"
	"time"

	"linekeeper/internal/live"
	"linekeeper/internal/queue"
	"linekeeper/test/world"
)

// onBoard is a queue as the board shows it.
func onBoard(w *world.World, key string) live.QueueView {
	w.T.Helper()
	w.Settles()
	for _, q := range w.App.Board().Present().Queues {
		if q.Queue == queue.ID(w.App.ID("queue", key)) {
			return q
		}
	}
	w.T.Fatalf("the board does not show %s", key)
	return live.QueueView{}
}

// TestBoardSaysWhomNobodyCanServe: nobody of the queue speaks Thai well enough; the queue and the customer say so, until less
// will do. Without agents the queue says that it has none.
func TestBoardSaysWhomNobodyCanServe(t *testing.T) {
	world.Run(t, func(w *world.World) {
		skilled(w, 4, 3, thaiFor(20*time.Second))
		c := w.Caller().Dials(own)
		c.IsAnswered()
		w.Passes(6 * time.Second)
		q, row := onBoard(w, "support"), w.Waiting(c)
		if q.Staff != 2 || q.Unserved != 1 || q.LackSkill == "" || q.LackLevel != 5 || !row.Unserved || row.LackSkill != q.LackSkill || row.LackLevel != 5 {
			t.Errorf("nobody speaks it: the queue %+v, the customer %+v", q, row)
		}
		w.Passes(20 * time.Second)
		if q, row := onBoard(w, "support"), w.Waiting(c); q.Unserved != 0 || row.Unserved || q.Agents != 0 || q.Staff != 2 {
			t.Errorf("less will do: the queue %+v, the customer %+v", q, row)
		}
		w.Serve("support")
		w.Passes(6 * time.Second)
		if q, row := onBoard(w, "support"), w.Waiting(c); q.Staff != 0 || q.Unserved != 1 || q.LackSkill != "" || !row.Unserved {
			t.Errorf("without agents: the queue %+v, the customer %+v", q, row)
		}
		c.HangsUp()
	})
}
