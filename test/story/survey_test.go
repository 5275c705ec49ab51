package story

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"linekeeper/internal/audit"
	"linekeeper/internal/flow"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/live"
	"linekeeper/internal/queue"
	"linekeeper/internal/tenant"
	"linekeeper/test/world"
)

// asks has the queue sales ask its customers two questions after the call.
func asks(w *world.World, days int64) {
	w.T.Helper()
	w.Flow("survey", "", `"nodes":{
		"a":{"kind":"survey","question":"service","prompt":"please_hold","timeout":10,"next":"again","edges":{"unanswered":"bye","low":"bye"}},
		"again":{"kind":"survey","question":"again","scale":"ten","prompt":"please_hold","timeout":10,"next":"bye","edges":{"unanswered":"bye"}},
		"bye":{"kind":"say","prompt":"goodbye","next":"end"},
		"end":{"kind":"hangup"}}`)
	w.SetUp(func(tx *db.Tx, by audit.Author) error {
		f, err := flow.ByKey(tx, tenant.ID(by.Tenant), "survey")
		if err != nil {
			return err
		}
		q, err := queue.ByKey(tx, tenant.ID(by.Tenant), "sales")
		if err != nil {
			return err
		}
		q.AfterFlowID, q.AfterShare, q.AfterDays = string(f.ID), 100, days
		_, err = queue.Change(tx, by, q)
		return err
	})
}

// answers are the rows of what customers answered, as "question score of an agent", and how many were asked.
func answers(w *world.World) (rows []string, asked int) {
	w.T.Helper()
	err := w.App.DB().Read(w.T.Context(), func(tx *db.Tx) (err error) {
		rows, err = db.All(tx, func(r db.Row) (string, error) {
			var question, agent string
			var score int
			err := r.Scan(&question, &score, &agent)
			return fmt.Sprintf("%s %d of %s", question, score, agent), err
		}, `SELECT a.question, a.score, u.login FROM answer a JOIN users u ON u.tenant_id = a.tenant_id AND u.id = a.agent_id ORDER BY a.at_ms, a.question`)
		if err != nil {
			return err
		}
		return tx.QueryRow(`SELECT COUNT(*) FROM survey`).Scan(&asked)
	})
	if err != nil {
		w.T.Fatal(err)
	}
	return rows, asked
}

// talked is a call that ann has and the customer goes on with.
func talked(w *world.World, ann *world.Agent) *world.Caller {
	w.T.Helper()
	c := w.Caller().Dials(direct)
	ann.IsOffered(c)
	ann.Accepts()
	ann.TalksWith(c)
	w.Passes(30 * time.Second)
	c.Hushes() // who speaks presses no keys
	return c
}

// TestSurveyAfterTheCall is IVR-11: the agent hangs up first, is free for the next customer at once, and the customer
// answers two questions by his keys. That is no talk, and the end is the agent's.
func TestSurveyAfterTheCall(t *testing.T) {
	world.Run(t, func(w *world.World) {
		asks(w, 0)
		ann := w.Agent("ann").IsAvailable()
		c := talked(w, ann)
		if v, _ := ann.InHand(); !v.Survey {
			t.Error("ann does not see that the customer is asked after the call")
		}
		ann.HangsUp()
		ann.WrapsUp()
		if v, _ := ann.InHand(); !v.Survey || v.Part != live.PartHanded {
			t.Errorf("ann sees part %s, survey %t", v.Part, v.Survey)
		}
		ann.Finishes("sold_big", "a router")
		ann.HasNothing()
		next := w.Caller().Dials(direct)
		ann.IsOffered(next) // while the first one is still asked
		w.Passes(time.Second)
		c.Presses("4")
		w.Passes(time.Second)
		c.Presses("10")
		c.IsHungUpOn()
		if ann.Day.Ratings != 1 || ann.Day.RatingSum != 4 {
			t.Errorf("ann's day has %d scores, together %d; want one of 4", ann.Day.Ratings, ann.Day.RatingSum)
		}
		next.HangsUp()
		w.Passes(2 * time.Second)
		rows, asked := answers(w)
		if !slices.Equal(rows, []string{"service 4 of ann", "again 10 of ann"}) || asked != 1 {
			t.Errorf("%d asked, answered %q", asked, rows)
		}
		r := w.Records()[0]
		if r.Phase != interaction.Done || r.Cause != interaction.ByAgent || r.Note != "a router" || r.Disposition == "" || r.Recording != "complete" {
			t.Errorf("%s by %s, note %q, outcome %q, recording %q", r.Phase, r.Cause, r.Note, r.Disposition, r.Recording)
		}
		if r.Talk < 29*time.Second || r.Talk > 34*time.Second || r.Left.Sub(r.Answered) < r.Talk+2*time.Second {
			t.Errorf("talked for %v, left %v after the answer", r.Talk, r.Left.Sub(r.Answered))
		}
	})
}

// TestSurveyOutlivesTheProcess: the process dies while a question waits, and again right behind an answer: nothing is
// asked twice, and no answer is lost or doubled.
func TestSurveyOutlivesTheProcess(t *testing.T) {
	world.Run(t, func(w *world.World) {
		asks(w, 0)
		ann := w.Agent("ann").IsAvailable()
		c := talked(w, ann)
		ann.HangsUp()
		ann.WrapsUp()
		w.Passes(time.Second)
		restart := func() {
			w.Crashes()
			w.Passes(3 * time.Second)
			w.Starts()
		}
		restart() // while the first question waits
		if ended(c.Call) {
			t.Fatalf("the customer was cut: %+v", c.Call.Result())
		}
		w.Passes(2 * time.Second)
		c.Presses("5")
		w.Eventually(5*time.Second, "the answer is kept", func() bool { rows, _ := answers(w); return len(rows) == 1 })
		restart() // right behind it
		w.Passes(4 * time.Second)
		c.Presses("9")
		c.IsHungUpOn()
		ann.Arrives()
		ann.Finishes("sold_big", "")
		ann.HasNothing()
		rows, asked := answers(w)
		if !slices.Equal(rows, []string{"service 5 of ann", "again 9 of ann"}) || asked != 1 {
			t.Errorf("%d asked, answered %q", asked, rows)
		}
		if r := w.OneRecord(); r.Cause != interaction.ByAgent || r.Phase != interaction.Done {
			t.Errorf("%s by %s", r.Phase, r.Cause)
		}
	})
}

// TestSurveyOnceInAWhile: who was asked lately is not asked again, who hangs up first is not asked at all, and who
// hangs up in the survey has ended nothing that counts.
func TestSurveyOnceInAWhile(t *testing.T) {
	world.Run(t, func(w *world.World) {
		asks(w, 30)
		ann := w.Agent("ann").IsAvailable()
		first := talked(w, ann)
		first.HangsUp()
		ann.WrapsUp()
		ann.Finishes("sold_big", "")
		ann.HasNothing()

		c := talked(w, ann)
		ann.HangsUp()
		ann.WrapsUp()
		w.Passes(time.Second)
		c.Presses("1")
		w.Passes(time.Second)
		c.HangsUp() // at the goodbye
		ann.Finishes("sold_big", "")
		ann.HasNothing()

		c.Dials(direct) // the same number again
		ann.IsOffered(c)
		ann.Accepts()
		ann.TalksWith(c)
		w.Passes(10 * time.Second)
		if v, _ := ann.InHand(); v.Survey {
			t.Error("who was asked a minute ago is to be asked again")
		}
		ann.HangsUp()
		c.IsHungUpOn()
		ann.WrapsUp()
		ann.Finishes("sold_big", "")

		rows, asked := answers(w)
		if !slices.Equal(rows, []string{"service 1 of ann"}) || asked != 1 {
			t.Errorf("%d asked, answered %q", asked, rows)
		}
		var causes []string
		for _, r := range w.Records() {
			causes = append(causes, string(r.Cause))
		}
		if got := strings.Join(causes, " "); got != "customer agent agent" {
			t.Errorf("the calls were ended by %s", got)
		}
	})
}
