package recording

import (
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/db/dbtest"
	"linekeeper/internal/media"
	"linekeeper/internal/media/wav"
)

// only reads the one row there is.
func only(t *testing.T, d *db.DB) row {
	t.Helper()
	var rows []row
	if err := d.Read(t.Context(), func(tx *db.Tx) (err error) {
		rows, err = db.All(tx, scanRow, `SELECT `+columns+` FROM recording ORDER BY id LIMIT 100`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if len(rows) != 1 {
		t.Fatalf("%d recordings, want one: %+v", len(rows), rows)
	}
	return rows[0]
}

// inFile reads the length and the marks of a row's file.
func inFile(t *testing.T, root string, r row) (time.Duration, []media.Mark) {
	t.Helper()
	f, err := os.Open(filepath.Join(root, r.path))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	w, err := wav.NewReader(f, info.Size())
	if err != nil || !w.Complete {
		t.Fatalf("the file is not complete: %+v, %v", w, err)
	}
	marks, err := media.FileMarks(w)
	if err != nil {
		t.Fatal(err)
	}
	return w.Duration(), marks
}

// about compares marks to within 20 ms.
func about(t *testing.T, what string, got, want []media.Mark) {
	t.Helper()
	near := func(a, b time.Duration) bool { return (a - b).Abs() <= 20*time.Millisecond }
	if len(got) != len(want) {
		t.Fatalf("%s: got %+v, want %+v", what, got, want)
	}
	for i := range got {
		if got[i].Why != want[i].Why || !near(got[i].From, want[i].From) || !near(got[i].To, want[i].To) {
			t.Errorf("%s: got %+v, want %+v", what, got[i], want[i])
		}
	}
}

// TestPausesAndStopsAreMarkedInOneFile holds TEL-10: whatever is done within an interaction there is one
// file as long as the call, and file and row say what is not in it.
func TestPausesAndStopsAreMarkedInOneFile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, root := dbtest.SQLite(t), t.TempDir()
		e, n := engine(t, d, root)
		ch, s := &channel{}, interaction.State{ID: "i"}
		e.Pause("i", "nobody is recorded")
		e.Start(s, ch)
		e.Pause("i", "early") // maybe before the file is there
		time.Sleep(time.Second)
		e.Resume("i")
		time.Sleep(time.Second)
		e.Pause("i", "card")
		e.Pause("i", "again")
		synctest.Wait()
		if got := only(t, d).marks; len(got) != 2 || got[1].To != 0 || got[1].Why != "card" {
			t.Errorf("while paused the row has the marks %+v, want an open one", got)
		}
		time.Sleep(3 * time.Second)
		e.Resume("i")
		time.Sleep(time.Second) // at 6 s
		e.Stop("i")
		e.Start(s, ch) // at once: the file is still being closed
		time.Sleep(time.Second)
		e.Stop("i")
		time.Sleep(2 * time.Second)
		if got := only(t, d); got.state != Complete || got.ended.IsZero() || n.last["i"] != Complete {
			t.Errorf("stopped: got %+v, journal %s", got, n.last["i"])
		}
		e.Start(s, ch)
		time.Sleep(time.Second)
		e.Pause("i", "card")
		time.Sleep(time.Second)
		e.Stop("i")
		e.Close()
		r := only(t, d)
		want := []media.Mark{
			{From: 0, To: time.Second, Why: "early"}, {From: 2 * time.Second, To: 5 * time.Second, Why: "card"},
			{From: 7 * time.Second, To: 9 * time.Second, Why: WhyStopped}, {From: 10 * time.Second, To: 11 * time.Second, Why: "card"},
		}
		about(t, "row", r.marks, want)
		long, marks := inFile(t, root, r)
		about(t, "file", marks, want)
		if (long-11*time.Second).Abs() > 20*time.Millisecond || r.state != Complete {
			t.Errorf("%v, %s, want 11 s, complete", long, r.state)
		}
	})
}

// TestACallThatOutlivesARestartHasOneRecording holds S5: the file goes on, the hole is marked, a pause
// stays a pause.
func TestACallThatOutlivesARestartHasOneRecording(t *testing.T) {
	for name, paused := range map[string]bool{"talking": false, "paused": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d, root := dbtest.SQLite(t), t.TempDir()
				first, _ := engine(t, d, root)
				s := interaction.State{ID: "i"}
				first.Start(s, &channel{})
				time.Sleep(2 * time.Second)
				if paused {
					first.Pause("i", "card")
					time.Sleep(time.Second)
				}
				synctest.Wait()
				before := only(t, d)
				cut, err := os.ReadFile(filepath.Join(root, before.path)) // what kill -9 leaves
				if err != nil {
					t.Fatal(err)
				}
				first.Close()
				if err := os.WriteFile(filepath.Join(root, before.path), cut, 0o600); err != nil {
					t.Fatal(err)
				}
				second, n := engine(t, d, root)
				before.state, before.ended = Running, time.Time{}
				if err := second.put(before); err != nil {
					t.Fatal(err)
				}
				if got, err := second.Recover(t.Context(), func(interaction.ID) bool { return true }); got != 0 || err != nil {
					t.Fatalf("repaired %d, %v; the call goes on", got, err)
				}
				time.Sleep(time.Second)
				second.Continue(s, &channel{})
				time.Sleep(2 * time.Second)
				second.Resume("i")
				time.Sleep(time.Second)
				second.Stop("i")
				second.Close()
				r := only(t, d)
				long, marks := inFile(t, root, r)
				total, want, state := 6*time.Second, media.Mark{From: 1920 * time.Millisecond, To: 3 * time.Second, Why: WhyRestart}, Partial
				if paused {
					total, want, state = 7*time.Second, media.Mark{From: 2 * time.Second, To: 6 * time.Second, Why: "card"}, Complete
				}
				about(t, "file", marks, []media.Mark{want})
				about(t, "row", r.marks, []media.Mark{want})
				if (long-total).Abs() > 20*time.Millisecond || r.state != state || n.last["i"] != state {
					t.Errorf("%v, %s (%s), journal %s; want %v, %s", long, r.state, r.detail, n.last["i"], total, state)
				}
			})
		})
	}
}

// TestWhatNobodyContinuesIsRepairedAtItsEnd is the customer who leaves before his call is restored.
func TestWhatNobodyContinuesIsRepairedAtItsEnd(t *testing.T) {
	d, root := dbtest.SQLite(t), t.TempDir()
	e, n := engine(t, d, root)
	if err := writeFile(filepath.Join(root, "a.wav"), 16000, false); err != nil {
		t.Fatal(err)
	}
	if err := e.put(row{tenant: "t", id: "a", interaction: "i", path: "a.wav", codec: "PCMU", started: time.Now(), state: Running,
		marks: []media.Mark{{From: 200 * time.Millisecond, Why: "card"}}}); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Recover(t.Context(), func(interaction.ID) bool { return true }); err != nil {
		t.Fatal(err)
	}
	e.Stop("i")
	e.Close()
	r := only(t, d)
	_, marks := inFile(t, root, r)
	about(t, "file", marks, []media.Mark{{From: 200 * time.Millisecond, To: time.Second, Why: "card"}})
	if r.state != Partial || r.ended.IsZero() || n.last["i"] != Partial {
		t.Errorf("got %+v, journal %s", r, n.last["i"])
	}
}
