package story

import (
	"testing"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/agent"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/queue"
	"linekeeper/test/world"
)

// TestLeaderChangesAgents is SUP-03: a supervisor sends an agent who talks on a break and changes his queues; the talk goes
// on, the agent sees who it was, and of two supervisors the second is told that it is not as he saw it.
func TestLeaderChangesAgents(t *testing.T) {
	world.Run(t, func(w *world.World) {
		ann := w.Agent("ann").IsAvailable()
		caller := w.Caller().Dials(direct)
		ann.IsOffered(caller)
		ann.Accepts()
		ann.TalksWith(caller)
		sue, id := w.App.Author(w.ID("sue")), access.UserID(w.ID("ann"))
		lead := w.App.LeaderPort()
		ready, lunch := agent.Standing{Status: agent.Available}, agent.Standing{Status: agent.Break, Reason: "lunch"}
		if err := lead.SetStatus(w.T.Context(), sue, id, ready, lunch); err != nil {
			t.Fatal(err)
		}
		if err := lead.SetStatus(w.T.Context(), sue, id, ready, lunch); fault.KindOf(err) != fault.Conflict {
			t.Errorf("who saw another status is told %v", err)
		}
		was := w.App.Board().Present().Queues
		var all []queue.ID
		for _, q := range was {
			for _, serves := range ann.Me.Queues {
				if serves == q.Queue {
					all = append(all, q.Queue)
				}
			}
		}
		if err := lead.SetQueues(w.T.Context(), sue, id, all, all[:1]); err != nil {
			t.Fatal(err)
		}
		if err := lead.SetQueues(w.T.Context(), sue, id, all, nil); fault.KindOf(err) != fault.Conflict {
			t.Errorf("who saw other queues is told %v", err)
		}
		w.Eventually(3*time.Second, "ann sees it", func() bool {
			return ann.Me.Status == "break" && ann.Me.SetBy == w.Name(w.ID("sue")) && len(ann.Me.Queues) == 1
		})
		caller.Speaks()
		caller.HearsSound("the agent still")
		caller.HangsUp()
		ann.WrapsUp()
		ann.Finishes("sold_big", "")
		if err := lead.SetStatus(w.T.Context(), sue, id, lunch, agent.Standing{Status: agent.Offline}); err != nil {
			t.Fatal(err)
		}
		w.Settles()
		if ann.Me.Status != "offline" {
			t.Errorf("ann is %s", ann.Me.Status)
		}
		if err := lead.SetStatus(w.T.Context(), sue, access.UserID(w.ID("bob")), agent.Standing{Status: agent.Offline}, ready); fault.KindOf(err) != fault.Conflict {
			t.Errorf("one who is not there was made available: %v", err)
		}
		ann.IsAvailable()
		w.Eventually(3*time.Second, "he is himself again", func() bool { return ann.Me.Status == "available" && ann.Me.SetBy == "" })
		if n := w.Audited("agent_status", "lunch"); n == 0 {
			t.Error("nothing is in the audit")
		}
	})
}
