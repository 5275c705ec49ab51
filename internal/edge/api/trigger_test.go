package api

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/db/dbtest"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/trigger"
)

// noTriggers notes what it is asked for; it knows one trigger.
type noTriggers struct {
	known trigger.ID
	fired []string
}

func (n *noTriggers) Fire(_ context.Context, id trigger.ID, request, by string, inputs map[string]any) (trigger.Run, error) {
	if id != n.known || id == "" {
		return trigger.Run{}, fault.NotFound.New("There is no such trigger.")
	}
	n.fired = append(n.fired, fmt.Sprint(request, " ", by, " ", inputs))
	return trigger.Run{Trigger: id, Moment: "request " + request, State: trigger.Due}, nil
}

// TestTriggers: a web hook is started by its address and nothing else, and the address is kept nowhere.
func TestTriggers(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		engine := &noTriggers{}
		w := newWorld(t, d, func(deps *Deps) { deps.Triggers = engine })
		var f Flow
		w.must(http.StatusCreated, &f, "administrator", "POST", "/api/v1/flows",
			`{"key":"f","name":"F","program":{"schema":1,"channels":["none"],"start":"end","nodes":{"end":{"kind":"hangup"}}}}`)
		body := fmt.Sprintf(`{"key":"k","name":"K","project_id":%q,"flow_id":%q,"kind":"hook","rule":{}}`, w.project, f.ID)
		var one Trigger
		w.must(http.StatusCreated, &one, "administrator", "POST", "/api/v1/triggers", body)
		w.refused(http.StatusUnprocessableEntity, "administrator", "POST", "/api/v1/triggers", strings.Replace(body, `"k"`, `"K !"`, 1))
		w.refused(http.StatusConflict, "administrator", "DELETE", "/api/v1/flows/"+f.ID, "")
		if p := w.refused(http.StatusUnprocessableEntity, "administrator", "POST", "/api/v1/triggers",
			strings.Replace(strings.Replace(body, `"hook"`, `"event"`, 1), `{}`, `{"on":"queue_waiting","queue":"nowhere"}`, 1)); p.Fields[0].Path != "body.rule.queue" {
			t.Errorf("a queue that is not there: %+v", p.Fields)
		}
		var talks Flow
		w.must(http.StatusCreated, &talks, "administrator", "POST", "/api/v1/flows", `{"key":"t","name":"T","program":{"schema":1,"start":"end","nodes":{"end":{"kind":"hangup"}}}}`)
		if p := w.refused(http.StatusUnprocessableEntity, "administrator", "POST", "/api/v1/triggers", strings.Replace(body, f.ID, talks.ID, 1)); !strings.Contains(p.Fields[0].Message, "needs a customer") {
			t.Errorf("a flow for customers: %+v", p.Fields)
		}
		var low Trigger
		w.must(http.StatusCreated, &low, "administrator", "POST", "/api/v1/triggers", strings.NewReplacer(`"k"`, `"low"`, `"hook"`, `"event"`, `{}`,
			`{"on":"low_score","question":"service","at_most":3.5,"last":20}`).Replace(body))
		if r := low.Rule; r.On != "low_score" || r.Question != "service" || r.AtMost == nil || *r.AtMost != 3.5 || r.Last != 20 {
			t.Errorf("a mean: %+v", r)
		}
		if p := w.refused(http.StatusUnprocessableEntity, "administrator", "POST", "/api/v1/triggers",
			strings.Replace(strings.Replace(body, `"hook"`, `"event"`, 1), `{}`, `{"on":"status_changed","status":"asleep"}`, 1)); p.Fields[0].Path != "body.rule.status" {
			t.Errorf("a status that is none: %+v", p.Fields)
		}
		engine.known = trigger.ID(one.ID)

		var address TriggerAddress
		w.must(http.StatusOK, &address, "administrator", "POST", "/api/v1/triggers/"+one.ID+"/address", "")
		var begun HookAnswer
		w.must(http.StatusAccepted, &begun, nobody, "POST", address.Path, `{"order":17}`, "Idempotency-Key", "a")
		if begun.Moment != "request a" || begun.State != "due" {
			t.Errorf("got %+v", begun)
		}
		w.must(http.StatusAccepted, nil, nobody, "POST", address.Path, "")
		w.refused(http.StatusBadRequest, nobody, "POST", address.Path, "{")
		for _, bad := range []string{"[]", `"x"`, "17", strings.Repeat(`{"a":`, 30) + "1" + strings.Repeat("}", 30)} {
			w.refused(http.StatusUnprocessableEntity, nobody, "POST", address.Path, bad)
		}
		w.refused(http.StatusRequestEntityTooLarge, nobody, "POST", address.Path, `{"a":"`+strings.Repeat("x", 70_000)+`"}`)
		w.refused(http.StatusNotFound, nobody, "POST", address.Path+"x", "{}")
		w.refused(http.StatusNotFound, nobody, "POST", "/api/v1/hooks/"+one.ID, "{}")

		var second TriggerAddress
		w.must(http.StatusOK, &second, "administrator", "POST", "/api/v1/triggers/"+one.ID+"/address", "")
		w.refused(http.StatusNotFound, nobody, "POST", address.Path, "{}")
		w.must(http.StatusOK, nil, "administrator", "PUT", "/api/v1/triggers/"+one.ID, strings.Replace(body, `"kind"`, `"disabled":true,"kind"`, 1))
		w.refused(http.StatusNotFound, nobody, "POST", second.Path, "{}")

		w.must(http.StatusAccepted, nil, "administrator", "POST", "/api/v1/triggers/"+one.ID+"/run", `{"inputs":{"order":18}}`)
		if got := fmt.Sprint(engine.fired); got != "[a  map[order:17]   map[]  The administrator map[order:18]]" {
			t.Errorf("fired: %s", got)
		}
		w.write(func(tx *db.Tx) error {
			_, err := trigger.InsertRun(tx, trigger.Run{Tenant: w.tenant, Trigger: trigger.ID(one.ID), Moment: "l", At: time.UnixMilli(4), Ended: time.UnixMilli(4), State: trigger.Done})
			return err
		})
		w.write(func(tx *db.Tx) error {
			_, err := trigger.InsertRun(tx, trigger.Run{Tenant: w.tenant, Trigger: trigger.ID(one.ID), Moment: "m", At: time.UnixMilli(5), Ended: time.UnixMilli(7),
				State: trigger.Failed, Why: fault.Said{Text: "the service is gone"}, Steps: []string{"a: failed"},
				FlowID: f.ID, Version: 4, Inputs: map[string]any{"order_id": 17}})
			return err
		})
		var runs List[TriggerRun]
		w.must(http.StatusOK, &runs, "supervisor", "GET", "/api/v1/triggers/"+one.ID+"/runs?limit=1", "")
		if len(runs.Items) != 1 || runs.Items[0].Why == nil || runs.Items[0].Why.Text != "the service is gone" || runs.Items[0].AtMs != 5 || len(runs.Items[0].Steps) != 1 {
			t.Errorf("runs: %+v", runs.Items)
		}
		for _, r := range runs.Items {
			if r.TriggerID != one.ID || r.FlowID != f.ID || r.Version != 4 || fmt.Sprint(r.Inputs) != "map[order_id:17]" {
				t.Errorf("the run: %+v", r)
			}
		}
		var last List[TriggerRun]
		w.must(http.StatusOK, &last, "supervisor", "GET", "/api/v1/triggers/last-runs", "")
		if fmt.Sprint(last.Items) != fmt.Sprint(runs.Items) {
			t.Errorf("the last runs: %+v", last.Items)
		}
		trail := w.ask("administrator", "GET", "/api/v1/audit?limit=100", "").Body.String() + w.log.String()
		for _, a := range []TriggerAddress{address, second} {
			if strings.Contains(trail, strings.TrimPrefix(a.Path, "/api/v1/hooks/")) {
				t.Error("an address is in the audit or the log")
			}
		}
		if !strings.Contains(trail, "trigger_run") {
			t.Error("a start by hand is not in the audit")
		}
		w.must(http.StatusNoContent, nil, "administrator", "DELETE", "/api/v1/triggers/"+one.ID, "")
	})
}
