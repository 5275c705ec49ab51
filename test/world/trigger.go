package world

import (
	"net/http"
	"strings"

	"linekeeper/internal/audit"
	"linekeeper/internal/flow"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/project"
	"linekeeper/internal/tenant"
	"linekeeper/internal/trigger"
)

// Trigger makes a trigger of the shop for a flow, by its key.
func (w *World) Trigger(key, flowKey string, kind trigger.Kind, rule trigger.Rule) trigger.ID {
	w.T.Helper()
	var made trigger.Trigger
	w.SetUp(func(tx *db.Tx, by audit.Author) error {
		p, err := project.ByKey(tx, tenant.ID(by.Tenant), "shop")
		if err != nil {
			return err
		}
		f, err := flow.ByKey(tx, tenant.ID(by.Tenant), flowKey)
		if err != nil {
			return err
		}
		made, err = trigger.Create(tx, by, trigger.Trigger{Key: key, Name: key, ProjectID: p.ID, FlowID: string(f.ID), Kind: kind, Rule: rule})
		return err
	})
	return made.ID
}

// TriggerRuns are what a trigger has started, the newest first.
func (w *World) TriggerRuns(id trigger.ID) (runs []trigger.Run) {
	w.T.Helper()
	err := w.App.DB().Read(w.T.Context(), func(tx *db.Tx) error {
		home, err := tenant.First(tx)
		if err != nil {
			return err
		}
		runs, err = trigger.Runs(tx, home.ID, id, 100)
		return err
	})
	if err != nil {
		w.T.Fatal(err)
	}
	return runs
}

// HookAddress gives a web hook a new address and says where it is.
func (w *World) HookAddress(id trigger.ID) (path string) {
	w.T.Helper()
	w.SetUp(func(tx *db.Tx, by audit.Author) error {
		token, err := trigger.NewToken(tx, by, id)
		path = "/api/v1/hooks/" + token
		return err
	})
	return path
}

// Post sends a JSON text to the web server, without a browser.
func (w *World) Post(path, body string) (status int, answered string) {
	w.T.Helper()
	r, err := http.NewRequestWithContext(w.T.Context(), http.MethodPost, "http://story"+path, strings.NewReader(body))
	if err != nil {
		w.T.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	rec := &answer{header: http.Header{}}
	w.App.Handler().ServeHTTP(rec, r)
	w.Settles()
	return rec.status, rec.body.String()
}
