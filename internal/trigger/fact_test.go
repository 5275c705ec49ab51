package trigger

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/agent"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/project"
)

// event makes a trigger of an event.
func (c *center) event(key string, rule Rule) (made Trigger) {
	c.t.Helper()
	c.write(func(tx *db.Tx) (err error) {
		made, err = Create(tx, c.by, Trigger{Key: key, Name: key, ProjectID: c.shop, FlowID: c.flow, Kind: Event, Rule: rule})
		return err
	})
	return made
}

// call writes an interaction of queue q down that ends now, with scores of 1 to 5; nobody is told.
func (c *center) call(id interaction.ID, scores ...int) interaction.Commit {
	c.t.Helper()
	list := []interaction.Event{
		interaction.EventArrived{Arrival: interaction.Arrival{Tenant: c.home, Project: c.shop, Channel: interaction.Voice, Origin: interaction.Inbound, CustomerAddress: "+66812345678"}},
		interaction.EventQueued{Rules: interaction.QueueRules{Queue: "q"}}, interaction.EventOffered{Agent: "ann"}, interaction.EventAccepted{Agent: "ann"},
		interaction.EventConnected{Agent: "ann"},
	}
	for i, n := range scores {
		list = append(list, interaction.EventSurveyAnswered{Question: fmt.Sprint("q", i), Scale: interaction.Five, Score: n})
	}
	var events []interaction.Recorded
	for i, e := range append(list, interaction.EventEnded{Cause: interaction.ByAgent}) {
		events = append(events, interaction.Recorded{Seq: int64(i + 1), At: now(), Event: e})
	}
	c.write(func(tx *db.Tx) error { return interaction.NewStore(c.db).Import(tx, id, events) })
	return interaction.Commit{State: interaction.Fold(id, events), Events: events}
}

// begun checks how many runs a trigger has, and what the newest was given.
func (c *center) begun(t Trigger, want int, inputs ...string) {
	c.t.Helper()
	synctest.Wait()
	all := c.runs(t)
	if len(all) != want {
		c.t.Fatalf("%s: %d runs, want %d: %+v", t.Key, len(all), want, all)
	}
	for i := 0; i < len(inputs); i += 2 {
		if got := fmt.Sprint(all[0].Inputs[inputs[i]]); got != inputs[i+1] {
			c.t.Errorf("%s: %s is %q, want %q", t.Key, inputs[i], got, inputs[i+1])
		}
	}
}

// TestKilledBehindTheFact: what was written down when the process died, and told to nobody, starts its flow with the
// next start, once.
func TestKilledBehindTheFact(t *testing.T) {
	within(t, func(t *testing.T, c *center) {
		var ann access.UserID
		c.write(func(tx *db.Tx) error {
			u, err := access.CreateUser(tx, c.by, access.User{Login: "ann", Name: "Ann", Role: access.Agent, Phone: access.BrowserPhone})
			ann = u.ID
			return err
		})
		board := agent.NewBoard(c.db)
		is := func(s agent.Status, reason string) {
			t.Helper()
			if _, err := board.Set(t.Context(), c.by, ann, s, reason); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second)
		}
		c.call("before", 1)
		is(agent.Break, agent.Missed)
		is(agent.Available, "")
		ended := c.event("ended", Rule{On: InteractionEnded, Queue: "q"})
		anywhere := c.event("anywhere", Rule{On: InteractionEnded})
		low := c.event("low", Rule{On: LowScore})
		status := c.event("status", Rule{On: StatusChanged, Status: agent.Break})
		e := c.starts()
		c.begun(ended, 0)
		e.Close()

		time.Sleep(time.Second)
		lost := c.call("lost", 5, 1)
		is(agent.Break, agent.PhoneLost)
		for range 2 { // and the next start knows of it
			e = c.starts()
			c.begun(ended, 1, "interaction", "lost", "queue_key", "q", "cause", "agent", "customer_number", "+66812345678")
			c.begun(anywhere, 1, "interaction", "lost")
			c.begun(low, 1, "interaction", "lost", "question", "q1", "score", "1", "mean", "1", "scale", "five", "agent", "ann", "queue_key", "q")
			c.begun(status, 1, "agent", string(ann), "status", "break", "reason", "phone_lost", "status_before", "available", "reason_before", "")
			e.Committed(lost) // told late
			c.begun(ended, 1)
			c.begun(low, 1)
			e.Close()
		}
		c.call("old", 1)
		is(agent.Break, agent.Missed)
		time.Sleep(2 * time.Hour) // too late for a status
		e = c.starts()
		c.begun(ended, 2, "interaction", "old")
		c.begun(status, 1)
		e.Close()
		c.call("too old", 1)
		time.Sleep(25 * time.Hour)
		e = c.starts()
		c.begun(ended, 2)
		c.begun(low, 2, "interaction", "old")
		e.Close()
	})
}

// TestStatusRules tells which changes of which agents start a flow.
func TestStatusRules(t *testing.T) {
	t.Parallel()
	change := agent.Change{Before: agent.Standing{Status: agent.Available}, After: agent.Standing{User: "u", Status: agent.Break, Reason: "lunch"}}
	who := Agent{Serves: []Served{{"sales", "p"}, {"taxi", "other"}}}
	for name, c := range map[string]struct {
		rule    Rule
		project string
		want    bool
	}{
		"any":                       {Rule{}, "p", true},
		"the status":                {Rule{Status: agent.Break}, "p", true},
		"another status":            {Rule{Status: agent.Offline}, "p", false},
		"the reason":                {Rule{Status: agent.Break, Reason: "lunch"}, "p", true},
		"another reason":            {Rule{Reason: "missed"}, "p", false},
		"his queue":                 {Rule{Queue: "sales"}, "p", true},
		"another queue":             {Rule{Queue: "support"}, "p", false},
		"a queue elsewhere":         {Rule{Queue: "taxi"}, "p", false},
		"a project he is not for":   {Rule{}, "none", false},
		"the other project's queue": {Rule{Queue: "taxi"}, "other", true},
	} {
		one := Trigger{ProjectID: project.ID(c.project), Rule: c.rule}
		if got := c.rule.matches(change) && who.serves(one); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestLowScores tells which answers start a flow: bad ones, those up to a score, or when a mean falls.
func TestLowScores(t *testing.T) {
	within(t, func(t *testing.T, c *center) {
		bad := c.event("bad", Rule{On: LowScore, Queue: "q"})
		first := c.event("first", Rule{On: LowScore, Question: "q0", AtMost: new(3.0)})
		means := c.event("means", Rule{On: LowScore, Question: "q0", AtMost: new(3.5), Last: 2, Queue: "q"})
		elsewhere := c.event("elsewhere", Rule{On: LowScore, Question: "another"})
		e := c.starts()
		defer e.Close()
		for i, step := range []struct {
			scores            []int
			bad, first, means int // runs so far
		}{
			{[]int{5, 5}, 0, 0, 0},
			{[]int{3, 2}, 1, 1, 0}, // the mean is 4
			{[]int{2, 1}, 3, 2, 1}, // 2.5
			{[]int{4, 4}, 3, 2, 1}, // 3: it stays low
			{[]int{5}, 3, 2, 1},    // 4.5
			{[]int{2}, 4, 3, 2},    // 3.5
		} {
			e.Committed(c.call(interaction.ID(fmt.Sprint("c", i)), step.scores...))
			c.begun(bad, step.bad)
			c.begun(first, step.first)
			c.begun(means, step.means)
			c.begun(elsewhere, 0)
			time.Sleep(time.Minute)
		}
		c.begun(means, 2, "mean", "3.5", "score", "2", "interaction", "c5")
	})
}
