package story

import (
	"testing"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/audit"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/queue"
	"linekeeper/internal/skill"
	"linekeeper/internal/tenant"
	"linekeeper/test/world"
)

// skilled makes ann and bob serve support, whose calls need no work afterwards, and gives them levels of Thai; 0: none.
func skilled(w *world.World, ann, bob int, change func(*queue.Queue)) {
	w.T.Helper()
	w.KeepsSetUp()
	w.Serve("support", "ann", "bob")
	w.SetUp(func(tx *db.Tx, by audit.Author) error {
		thai, err := skill.Create(tx, by, skill.Skill{Key: "th", Names: tenant.Names{"en": "Thai"}})
		if err != nil {
			return err
		}
		for login, level := range map[string]int{"ann": ann, "bob": bob} {
			if level == 0 {
				continue
			}
			u, err := access.UserByLogin(tx, tenant.ID(by.Tenant), login)
			if err != nil {
				return err
			}
			if err := skill.SetOfAgent(tx, by, u.ID, []skill.Level{{Skill: thai.ID, Level: level}}); err != nil {
				return err
			}
		}
		return nil
	})
	w.ChangesQueue("support", change)
	w.Flow("thai", own, `"nodes":{
		"a":{"kind":"language","language":"th","next":"line"},
		"line":{"kind":"enqueue","queue":"support","edges":{"failed":"end"}},
		"end":{"kind":"hangup"}}`)
	w.Flow("plain", "+4420699", `"nodes":{
		"a":{"kind":"enqueue","queue":"support","edges":{"failed":"end"}},
		"end":{"kind":"hangup"}}`)
}

// thaiFor asks for the customer's language, well and for so long.
func thaiFor(wait time.Duration) func(*queue.Queue) {
	return func(q *queue.Queue) { q.Routing.LanguageLevel, q.Routing.LanguageRelaxMS = 5, wait.Milliseconds() }
}

// TestLanguageIsASkill: who speaks the customer's language gets him, though another was idle longer; other customers
// go to that one.
func TestLanguageIsASkill(t *testing.T) {
	world.Run(t, func(w *world.World) {
		skilled(w, 4, 9, thaiFor(0))
		ann := w.Agent("ann").IsAvailable()
		w.Passes(time.Minute)
		bob := w.Agent("bob").IsAvailable()
		c := w.Caller().Dials(own)
		bob.IsOffered(c)
		ann.HasNothing()
		english := w.Caller().Dials("+4420699")
		ann.IsOffered(english)
		bob.Accepts()
		bob.TalksWith(c)
		c.HangsUp()
		english.HangsUp()
	})
}

// TestLanguageRelaxes: nobody speaks it; after 20 seconds everybody of the queue will do, also when the process
// died meanwhile.
func TestLanguageRelaxes(t *testing.T) {
	for _, dies := range []bool{false, true} {
		t.Run(map[bool]string{false: "alive", true: "killed"}[dies], func(t *testing.T) {
			world.Run(t, func(w *world.World) {
				skilled(w, 4, 0, thaiFor(20*time.Second))
				ann := w.Agent("ann").IsAvailable()
				began := time.Now()
				c := w.Caller().Dials(own)
				c.IsAnswered()
				w.Passes(9 * time.Second)
				if dies {
					w.Crashes()
					w.Passes(3 * time.Second)
					w.Starts()
					ann.Arrives()
				}
				w.Passes(19*time.Second - time.Since(began))
				ann.HasNothing()
				ann.IsOffered(c)
				if waited := time.Since(began); waited < 20*time.Second || waited > 22*time.Second {
					t.Errorf("offered after %v", waited)
				}
				ann.Accepts()
				ann.TalksWith(c)
				c.HangsUp()
			})
		})
	}
}

// TestFlowAsksForASkill: the skill that a menu's choice names, over the death of the process.
func TestFlowAsksForASkill(t *testing.T) {
	world.Run(t, func(w *world.World) {
		skilled(w, 0, 2, func(*queue.Queue) {})
		w.Flow("choice", "+4420698", `"variables":{"asked":{"type":"text","default":""}},"nodes":{
			"a":{"kind":"set","values":{"asked":"\"th\""},"next":"line"},
			"line":{"kind":"enqueue","queue":"support","skill":"{{asked}}","level":2,"relax":30,"edges":{"failed":"end"}},
			"end":{"kind":"hangup"}}`)
		ann := w.Agent("ann").IsAvailable()
		c := w.Caller().Dials("+4420698")
		c.IsAnswered()
		w.Passes(5 * time.Second)
		ann.HasNothing()
		w.Crashes()
		w.Passes(3 * time.Second)
		w.Starts()
		ann.Arrives()
		w.Passes(5 * time.Second)
		ann.HasNothing()
		bob := w.Agent("bob").IsAvailable()
		bob.IsOffered(c)
		bob.Accepts()
		bob.TalksWith(c)
		c.HangsUp()
	})
}

// TestLastAgentFirst: who talked with the customer last gets him again, though another was idle longer; when he is
// busy the customer waits for him as long as the queue says, and then takes the other.
func TestLastAgentFirst(t *testing.T) {
	world.Run(t, func(w *world.World) {
		skilled(w, 0, 0, func(q *queue.Queue) { q.Routing.LastAgentMS, q.Routing.LastAgentDays = 30_000, 7 })
		bob := w.Agent("bob").IsAvailable()
		c := w.Caller().Dials("+4420699")
		bob.IsOffered(c)
		bob.Accepts()
		bob.TalksWith(c)
		ann := w.Agent("ann").IsAvailable()
		w.Passes(time.Minute)
		c.HangsUp()
		bob.HasNothing()
		c.Dials("+4420699")
		bob.IsOffered(c)
		ann.HasNothing()
		bob.Accepts()
		bob.TalksWith(c)
		c.HangsUp()
		bob.HasNothing()
		ann.GoesOnBreak("lunch")
		other := w.Caller().Dials("+4420699")
		bob.IsOffered(other)
		bob.Accepts()
		bob.TalksWith(other)
		ann.IsAvailable()
		began := time.Now()
		c.Dials("+4420699")
		w.Passes(28 * time.Second)
		ann.HasNothing()
		ann.IsOffered(c)
		if waited := time.Since(began); waited < 30*time.Second || waited > 33*time.Second {
			t.Errorf("offered to the other after %v", waited)
		}
		c.HangsUp()
		other.HangsUp()
	})
}

// TestByLevel: who has more of the skill comes first, though another was idle longer.
func TestByLevel(t *testing.T) {
	world.Run(t, func(w *world.World) {
		skilled(w, 5, 9, func(q *queue.Queue) { q.Routing.Strategy, q.Routing.LanguageLevel = queue.ByLevel, 1 })
		ann := w.Agent("ann").IsAvailable()
		w.Passes(time.Minute)
		bob := w.Agent("bob").IsAvailable()
		c := w.Caller().Dials(own)
		bob.IsOffered(c)
		ann.HasNothing()
		c.HangsUp()
	})
}

// TestCapOfAnHour: an agent gets one call of the queue in an hour; the next customer waits until the hour is over.
func TestCapOfAnHour(t *testing.T) {
	world.Run(t, func(w *world.World) {
		skilled(w, 0, 0, func(q *queue.Queue) { q.Routing.PerHour = 1 })
		bob := w.Agent("bob").IsAvailable()
		c := w.Caller().Dials("+4420699")
		bob.IsOffered(c)
		bob.Accepts()
		bob.TalksWith(c)
		began := time.Now()
		c.HangsUp()
		bob.HasNothing()
		next := w.Caller().Dials("+4420699")
		w.Passes(10 * time.Minute)
		bob.HasNothing()
		ann := w.Agent("ann").IsAvailable()
		ann.IsOffered(next)
		ann.Accepts()
		ann.TalksWith(next)
		next.HangsUp()
		last := w.Caller().Dials("+4420699")
		w.Passes(time.Hour - time.Since(began) - 10*time.Second)
		bob.HasNothing()
		w.Passes(20 * time.Second)
		bob.IsOffered(last)
		last.HangsUp()
	})
}
