package report

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"linekeeper/internal/audit"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/db/dbtest"
)

// TestAnswered follows monitorings in journals.
func TestAnswered(t *testing.T) {
	t.Parallel()
	t0 := time.UnixMilli(1_700_000_000_000).UTC()
	at := func(s int, kind, body string) Event {
		return Event{At: t0.Add(time.Duration(s) * time.Second), Kind: kind, Body: []byte(body)}
	}
	ask := func(s int, id string) Event {
		return at(s, "party_asked", `{"party":{"id":"`+id+`","kind":"supervisor","user":"olga","mode":"listen"}}`)
	}
	up := func(s int, id string) Event { return at(s, "party_moved", `{"party":"`+id+`","state":"up"}`) }
	left := func(s int, id string) Event { return at(s, "party_left", `{"party":"`+id+`","why":"left"}`) }
	for _, x := range []struct {
		name   string
		events []Event
		line   int // when it was written, in seconds
		want   Answered
	}{
		{"nothing in the journal", nil, 0, NotAnswered},
		{"asked and never came", []Event{ask(0, "p1"), left(10, "p1")}, 0, NotAnswered},
		{"came", []Event{ask(0, "p1"), up(2, "p1"), left(9, "p1")}, 0, WasAnswered},
		{"changes the mode while there", []Event{ask(0, "p1"), up(2, "p1"), left(60, "p1")}, 40, WasAnswered},
		{"the first time not, the second time yes", []Event{ask(0, "p1"), left(4, "p1"), ask(6, "p2"), up(7, "p2")}, 0, NotAnswered},
		{"the second of these", []Event{ask(0, "p1"), left(4, "p1"), ask(6, "p2"), up(7, "p2")}, 5, WasAnswered},
		{"a later time is another line's", []Event{ask(300, "p1"), up(301, "p1")}, 0, NotAnswered},
		{"somebody else came", []Event{ask(0, "p1"), at(1, "party_asked", `{"party":{"id":"p2","kind":"agent","user":"olga"}}`), up(2, "p2")}, 0, NotAnswered},
		{"what cannot be read", []Event{at(0, "party_asked", `{`), at(1, "party_moved", `{"party":{}}`)}, 0, NotAnswered},
	} {
		if got := answered(x.events, "olga", t0.Add(time.Duration(x.line)*time.Second)); got != x.want {
			t.Errorf("%s: got %q, want %q", x.name, got, x.want)
		}
	}
}

// TestAuditNamesAndFile shows names, interactions and a file no spreadsheet runs.
func TestAuditNamesAndFile(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		by := audit.Author{Tenant: "t", User: "u", Source: "192.0.2.1"}
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			if err := audit.Note(tx, by, audit.Listen, "recording", "r", map[string]any{"interaction_id": "i"}); err != nil {
				return err
			}
			if err := audit.Note(tx, by, audit.Supervise, "interaction", "i", map[string]string{"mode": "listen"}); err != nil {
				return err
			}
			return audit.Created(tx, by, "queue", "=1+1", map[string]string{"name": "Sales"})
		})
		if err != nil {
			t.Fatal(err)
		}
		lines, err := New(d).Audit(t.Context(), "t", audit.Filter{}, db.Page{})
		if err != nil || len(lines) != 3 {
			t.Fatalf("got %d lines, %v", len(lines), err)
		}
		if lines[2].Interaction != "i" || lines[1].Interaction != "i" || lines[0].Interaction != "" ||
			lines[1].Answered != NotAnswered || lines[2].Answered != "" {
			t.Errorf("got %+v", lines)
		}
		var file bytes.Buffer
		if err := WriteAuditCSV(&file, lines, time.UTC); err != nil {
			t.Fatal(err)
		}
		text := file.String()
		if strings.Count(text, "\r\n") != 4 || !strings.Contains(text, "'=1+1") || !strings.Contains(text, ",supervise,interaction,") {
			t.Errorf("got %s", text)
		}
	})
}
