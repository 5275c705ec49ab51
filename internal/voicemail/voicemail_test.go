package voicemail

import (
	"context"
	"errors"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/db/dbtest"
	"linekeeper/internal/media"
	"linekeeper/internal/media/g711"
	"linekeeper/internal/media/wav"
)

// line is a caller who is silent for a second, speaks, and is silent for two; killed leaves the file as a killed
// process does.
type line struct {
	speaks time.Duration
	killed bool
}

func (l line) Codec() string { return "PCMU" }

func (l line) RecordMessage(c media.RecorderConfig, _ time.Duration, _ func()) (func() error, error) {
	total := 3*time.Second + l.speaks
	b := make([]byte, wav.HeaderSize, wav.HeaderSize+2*int(total.Seconds()*8000))
	for i := range int(total.Seconds() * 8000) {
		v := int16(0)
		if at := time.Duration(i) * time.Second / 8000; at >= time.Second && at < time.Second+l.speaks {
			v = int16(8000 * math.Sin(2*math.Pi*440*float64(i)/8000))
		}
		b = append(b, g711.EncodeMulaw(v), g711.MulawSilence)
	}
	data := int64(len(b) - wav.HeaderSize)
	if l.killed {
		data = 0
	}
	wav.PutHeader(b, wav.Format{Encoding: wav.Mulaw, Channels: 2, Rate: 8000, Bits: 8}, data)
	return func() error { return nil }, os.WriteFile(c.Path, b, 0o600)
}

func (line) Answer()                         {}
func (line) Ring(access.UserID, time.Time)   {}
func (line) StopRinging(access.UserID)       {}
func (line) Connect(access.UserID)           {}
func (line) Arrange(interaction.Arrangement) {}
func (line) DropAgent(access.UserID)         {}
func (line) Disconnect(interaction.Cause)    {}

// center takes what an engine sends.
type center struct {
	mu      sync.Mutex
	fails   int
	goesOn  bool // the call
	adopted []Recorded
	begun   map[interaction.ID]interaction.Arrival
}

func (c *center) engine(t *testing.T, d *db.DB, folder string) *Engine {
	t.Helper()
	if c.begun == nil {
		c.begun = map[interaction.ID]interaction.Arrival{}
	}
	e, err := New(t.Context(), Ports{
		DB: d, Folder: folder, Log: slog.New(slog.DiscardHandler),
		Adopt: func(_ context.Context, r Recorded) error {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.adopted = append(c.adopted, r)
			return nil
		},
		Begun: func(_ context.Context, id interaction.ID) (bool, error) {
			c.mu.Lock()
			defer c.mu.Unlock()
			_, ok := c.begun[id]
			return ok, nil
		},
		Lives: func(interaction.ID) bool { c.mu.Lock(); defer c.mu.Unlock(); return c.goesOn },
		Begin: func(_ context.Context, id interaction.ID, a interaction.Arrival) error {
			c.mu.Lock()
			defer c.mu.Unlock()
			if c.fails > 0 {
				c.fails--
				return errors.New("closing down")
			}
			c.begun[id] = a
			return nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func wish(l line) Wish {
	return Wish{Channel: l, Language: "th", Unwritten: true, Minimum: 2 * time.Second, Deadline: time.Hour, Priority: -10,
		State: interaction.State{ID: "call", Arrival: interaction.Arrival{Tenant: "t", Language: "en", CustomerAddress: "+1", Flow: "f", Restore: []byte("x")}},
		Rules: interaction.QueueRules{Queue: "q", Target: time.Second, Recording: true, WaitingFlow: "w"}}
}

// nothingLeft asserts that no draft is left.
func nothingLeft(t *testing.T, d *db.DB, data string) {
	t.Helper()
	err := d.Read(t.Context(), func(tx *db.Tx) error {
		if all, err := drafts(tx); err != nil || len(all) != 0 {
			t.Errorf("%d drafts are left, error %v", len(all), err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	if files, err := os.ReadDir(filepath.Join(data, folder)); err != nil || len(files) != 0 {
		t.Errorf("%d files are left, error %v", len(files), err)
	}
}

func TestMessageIsSentTrimmed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		data, c := t.TempDir(), &center{}
		e := c.engine(t, d, data)
		e.Start()
		take, err := e.Record(t.Context(), wish(line{speaks: 5 * time.Second}))
		if err != nil {
			t.Fatal(err)
		}
		said, enough, err := take.Stop()
		if err != nil || !enough || (said-5600*time.Millisecond).Abs() > 50*time.Millisecond {
			t.Errorf("said %v, enough %v, error %v, want 5 s and 0.3 s around", said, enough, err)
		}
		pcm, err := take.Sound()
		if err != nil || len(pcm) != int(said.Seconds()*8000) {
			t.Errorf("heard %d samples, error %v", len(pcm), err)
		}
		take.Close()
		take.Close()
		e.Close()
		nothingLeft(t, d, data)
		if len(c.adopted) != 1 || len(c.begun) != 1 {
			t.Fatalf("%d adopted, %d begun, want 1 each", len(c.adopted), len(c.begun))
		}
		r := c.adopted[0]
		a := c.begun[r.Interaction]
		m := a.Message
		if m == nil || m.Length != said.Truncate(time.Millisecond) || m.From != "call" || m.Rules.Target != time.Hour || m.Rules.Recording ||
			m.Rules.WaitingFlow != "" || m.Priority != -10 || a.Channel != interaction.Voicemail || a.Restore != nil || a.CustomerAddress != "+1" || a.Language != "th" || !m.Unwritten {
			t.Errorf("begun with %+v, message %+v", a, m)
		}
		if kept, err := long(filepath.Join(data, r.Path)); err != nil || kept != said || r.Ended.Sub(r.Started) != m.Length {
			t.Errorf("the file is %v long, error %v, want %v", kept, err, said)
		}
	})
}

func TestMessageIsNotKept(t *testing.T) {
	d := dbtest.SQLite(t)
	data, c := t.TempDir(), &center{}
	e := c.engine(t, d, data)
	e.Start()
	for _, speaks := range []time.Duration{0, time.Second} {
		take, err := e.Record(t.Context(), wish(line{speaks: speaks}))
		if err != nil {
			t.Fatal(err)
		}
		if _, enough, err := take.Stop(); err != nil || enough {
			t.Errorf("%v: enough %v, error %v", speaks, enough, err)
		}
		take.Close()
	}
	take, err := e.Record(t.Context(), wish(line{speaks: 9 * time.Second}))
	if err != nil {
		t.Fatal(err)
	}
	if err := take.Discard(); err != nil {
		t.Error(err)
	}
	take.Close()
	e.Close()
	nothingLeft(t, d, data)
	if len(c.adopted)+len(c.begun) != 0 {
		t.Errorf("%d adopted, %d begun, want none", len(c.adopted), len(c.begun))
	}
}

// TestMessageOutlivesTheProcess: what a killed process left unfinished is sent by the next start, once, also when
// that one is closed before it could.
func TestMessageOutlivesTheProcess(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		data, c := t.TempDir(), &center{fails: 1}
		e := c.engine(t, d, data)
		e.Start()
		if _, err := e.Record(t.Context(), wish(line{speaks: 3 * time.Second, killed: true})); err != nil {
			t.Fatal(err)
		}
		e.Close() // nobody closed the take
		for range 3 {
			e = c.engine(t, d, data)
			e.Start()
			e.Close()
		}
		nothingLeft(t, d, data)
		if len(c.begun) != 1 {
			t.Fatalf("%d messages, want 1", len(c.begun))
		}
		for _, a := range c.begun {
			if said := a.Message.Length; said < 3*time.Second || said > 4*time.Second {
				t.Errorf("the message is %v, want 3 s", said)
			}
		}
	})
}
