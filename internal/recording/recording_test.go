package recording

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/db/dbtest"
	"linekeeper/internal/media"
	"linekeeper/internal/media/wav"
)

// notes is the interactions' side: what they were told last, and a switch that loses it.
type notes struct {
	mu    sync.Mutex
	last  map[interaction.ID]string
	count int
	fail  bool
}

func (n *notes) note(_ context.Context, id interaction.ID, c interaction.RecordingChanged) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.fail {
		return errors.New("no database")
	}
	n.last[id] = c.State
	n.count++
	return nil
}

func (n *notes) set(fail bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.fail = fail
}

func engine(t *testing.T, d *db.DB, folder string) (*Engine, *notes) {
	n := &notes{last: map[interaction.ID]string{}}
	return New(Config{DB: d, Folder: folder, Note: n.note, Log: slog.New(slog.DiscardHandler)}), n
}

// channel can be recorded.
type channel struct {
	interaction.Channel
	stop error
	file *media.Recorder
}

func (c *channel) StartRecording(config media.RecorderConfig) (*media.Recorder, error) {
	config.FS, config.Codec, config.SyncEvery = media.NewDisk(1), media.PCMU(), time.Hour
	var err error
	c.file, err = media.NewRecorder(config)
	return c.file, err
}

func (c *channel) StopRecording() (int64, error) {
	stats, err := c.file.Close()
	return stats.Bytes, errors.Join(err, c.stop)
}

func (c *channel) Codec() string { return "PCMU" }

// writeFile makes a recording of so many bytes of sound, closed in order or not.
func writeFile(path string, sound int, closed bool) error {
	var h [wav.HeaderSize]byte
	length := int64(0)
	if closed {
		length = int64(sound)
	}
	wav.PutHeader(h[:], wav.Format{Encoding: 7, Channels: 2, Rate: 8000, Bits: 8}, length)
	b := append([]byte(nil), h[:]...)
	for range sound {
		b = append(b, 0x55)
	}
	return os.WriteFile(path, b, 0o600)
}

func states(t *testing.T, d *db.DB) map[string]bool {
	all := map[string]bool{}
	err := d.Read(t.Context(), func(tx *db.Tx) error {
		rows, err := db.All(tx, scanRow, `SELECT `+columns+` FROM recording ORDER BY id LIMIT 100`)
		for _, r := range rows {
			all[r.id+" "+r.state] = !r.ended.IsZero()
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestCrashWindows holds that whatever was written when a process died, the next start leaves one
// answer in file, row and journal, and that a start cut off can be repeated.
func TestCrashWindows(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		folder := t.TempDir()
		e, n := engine(t, d, folder)
		for id, want := range map[string]struct {
			sound  int
			closed bool
			row    string
			state  string
		}{
			"cut":      {16000, false, Running, Partial},
			"closed":   {16000, true, Running, Complete}, // only the word of it was lost
			"noted":    {16000, true, Complete, Complete},
			"full":     {16000, true, Partial, Partial}, // the disk was full, and then the end
			"broken":   {16000, true, Failed, Failed},
			"empty":    {0, true, Running, Failed},
			"begun":    {0, false, Running, Failed},
			"no-file":  {-1, false, Running, Failed},
			"tiny-cut": {640, false, Running, Partial},
		} {
			if want.sound >= 0 {
				if err := writeFile(filepath.Join(folder, id+".wav"), want.sound, want.closed); err != nil {
					t.Fatal(err)
				}
			}
			if err := e.put(row{tenant: "t", id: id, interaction: interaction.ID(id), path: id + ".wav", codec: "PCMU",
				started: time.Now(), state: want.row}); err != nil {
				t.Fatal(err)
			}
			n.set(true)
			if _, err := e.Recover(t.Context(), nil); err == nil {
				t.Fatalf("%s: noting fails and nobody says so", id)
			}
			n.set(false)
			if got, err := e.Recover(t.Context(), nil); err != nil || got != 1 {
				t.Fatalf("%s: got %d repaired, %v", id, got, err)
			}
			if got := n.last[interaction.ID(id)]; got != want.state {
				t.Errorf("%s: the journal says %s, want %s", id, got, want.state)
			}
			if ended, ok := states(t, d)[id+" "+want.state]; !ok || !ended {
				t.Errorf("%s: the row is not %s and ended: %v", id, want.state, states(t, d))
			}
			if got, err := e.Recover(t.Context(), nil); err != nil || got != 0 {
				t.Errorf("%s: a further start repairs %d again, %v", id, got, err)
			}
		}
		if _, err := media.Repair(media.NewDisk(1), filepath.Join(folder, "cut.wav")); err != nil {
			t.Errorf("the repaired file: %v", err)
		}
	})
}

// TestEndIsWrittenWhenTheDatabaseIsBack holds that an outage loses no recording's end.
func TestEndIsWrittenWhenTheDatabaseIsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := dbtest.SQLite(t)
		e, n := engine(t, d, t.TempDir())
		e.Start(interaction.State{ID: "i"}, &channel{})
		synctest.Wait()
		if n.last["i"] != Running {
			t.Fatalf("the journal says %q, want running", n.last["i"])
		}
		n.set(true)
		e.Stop("i")
		time.Sleep(time.Minute)
		if e.Running() != 1 {
			t.Fatal("the end was given up")
		}
		n.set(false)
		time.Sleep(retryAfter)
		synctest.Wait()
		if e.Running() != 0 || n.last["i"] != Complete || n.count != 2 {
			t.Errorf("%d run, the journal says %s after %d words; want it complete", e.Running(), n.last["i"], n.count)
		}
		n.set(true)
		e.Start(interaction.State{ID: "j"}, &channel{stop: errors.New("disk")})
		synctest.Wait()
		e.Close() // does not wait for a database that is gone
		if took := e.Running(); took != 0 {
			t.Errorf("%d recordings run after Close", took)
		}
	})
}
