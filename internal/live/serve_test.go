package live

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"linekeeper/internal/access"
	"linekeeper/internal/interaction"
	"linekeeper/internal/queue"
)

// TestAgentsOfQueues does anything in any order; what each queue shows is then what counting everybody gives.
func TestAgentsOfQueues(t *testing.T) {
	users := []access.UserID{"ann", "bob", "cat"}
	queues := []queue.ID{"q1", "q2", "q3"}
	rapid.Check(t, func(t *rapid.T) {
		b := New(noNames{}, func() *time.Location { return time.UTC })
		defer b.Close()
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			user := rapid.SampledFrom(users).Draw(t, "user")
			switch rapid.SampledFrom([]string{"queues", "agent", "remove", "call"}).Draw(t, "what") {
			case "queues":
				var all []Queue
				for _, id := range rapid.SliceOfDistinct(rapid.SampledFrom(queues), rapid.ID).Draw(t, "there are") {
					all = append(all, Queue{ID: id, Name: string(id)})
				}
				b.SetQueues(all)
			case "agent":
				b.SetAgent(Agent{ID: user, Name: string(user), Status: rapid.SampledFrom([]string{"available", "break", "offline"}).Draw(t, "status"),
					Queues: rapid.SliceOfDistinct(rapid.SampledFrom(queues), rapid.ID).Draw(t, "serves")})
			case "remove":
				b.RemoveAgent(user)
			case "call":
				id := interaction.ID(rapid.SampledFrom([]string{"1", "2"}).Draw(t, "id"))
				s := interaction.State{ID: id, Phase: rapid.SampledFrom([]interaction.Phase{interaction.Waiting, interaction.Connected, interaction.Done}).Draw(t, "phase")}
				if s.Phase == interaction.Connected {
					s.Agent = user
				}
				s.Segment.Seq, s.Segment.Rules.Queue = 1, rapid.SampledFrom(queues).Draw(t, "of")
				b.Refresh(s)
			}
		}
		b.Today() // all was done
		for _, v := range b.Present().Queues {
			agents, free := 0, 0
			for _, a := range b.agents {
				if !a.known || !slices.Contains(a.info.Queues, v.Queue) {
					continue
				}
				if a.info.Status == "available" || len(a.work) > 0 {
					agents++
				}
				if a.info.Status == "available" && len(a.work) == 0 {
					free++
				}
			}
			if got, want := fmt.Sprint(v.Agents, v.Available), fmt.Sprint(agents, free); got != want {
				t.Fatalf("%s shows %s agents and free ones, want %s", v.Queue, got, want)
			}
		}
	})
}
