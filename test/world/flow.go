package world

import (
	"encoding/json"

	"linekeeper/internal/audit"
	"linekeeper/internal/entry"
	"linekeeper/internal/flow"
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
