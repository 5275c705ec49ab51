package world

import (
	"database/sql"
	"encoding/json"
	"path/filepath"

	_ "modernc.org/sqlite" // registers the driver of the source

	"linekeeper/internal/audit"
	"linekeeper/internal/entry"
	"linekeeper/internal/flow"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/project"
	"linekeeper/internal/tenant"
)

// Flow publishes a flow under a key, and leads a number to it unless the number is empty. Nodes are the
// JSON of the program's nodes and variables, behind schema and start; the first is "a".
func (w *World) Flow(key, number, rest string) {
	w.T.Helper()
	w.SetUp(func(tx *db.Tx, by audit.Author) error {
		f, err := flow.Create(tx, by, flow.Flow{Key: key, Name: key, Program: json.RawMessage(`{"schema":1,"start":"a",` + rest + `}`)})
		if err != nil || number == "" {
			return err
		}
		p, err := project.ByKey(tx, tenant.ID(by.Tenant), "shop")
		if err != nil {
			return err
		}
		_, err = entry.Create(tx, by, entry.Entry{Key: key, Name: key, Number: number, ProjectID: p.ID, FlowID: string(f.ID)})
		return err
	})
}

// Tags are the words that flows have put to the only interaction, in order.
func (w *World) Tags() (all []string) {
	w.T.Helper()
	id := w.OneRecord().ID
	err := w.App.DB().Read(w.T.Context(), func(tx *db.Tx) error {
		journal, err := (&interaction.Store{}).Journal(tx, id)
		for _, r := range journal {
			if e, ok := r.Event.(interaction.EventFlowStep); ok && e.What == flow.StepTagged {
				all = append(all, e.Text)
			}
		}
		return err
	})
	if err != nil {
		w.T.Fatal(err)
	}
	return all
}

// sourceFile is the database that flows look up in, as the source crm.
func (w *World) sourceFile() string { return filepath.Join(w.folder, "crm.db") }

// Source runs statements in it.
func (w *World) Source(statements ...string) {
	w.T.Helper()
	d, err := sql.Open("sqlite", w.sourceFile())
	if err != nil {
		w.T.Fatal(err)
	}
	for _, s := range statements {
		if _, err := d.ExecContext(w.T.Context(), s); err != nil {
			w.T.Error(err)
		}
	}
	if err := d.Close(); err != nil {
		w.T.Error(err)
	}
}
