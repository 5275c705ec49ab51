package story

import (
	"testing"
	"time"

	"linekeeper/internal/audit"
	"linekeeper/internal/customer"
	"linekeeper/internal/interaction"
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

// TestFlowTransfersOutside: a flow sends the customer to a number outside: he hears it ring until it answers, they
// talk without an agent, also when the process dies in between, and the call ends with either side.
func TestFlowTransfersOutside(t *testing.T) {
	for _, dies := range []bool{false, true} {
		t.Run(map[bool]string{false: "alive", true: "killed"}[dies], func(t *testing.T) {
			world.Run(t, func(w *world.World) {
				there := w.SIPPhone(firstWay)
				w.Flow("taxi", own, `"nodes":{
					"a":{"kind":"transfer","number":"`+taxi+`","edges":{"failed":"end"}},
					"end":{"kind":"hangup"}}`)
				c := w.Caller().Dials(own)
				there.Rings()
				c.IsAnswered()
				c.HearsRinging(425)
				there.PicksUp()
				there.Speaks()
				c.Speaks()
				c.Listens("outside")
				there.Listens("caller")
				if dies {
					w.Crashes()
					w.Passes(3 * time.Second)
					w.Starts()
					w.Passes(6 * time.Second)
					c.Listens("outside")
					there.Listens("caller")
				}
				there.HangsUp()
				c.IsHungUpOn()
				w.Passes(time.Second)
				if r := w.OneRecord(); r.Phase != interaction.Done || r.Cause != interaction.ByOutside || r.Segment.Seq != 0 || r.Recording != "" {
					w.T.Errorf("the record is %s by %s with %d segments, recording %q", r.Phase, r.Cause, r.Segment.Seq, r.Recording)
				}
			})
		})
	}
}

// TestFlowTransferComesBack: a number outside that is not reached gives the customer back to the flow, by the way
// that fits; so does one that hangs up after the talk, where the flow wants that. Who dies meanwhile comes back too.
func TestFlowTransferComesBack(t *testing.T) {
	kinds := map[string]struct {
		way   string
		begin func(w *world.World)
		then  func(w *world.World)
	}{
		"busy":      {"busy", func(w *world.World) { w.Refuses(firstWay, 486) }, nil},
		"no answer": {"no_answer", func(w *world.World) { w.SIPPhone(firstWay) }, func(w *world.World) { w.Passes(21 * time.Second) }},
		"no way":    {"failed", func(w *world.World) { w.Refuses(firstWay, 503); w.Refuses(secondWay, 503) }, nil},
		"killed": {"failed", func(w *world.World) { w.SIPPhone(firstWay) }, func(w *world.World) {
			w.Passes(5 * time.Second)
			w.Crashes()
			w.Passes(3 * time.Second)
			w.Starts()
			w.Passes(6 * time.Second)
		}},
		"after the talk": {"ended", nil, nil},
	}
	for name, k := range kinds {
		t.Run(name, func(t *testing.T) {
			world.Run(t, func(w *world.World) {
				var there *world.SIPPhone
				if k.begin == nil {
					there = w.SIPPhone(firstWay)
				} else {
					k.begin(w)
				}
				w.Flow("taxi", own, `"nodes":{
					"a":{"kind":"transfer","number":"`+taxi+`","ring":20,"edges":{"failed":"failed","busy":"busy","no_answer":"no_answer","ended":"ended"}},
					"failed":{"kind":"tag","tag":"failed","next":"line"},"busy":{"kind":"tag","tag":"busy","next":"line"},
					"no_answer":{"kind":"tag","tag":"no_answer","next":"line"},"ended":{"kind":"tag","tag":"ended","next":"line"},
					"line":{"kind":"enqueue","queue":"sales","edges":{"failed":"end"}},
					"end":{"kind":"hangup"}}`)
				c := w.Caller().Dials(own)
				if there != nil {
					there.Rings()
					there.PicksUp()
					there.Speaks()
					c.Listens("outside")
					there.HangsUp()
				}
				c.IsAnswered()
				if k.then != nil {
					k.then(w)
				}
				ann := w.Agent("ann").IsAvailable()
				ann.IsOffered(c)
				ann.Accepts()
				ann.TalksWith(c)
				c.Listens("ann")
				if got := w.Tags(); len(got) != 1 || got[0] != k.way {
					w.T.Errorf("the flow went by %v, want %s", got, k.way)
				}
				c.HangsUp()
				ann.WrapsUp()
				ann.Finishes("sold_big", "")
			})
		})
	}
}

// TestFlowTransfersToEntry: a flow sends the customer to an entry, whose flow takes him.
func TestFlowTransfersToEntry(t *testing.T) {
	world.Run(t, func(w *world.World) {
		w.Flow("elsewhere", own, `"nodes":{
			"a":{"kind":"transfer","entry":"sales","edges":{"failed":"end"}},
			"end":{"kind":"hangup"}}`)
		ann := w.Agent("ann").IsAvailable()
		c := w.Caller().Dials(own)
		c.IsAnswered()
		ann.IsOffered(c)
		c.HangsUp()
	})
}

// TestAgentWhoDoesNotAnswer: a flow wants one agent; when he does not take the customer in time, declines or the
// process dies meanwhile, the flow goes on with the customer, and nobody of the queue was asked.
func TestAgentWhoDoesNotAnswer(t *testing.T) {
	kinds := map[string]func(w *world.World, bob *world.Agent){
		"silent":   func(w *world.World, _ *world.Agent) { w.Passes(11 * time.Second) },
		"declines": func(_ *world.World, bob *world.Agent) { bob.Declines() },
		"killed": func(w *world.World, _ *world.Agent) {
			w.Crashes()
			w.Passes(3 * time.Second)
			w.Starts()
			w.Passes(6 * time.Second)
		},
	}
	for name, does := range kinds {
		t.Run(name, func(t *testing.T) {
			world.Run(t, func(w *world.World) {
				w.Flow("bob", own, `"nodes":{
					"a":{"kind":"agent","login":"bob","queue":"sales","seconds":10,"edges":{"busy":"end","away":"end","no_answer":"note"}},
					"note":{"kind":"tag","tag":"back","next":"wait"},
					"wait":{"kind":"wait","seconds":20,"next":"line"},
					"line":{"kind":"enqueue","queue":"support","edges":{"failed":"end"}},
					"end":{"kind":"hangup"}}`)
				w.Agent("ann").IsAvailable()
				bob := w.Agent("bob").IsAvailable()
				c := w.Caller().Dials(own)
				c.IsAnswered()
				bob.IsOffered(c)
				does(w, bob)
				w.Passes(5 * time.Second)
				if got := w.Tags(); len(got) != 1 || got[0] != "back" {
					w.T.Errorf("the flow noted %v", got)
				}
				if s := w.OneRecord(); s.Phase != interaction.InFlow || s.Segment.Outcome != interaction.Requeued {
					w.T.Errorf("the record is %s, its segment %s", s.Phase, s.Segment.Outcome)
				}
				ann := w.Agent("ann").IsAvailable()
				w.Passes(20 * time.Second)
				ann.IsOffered(c)
				c.HangsUp()
			})
		})
	}
}
