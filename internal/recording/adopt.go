package recording

import (
	"context"
	"time"

	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/id"
	"linekeeper/internal/project"
	"linekeeper/internal/tenant"
)

// Finished is a file made elsewhere that becomes the recording of an interaction, which need not have begun.
type Finished struct {
	Tenant         tenant.ID
	Project        project.ID // whose days of keeping count
	Interaction    interaction.ID
	Path, Codec    string // below the data folder; PCMU or PCMA
	Started, Ended time.Time
	Bytes          int64
	// Also is done in the transaction that takes the file over, with the recording's identity; nil: nothing.
	Also func(tx *db.Tx, id string) error
}

// Adopt takes a finished file over: from now on it is sealed, kept and removed like every other. An
// interaction that has a recording already keeps it, so that it may be tried again.
func (e *Engine) Adopt(ctx context.Context, f Finished) error {
	err := e.cfg.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := db.One(tx, db.Scalar[int64], `SELECT COUNT(*) FROM recording WHERE tenant_id = $1 AND interaction_id = $2`, f.Tenant, f.Interaction)
		if err != nil || n > 0 {
			return err
		}
		recording := id.New()
		_, err = tx.Exec(`INSERT INTO recording (tenant_id, id, interaction_id, path, codec, started_ms,
				ended_ms, state, bytes, detail, marks, project_id, format, key_id, place, local, stale, kept_ms, wanted)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, '', '', $10, 'wav', '', 'folder', FALSE, '', 0, '')`,
			f.Tenant, recording, f.Interaction, f.Path, f.Codec, db.Millis(f.Started), db.Millis(f.Ended), Complete, f.Bytes, f.Project)
		if err != nil || f.Also == nil {
			return err
		}
		return f.Also(tx, recording)
	})
	if err == nil {
		e.Wake()
	}
	return err
}
