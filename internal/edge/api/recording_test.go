package api

import (
	"context"
	"math"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/audit"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/db/dbtest"
	"linekeeper/internal/kit/seal"
	"linekeeper/internal/project"
	"linekeeper/internal/recording"
)

// TestASealedRecordingIsPlayedInParts holds that sealing changes nothing for a listener: ranges, HEAD,
// the tag by which a player knows that it is still the same sound.
func TestASealedRecordingIsPlayedInParts(t *testing.T) {
	t.Parallel()
	ring, err := seal.Create(filepath.Join(t.TempDir(), "keys.txt"), "", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, dbtest.SQLite(t))
	engine := recording.New(recording.Config{DB: w.db, Folder: string(w.files), Log: w.server.deps.Log,
		Keys: func() (*seal.Ring, error) { return ring, nil }})
	w.server.deps.Recordings = engine
	one := w.happened(time.Date(2026, 11, 2, 3, 0, 0, 0, time.UTC), w.users[access.Agent], "+74951112233")
	content := wave(20)
	w.recorded(one, "complete", content)
	path := "/api/v1/interactions/" + one + "/recording"
	plain := w.must(206, nil, "quality", "GET", path, "", "Range", "bytes=200000-200099")
	done := make(chan struct{})
	ctx := t.Context()
	go func() {
		defer close(done)
		engine.Keep(ctx)
	}()
	t.Cleanup(func() { <-done })
	deadline := time.Now().Add(20 * time.Second)
	var d InteractionDetail
	for w.must(200, &d, "quality", "GET", "/api/v1/interactions/"+one, ""); !d.Recordings[0].Sealed; w.must(200, &d, "quality", "GET", "/api/v1/interactions/"+one, "") {
		if time.Now().After(deadline) {
			t.Fatal("not sealed")
		}
	}
	if left, _ := filepath.Glob(string(w.files) + "/*.wav"); len(left) != 0 {
		// The row is written before the plain file goes.
		for time.Now().Before(deadline) && len(left) != 0 {
			left, _ = filepath.Glob(string(w.files) + "/*.wav")
		}
		if len(left) != 0 {
			t.Errorf("plain files are left: %v", left)
		}
	}
	got := w.must(206, nil, "quality", "GET", path, "", "Range", "bytes=200000-200099")
	if got.Body.String() != string(content[200000:200100]) || got.Body.String() != plain.Body.String() ||
		!strings.HasSuffix(got.Header().Get("Content-Range"), "/320058") {
		t.Errorf("got %d bytes, %v", got.Body.Len(), got.Header())
	}
	tag := got.Header().Get("ETag")
	if tag == "" || tag != plain.Header().Get("ETag") {
		t.Errorf("tags %q and %q, want the same", tag, plain.Header().Get("ETag"))
	}
	head := w.must(200, nil, "quality", "HEAD", path, "")
	if head.Body.Len() != 0 || head.Header().Get("Content-Length") != "320058" || head.Header().Get("Content-Type") != "audio/wav" {
		t.Errorf("HEAD: %d bytes, %v", head.Body.Len(), head.Header())
	}
	if all := w.must(200, nil, "quality", "GET", path, "", "Range", "bytes=5-9", "If-Range", `"another"`); all.Body.Len() != len(content) {
		t.Errorf("another tag: got %d bytes, want all", all.Body.Len())
	}
}

// TestAConvertedRecordingIsPlayedInParts holds that a player notices the change by tag, type and name, and
// that the waveform stays.
func TestAConvertedRecordingIsPlayedInParts(t *testing.T) {
	t.Parallel()
	ring, err := seal.Create(filepath.Join(t.TempDir(), "keys.txt"), "", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, dbtest.SQLite(t))
	engine := recording.New(recording.Config{DB: w.db, Folder: string(w.files), Log: w.server.deps.Log, Convert: true,
		Keys: func() (*seal.Ring, error) { return ring, nil }})
	w.server.deps.Recordings = engine
	one := w.happened(time.Date(2026, 11, 2, 3, 0, 0, 0, time.UTC), w.users[access.Agent], "+74951112233")
	rec := w.recorded(one, "complete", wave(20))
	path := "/api/v1/interactions/" + one + "/recording"
	var before, after Peaks
	w.must(200, &before, "quality", "GET", path+"/peaks?points=40", "")
	plain := w.must(200, nil, "quality", "HEAD", path, "")
	done := make(chan struct{})
	ctx, stop := context.WithCancel(t.Context())
	go func() {
		defer close(done)
		engine.Keep(ctx)
	}()
	t.Cleanup(func() { stop(); <-done })
	deadline := time.Now().Add(time.Minute)
	var d InteractionDetail
	for {
		w.must(200, &d, "quality", "GET", "/api/v1/interactions/"+one, "")
		if d.Recordings[0].Format == "opus" {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("not converted: %+v, %+v", d.Recordings[0], engine.Stats())
		}
	}
	head := w.must(200, nil, "quality", "HEAD", path, "")
	size, err := strconv.Atoi(head.Header().Get("Content-Length"))
	if err != nil || size < 10_000 || size > 120_000 || head.Header().Get("Content-Type") != "audio/ogg" || head.Header().Get("Accept-Ranges") != "bytes" {
		t.Errorf("HEAD: %v", head.Header())
	}
	if head.Header().Get("ETag") == plain.Header().Get("ETag") {
		t.Error("the tag is the same")
	}
	all := w.must(200, nil, "quality", "GET", path+"?download=true", "")
	if got := all.Header().Get("Content-Disposition"); got != `attachment; filename="`+rec+`.opus"` {
		t.Errorf("the name is %q", got)
	}
	part := w.must(206, nil, "quality", "GET", path, "", "Range", "bytes=5000-5099")
	if part.Body.String() != all.Body.String()[5000:5100] || !strings.HasPrefix(all.Body.String(), "OggS") {
		t.Error("a part is not what is there in the whole")
	}
	if whole := w.must(200, nil, "quality", "GET", path, "", "Range", "bytes=5-9", "If-Range", plain.Header().Get("ETag")); whole.Body.Len() != size {
		t.Errorf("who goes on with the other format gets %d bytes, want all %d", whole.Body.Len(), size)
	}
	w.must(200, &after, "quality", "GET", path+"/peaks?points=40", "")
	if after.DurationMs != 20_000 || len(after.Left) != 40 || len(after.Right) != 40 || before.DurationMs != after.DurationMs {
		t.Errorf("peaks: %d ms, %d", after.DurationMs, len(after.Left))
	}
	for i := range after.Left {
		if math.Abs(float64(after.Left[i]-before.Left[i])) > 0.03 || math.Abs(float64(after.Right[i]-before.Right[i])) > 0.03 {
			t.Errorf("peak %d: %.2f and %.2f, were %.2f and %.2f", i, after.Left[i], after.Right[i], before.Left[i], before.Right[i])
		}
	}
}

// TestHold holds that a hold is set with a reason, seen and lifted, by those who may.
func TestHold(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		one := w.happened(time.Date(2026, 11, 2, 3, 0, 0, 0, time.UTC), w.users[access.Agent], "+74951112233")
		rec := w.recorded(one, "complete", wave(1))
		w.write(func(tx *db.Tx) error {
			p, err := project.Get(tx, w.tenant, w.project)
			if err != nil {
				return err
			}
			p.RecordingDays = 7
			_, err = project.Change(tx, audit.Author{Tenant: string(w.tenant)}, p)
			return err
		})
		w.write(func(tx *db.Tx) error {
			_, err := tx.Exec(`UPDATE recording SET project_id = $1, started_ms = 1000, marks = $2 WHERE id = $3`, w.project,
				`[{"from_us":1500000,"to_us":2000125,"why":"card"}]`, rec)
			return err
		})
		path := "/api/v1/interactions/" + one
		var shown InteractionDetail
		w.must(200, &shown, "quality", "GET", path, "")
		r := shown.Recordings[0]
		if shown.Hold != nil || shown.MayHold || r.ExpiresMs != 1000+7*86_400_000 || len(r.Marks) != 1 || r.Marks[0] != (Mark{1500, 2000, "card"}) {
			t.Errorf("got %+v", shown)
		}
		var due Overdue
		w.must(200, &due, "supervisor", "GET", "/api/v1/recordings/overdue", "")
		if len(due.Items) != 1 || due.Items[0].ID != rec || due.Items[0].Days != 7 {
			t.Errorf("overdue: %+v", due)
		}
		w.refused(403, "quality", "PUT", path+"/hold", `{"reason":"case 7"}`)
		w.refused(422, "supervisor", "PUT", path+"/hold", `{"reason":""}`)
		w.refused(404, "supervisor", "PUT", "/api/v1/interactions/nothing/hold", `{"reason":"case 7"}`)
		w.must(200, &shown, "supervisor", "PUT", path+"/hold", `{"reason":"case 7"}`)
		if shown.Hold == nil || shown.Hold.Reason != "case 7" || shown.Hold.UserName != "The supervisor" || !shown.MayHold {
			t.Errorf("held: %+v", shown.Hold)
		}
		due = Overdue{}
		if w.must(200, &due, "supervisor", "GET", "/api/v1/recordings/overdue", ""); len(due.Items) != 0 {
			t.Errorf("overdue while held: %+v", due)
		}
		w.must(204, nil, "administrator", "DELETE", path+"/hold", "")
		w.refused(404, "administrator", "DELETE", path+"/hold", "")
		if lines := w.audited("interaction"); len(lines) != 2 {
			t.Errorf("audit: %v", lines)
		}
	})
}
