package recording

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/db/dbtest"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/kit/seal"
)

// keyed gives an engine keys.
func keyed(t *testing.T, e *Engine, path string) *seal.Ring {
	t.Helper()
	ring, err := seal.Open(path, "")
	if errors.Is(err, seal.ErrNoKeys) {
		ring, err = seal.Create(path, "", time.Now())
	}
	if err != nil {
		t.Fatal(err)
	}
	e.cfg.Keys = func() (*seal.Ring, error) { return ring, nil }
	return ring
}

// recorded makes a complete recording of so many bytes of sound.
func recorded(t *testing.T, e *Engine, id string, sound int) []byte {
	t.Helper()
	path := filepath.Join(e.cfg.Folder, id+".wav")
	if err := writeFile(path, sound, true); err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	if err := e.put(row{tenant: "t", id: id, interaction: interaction.ID("i-" + id), path: id + ".wav", codec: "PCMU",
		started: now, ended: now, state: Complete, bytes: int64(sound)}); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func heard(t *testing.T, e *Engine, id string) []byte {
	t.Helper()
	f, err := e.Open(t.Context(), "t", id)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.NewSectionReader(f, 0, f.Size))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestCompleteRecordingsAreSealed holds TEL-11: nothing plain is left, each file says its key, all can
// be heard after a rotation, and without its key a file is noise.
func TestCompleteRecordingsAreSealed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		folder := t.TempDir()
		e, _ := engine(t, d, folder)
		ring := keyed(t, e, filepath.Join(t.TempDir(), "keys.txt"))
		first := recorded(t, e, "first", 200_000)
		lives := true
		e.cfg.Lives = func(interaction.ID) bool { return lives }
		if err := e.keepAll(t.Context(), map[string]*attempt{}); err != nil || only(t, d).key != "" {
			t.Fatalf("sealed while the call goes on: %v", err)
		}
		lives = false
		if err := e.keepAll(t.Context(), map[string]*attempt{}); err != nil {
			t.Fatal(err)
		}
		r := only(t, d)
		a, err := ring.Current()
		if err != nil {
			t.Fatal(err)
		}
		if r.key != a.ID || !strings.Contains(r.path, a.ID) || r.kept.IsZero() || r.stale != "" {
			t.Errorf("got %+v, want it sealed with %s", r, a.ID)
		}
		if _, err := os.Stat(filepath.Join(folder, "first.wav")); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("the plain file: %v, want it gone", err)
		}
		b, err := os.ReadFile(filepath.Join(folder, r.path))
		if err != nil || bytes.Contains(b, first[100:164]) || bytes.Contains(b, []byte("WAVE")) || int64(len(b)) != r.bytes {
			t.Errorf("the sealed file has %d bytes, the row says %d; error %v; or it has plain sound", len(b), r.bytes, err)
		}
		if _, err := ring.Rotate(time.Now()); err != nil {
			t.Fatal(err)
		}
		second := recorded(t, e, "second", 1000)
		if err := e.keepAll(t.Context(), map[string]*attempt{}); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(heard(t, e, "first"), first) || !bytes.Equal(heard(t, e, "second"), second) {
			t.Error("what is heard is not what was recorded")
		}
		keyed(t, e, filepath.Join(t.TempDir(), "other.txt"))
		if _, err := e.Open(t.Context(), "t", "first"); !fault.Is(err, fault.Unavailable) {
			t.Errorf("without the key: got %v", err)
		}
		if _, err := e.Open(t.Context(), "other", "first"); !fault.Is(err, fault.NotFound) {
			t.Errorf("of another tenant: got %v", err)
		}
	})
}

// TestASealThatFailsIsTriedAgain is a key file that is away: the plain file stays until it is back.
func TestASealThatFailsIsTriedAgain(t *testing.T) {
	d := dbtest.SQLite(t)
	e, _ := engine(t, d, t.TempDir())
	ring := keyed(t, e, filepath.Join(t.TempDir(), "keys.txt"))
	plain := recorded(t, e, "a", 1000)
	e.cfg.Keys = func() (*seal.Ring, error) { return nil, seal.ErrNoKeys }
	tries := map[string]*attempt{}
	for range 2 {
		if err := e.keepAll(t.Context(), tries); err != nil {
			t.Fatal(err)
		}
	}
	if got := e.Stats(); got.Unsealed != 1 || !bytes.Equal(heard(t, e, "a"), plain) {
		t.Errorf("backlog %d, want 1 and the plain file whole", got.Unsealed)
	}
	e.cfg.Keys = func() (*seal.Ring, error) { return ring, nil }
	tries["a"].next = time.Now()
	if err := e.keepAll(t.Context(), tries); err != nil || len(tries) != 1 {
		t.Fatal(err)
	}
	if got := e.Stats(); got.Unsealed != 0 || only(t, d).key == "" || !bytes.Equal(heard(t, e, "a"), plain) {
		t.Errorf("backlog %d, row %+v", got.Unsealed, only(t, d))
	}
}

// killedAt names what TestKilledWhileSealing's child does: folder, keys, number of the step to die at.
const killedAt = "LINEKEEPER_TEST_KILLED_AT"

// TestKilledWhileSealing kills a process with SIGKILL at each step of sealing, and again at each step of
// what the next start does: the recording can be heard whole at any time, and in the end is sealed.
func TestKilledWhileSealing(t *testing.T) {
	if at := os.Getenv(killedAt); at != "" {
		sealAndDie(t, at)
		return
	}
	t.Parallel()
	killed(t, "", 5)
}

// killed kills at each step, of which there are so many at least; with a folder that is the store the
// recording ends there.
func killed(t *testing.T, store string, least int) {
	steps := 0
	for kill := 1; ; kill++ {
		folder, keys, objects := t.TempDir(), filepath.Join(t.TempDir(), "keys.txt"), ""
		if store != "" {
			objects = t.TempDir()
		}
		d, err := db.Open(t.Context(), db.Config{Folder: folder})
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Migrate(t.Context(), dbtest.Schema()); err != nil {
			t.Fatal(err)
		}
		e, _ := engine(t, d, folder)
		keyed(t, e, keys)
		stored(e, objects)
		plain := recorded(t, e, "a", 150_000)
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
		died := true
		for round := 0; died; round++ {
			// In the later rounds one step further each, so that recovering is interrupted as well.
			cmd := exec.Command(os.Args[0], "-test.run=^TestKilledWhileSealing$", "-test.count=1")
			cmd.Env = append(os.Environ(), killedAt+"="+strings.Join([]string{folder, keys, strconv.Itoa(kill + round), objects}, "|"))
			out, err := cmd.CombinedOutput()
			died = err != nil
			if died && cmd.ProcessState.Exited() {
				t.Fatalf("the child failed by itself: %s", out)
			}
			if d, err = db.Open(t.Context(), db.Config{Folder: folder}); err != nil {
				t.Fatal(err)
			}
			e.cfg.DB = d
			if got := heard(t, e, "a"); !bytes.Equal(got, plain) {
				t.Fatalf("killed at step %d, round %d: %d bytes are heard, want %d", kill, round, len(got), len(plain))
			}
			r := only(t, d)
			if err := d.Close(); err != nil {
				t.Fatal(err)
			}
			if !died {
				left, err := filepath.Glob(filepath.Join(folder, "a.*"))
				if objects != "" {
					if err != nil || len(left) != 0 || r.place != inS3 {
						t.Fatalf("in the folder there is %v, row %+v, %v", left, r, err)
					}
					left, err = filepath.Glob(filepath.Join(objects, "*"))
				}
				if err != nil || len(left) != 1 || r.key == "" || r.stale != "" || r.kept.IsZero() {
					t.Fatalf("in the end there is %v, row %+v, %v", left, r, err)
				}
				if round == 0 {
					if steps = kill - 1; steps < least {
						t.Errorf("killed at %d steps only", steps)
					}
					return
				}
			}
		}
	}
}

func sealAndDie(t *testing.T, what string) {
	part := strings.Split(what, "|")
	at, err := strconv.Atoi(part[2])
	if err != nil {
		t.Fatal(err)
	}
	d, err := db.Open(context.Background(), db.Config{Folder: part[0]})
	if err != nil {
		t.Fatal(err)
	}
	e, _ := engine(t, d, part[0])
	keyed(t, e, part[1])
	n := 0
	e.step = func(string) {
		if n++; n == at {
			p, err := os.FindProcess(os.Getpid())
			if err == nil {
				err = p.Kill()
			}
			fmt.Println("not killed:", err)
			select {}
		}
	}
	stored(e, part[3])
	if err := e.keepAll(context.Background(), map[string]*attempt{}); err != nil {
		t.Fatal(err)
	}
	if _, err := e.placeAll(context.Background(), part[3] != ""); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
}
