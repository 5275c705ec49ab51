package transcript

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/db/dbtest"
)

// TestTries holds what a try makes of a transcript.
func TestTries(t *testing.T) {
	wanted := time.UnixMilli(1_800_000_000_000).UTC()
	dead := errors.New("no connection")
	for name, test := range map[string]struct {
		tries int
		text  string
		err   error
		after time.Duration // since it was wanted

		state State
		want  int           // tries that failed
		again time.Duration // from now
	}{
		"words":                 {tries: 0, text: "call me back", state: Written},
		"no words":              {tries: 0, state: Written},
		"words at last":         {tries: 5, text: "call me back", state: Written, want: 5},
		"the first fails":       {err: dead, state: Waiting, want: 1, again: 10 * time.Second},
		"the second":            {tries: 1, err: dead, state: Waiting, want: 2, again: time.Minute},
		"the third":             {tries: 2, err: dead, state: Waiting, want: 3, again: 10 * time.Minute},
		"the fourth":            {tries: 3, err: dead, state: Waiting, want: 4, again: time.Hour},
		"the fifth":             {tries: 4, err: dead, state: Waiting, want: 5, again: 6 * time.Hour},
		"the last":              {tries: 5, err: dead, state: Failed, want: 6},
		"nobody knows it":       {err: fmt.Errorf("%w: th", ErrNobody), state: Failed, want: 1},
		"no room":               {tries: 2, err: fmt.Errorf("vosk: %w", ErrBusy), after: time.Hour, state: Waiting, want: 2, again: time.Minute},
		"no room for a day":     {tries: 2, err: ErrBusy, after: 25 * time.Hour, state: Waiting, want: 3, again: 10 * time.Minute},
		"no room, the last try": {tries: 5, err: ErrBusy, after: 25 * time.Hour, state: Failed, want: 6},
	} {
		now := wanted.Add(test.after)
		before := Transcript{State: Waiting, Wanted: wanted, Tries: test.tries, Detail: "as before"}
		got := before.tried(test.text, test.err, now)
		if got.State != test.state || got.Tries != test.want || got.Text != test.text {
			t.Errorf("%s: %s after %d tries, %q", name, got.State, got.Tries, got.Text)
		}
		if over := got.State != Waiting; over != got.Ended.Equal(now) || !over && !got.Next.Equal(now.Add(test.again)) {
			t.Errorf("%s: ended %v, again after %v, want %v", name, got.Ended, got.Next.Sub(now), test.again)
		}
		if (got.Detail == "") != (test.err == nil) {
			t.Errorf("%s: the detail is %q", name, got.Detail)
		}
	}
}

func FuzzClean(f *testing.F) {
	for _, s := range []string{"", " call  me\tback\n", "a\x00b", "\xff\xfeé", "เรียกฉันกลับ", strings.Repeat("ё", MostText)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := clean(s)
		if !utf8.ValidString(got) || strings.ContainsAny(got, "\x00\n\t") || strings.Contains(got, "  ") || strings.TrimSpace(got) != got || len(got) > MostText {
			t.Errorf("%q became %q", s, got)
		}
		if again := clean(got); again != got {
			t.Errorf("%q became %q and then %q", s, got, again)
		}
	})
}

func wish(recording string, at time.Time) Transcript {
	return Transcript{Tenant: "t", Recording: recording, Interaction: "i-1", Project: "p", Language: "en", Wanted: at}
}

// TestStore: who was wanted first is next, wanted twice is once, and what is dropped stays so.
func TestStore(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		e := New(Ports{DB: d})
		at := time.UnixMilli(1_800_000_000_000).UTC()
		write := func(do func(*db.Tx) error) {
			t.Helper()
			if err := d.Write(t.Context(), do); err != nil {
				t.Fatal(err)
			}
		}
		first := func() (got Transcript, n int64, ok bool) {
			t.Helper()
			err := d.Read(t.Context(), func(tx *db.Tx) (err error) { got, n, ok, err = next(tx); return err })
			if err != nil {
				t.Fatal(err)
			}
			return got, n, ok
		}
		if _, _, ok := first(); ok {
			t.Error("somebody waits in an empty table")
		}
		write(func(tx *db.Tx) error {
			return errors.Join(e.Want(tx, wish("r-2", at.Add(time.Second))), e.Want(tx, wish("r-1", at)), e.Want(tx, wish("r-1", at.Add(time.Hour))))
		})
		got, n, ok := first()
		want := wish("r-1", at)
		want.State, want.Next = Waiting, at
		if !ok || n != 2 || got != want {
			t.Errorf("the next of %d is %+v, want %+v", n, got, want)
		}
		done := got.tried("Call  me back", nil, at.Add(time.Minute))
		changes := func(one Transcript, want bool) {
			t.Helper()
			write(func(tx *db.Tx) error {
				there, err := change(tx, one)
				if there != want {
					t.Errorf("%s is there: %v", one.Recording, there)
				}
				return err
			})
		}
		changes(done, true)
		if got, n, _ := first(); n != 1 || got.Recording != "r-2" {
			t.Errorf("the next of %d is %s", n, got.Recording)
		}
		write(func(tx *db.Tx) error { return Drop(tx, "t", "r-2") })
		changes(wish("r-2", at).tried("hello", nil, at), false)
		put := wish("r-3", at)
		put.Interaction, put.State, put.Text, put.Ended = "i-2", Written, "Привет", at
		write(func(tx *db.Tx) error { return Put(tx, put) })
		write(func(tx *db.Tx) error {
			all, err := Of(tx, "t", "i-1")
			if len(all) != 1 || all["r-1"] != done {
				t.Errorf("of the interaction there is %+v, want %+v", all, done)
			}
			if err != nil {
				return err
			}
			folded, err := db.All(tx, db.Scalar[string], `SELECT folded FROM transcript ORDER BY recording_id`)
			if len(folded) != 2 || folded[0] != "call me back" || folded[1] != "привет" {
				t.Errorf("searched are %q", folded)
			}
			return err
		})
	})
}

// writer is a recognizer that does as told.
type writer struct {
	mu    sync.Mutex
	hears func(ctx context.Context) (string, error)
	asked []time.Time
}

func (w *writer) does(hears func(context.Context) (string, error)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.hears = hears
}

func (w *writer) engine(d *db.DB) *Engine {
	return New(Ports{
		DB: d, Log: slog.New(slog.DiscardHandler),
		Sound: func(context.Context, Transcript) ([]int16, int, error) {
			return make([]int16, 8000), 8000, nil
		},
		Recognize: func(ctx context.Context, _ Transcript, pcm []int16, rate int) (string, error) {
			w.mu.Lock()
			w.asked = append(w.asked, time.Now())
			hears := w.hears
			w.mu.Unlock()
			if len(pcm) != 8000 || rate != 8000 {
				return "", fmt.Errorf("%d samples at %d Hz", len(pcm), rate)
			}
			return hears(ctx)
		},
	})
}

func of(t *testing.T, d *db.DB) (all map[string]Transcript) {
	t.Helper()
	err := d.Read(t.Context(), func(tx *db.Tx) (err error) { all, err = Of(tx, "t", "i-1"); return err })
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestEngine: a dead recognizer is tried again at growing intervals and given up; one that hangs is left by Close, and the
// next process writes down what was left; a panic is a try that failed; of what was removed nothing is kept.
func TestEngine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := dbtest.SQLite(t)
		w := &writer{}
		e := w.engine(d)
		e.Start()
		want := func(recording string) {
			t.Helper()
			err := d.Write(t.Context(), func(tx *db.Tx) error { return e.Want(tx, wish(recording, time.Now().UTC().Truncate(time.Millisecond))) })
			if err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		w.does(func(context.Context) (string, error) { return "", errors.New("it is dead") })
		began := time.Now()
		want("dead")
		if got := of(t, d)["dead"]; got.State != Waiting || got.Tries != 1 || got.Detail != "it is dead" || e.Stats().Waiting != 1 {
			t.Errorf("after one try: %+v, %+v", got, e.Stats())
		}
		time.Sleep(8 * time.Hour)
		synctest.Wait()
		var at []time.Duration
		for _, one := range w.asked {
			at = append(at, one.Sub(began).Round(time.Second))
		}
		if got := of(t, d)["dead"]; got.State != Failed || fmt.Sprint(at) != "[0s 10s 1m10s 11m10s 1h11m10s 7h11m10s]" {
			t.Errorf("given up: %+v, after tries at %v", got, at)
		}
		w.does(func(context.Context) (string, error) { panic("a mistake") })
		want("panic")
		if got := of(t, d)["panic"]; got.State != Waiting || got.Tries != 1 || got.Detail != "internal error: a mistake" {
			t.Errorf("after a panic: %+v", got)
		}
		w.does(func(context.Context) (string, error) {
			return "too late", d.Write(t.Context(), func(tx *db.Tx) error { return Drop(tx, "t", "gone") })
		})
		want("gone")
		if _, there := of(t, d)["gone"]; there || e.Stats().Written != 0 {
			t.Error("there is a transcript of a recording that was removed meanwhile")
		}
		w.does(func(ctx context.Context) (string, error) {
			<-ctx.Done() // it hangs
			return "", ctx.Err()
		})
		want("hangs")
		e.Close()
		if got := of(t, d)["hangs"]; got.State != Waiting || got.Tries != 0 {
			t.Errorf("after a try that was cut off: %+v", got)
		}
		w.does(func(context.Context) (string, error) { return "call me back", nil })
		e = w.engine(d)
		e.Start()
		time.Sleep(time.Minute)
		synctest.Wait()
		for _, one := range []string{"hangs", "panic"} {
			if got := of(t, d)[one]; got.State != Written || got.Text != "call me back" {
				t.Errorf("the next process: %+v", got)
			}
		}
		if s := e.Stats(); s.Written != 2 || s.Waiting != 0 {
			t.Errorf("the figures are %+v", s)
		}
		e.Close()
	})
}
