package story

import (
	"testing"
	"time"

	"linekeeper/internal/audit"
	"linekeeper/internal/customer"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/tenant"
	"linekeeper/test/world"
)

// own is the number of a story's own flow.
const own = "+4420600"

// TestCustomerIdentifiedBeforeTheAgent is IVR-13: who calls from a number we do not know types the number of
// the contract, and the agent sees at the ring whose it is. What the flow wrote down has it as its author.
func TestCustomerIdentifiedBeforeTheAgent(t *testing.T) {
	for _, dies := range []bool{false, true} {
		t.Run(map[bool]string{false: "alive", true: "killed"}[dies], func(t *testing.T) {
			world.Run(t, func(w *world.World) { identifies(w, dies) })
		})
	}
}

func identifies(w *world.World, dies bool) {
	w.T.Helper()
	var anna customer.Customer
	w.SetUp(func(tx *db.Tx, by audit.Author) (err error) {
		if anna, _, err = customer.FindOrCreate(tx, tenant.ID(by.Tenant), "+4930555"); err != nil {
			return err
		}
		anna.Name, anna.Fields = "Anna", map[string]string{"contract": "17"}
		_, err = customer.Change(tx, by, anna)
		return err
	})
	w.Flow("identify", own, `"variables":{"contract":{"type":"text","default":""}},"nodes":{
		"a":{"kind":"collect","prompt":"please_hold","variable":"contract","least":1,"most":6,"terminator":"#","next":"find","edges":{"invalid":"line","no_input":"line"}},
		"find":{"kind":"find_customer","by":"contract","value":"contract","edges":{"found":"note","unknown":"line"}},
		"note":{"kind":"set_customer","segment":"vip","fields":{"called":"{{call.line}}"},"next":"line"},
		"line":{"kind":"enqueue","queue":"sales","priority":1,"edges":{"failed":"end"}},
		"end":{"kind":"hangup"}}`)
	c := w.Caller().Dials(own)
	c.IsAnswered()
	w.Passes(500 * time.Millisecond)
	c.Presses("17#")
	w.Passes(5 * time.Second)
	if dies {
		w.Crashes()
		w.Passes(3 * time.Second)
		w.Starts()
		w.Passes(6 * time.Second)
	}
	ann := w.Agent("ann").IsAvailable()
	ann.IsOffered(c)
	if v, ok := ann.InHand(); !ok || v.Customer != string(anna.ID) || v.CustomerName != "Anna" {
		w.T.Errorf("ann sees %q, %q; want Anna", v.Customer, v.CustomerName)
	}
	if s := w.OneRecord(); s.Arrival.Customer != anna.ID {
		w.T.Errorf("the interaction is %s's, want %s", s.Arrival.Customer, anna.ID)
	}
	err := w.App.DB().Read(w.T.Context(), func(tx *db.Tx) error {
		t := w.OneRecord().Arrival.Tenant
		now, err := customer.Get(tx, t, anna.ID)
		if err != nil || now.Segment != "vip" || now.Fields["called"] != own || now.Fields["contract"] != "17" {
			w.T.Errorf("kept %+v, %v", now, err)
		}
		lines, err := audit.List(tx, string(t), audit.Filter{ObjectKind: "customer", ObjectID: string(anna.ID)}, db.Page{})
		if err != nil || len(lines) != 2 || lines[0].Source != "flow:identify" {
			w.T.Errorf("the history has %+v, %v", lines, err)
		}
		of, err := db.One(tx, db.Scalar[customer.ID], `SELECT customer_id FROM interaction WHERE id = $1`, w.OneRecord().ID)
		if of != anna.ID {
			w.T.Errorf("the record is %s's", of)
		}
		return err
	})
	if err != nil {
		w.T.Fatal(err)
	}
	ann.Accepts()
	ann.TalksWith(c)
	c.HangsUp()
}

// TestLooksUpAndCounts: a flow looks up who calls in a database of others and counts him; the counter outlives
// the process, and a source that fails delays nobody.
func TestLooksUpAndCounts(t *testing.T) {
	world.Run(t, func(w *world.World) {
		w.Source(`CREATE TABLE account (line TEXT, level TEXT)`, `INSERT INTO account VALUES ('`+own+`', 'gold')`)
		w.Flow("lookup", own, `"variables":{"level":{"type":"text","default":""}},"nodes":{
			"a":{"kind":"sql","source":"crm","query":"SELECT level FROM account WHERE line = :line","bind":{"line":"{{call.line}}"},
				"take":{"level":"row.level"},"next":"count","edges":{"none":"end","failed":"end"}},
			"count":{"kind":"counter","counter":"gold","per":"ever","next":"often"},
			"often":{"kind":"branch","cases":[{"way":"second","when":"level == \"gold\" and counted(\"gold\", \"ever\") == 2"}],"edges":{"second":"line","otherwise":"end"}},
			"line":{"kind":"enqueue","queue":"sales","edges":{"failed":"end"}},
			"end":{"kind":"hangup"}}`)
		w.Caller().Dials(own).IsHungUpOn() // the first
		w.Crashes()
		w.Passes(3 * time.Second)
		w.Starts()
		w.Passes(6 * time.Second)
		ann := w.Agent("ann").IsAvailable()
		c := w.Caller().Dials(own) // the second
		c.IsAnswered()
		ann.IsOffered(c)
		c.HangsUp()
		w.Passes(time.Minute)
		w.Source(`DROP TABLE account`)
		w.Caller().Dials(own).IsHungUpOn()
	})
}

// TestAgentOfLastTime: who calls again is offered to whom he talked with before, though another agent has
// been idle for longer; who does not take him gives him to all of the queue.
func TestAgentOfLastTime(t *testing.T) {
	world.Run(t, func(w *world.World) {
		w.Flow("again", own, `"nodes":{
			"a":{"kind":"agent","queue":"sales","seconds":10,"edges":{"busy":"end","away":"line"}},
			"line":{"kind":"enqueue","queue":"sales","edges":{"failed":"end"}},
			"end":{"kind":"hangup"}}`)
		bob, ann := w.Agent("bob").IsAvailable(), w.Agent("ann")
		c := w.Caller().Dials(own) // nobody was last
		c.IsAnswered()
		bob.IsOffered(c)
		bob.Accepts()
		bob.TalksWith(c)
		ann.IsAvailable()
		w.Passes(time.Minute)
		c.HangsUp()
		bob.Finishes("sold_big", "")
		w.Passes(time.Minute)
		c.Dials(own)
		c.IsAnswered()
		bob.IsOffered(c)
		ann.HasNothing()
		bob.Declines()
		ann.IsOffered(c)
		c.HangsUp()
	})
}
