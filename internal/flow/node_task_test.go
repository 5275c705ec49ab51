package flow

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/interaction"
	"linekeeper/internal/tenant"
)

// taskDesk takes tasks as an engine does: once for each thing they are made for.
type taskDesk struct {
	mu     sync.Mutex
	made   []TaskWish
	err    error
	number map[string]int64
}

func (d *taskDesk) Doer(_ context.Context, _ tenant.ID, login string) (access.UserID, error) {
	if login != "ann" {
		return "", fmt.Errorf("there is no user %q", login)
	}
	return "u-ann", nil
}

func (d *taskDesk) Make(_ context.Context, w TaskWish) (int64, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.err != nil {
		return 0, d.err
	}
	if n := d.number[w.Once]; n != 0 && w.Once != "" {
		return n, nil
	}
	d.made = append(d.made, w)
	if d.number == nil {
		d.number = map[string]int64{}
	}
	d.number[w.Once] = 1000 + int64(len(d.made))
	return d.number[w.Once], nil
}

const complaint = `{"schema":1,"start":"made","variables":{"task":{"type":"number"},"what":{"type":"text","default":"the bill"}},"nodes":{
	"made":{"kind":"task","subject":"Complaint about {{what}}","text":"{{call.number}} says so","queue":"sales","user":"ann","start":60,"due":3600,"priority":3,"variable":"task","next":"quiet","edges":{"failed":"sorry"}},
	"quiet":{"kind":"wait","seconds":5,"next":"second"},
	"second":{"kind":"task","subject":"Ask again","queue":"sales","due_at":"now() + duration(\"2h\")","next":"end"},
	"sorry":{"kind":"tag","tag":"lost","next":"end"},
	"end":{"kind":"hangup"}}}`

func TestTaskNode(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := &taskDesk{}
		c := newCenter(t, map[string]string{"main": complaint}, func(r *RunnerConfig) { r.Tasks = d })
		began := time.Now()
		c.runner.Start(spec(newLine(), "main", "ru"))
		passes(10 * second)
		if len(d.made) != 2 {
			t.Fatalf("made %+v; %q", d.made, c.log())
		}
		w := d.made[0]
		if w.Subject != "Complaint about the bill" || !strings.HasSuffix(w.Text, " says so") || w.Queue != "sales" || w.Doer != "u-ann" || w.Priority != 3 || w.Language != "ru" ||
			!w.Start.Equal(began.Add(time.Minute)) || !w.Due.Equal(began.Add(61*time.Minute)) {
			t.Errorf("the first is %+v", w)
		}
		if w := d.made[1]; w.Priority != -20 || !w.Start.IsZero() || !w.Due.Equal(began.Add(2*time.Hour+5*time.Second)) {
			t.Errorf("the second is %+v", w)
		}
		if !slices.Contains(c.log(), "made task T-1001") || !slices.Contains(c.log(), "second task T-1002") {
			t.Errorf("told %q", c.log())
		}
	})
}

// TestTaskNodeAgain: a flow that goes on from where it was written down last makes no task again.
func TestTaskNodeAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := &taskDesk{}
		c := newCenter(t, map[string]string{"main": complaint}, func(r *RunnerConfig) { r.Tasks = d })
		c.runner.Start(spec(newLine(), "main", "en"))
		passes(10 * second)
		var at interaction.FlowStepped
		c.mu.Lock()
		for _, in := range c.inputs {
			if s, ok := in.(interaction.FlowStepped); ok && s.What == StepWaits {
				at = s
			}
		}
		c.mu.Unlock()
		for _, from := range []string{"", at.Text} { // from the beginning, as nothing was written down; and from the wait
			again := spec(newLine(), "main", "en")
			again.At = from
			c.runner.Start(again)
			passes(10 * second)
		}
		if len(d.made) != 2 {
			t.Errorf("made %d: %+v", len(d.made), d.made)
		}
	})
}

func TestTaskNodeFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCenter(t, map[string]string{"main": complaint}, func(r *RunnerConfig) { r.Tasks = &taskDesk{err: errors.New("the database is gone")} })
		c.runner.Start(spec(newLine(), "main", "en"))
		passes(10 * second)
		if log := c.log(); !slices.Contains(log, "sorry tag lost") && !slices.ContainsFunc(log, func(s string) bool { return strings.HasPrefix(s, "sorry ") }) {
			t.Errorf("told %q", log)
		}
	})
}

// TestTaskNodeAlone: without a customer a task is for whom the flow names, and each run makes its own.
func TestTaskNodeAlone(t *testing.T) {
	t.Parallel()
	program, err := Compile([]byte(`{"schema":1,"channels":["none"],"start":"made","variables":{"who":{"type":"text","input":true}},"nodes":{
		"made":{"kind":"task","subject":"Call","queue":"sales","number":"{{who}}","next":"end"},"end":{"kind":"hangup"}}}`))
	if err != nil {
		t.Fatal(err)
	}
	d := &taskDesk{}
	runner := NewRunner(RunnerConfig{Tell: func(interaction.ID, interaction.Input) {}, Programs: &scene{program: program}, Library: NewLibrary(LibraryConfig{}), Tasks: d})
	defer runner.Close()
	for range 2 {
		if _, err := runner.RunAlone(t.Context(), Alone{Flow: underTest, Inputs: map[string]any{"who": "+441"}}); err != nil {
			t.Fatal(err)
		}
	}
	if len(d.made) != 2 || d.made[0].Number != "+441" || d.made[0].Once != "" {
		t.Errorf("made %+v", d.made)
	}
}
