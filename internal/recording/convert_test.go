package recording

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"linekeeper/internal/audit"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/db/dbtest"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/media"
	"linekeeper/internal/media/codec"
	"linekeeper/internal/media/g711"
	"linekeeper/internal/media/ogg"
	"linekeeper/internal/media/tone"
	"linekeeper/internal/media/wav"
	"linekeeper/internal/project"
	"linekeeper/internal/tenant"
)

// talked makes a complete recording: 440 Hz on the left, 700 Hz on the right, and a pause for card data in
// the middle.
func talked(t *testing.T, e *Engine, id string, long time.Duration) []byte {
	t.Helper()
	left, right := tone.Sine(440, 0.5, long), tone.Sine(700, 0.3, long)
	mark := media.Mark{From: long / 4, To: long / 2, Why: "card"}
	at := func(d time.Duration) int { return int(d * tone.Rate / time.Second) }
	for i := at(mark.From); i < at(mark.To); i++ {
		left[i], right[i] = 0, 0
	}
	b := make([]byte, wav.HeaderSize)
	wav.PutHeader(b, wav.Format{Encoding: wav.Mulaw, Channels: 2, Rate: 8000, Bits: 8}, int64(2*len(left)))
	for i := range left {
		b = append(b, g711.EncodeMulaw(left[i]), g711.EncodeMulaw(right[i]))
	}
	if err := os.WriteFile(filepath.Join(e.cfg.Folder, id+".wav"), b, 0o600); err != nil {
		t.Fatal(err)
	}
	began := time.Date(2026, 11, 22, 3, 4, 5, 678e6, time.UTC)
	if err := e.put(row{tenant: "t", id: id, interaction: interaction.ID("i-" + id), path: id + ".wav", codec: "PCMU", started: began,
		ended: began.Add(long), state: Complete, bytes: int64(len(b)), marks: []media.Mark{mark}}); err != nil {
		t.Fatal(err)
	}
	return b
}

// kept has complete recordings sealed and converted.
func kept(t *testing.T, e *Engine) {
	t.Helper()
	if err := errors.Join(e.keepAll(t.Context(), map[string]*attempt{}), e.convertAll(t.Context())); err != nil {
		t.Fatal(err)
	}
}

// sounds decodes what can be heard of a recording that was converted.
func sounds(b []byte) (left, right []int16, head *ogg.Reader, err error) {
	if head, err = ogg.NewReader(bytes.NewReader(b)); err != nil {
		return nil, nil, nil, err
	}
	d, err := codec.NewStereoDecoder(8000)
	if err != nil {
		return nil, nil, nil, err
	}
	pcm := make([]int16, 2*codec.MaxSamples)
	for {
		packet, err := head.Next()
		if errors.Is(err, io.EOF) {
			skip := head.Head.PreSkip / 6
			end := skip + int(head.Samples()/6)
			return left[skip:end], right[skip:end], head, nil
		}
		if err != nil {
			return nil, nil, nil, err
		}
		n, err := d.Decode(packet, pcm)
		if err != nil {
			return nil, nil, nil, err
		}
		for i := range n {
			left, right = append(left, pcm[2*i]), append(right, pcm[2*i+1])
		}
	}
}

// checkTones holds that a converted recording is the one of talked.
func checkTones(t *testing.T, b []byte, long time.Duration) *ogg.Reader {
	t.Helper()
	left, right, head, err := sounds(b)
	if err != nil {
		t.Fatal(err)
	}
	n := len(left)
	if want := int(long * tone.Rate / time.Second); n != want || len(right) != want {
		t.Fatalf("%d and %d samples, want %d", n, len(right), want)
	}
	for _, part := range [][2]int{{n / 16, n / 5}, {n * 5 / 8, n * 15 / 16}} {
		l, r := left[part[0]:part[1]], right[part[0]:part[1]]
		if tone.Share(l, 440) < 0.85 || tone.Share(r, 700) < 0.85 || math.Abs(tone.Level(l, 440)-0.5) > 0.1 {
			t.Errorf("from %d: left %.3f of 440 Hz at %.2f, right %.3f of 700 Hz", part[0], tone.Share(l, 440), tone.Level(l, 440), tone.Share(r, 700))
		}
	}
	if l := tone.Loudness(left[n*5/16 : n*7/16]); l > 0.001 {
		t.Errorf("in the pause there is sound: %.4f", l)
	}
	return head
}

// TestRecordingsBecomeOpus holds the whole way: sealed, converted, verified, the WAV gone, peaks and marks
// as before, on both databases.
func TestRecordingsBecomeOpus(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		folder := t.TempDir()
		e, _ := engine(t, d, folder)
		e.cfg.Convert = true
		ring := keyed(t, e, filepath.Join(t.TempDir(), "keys.txt"))
		const long = 8*time.Second + 125*time.Microsecond
		plain := talked(t, e, "a", long)
		drawn := func() Peaks {
			f, err := e.Open(t.Context(), "t", "a")
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			p, err := f.Peaks(20)
			if err != nil || f.Check() != nil {
				t.Fatal(err, f.Check())
			}
			return p
		}
		side := func() {
			id, err := e.Of(t.Context(), "t", "i-a")
			if err != nil || id != "a" {
				t.Fatalf("the recording of the interaction is %q, %v", id, err)
			}
			f, err := e.Open(t.Context(), "t", id)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			left, rate, err := f.Customer()
			if n := int(long * tone.Rate / time.Second); err != nil || rate != tone.Rate || len(left) != n || tone.Share(left[n/16:n/5], 440) < 0.85 {
				t.Errorf("the customer's side is %d samples at %d Hz, %v", len(left), rate, err)
			}
		}
		if _, err := e.Of(t.Context(), "t", "i-b"); !fault.Is(err, fault.NotFound) {
			t.Errorf("of another interaction: %v", err)
		}
		side()
		before := drawn()
		if err := e.keepAll(t.Context(), map[string]*attempt{}); err != nil {
			t.Fatal(err)
		}
		if r := only(t, d); r.wanted != project.Opus || r.format != project.WAV || !bytes.Equal(heard(t, e, "a"), plain) {
			t.Errorf("sealed, not converted: %+v", r)
		}
		lives := true
		e.cfg.Lives = func(interaction.ID) bool { return lives }
		if err := e.convertAll(t.Context()); err != nil || only(t, d).format != project.WAV || e.Stats().Unconverted != 1 {
			t.Errorf("converted while the call goes on: %v", err)
		}
		lives = false
		if _, err := ring.Rotate(time.Now()); err != nil {
			t.Fatal(err)
		}
		if err := e.convertAll(t.Context()); err != nil {
			t.Fatal(err)
		}
		r := only(t, d)
		current, err := ring.Current()
		if err != nil {
			t.Fatal(err)
		}
		if r.format != project.Opus || r.wanted != "" || r.stale != "" || r.key != current.ID || r.path != "a."+current.ID+".opus.age" {
			t.Errorf("the row is %+v", r)
		}
		left, err := filepath.Glob(filepath.Join(folder, "a.*"))
		if err != nil || len(left) != 1 {
			t.Errorf("files: %v, %v", left, err)
		}
		b := heard(t, e, "a")
		if info, err := os.Stat(filepath.Join(folder, r.path)); err != nil || info.Size() != r.bytes || len(b)*3 > len(plain) {
			t.Errorf("%d bytes of sound, were %d; the row says %d; %v", len(b), len(plain), r.bytes, err)
		}
		head := checkTones(t, b, long)
		for name, want := range map[string]string{"INTERACTION": "i-a", "RECORDING": "a", "DATE": "2026-11-22T03:04:05.678Z", "MARK": "2.000-4.000 card"} {
			if got, _ := head.Comment(name); got != want {
				t.Errorf("comment %s is %q, want %q", name, got, want)
			}
		}
		if len(r.marks) != 1 || r.marks[0].Why != "card" || r.started.IsZero() || r.state != Complete {
			t.Errorf("the row is %+v", r)
		}
		side()
		after := drawn()
		if after.Long != before.Long || len(after.Left) != len(before.Left) {
			t.Errorf("%v long, was %v", after.Long, before.Long)
		}
		for i := range before.Left {
			if math.Abs(float64(after.Left[i]-before.Left[i])) > 0.03 || math.Abs(float64(after.Right[i]-before.Right[i])) > 0.03 {
				t.Errorf("peak %d: %.2f and %.2f, were %.2f and %.2f", i, after.Left[i], after.Right[i], before.Left[i], before.Right[i])
			}
		}
		if got := e.Stats(); got.Converted != 1 || got.Spoilt != 0 || got.Unconverted != 0 || got.Sealed != 1 {
			t.Errorf("got %+v", got)
		}
	})
}

// TestTheProjectChooses holds who is converted: nobody without an encoder, nobody whose project says WAV.
func TestTheProjectChooses(t *testing.T) {
	d := dbtest.SQLite(t)
	e, _ := engine(t, d, t.TempDir())
	keyed(t, e, filepath.Join(t.TempDir(), "keys.txt"))
	ids := map[project.Format]project.ID{}
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		tn, err := tenant.Create(tx, audit.Author{}, tenant.Tenant{Name: "Center", TimeZone: "UTC", Language: "en"})
		if err != nil {
			return err
		}
		for _, f := range []project.Format{"", project.WAV} {
			p, err := project.Create(tx, audit.Author{Tenant: string(tn.ID)}, project.Project{Key: "k" + string(f), Name: "n", RecordingFormat: f})
			if err != nil {
				return err
			}
			ids[f] = p.ID
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var tn tenant.Tenant
	if err := d.Read(t.Context(), func(tx *db.Tx) (err error) { tn, err = tenant.First(tx); return err }); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		convert bool
		project project.ID
		want    project.Format
	}{{true, ids[""], project.Opus}, {true, ids[project.WAV], ""}, {true, "gone", project.Opus}, {false, ids[""], ""}} {
		e.cfg.Convert = c.convert
		if got, err := e.wants(t.Context(), row{tenant: tn.ID, project: c.project, format: project.WAV}); err != nil || got != c.want {
			t.Errorf("%+v: got %q, %v", c, got, err)
		}
	}
}

// TestADamagedRecordingStaysAsItIs holds that what cannot be converted is named once and kept.
func TestADamagedRecordingStaysAsItIs(t *testing.T) {
	d := dbtest.SQLite(t)
	folder := t.TempDir()
	e, _ := engine(t, d, folder)
	e.cfg.Convert = true
	var log bytes.Buffer
	e.cfg.Log = slog.New(slog.NewTextHandler(&log, nil))
	keyed(t, e, filepath.Join(t.TempDir(), "keys.txt"))
	for _, id := range []string{"cut", "flipped", "missing"} {
		talked(t, e, id, 10*time.Second)
	}
	if err := e.keepAll(t.Context(), map[string]*attempt{}); err != nil {
		t.Fatal(err)
	}
	file := func(id string) string {
		found, err := filepath.Glob(filepath.Join(folder, id+".*"))
		if err != nil || len(found) != 1 {
			t.Fatal(found, err)
		}
		return found[0]
	}
	b, err := os.ReadFile(file("flipped"))
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)/2] ^= 1
	if err := errors.Join(os.WriteFile(file("flipped"), b, 0o600), os.Truncate(file("cut"), 100_000), os.Remove(file("missing"))); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := e.convertAll(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if got := e.Stats(); got.Spoilt != 3 || got.Converted != 0 || got.Unconverted != 0 {
		t.Errorf("got %+v", got)
	}
	for _, id := range []string{"cut", "flipped", "missing"} {
		if n := strings.Count(log.String(), "file="+id); n != 1 {
			t.Errorf("%s is named %d times", id, n)
		}
	}
	if !strings.HasSuffix(file("flipped"), ".wav.age") || !strings.HasSuffix(file("cut"), ".wav.age") {
		t.Error("the files are others")
	}
}

// TestAFullDiskLosesNothing lets each write fail, then none.
func TestAFullDiskLosesNothing(t *testing.T) {
	d := dbtest.SQLite(t)
	folder := t.TempDir()
	e, _ := engine(t, d, folder)
	e.cfg.Convert = true
	keyed(t, e, filepath.Join(t.TempDir(), "keys.txt"))
	plain := talked(t, e, "a", 5*time.Second)
	if err := e.keepAll(t.Context(), map[string]*attempt{}); err != nil {
		t.Fatal(err)
	}
	current := only(t, d).key
	e.step = func(step string) {
		if step == "converting" {
			if err := os.Symlink("/dev/full", filepath.Join(folder, "a."+current+".opus.age.new")); err != nil {
				t.Error(err)
			}
		}
	}
	for range 2 {
		if err := e.convertAll(t.Context()); err == nil || !strings.Contains(err.Error(), "no space") {
			t.Fatalf("the disk is full: %v", err)
		}
		left, err := filepath.Glob(filepath.Join(folder, "a.*"))
		if r := only(t, d); err != nil || r.wanted != project.Opus || len(left) != 1 || !bytes.Equal(heard(t, e, "a"), plain) {
			t.Fatalf("the row is %+v, files %v", r, left)
		}
	}
	e.step = nil
	kept(t, e)
	checkTones(t, heard(t, e, "a"), 5*time.Second)
	if got := e.Stats(); got.Converted != 1 || got.Spoilt != 0 {
		t.Errorf("got %+v", got)
	}
}

// TestRemovedWhileItIsConverted holds that retention wins, and that nothing of the recording is left,
// whether the conversion ends or not.
func TestRemovedWhileItIsConverted(t *testing.T) {
	for _, at := range []string{"converting", "converted", "verified", "put in place"} {
		d := dbtest.SQLite(t)
		folder := t.TempDir()
		e, _ := engine(t, d, folder)
		e.cfg.Convert = true
		keyed(t, e, filepath.Join(t.TempDir(), "keys.txt"))
		talked(t, e, "a", time.Second)
		if err := e.keepAll(t.Context(), map[string]*attempt{}); err != nil {
			t.Fatal(err)
		}
		e.step = func(step string) {
			if step != at {
				return
			}
			e.step = nil
			if gone, err := e.expire(context.Background(), Expired{Tenant: "t", ID: "a", Interaction: "i-a", Days: 7}); err != nil || !gone {
				t.Errorf("%s: %v, %v", at, gone, err)
			}
		}
		_ = e.convertAll(t.Context()) // its file may be gone under its hands
		kept(t, e)
		left, err := filepath.Glob(filepath.Join(folder, "a.*"))
		if r := only(t, d); err != nil || len(left) != 0 || r.state != Removed || r.stale != "" {
			t.Errorf("%s: left is %v, the row %+v, %v", at, left, r, err)
		}
	}
}

// TestConvertedRecordingsGoToTheStore holds that the store gets the Opus file alone, and that it is found
// there.
func TestConvertedRecordingsGoToTheStore(t *testing.T) {
	d := dbtest.SQLite(t)
	folder, objects := t.TempDir(), t.TempDir()
	e, _ := engine(t, d, folder)
	e.cfg.Convert = true
	keyed(t, e, filepath.Join(t.TempDir(), "keys.txt"))
	stored(e, objects)
	talked(t, e, "a", 3*time.Second)
	if err := e.keepAll(t.Context(), map[string]*attempt{}); err != nil {
		t.Fatal(err)
	}
	if n, err := e.placeAll(t.Context(), true); n != 0 || err != nil {
		t.Errorf("brought there before it was converted: %d, %v", n, err)
	}
	kept(t, e)
	if n, err := e.placeAll(t.Context(), true); n != 1 || err != nil {
		t.Errorf("%d brought there, %v", n, err)
	}
	here, _ := filepath.Glob(filepath.Join(folder, "a.*"))
	there, _ := filepath.Glob(filepath.Join(objects, "*"))
	if r := only(t, d); len(here) != 0 || len(there) != 1 || !strings.HasSuffix(there[0], ".opus.age") || r.place != inS3 || r.stale != "" {
		t.Errorf("here %v, there %v, the row %+v", here, there, r)
	}
	checkTones(t, heard(t, e, "a"), 3*time.Second)
}

const convertKilledAt = "LINEKEEPER_TEST_CONVERT_KILLED_AT"

// TestKilledWhileConverting kills a process with SIGKILL at each step of sealing and converting, and again at
// each step of what the next start does: the recording can be heard whole at any time, and is Opus in the
// end.
func TestKilledWhileConverting(t *testing.T) {
	if at := os.Getenv(convertKilledAt); at != "" {
		convertAndDie(t, at)
		return
	}
	t.Parallel()
	const long = time.Second
	died := func(folder, keys string, at int) bool {
		cmd := exec.Command(os.Args[0], "-test.run=^TestKilledWhileConverting$", "-test.count=1")
		cmd.Env = append(os.Environ(), convertKilledAt+"="+strings.Join([]string{folder, keys, strconv.Itoa(at)}, "|"))
		out, err := cmd.CombinedOutput()
		if err != nil && cmd.ProcessState.Exited() {
			t.Fatalf("the child failed by itself: %s", out)
		}
		return err != nil
	}
	for kill := 1; ; kill++ {
		folder, keys := t.TempDir(), filepath.Join(t.TempDir(), "keys.txt")
		d, err := db.Open(t.Context(), db.Config{Folder: folder})
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Migrate(t.Context(), dbtest.Schema()); err != nil {
			t.Fatal(err)
		}
		e, _ := engine(t, d, folder)
		keyed(t, e, keys)
		plain := talked(t, e, "a", long)
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
		for round := 0; ; round++ {
			dead := died(folder, keys, kill+round)
			if d, err = db.Open(t.Context(), db.Config{Folder: folder}); err != nil {
				t.Fatal(err)
			}
			e.cfg.DB = d
			r := only(t, d)
			if b := heard(t, e, "a"); r.format == project.Opus {
				checkTones(t, b, long)
			} else if !bytes.Equal(b, plain) {
				t.Fatalf("killed at step %d, round %d: %d bytes are heard, want %d", kill, round, len(b), len(plain))
			}
			if err := d.Close(); err != nil {
				t.Fatal(err)
			}
			if dead {
				continue
			}
			left, err := filepath.Glob(filepath.Join(folder, "a.*"))
			if err != nil || len(left) != 1 || r.format != project.Opus || r.stale != "" || r.wanted != "" {
				t.Fatalf("in the end there is %v, row %+v, %v", left, r, err)
			}
			if round == 0 {
				if kill < 10 {
					t.Errorf("killed at %d steps only", kill-1)
				}
				return
			}
			break
		}
	}
}

func convertAndDie(t *testing.T, what string) {
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
	e.cfg.Convert = true
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
	if err := errors.Join(e.keepAll(context.Background(), map[string]*attempt{}), e.convertAll(context.Background()), d.Close()); err != nil {
		t.Fatal(err)
	}
}
