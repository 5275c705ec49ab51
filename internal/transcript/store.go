package transcript

import (
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/tenant"
)

// Want has a recording written down from the end of the transaction on. Again does no harm. Of t only whose it is, the
// language and Wanted count.
func (e *Engine) Want(tx *db.Tx, t Transcript) error {
	tx.AfterCommit(e.look)
	return want(tx, t)
}

func want(tx *db.Tx, t Transcript) error {
	_, err := tx.Exec(`INSERT INTO transcript (tenant_id, recording_id, interaction_id, project_id, language, state, wanted_ms, tries, next_ms, ended_ms, text, folded, detail)
		VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $7, 0, '', '', '') ON CONFLICT (tenant_id, recording_id) DO NOTHING`,
		t.Tenant, t.Recording, t.Interaction, t.Project, t.Language, string(Waiting), db.Millis(t.Wanted))
	return err
}

// Put writes one as it is.
func Put(tx *db.Tx, t Transcript) error {
	if err := want(tx, t); err != nil {
		return err
	}
	_, err := change(tx, t)
	return err
}

// change writes what a try made of one; there says whether there is one still: it goes with its recording.
func change(tx *db.Tx, t Transcript) (there bool, err error) {
	n, err := tx.Exec(`UPDATE transcript SET state = $3, tries = $4, next_ms = $5, ended_ms = $6, text = $7, folded = $8, detail = $9
			WHERE tenant_id = $1 AND recording_id = $2`,
		t.Tenant, t.Recording, string(t.State), t.Tries, db.Millis(t.Next), db.Millis(t.Ended), t.Text, Fold(t.Text), t.Detail)
	return n > 0, err
}

// Drop forgets what a recording says, together with the recording.
func Drop(tx *db.Tx, t tenant.ID, recording string) error {
	_, err := tx.Exec(`DELETE FROM transcript WHERE tenant_id = $1 AND recording_id = $2`, t, recording)
	return err
}

// Of reads what the recordings of an interaction say, by recording.
func Of(tx *db.Tx, t tenant.ID, id interaction.ID) (map[string]Transcript, error) {
	all, err := db.All(tx, scan, `SELECT `+columns+` FROM transcript WHERE tenant_id = $1 AND interaction_id = $2`, t, id)
	found := make(map[string]Transcript, len(all))
	for _, one := range all {
		found[one.Recording] = one
	}
	return found, err
}

const columns = `tenant_id, recording_id, interaction_id, project_id, language, state, wanted_ms, tries, next_ms, ended_ms, text, detail`

func scan(row db.Row) (Transcript, error) {
	var t Transcript
	return t, row.Scan(&t.Tenant, &t.Recording, &t.Interaction, &t.Project, &t.Language, &t.State, db.FromMillis(&t.Wanted), &t.Tries,
		db.FromMillis(&t.Next), db.FromMillis(&t.Ended), &t.Text, &t.Detail)
}

// next is the one that is to be tried first, due or not; not ok: nobody waits. n is how many wait.
func next(tx *db.Tx) (t Transcript, n int64, ok bool, err error) {
	all, err := db.All(tx, scan, `SELECT `+columns+` FROM transcript WHERE state = 'waiting' ORDER BY next_ms, tenant_id, recording_id LIMIT 1`)
	if err != nil || len(all) == 0 {
		return t, 0, false, err
	}
	n, err = db.One(tx, db.Scalar[int64], `SELECT COUNT(*) FROM transcript WHERE state = 'waiting'`)
	return all[0], n, true, err
}
