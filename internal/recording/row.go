package recording

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/media"
	"linekeeper/internal/project"
	"linekeeper/internal/tenant"
)

// row is a row of the table recording.
type row struct {
	tenant         tenant.ID
	id             string
	interaction    interaction.ID
	path, codec    string
	started, ended time.Time
	state, detail  string
	bytes          int64
	marks          []media.Mark // the last may be open while it runs
	project        project.ID

	// The keeper's; put writes them for a new row only.
	format project.Format
	key    string // seal.Key's id; empty: not sealed
	place  string // inFolder, inS3
	local  bool   // in S3, and a copy in the folder
	stale  string
	kept   time.Time
	wanted project.Format // what it is still to be converted to; empty: nothing
}

// missing is how much of the call was lost, as opposed to left out on purpose.
func (r row) missing() time.Duration {
	var sum time.Duration
	for _, m := range r.marks {
		if m.Why == WhyRestart {
			sum += m.To - m.From
		}
	}
	return sum
}

func restarted(missing time.Duration) string {
	return fmt.Sprintf("the server was restarted: %.1f s are missing", missing.Seconds())
}

// closeMarks ends an open mark with the sound.
func closeMarks(marks []media.Mark, end time.Duration) []media.Mark {
	var all []media.Mark
	for _, m := range marks {
		if m.To == 0 || m.To > end {
			m.To = end
		}
		if m.From < m.To {
			all = append(all, m)
		}
	}
	return all
}

// columns are read by scanRow.
const columns = `tenant_id, id, interaction_id, path, codec, started_ms, ended_ms, state, bytes, detail, marks,
	project_id, format, key_id, place, local, stale, kept_ms, wanted`

func (e *Engine) put(r row) error {
	ctx, cancel := context.WithTimeout(context.Background(), writeTime)
	defer cancel()
	return e.cfg.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(`INSERT INTO recording (tenant_id, id, interaction_id, path, codec, started_ms,
				ended_ms, state, bytes, detail, marks, project_id, format, key_id, place, local, stale, kept_ms, wanted)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 'wav', '', 'folder', FALSE, '', 0, '')
			ON CONFLICT (tenant_id, id) DO UPDATE SET started_ms = excluded.started_ms, ended_ms = excluded.ended_ms, state = excluded.state,
				bytes = excluded.bytes, detail = excluded.detail, marks = excluded.marks, kept_ms = 0, wanted = ''`,
			r.tenant, r.id, r.interaction, r.path, r.codec, db.Millis(r.started),
			db.Millis(r.ended), r.state, r.bytes, r.detail, encodeMarks(r.marks), r.project)
		return err
	})
}

func scanRow(s db.Row) (row, error) {
	var r row
	var marks string
	err := s.Scan(&r.tenant, &r.id, &r.interaction, &r.path, &r.codec, db.FromMillis(&r.started),
		db.FromMillis(&r.ended), &r.state, &r.bytes, &r.detail, &marks,
		&r.project, &r.format, &r.key, &r.place, &r.local, &r.stale, db.FromMillis(&r.kept), &r.wanted)
	if err != nil {
		return r, err
	}
	r.marks, err = decodeMarks(marks)
	return r, err
}

// markJSON is a mark in the column marks and in nothing else; to_ms 0: open. Microseconds keep a
// frame's place.
type markJSON struct {
	From int64  `json:"from_us"`
	To   int64  `json:"to_us"`
	Why  string `json:"why"`
}

func encodeMarks(marks []media.Mark) string {
	if len(marks) == 0 {
		return ""
	}
	all := make([]markJSON, len(marks))
	for i, m := range marks {
		all[i] = markJSON{m.From.Microseconds(), m.To.Microseconds(), m.Why}
	}
	return db.JSON(all)
}

// MarkMs is a stretch that was not recorded, in milliseconds since the beginning; ToMs 0: it goes on.
type MarkMs struct {
	FromMs, ToMs int64
	Why          string
}

// ParseMarks reads the column marks, for those who read the table.
func ParseMarks(text string) ([]MarkMs, error) {
	marks, err := decodeMarks(text)
	all := make([]MarkMs, 0, len(marks))
	for _, m := range marks {
		all = append(all, MarkMs{m.From.Milliseconds(), m.To.Milliseconds(), m.Why})
	}
	return all, err
}

func decodeMarks(text string) ([]media.Mark, error) {
	if text == "" {
		return nil, nil
	}
	var all []markJSON
	if err := json.Unmarshal([]byte(text), &all); err != nil {
		return nil, fmt.Errorf("marks of a recording: %w", err)
	}
	marks := make([]media.Mark, len(all))
	for i, m := range all {
		marks[i] = media.Mark{From: time.Duration(m.From) * time.Microsecond, To: time.Duration(m.To) * time.Microsecond, Why: m.Why}
	}
	return marks, nil
}

// The places of a file.
const (
	inFolder = "folder"
	inS3     = "s3"
)

// atS3 marks a stale name as an object's.
const atS3 = "s3:"
