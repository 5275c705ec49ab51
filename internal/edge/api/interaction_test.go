package api

import (
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/customer"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/db/dbtest"
	"linekeeper/internal/kit/id"
	"linekeeper/internal/media/wav"
	"linekeeper/internal/transcript"
)

// happened writes an answered interaction down and gives its id.
func (w *world) happened(at time.Time, agent access.UserID, number string) string {
	w.t.Helper()
	one, ms := id.New(), at.UnixMilli()
	w.write(func(tx *db.Tx) error {
		c, _, err := customer.FindOrCreate(tx, w.tenant, number)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(`INSERT INTO interaction (tenant_id, id, project_id, channel, origin, phase, customer_address, center_address,
			entry_id, trunk_id, customer_id, language, queue_id, agent_id, arrived_ms, queued_ms, answered_ms, left_ms, ended_ms,
			talk_ms, hold_ms, wrap_up_ms, cause, cause_detail, disposition_id, note, recording, last_seq)
			VALUES ($1, $2, $3, 'voice', 'inbound', 'done', $4, '+6620001', '', '', $5, 'en', $6, $7, $8, $9, $10, $11, $12,
			30000, 0, 5000, 'customer', '', '', 'a note', 'complete', 3)`,
			w.tenant, one, w.project, number, c.ID, w.queue, agent, ms, ms+1000, ms+11000, ms+41000, ms+46000); err != nil {
			return err
		}
		if _, err := tx.Exec(`INSERT INTO segment (tenant_id, interaction_id, seq, queue_id, agent_id, queued_ms, answered_ms, left_ms, ended_ms,
			outcome, in_time, talk_ms, hold_ms, wrap_up_ms, missed)
			VALUES ($1, $2, 1, $3, $4, $5, $6, $7, $8, 'answered', $9, 30000, 0, 5000, 1)`,
			w.tenant, one, w.queue, agent, ms+1000, ms+11000, ms+41000, ms+46000, true); err != nil {
			return err
		}
		for i, o := range []string{"timed_out", "accepted"} {
			if _, err := tx.Exec(`INSERT INTO offer (tenant_id, interaction_id, at_ms, agent_id, queue_id, ended_ms, outcome)
				VALUES ($1, $2, $3, $4, $5, $6, $7)`, w.tenant, one, ms+2000+int64(i), agent, w.queue, ms+3000, o); err != nil {
				return err
			}
		}
		for i, body := range []string{`{"arrival":{"customer_address":"` + number + `","restore":"c2VjcmV0"}}`,
			`{"rules":{"queue":"` + string(w.queue) + `"}}`, `{"agent":"` + string(agent) + `"}`} {
			if _, err := tx.Exec(`INSERT INTO event (tenant_id, interaction_id, seq, at_ms, kind, body) VALUES ($1, $2, $3, $4, $5, $6)`,
				w.tenant, one, i+1, ms+int64(i), []string{"arrived", "queued", "connected"}[i], body); err != nil {
				return err
			}
		}
		return nil
	})
	return one
}

// recorded adds a recording of that content.
func (w *world) recorded(interaction, state string, content []byte) string {
	w.t.Helper()
	one := id.New()
	if content != nil {
		if err := os.WriteFile(string(w.files)+"/"+one+".wav", content, 0o600); err != nil {
			w.t.Fatal(err)
		}
	}
	w.write(func(tx *db.Tx) error {
		ended := 2
		if state == "running" {
			ended = 0
		}
		_, err := tx.Exec(`INSERT INTO recording (tenant_id, id, interaction_id, path, codec, started_ms, ended_ms, state, bytes, detail, marks,
				project_id, format, key_id, place, local, stale, kept_ms, wanted)
			VALUES ($1, $2, $3, $4, 'PCMA', 1, $5, $6, $7, 'disk full', '', '', 'wav', '', 'folder', FALSE, '', 0, '')`, w.tenant, one, interaction, one+".wav", ended, state, len(content))
		return err
	})
	return one
}

func wave(seconds int) []byte {
	b := make([]byte, wav.HeaderSize+seconds*16000)
	wav.PutHeader(b, wav.Format{Encoding: wav.Alaw, Channels: 2, Rate: 8000, Bits: 8}, int64(seconds*16000))
	for i := range b[wav.HeaderSize:] {
		b[wav.HeaderSize+i] = byte(i)
	}
	return b
}

// TestInteractions are found, filtered, paged and shown whole, on both engines; an agent sees own ones.
func TestInteractions(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		start := time.Date(2026, 11, 2, 3, 0, 0, 0, time.UTC)
		agent, other := w.users[access.Agent], w.users[access.Supervisor]
		mine := w.happened(start, agent, "+74951112233")
		theirs := w.happened(start.Add(time.Hour), other, "+74951112233")
		w.happened(start.Add(2*time.Hour), other, "+66812345678")

		said := w.recorded(mine, "complete", wave(1))
		w.write(func(tx *db.Tx) error {
			return transcript.Put(tx, transcript.Transcript{Tenant: w.tenant, Recording: said, Interaction: interaction.ID(mine), Language: "en",
				State: transcript.Written, Text: "Please ring me at 100% of costs"})
		})

		find := func(who, query string) string {
			var page Interactions
			w.must(200, &page, who, "GET", "/api/v1/interactions?"+query, "")
			return fmt.Sprintf("%d of %d", len(page.Items), page.Total)
		}
		for _, test := range []struct{ who, query, want string }{
			{"supervisor", "", "3 of 3"},
			{"agent", "", "1 of 1"},
			{"agent", "agent=" + string(other), "0 of 0"},
			{"quality", "limit=2", "2 of 3"},
			{"quality", fmt.Sprintf("from=%d", start.Add(time.Hour).UnixMilli()), "2 of 2"},
			{"quality", fmt.Sprintf("to=%d", start.Add(time.Hour).UnixMilli()), "1 of 1"},
			{"quality", fmt.Sprintf("at=queued&from=%d", start.Add(time.Hour+1500*time.Millisecond).UnixMilli()), "1 of 1"},
			{"quality", "queue=" + string(w.queue), "3 of 3"},
			{"quality", "queue=" + string(w.queue) + "&from=1", "3 of 3"},
			{"quality", "queue=nowhere", "0 of 0"},
			{"quality", "project=" + string(w.project) + "&phase=done&cause=customer&recording=complete", "3 of 3"},
			{"quality", "outcome=answered&in_time=true", "3 of 3"},
			{"quality", "outcome=abandoned", "0 of 0"},
			{"quality", "outcome=open", "0 of 0"},
			{"quality", "outcome=not_queued", "0 of 0"},
			{"quality", "missed_by=any", "3 of 3"},
			{"quality", "missed_by=" + string(agent), "1 of 1"},
			{"quality", "text=111-22-33", "2 of 2"},
			{"quality", "text=%2B6681", "1 of 1"},
			{"quality", "text=nobody", "0 of 0"},
			{"quality", "text=" + theirs, "1 of 1"},
			{"quality", "text=ring%20ME", "1 of 1"},
			{"quality", "text=ring%20me&from=1", "1 of 1"},
			{"quality", "text=ring%20me&queue=" + string(w.queue), "1 of 1"},
			{"quality", "text=100%25%20_", "0 of 0"},
			{"quality", "text=ri", "0 of 0"},
			{"quality", "disposition=x&entry=y&customer=z", "0 of 0"},
		} {
			if got := find(test.who, test.query); got != test.want {
				t.Errorf("%s by %s: got %s, want %s", test.query, test.who, got, test.want)
			}
		}

		var seen []string
		for cursor := ""; ; {
			var page Interactions
			w.must(200, &page, "supervisor", "GET", "/api/v1/interactions?limit=1&order=oldest&cursor="+cursor, "")
			seen = append(seen, page.Items[0].ID)
			if cursor = page.Next; cursor == "" {
				break
			}
		}
		if len(seen) != 3 || seen[0] != mine || seen[1] != theirs {
			t.Errorf("pages: got %v", seen)
		}
		w.refused(422, "supervisor", "GET", "/api/v1/interactions?cursor=nonsense", "")
		w.refused(422, "supervisor", "GET", "/api/v1/interactions?outcome=nonsense", "")

		var one InteractionDetail
		w.must(200, &one, "agent", "GET", "/api/v1/interactions/"+mine, "")
		if one.QueueName != "Sales" || one.AgentName != "The agent" || one.ProjectName != "Internet" || one.WaitMs != 10000 ||
			one.Outcome != "answered" || one.MayListen || len(one.Segments) != 1 || len(one.Offers) != 2 || one.Offers[0].Outcome != "timed_out" {
			t.Errorf("got %+v", one)
		}
		if len(one.Recordings) != 1 || one.Recordings[0].Transcript != nil {
			t.Errorf("who may not listen may read %+v", one.Recordings)
		}
		w.must(200, &one, "quality", "GET", "/api/v1/interactions/"+mine, "")
		if r := one.Recordings; len(r) != 1 || r[0].Transcript == nil || *r[0].Transcript != (Transcript{State: "written", Text: "Please ring me at 100% of costs", Language: "en"}) {
			t.Errorf("what was said is %+v", r)
		}
		w.write(func(tx *db.Tx) error {
			_, err := tx.Exec(`UPDATE interaction SET left_in = $3 WHERE tenant_id = $1 AND id = $2`, w.tenant, theirs, mine)
			return err
		})
		w.must(200, &one, "quality", "GET", "/api/v1/interactions/"+mine, "")
		if len(one.Messages) != 1 || one.Messages[0].InteractionID != theirs || one.Messages[0].Transcript != nil || one.LeftIn != "" {
			t.Errorf("left in it were %+v", one.Messages)
		}
		w.must(200, &one, "quality", "GET", "/api/v1/interactions/"+theirs, "")
		if one.LeftIn != mine || len(one.Messages) != 0 {
			t.Errorf("it was left in %q", one.LeftIn)
		}
		w.must(200, &one, "agent", "GET", "/api/v1/interactions/"+mine, "")
		if len(one.Messages) != 0 {
			t.Errorf("another's message is shown: %+v", one.Messages)
		}
		w.refused(404, "agent", "GET", "/api/v1/interactions/"+theirs, "")
		w.refused(404, "agent", "GET", "/api/v1/interactions/"+theirs+"/events", "")
		var events Events
		rec := w.must(200, &events, "agent", "GET", "/api/v1/interactions/"+mine+"/events", "")
		if len(events.Items) != 3 || events.Items[1].Names[string(w.queue)] != "Sales" || events.Items[2].Names[string(agent)] != "The agent" {
			t.Errorf("got %s", rec.Body)
		}
		if strings.Contains(rec.Body.String(), "c2VjcmV0") {
			t.Errorf("the edge's secrets are shown: %s", rec.Body)
		}

		// The card shows a customer's whole history, to agents too.
		var c Customer
		w.must(200, &c, "agent", "PATCH", "/api/v1/customers/"+one.CustomerID, `{"name":"Maria","add_number":"+7 495 999-00-11"}`)
		if c.Name != "Maria" || len(c.Numbers) != 2 {
			t.Errorf("got %+v", c)
		}
		if p := w.refused(422, "agent", "PATCH", "/api/v1/customers/"+one.CustomerID, `{"add_number":"x"}`); p.Fields[0].Path != "body.add_number" {
			t.Errorf("got %+v", p)
		}
		var page Interactions
		w.must(200, &page, "agent", "GET", "/api/v1/customers/"+one.CustomerID+"/interactions", "")
		if len(page.Items) != 2 || page.Items[0].ID != theirs || page.Items[0].CustomerName != "Maria" {
			t.Errorf("got %+v", page)
		}
		if got := find("quality", "text=Mar"); got != "2 of 2" {
			t.Errorf("by name: got %s", got)
		}
	})
}

// TestSummaryOverHTTP has the figures, the files and the definitions.
func TestSummaryOverHTTP(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dbtest.SQLite(t))
	start := time.Date(2026, 11, 2, 3, 0, 0, 0, time.UTC)
	w.happened(start, w.users[access.Agent], "+74951112233")
	query := fmt.Sprintf("from=%d&to=%d&by=", start.UnixMilli(), start.Add(24*time.Hour).UnixMilli())
	var s Summary
	w.must(200, &s, "quality", "GET", "/api/v1/reports/summary?"+query+"queue", "")
	if len(s.Rows) != 1 || s.Rows[0].Name != "Sales" || s.TimeZone != "Asia/Bangkok" || len(s.Total.Cells) != len(s.Metrics) ||
		s.Total.Cells[0].Value == nil || *s.Total.Cells[0].Value != 1 || s.Rows[0].Cells[0].Filter["queue"] != string(w.queue) {
		t.Errorf("got %+v", s)
	}
	w.must(200, &s, "quality", "GET", "/api/v1/reports/summary?"+query+"day", "")
	if len(s.Rows) != 2 || s.Rows[0].Name != "2026-11-02" {
		t.Errorf("by day: got %+v", s.Rows)
	}
	if rec := w.must(200, nil, "quality", "GET", "/api/v1/reports/summary.csv?"+query+"agent&language=ru", ""); !strings.Contains(rec.Body.String(), "Уровень сервиса") ||
		!strings.HasPrefix(rec.Header().Get("Content-Disposition"), "attachment") {
		t.Errorf("CSV: got %s", rec.Body)
	}
	if rec := w.must(200, nil, "quality", "GET", "/api/v1/reports/summary.xlsx?"+query+"agent", ""); !strings.HasPrefix(rec.Body.String(), "PK") {
		t.Errorf("XLSX: got %.20q", rec.Body)
	}
	if lines := w.audited("report"); len(lines) != 2 {
		t.Errorf("exports: got audit %v, want 2 lines", lines)
	}
	var names Directory
	w.must(200, &names, "quality", "GET", "/api/v1/directory", "")
	if len(names.Agents) != 3 || len(names.Queues) != 1 || names.Queues[0].Name != "Sales" || len(names.Projects) != 1 || len(names.Entries) != 0 {
		t.Errorf("directory: got %+v", names)
	}
	var m Metrics
	w.must(200, &m, "quality", "GET", "/api/v1/reports/metrics", "")
	if len(m.Items) != len(s.Metrics) {
		t.Errorf("got %d definitions of %d metrics", len(m.Items), len(s.Metrics))
	}
	for _, wrong := range []string{"from=5&to=5", "from=0&to=99999999999999&by=hour", "from=0&to=1&time_zone=Mars", "to=1", "from=x&to=1"} {
		if p := w.refused(422, "quality", "GET", "/api/v1/reports/summary?"+wrong, ""); len(p.Fields) == 0 || !strings.HasPrefix(p.Fields[0].Path, "query.") {
			t.Errorf("%s: got %+v", wrong, p)
		}
	}
}

// TestRecordings are played in parts, each listening noted once, and trouble is named.
func TestRecordings(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dbtest.SQLite(t))
	start := time.Date(2026, 11, 2, 3, 0, 0, 0, time.UTC)
	one := w.happened(start, w.users[access.Agent], "+74951112233")
	path := "/api/v1/interactions/" + one + "/recording"
	w.refused(404, "quality", "GET", path, "")

	w.refused(403, "agent", "GET", path, "")

	w.recorded(one, "running", nil)
	if p := w.refused(409, "quality", "GET", path, ""); !strings.Contains(p.Detail, "running") {
		t.Errorf("running: got %s", p.Detail)
	}
	w.recorded(one, "failed", nil)
	if p := w.refused(409, "quality", "GET", path+"?recording="+w.recorded(one, "failed", nil), ""); !strings.Contains(p.Detail, "disk full") {
		t.Errorf("failed: got %s", p.Detail)
	}
	bad := w.recorded(one, "complete", []byte("RIFFnonsense"))
	if p := w.refused(409, "quality", "GET", path+"?recording="+bad, ""); !strings.Contains(p.Detail, bad) {
		t.Errorf("damaged: got %s, want the file named", p.Detail)
	}
	gone := w.recorded(one, "complete", nil)
	if p := w.refused(404, "quality", "GET", path+"?recording="+gone, ""); !strings.Contains(p.Detail, gone) {
		t.Errorf("missing: got %s, want the file named", p.Detail)
	}
	if lines := w.audited("recording"); len(lines) != 0 {
		t.Errorf("nothing was heard, but audit has %v", lines)
	}

	content := wave(2)
	good := w.recorded(one, "partial", content)
	path += "?recording=" + good
	rec := w.must(206, nil, "quality", "GET", path, "", "Range", "bytes=0-")
	if rec.Body.Len() != len(content) || rec.Header().Get("Content-Type") != "audio/wav" || rec.Header().Get("Accept-Ranges") != "bytes" {
		t.Errorf("got %d bytes %v", rec.Body.Len(), rec.Header())
	}
	rec = w.must(206, nil, "quality", "GET", path, "", "Range", "bytes=100-199")
	if got := rec.Body.String(); got != string(content[100:200]) {
		t.Errorf("got %d other bytes", len(got))
	}
	w.must(http.StatusRequestedRangeNotSatisfiable, nil, "quality", "GET", path, "", "Range", "bytes=99999999-")
	if lines := w.audited("recording"); len(lines) != 1 || lines[0] != "listen by "+string(w.users[access.Quality]) {
		t.Errorf("parts of one listening: got audit %v", lines)
	}
	w.must(206, nil, "supervisor", "GET", path, "", "Range", "bytes=5000-6000")
	w.must(200, nil, "supervisor", "GET", path+"&download=true", "")
	if lines := w.audited("recording"); len(lines) != 3 {
		t.Errorf("a middle part and a download by another: got audit %v", lines)
	}
	var p Peaks
	w.must(200, &p, "quality", "GET", strings.Replace(path, "/recording?", "/recording/peaks?points=10&", 1), "")
	if len(p.Left) != 10 || len(p.Right) != 10 || p.DurationMs != 2000 {
		t.Errorf("got %+v", p)
	}
	w.refused(403, "agent", "GET", path, "")
}
