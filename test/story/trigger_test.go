package story

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"linekeeper/internal/agent"
	"linekeeper/internal/customer"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/trigger"
	"linekeeper/test/world"
)

// alone begins the program of a flow that runs without a customer.
const alone = `"channels":["none"],`

// ran checks what a trigger has started, the oldest first: the state, and a word of its steps or its detail.
func ran(w *world.World, id trigger.ID, want ...string) {
	w.T.Helper()
	runs := w.TriggerRuns(id)
	if len(runs) != len(want) {
		w.T.Fatalf("%d runs, want %d: %+v", len(runs), len(want), runs)
	}
	for i, r := range runs {
		state, word, _ := strings.Cut(want[len(want)-1-i], " ")
		if string(r.State) != state || !strings.Contains(strings.Join(r.Steps, "\n")+r.Why.Text, word) {
			w.T.Errorf("run %s is %s %q %q, want %s %q", r.Moment, r.State, r.Steps, r.Why.Text, state, word)
		}
	}
}

// TestScheduleStartsAFlow is IVR-14: a time of the calendar starts a flow once, also when the server is down at that
// time and back within an hour; later it is too late.
func TestScheduleStartsAFlow(t *testing.T) {
	world.Run(t, func(w *world.World) {
		w.Flow("nightly", "", alone+`"nodes":{"a":{"kind":"counter","counter":"nights","per":"ever","next":"end"},"end":{"kind":"hangup"}}`)
		id := w.Trigger("nightly", "nightly", trigger.Schedule, trigger.Rule{Times: []string{"00:10", "00:20"}})
		w.Passes(9 * time.Minute)
		ran(w, id)
		w.Passes(2 * time.Minute)
		ran(w, id, "done nights = 1")
		w.Crashes()
		w.Passes(20 * time.Minute) // over the second time
		w.Starts()
		w.Passes(time.Minute)
		ran(w, id, "done nights = 1", "done nights = 2")
		w.Crashes()
		w.Passes(26 * time.Hour) // over both of the next day, by hours
		w.Starts()
		w.Passes(time.Minute)
		ran(w, id, "done nights = 1", "done nights = 2")
	})
}

// TestEndedInteractionStartsAFlow: a flow gets what became of an interaction. One that fails beside it says why, and
// nothing else suffers.
func TestEndedInteractionStartsAFlow(t *testing.T) {
	world.Run(t, func(w *world.World) {
		w.Flow("after", "", alone+`"variables":{"outcome":{"type":"text","input":true},"queue_key":{"type":"text","input":true},"told":{"type":"text"},"talk_seconds":{"type":"number","input":true}},
			"nodes":{"a":{"kind":"set","values":{"told":"queue_key + \" \" + outcome"},"next":"long"},
			"long":{"kind":"branch","cases":[{"way":"yes","when":"talk_seconds >= 30"}],"edges":{"yes":"note","otherwise":"end"}},
			"note":{"kind":"counter","counter":"long","per":"ever","next":"end"},"end":{"kind":"hangup"}}`)
		w.Flow("wants", "", alone+`"variables":{"order":{"type":"number","input":true}},"nodes":{"a":{"kind":"hangup"}}`)
		w.Flow("asks", "", alone+`"nodes":{"a":{"kind":"run","flow":"straight","next":"end"},"end":{"kind":"hangup"}}`)
		rule := trigger.Rule{On: trigger.InteractionEnded, Queue: "sales"}
		after := w.Trigger("after", "after", trigger.Event, rule)
		wants := w.Trigger("wants", "wants", trigger.Event, rule)
		asks := w.Trigger("asks", "asks", trigger.Event, rule)
		elsewhere := w.Trigger("elsewhere", "after", trigger.Event, trigger.Rule{On: trigger.InteractionEnded, Queue: "support"})

		ann := w.Agent("ann").IsAvailable()
		c := w.Caller().Dials(direct)
		c.IsAnswered()
		ann.IsOffered(c)
		ann.Accepts()
		ann.TalksWith(c)
		w.Passes(40 * time.Second)
		c.HangsUp()
		ann.WrapsUp()
		ran(w, after) // the wrap-up is part of it
		ann.Finishes("sold_big", "")
		ann.HasNothing()
		w.Passes(10 * time.Second)
		ran(w, after, "done long = 1")
		ran(w, wants, `failed The input "order" is missing`)
		ran(w, asks, "failed needs a customer")
		ann.GoesOnBreak("lunch")
		lost := w.Caller().Dials(direct)
		lost.IsAnswered()
		w.Passes(20 * time.Second)
		lost.HangsUp()
		w.Passes(10 * time.Second)
		ran(w, after, "done told = sales answered", "done told = sales abandoned")
		ran(w, elsewhere)
	})
}

// TestWebHookStartsAFlow: whoever has the address starts the flow, with inputs, not too often. What runs when the
// process dies is not begun again.
func TestWebHookStartsAFlow(t *testing.T) {
	world.Run(t, func(w *world.World) {
		w.Flow("order", "", alone+`"variables":{"order":{"type":"number","input":true},"next_order":{"type":"number"}},"nodes":{
			"a":{"kind":"wait","seconds":30,"next":"count"},"count":{"kind":"set","values":{"next_order":"order + 1"},"next":"end"},"end":{"kind":"hangup"}}`)
		id := w.Trigger("order", "order", trigger.Hook, trigger.Rule{PerMinute: 2})
		address := w.HookAddress(id)
		post := func(path, body string, want int) {
			t.Helper()
			if got, answered := w.Post(path, body); got != want {
				t.Errorf("%s: got %d %s, want %d", body, got, answered, want)
			}
		}
		post(address, `{"order":17}`, http.StatusAccepted)
		post(address, `{"order":"many"}`, http.StatusAccepted)
		post(address, `{"order":18}`, http.StatusTooManyRequests)
		post(address[:len(address)-1], `{"order":18}`, http.StatusNotFound)
		w.Passes(time.Minute)
		ran(w, id, "done next_order = 18", `failed The input "order"`)
		post(address, `{"order":19}`, http.StatusAccepted)
		w.Passes(time.Second)
		w.Crashes()
		w.Passes(time.Minute)
		w.Starts()
		w.Passes(time.Minute)
		ran(w, id, "done next_order = 18", `failed The input "order"`, "interrupted restarted")
		post(address, `{"order":20}`, http.StatusAccepted)
		w.Passes(time.Minute)
		ran(w, id, "done next_order = 18", `failed The input "order"`, "interrupted restarted", "done next_order = 21")
	})
}

// TestLongLineStartsAFlow: a line that is too long for long enough starts a flow once, and again when it was shorter
// meanwhile.
func TestLongLineStartsAFlow(t *testing.T) {
	world.Run(t, func(w *world.World) {
		w.Flow("alarm", "", alone+`"variables":{"queue_key":{"type":"text","input":true},"told":{"type":"text"},"waiting":{"type":"number","input":true}},
			"nodes":{"a":{"kind":"set","values":{"told":"queue_key + string(waiting)"},"next":"count"},"count":{"kind":"counter","counter":"alarms","per":"ever","next":"end"},"end":{"kind":"hangup"}}`)
		id := w.Trigger("alarm", "alarm", trigger.Event, trigger.Rule{On: trigger.QueueWaiting, Queue: "sales", More: 1, ForMS: 30_000})
		one, two := w.Caller().Dials(direct), w.Caller().Dials(direct)
		one.IsAnswered()
		two.IsAnswered()
		w.Passes(20 * time.Second)
		ran(w, id)
		w.Passes(time.Minute)
		ran(w, id, "done told = sales2")
		two.HangsUp()
		w.Passes(10 * time.Second)
		two = w.Caller().Dials(direct)
		two.IsAnswered()
		w.Passes(time.Minute)
		ran(w, id, "done alarms = 1", "done alarms = 2")
		two.HangsUp()
		one.HangsUp()
	})
}

// TestStatusStartsAFlow: an agent who goes on a break starts a flow each time, with who he is, from what and to what.
func TestStatusStartsAFlow(t *testing.T) {
	world.Run(t, func(w *world.World) {
		w.Flow("away", "", alone+`"variables":{"agent":{"type":"text","input":true},"status_before":{"type":"text","input":true},"status":{"type":"text","input":true},
			"reason":{"type":"text","input":true},"told":{"type":"text"}},
			"nodes":{"a":{"kind":"set","values":{"told":"agent + \" \" + status_before + \" \" + status + \" \" + reason"},"next":"end"},"end":{"kind":"hangup"}}`)
		lunch := w.Trigger("lunch", "away", trigger.Event, trigger.Rule{On: trigger.StatusChanged, Status: agent.Break, Reason: "lunch", Queue: "sales"})
		all := w.Trigger("all", "away", trigger.Event, trigger.Rule{On: trigger.StatusChanged})
		ann := w.Agent("ann").IsAvailable()
		w.Passes(time.Second)
		ran(w, lunch)
		ran(w, all, "done ann offline available")
		ann.GoesOnBreak("lunch")
		w.Passes(time.Second)
		ran(w, lunch, "done ann available break lunch")
		ann.IsAvailable()
		ann.GoesOnBreak("lunch")
		w.Passes(time.Second)
		ran(w, lunch, "done ann available break lunch", "done ann available break lunch")
		ran(w, all, "done offline available", "done available break lunch", "done break available", "done available break lunch")
		if r := w.TriggerRuns(lunch)[0]; r.Version != 1 || r.FlowID == "" || r.Inputs["agent_name"] == "" {
			t.Errorf("the run has version %d of the flow %q, and was given %v", r.Version, r.FlowID, r.Inputs)
		}
	})
}

// TestLowScoreStartsAFlow: a customer who answers badly after the call starts a flow while he is still on the line; who
// answers well does not.
func TestLowScoreStartsAFlow(t *testing.T) {
	world.Run(t, func(w *world.World) {
		asks(w, 0)
		w.Flow("sorry", "", alone+`"variables":{"agent":{"type":"text","input":true},"question":{"type":"text","input":true},"queue_key":{"type":"text","input":true},
			"score":{"type":"number","input":true},"told":{"type":"text"}},
			"nodes":{"a":{"kind":"set","values":{"told":"agent + \" \" + queue_key + \" \" + question + string(score)"},"next":"end"},"end":{"kind":"hangup"}}`)
		bad := w.Trigger("bad", "sorry", trigger.Event, trigger.Rule{On: trigger.LowScore})
		service := w.Trigger("service", "sorry", trigger.Event, trigger.Rule{On: trigger.LowScore, Queue: "sales", Question: "service", AtMost: new(4.0)})
		ann := w.Agent("ann").IsAvailable()
		rates := func(key string) *world.Caller {
			c := talked(w, ann)
			ann.HangsUp()
			ann.WrapsUp()
			ann.Finishes("sold_big", "")
			ann.HasNothing()
			c.Presses(key)
			w.Passes(2 * time.Second)
			return c
		}
		rates("5").HangsUp()
		rates("4").HangsUp()
		w.Passes(time.Second)
		ran(w, bad)
		ran(w, service, "done ann sales service4")
		rates("2") // hears the goodbye
		ran(w, bad, "done ann sales service2")
		ran(w, service, "done ann sales service4", "done ann sales service2")
		in := w.TriggerRuns(bad)[0].Inputs
		w.Passes(20 * time.Second)
		if r := w.Records(); len(r) != 3 || in["interaction"] != string(r[2].ID) || in["customer_number"] == "" {
			t.Errorf("the flow was given %v", in)
		}
	})
}

// TestTemplateBadScore: a trigger and a template have a service of the center's learn of a bad score, at the second try
// when it is down at first, and the score is noted with the customer.
func TestTemplateBadScore(t *testing.T) {
	world.Run(t, func(w *world.World) {
		asks(w, 0)
		w.Template("bad-score", "", "https://crm.example.com", "http://"+serviceAt)
		id := w.Trigger("bad", "bad-score", trigger.Event, trigger.Rule{On: trigger.LowScore})
		var told []string
		w.Service(serviceAt, func(rw http.ResponseWriter, r *http.Request) {
			text, err := io.ReadAll(r.Body)
			if err != nil {
				w.T.Error(err)
			}
			if told = append(told, string(text)); len(told) == 1 {
				rw.WriteHeader(http.StatusServiceUnavailable)
			}
		})
		ann := w.Agent("ann").IsAvailable()
		c := talked(w, ann)
		ann.HangsUp()
		ann.WrapsUp()
		ann.Finishes("sold_big", "")
		c.Presses("1")
		w.Passes(time.Minute)
		ran(w, id, "running")
		w.Passes(10 * time.Minute)
		ran(w, id, "done POST, answered 200")
		if len(told) != 2 || told[0] != told[1] || !strings.Contains(told[1], `"question": "service", "score": "1", "agent": "Ann", "queue": "sales"`) {
			t.Errorf("the service was told %q", told)
		}
		noted, came := "", w.Records()[0].Arrival
		err := w.App.DB().Read(w.T.Context(), func(tx *db.Tx) error {
			known, err := customer.Get(tx, came.Tenant, came.Customer)
			noted = known.Fields["bad_score"]
			return err
		})
		if err != nil || noted != "service: 1" {
			t.Errorf("noted with the customer: %q, %v", noted, err)
		}
	})
}
