package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"linekeeper/internal/audit"
	"linekeeper/internal/flow"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/db/dbtest"
)

// TestReplay plays two pages of past calls through a draft that sends half of them elsewhere.
func TestReplay(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		program := func(second string) json.RawMessage {
			return json.RawMessage(`{"schema":1,"start":"menu","nodes":{"menu":{"kind":"menu","prompt":"menu","edges":{"1":"sales","2":"` + second + `","invalid":"bye","no_input":"bye"}},
				"sales":{"kind":"enqueue","queue":"sales"},"bye":{"kind":"hangup"}}}`)
		}
		began := time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)
		const calls = replayPage + 10
		var f flow.Flow
		w.write(func(tx *db.Tx) (err error) {
			by := audit.Author{Tenant: string(w.tenant)}
			if f, err = flow.Create(tx, by, flow.Flow{Key: "main", Name: "Main", Program: program("bye")}); err != nil {
				return err
			}
			store := interaction.NewStore(d)
			for i := range calls {
				at := began.Add(time.Duration(i) * time.Minute)
				arrival := interaction.Arrival{Tenant: w.tenant, Project: w.project, Channel: interaction.Voice, Origin: interaction.Inbound, CustomerAddress: "+66812345678", Language: "en", Flow: string(f.ID)}
				if i == 5 {
					arrival.Flow = "another"
				}
				key, end := "1", interaction.Event(interaction.EventQueued{Rules: interaction.QueueRules{Queue: w.queue}})
				if i%2 == 1 {
					key, end = "2", interaction.EventLetGo{}
				}
				journal := []interaction.Event{interaction.EventArrived{Arrival: arrival},
					interaction.EventFlowStep{Node: "menu", What: flow.StepWaits, Text: `{"node":"menu"}`}, interaction.EventFlowStep{Node: "menu", What: flow.StepChose, Text: key}, end}
				var events []interaction.Recorded
				for n, e := range journal {
					events = append(events, interaction.Recorded{Seq: int64(n + 1), At: at.Add(time.Duration(n) * time.Second), Event: e})
				}
				if err := store.Import(tx, interaction.ID(fmt.Sprintf("call-%04d", i)), events); err != nil {
					return err
				}
			}
			_, err = flow.SaveDraft(tx, by, f.ID, f.Revision, program("sales"))
			return err
		})
		ask := func(body map[string]any) FlowReplayed {
			body["from"], body["to"] = began, began.Add(24*time.Hour)
			all, pages := FlowReplayed{Replayed: flow.NewReplayed()}, 0
			for cursor := ""; pages == 0 || cursor != ""; pages++ {
				body["cursor"] = cursor
				text, err := json.Marshal(body)
				if err != nil {
					t.Fatal(err)
				}
				var one FlowReplayed
				w.must(http.StatusOK, &one, "supervisor", "POST", "/api/v1/flows/"+string(f.ID)+"/replay", string(text))
				all.Add(one.Replayed)
				if cursor = one.Cursor; cursor != "" && !one.UpTo.Equal(began.Add((replayPage-1)*time.Minute)) {
					t.Errorf("up to %s", one.UpTo)
				}
			}
			if pages != 2 || all.Calls != calls-1 || all.Unknown != 0 {
				t.Errorf("%d pages: %+v", pages, all)
			}
			return all
		}
		if r := ask(map[string]any{}); r.Different != calls/2-1 || r.Now.Contained != 0 || r.Was.Contained != calls/2-1 || r.Now.Queues["sales"] != calls-1 || len(r.Changes) != r.Different {
			t.Errorf("the draft: %+v", r)
		}
		if r := ask(map[string]any{"program": program("bye")}); r.Different != 0 || r.Now.Contained != r.Was.Contained {
			t.Errorf("as it was: %+v", r)
		}
		path := "/api/v1/flows/" + string(f.ID) + "/replay"
		w.refused(http.StatusUnprocessableEntity, "supervisor", "POST", path, `{"from":"2026-11-22T00:00:00Z","to":"2026-11-21T00:00:00Z"}`)
		w.refused(http.StatusUnprocessableEntity, "supervisor", "POST", path, `{"from":"2026-11-21T00:00:00Z","to":"2026-11-22T00:00:00Z","cursor":"nonsense"}`)
		w.refused(http.StatusUnprocessableEntity, "supervisor", "POST", path, `{"from":"2026-11-21T00:00:00Z","to":"2026-11-22T00:00:00Z","program":{}}`)
	})
}
