package report

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"

	"linekeeper/internal/audit"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/tenant"
)

// AuditLine is a line of the audit list with what a reader needs beside it.
type AuditLine struct {
	audit.Line
	UserName    string            // empty: the system, a token, or gone
	ObjectName  string            // empty: it has none, or is gone
	Names       map[string]string // of the ids in Detail
	Interaction interaction.ID    // that it is about; empty: none
	Answered    Answered          // whether the supervisor came to be in the talk
}

// Answered tells how a monitoring went on.
type Answered string

// The ways. The empty one is for lines that are no monitoring.
const (
	WasAnswered Answered = "yes"
	NotAnswered Answered = "no"
)

// Audit reads lines of the audit list, the newest first; the page goes on after a line's id.
func (r *Reader) Audit(ctx context.Context, t tenant.ID, f audit.Filter, page db.Page) ([]AuditLine, error) {
	var out []AuditLine
	err := r.db.Read(ctx, func(tx *db.Tx) error {
		lines, err := audit.List(tx, string(t), f, page)
		if err != nil {
			return err
		}
		out, err = explain(tx, t, lines)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading the audit list: %w", err)
	}
	return out, nil
}

// maxNames bounds the ids of one query for names; databases limit what a query may hold.
const maxNames = 500

func explain(tx *db.Tx, t tenant.ID, lines []audit.Line) ([]AuditLine, error) {
	out := make([]AuditLine, len(lines))
	texts := make([][]string, len(lines))
	var ids []string
	for i, l := range lines {
		out[i] = AuditLine{Line: l, Interaction: interactionOf(l)}
		out[i].Detail, texts[i] = presentable(l.Detail)
		for _, text := range []string{l.User, l.ObjectID} {
			if text != "" {
				texts[i] = append(texts[i], text)
			}
		}
		ids = append(ids, texts[i]...)
	}
	slices.Sort(ids)
	names := map[string]string{}
	for part := range slices.Chunk(slices.Compact(ids), maxNames) {
		found, err := readNamesOf(tx, t, part)
		if err != nil {
			return nil, err
		}
		for id, name := range found {
			names[id] = name
		}
	}
	for i := range out {
		l := &out[i]
		l.UserName, l.ObjectName, l.Names = names[l.User], names[l.ObjectID], map[string]string{}
		for _, id := range texts[i] {
			if name, ok := names[id]; ok {
				l.Names[id] = name
			}
		}
		if l.Action != audit.Supervise {
			continue
		}
		var err error
		if l.Answered, err = readAnswered(tx, t, l.Line); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// interactionOf finds the interaction a line is about.
func interactionOf(l audit.Line) interaction.ID {
	if l.ObjectKind == "interaction" {
		return interaction.ID(l.ObjectID)
	}
	var about struct {
		Interaction interaction.ID `json:"interaction_id"`
	}
	_ = json.Unmarshal(l.Detail, &about) // details of other lines have other shapes
	return about.Interaction
}

// readAnswered follows a monitoring in the journal: the line is written before the supervisor's phone is
// asked, and whoever is in the talk already when a line is written is heard at once.
func readAnswered(tx *db.Tx, t tenant.ID, l audit.Line) (Answered, error) {
	events, err := db.All(tx, func(row db.Row) (Event, error) {
		var e Event
		var body string
		err := row.Scan(db.FromMillis(&e.At), &e.Kind, &body)
		e.Body = []byte(body)
		return e, err
	}, `SELECT at_ms, kind, body FROM event WHERE tenant_id = $1 AND interaction_id = $2
		AND kind IN ('party_asked', 'party_moved', 'party_left') ORDER BY seq LIMIT $3`, t, l.ObjectID, maxRows)
	return answered(events, l.User, l.At), err
}

// part is one time a supervisor was asked to a talk.
type part struct {
	id              interaction.PartyID
	asked, up, left time.Time // zero: not yet, or never
}

// answered looks at the part a line began, or changed the mode of.
func answered(events []Event, user string, asked time.Time) Answered {
	for _, p := range partsOf(events, user) {
		if !p.left.IsZero() && p.left.Before(asked) || p.asked.After(asked.Add(interaction.ConnectTime)) {
			continue
		}
		if !p.up.IsZero() {
			return WasAnswered
		}
		return NotAnswered
	}
	return NotAnswered
}

// partsOf are the supervisor's parts, in order.
func partsOf(events []Event, user string) []part {
	var all []part
	for _, e := range events {
		var b struct {
			Party json.RawMessage        `json:"party"`
			State interaction.PartyState `json:"state"`
		}
		_ = json.Unmarshal(e.Body, &b) // what cannot be read is nobody's part
		if e.Kind == (interaction.EventPartyAsked{}).Kind() {
			var p interaction.Party
			if json.Unmarshal(b.Party, &p) == nil && p.Kind == interaction.PartySupervisor && string(p.User) == user {
				all = append(all, part{id: p.ID, asked: e.At})
			}
			continue
		}
		var id interaction.PartyID
		if len(all) == 0 || json.Unmarshal(b.Party, &id) != nil || id != all[len(all)-1].id {
			continue
		}
		last := &all[len(all)-1]
		switch {
		case e.Kind == (interaction.EventPartyLeft{}).Kind():
			last.left = e.At
		case b.State == interaction.PartyUp && last.up.IsZero():
			last.up = e.At
		}
	}
	return all
}

// WriteAuditCSV writes lines as text: times in the zone, kinds and actions by their keys.
func WriteAuditCSV(w io.Writer, lines []AuditLine, zone *time.Location) error {
	if _, err := io.WriteString(w, "\ufeff"); err != nil { // spreadsheets guess the encoding by it
		return fmt.Errorf("writing CSV: %w", err)
	}
	c := csv.NewWriter(w)
	c.UseCRLF = true
	_ = c.Write([]string{"at", "person", "person_id", "action", "object_kind", "object", "object_id", "source", "interaction_id", "answered", "detail"}) // Error tells at the end
	for _, l := range lines {
		record := []string{l.At.In(zone).Format(time.RFC3339), l.UserName, l.User, string(l.Action), l.ObjectKind, l.ObjectName,
			l.ObjectID, l.Source, string(l.Interaction), string(l.Answered), string(l.Detail)}
		for i := range record {
			record[i] = Protect(record[i])
		}
		_ = c.Write(record)
	}
	c.Flush()
	if err := c.Error(); err != nil {
		return fmt.Errorf("writing CSV: %w", err)
	}
	return nil
}
