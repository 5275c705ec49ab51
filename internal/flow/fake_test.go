package flow

import (
	"context"
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/interaction"
	"linekeeper/internal/queue"
	"linekeeper/internal/tenant"
)

// line is a fake customer's channel: it plays in the bubble's time and notes what is heard.
type line struct {
	digits chan rune
	gone   chan struct{}

	mu      sync.Mutex
	heard   []string // clip ids as they begin, "#stop" when a playing is cut
	playing int
	most    int // playing at once
	began   time.Time
	blow    bool // panics when asked to play
}

func newLine() *line {
	return &line{digits: make(chan rune, 64), gone: make(chan struct{}), began: time.Now()}
}

func (l *line) Answer()                         {}
func (l *line) Ring(access.UserID, time.Time)   {}
func (l *line) StopRinging(access.UserID)       {}
func (l *line) Connect(access.UserID)           {}
func (l *line) Arrange(interaction.Arrangement) {}
func (l *line) DropAgent(access.UserID)         {}
func (l *line) Disconnect(interaction.Cause)    {}
func (l *line) Digits() <-chan rune             { return l.digits }

func (l *line) FlushDigits() {
	for {
		select {
		case <-l.digits:
		default:
			return
		}
	}
}

func (l *line) Play(ctx context.Context, clips []Clip, o PlayOptions) error {
	l.mu.Lock()
	if l.blow {
		l.mu.Unlock()
		panic("the line blew up")
	}
	l.playing++
	l.most = max(l.most, l.playing)
	l.mu.Unlock()
	defer func() { l.mu.Lock(); l.playing--; l.mu.Unlock() }()
	for {
		for _, c := range clips {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			l.note(fmt.Sprintf("%s %s", l.at(), name(c.ID)))
			select {
			case <-time.After(c.Duration()):
			case <-ctx.Done():
				l.note(l.at() + " #stop")
				return ctx.Err()
			case <-l.gone:
				return ErrGone
			}
		}
		if !o.Loop {
			return nil
		}
	}
}

// at is the second since the line began.
func (l *line) at() string { return fmt.Sprintf("%.0f", math.Floor(time.Since(l.began).Seconds())) }

func (l *line) note(s string) { l.mu.Lock(); l.heard = append(l.heard, s); l.mu.Unlock() }

// name shortens a clip's id to what the tests speak of.
func name(id string) string {
	id = strings.TrimPrefix(id, "shipped:prompts/")
	return strings.Replace(id, ".wav", "", 1)
}

// presses waits until after the prompt has begun and presses keys.
func (l *line) presses(keys string) {
	for _, k := range keys {
		l.digits <- k
	}
}

func (l *line) hangsUp() { close(l.gone) }

// said is what was heard, without bars of music after the first of each stretch.
func (l *line) said() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]string(nil), l.heard...)
}

// center is a runner with what it needs, all faked.
type center struct {
	runner *Runner

	mu       sync.Mutex
	told     []string
	inputs   []interaction.Input
	place    int
	closed   bool
	rescued  int
	programs map[string]*Program
}

func newCenter(t *testing.T, programs map[string]string, change ...func(*RunnerConfig)) *center {
	t.Helper()
	c := &center{programs: map[string]*Program{}}
	for id, text := range programs {
		p, err := Compile([]byte(text))
		if err != nil {
			t.Fatalf("compiling %s: %v", id, err)
		}
		p.Flow, p.Version = ID(id), 7
		c.programs[id] = p
	}
	cfg := RunnerConfig{
		Tell: c.tell, Programs: c, Queues: c, Hours: c, Places: c, Library: NewLibrary(LibraryConfig{}),
		Rescued: func(any, []byte) { c.mu.Lock(); c.rescued++; c.mu.Unlock() },
	}
	for _, f := range change {
		f(&cfg)
	}
	c.runner = NewRunner(cfg)
	t.Cleanup(c.runner.Close)
	return c
}

func (c *center) tell(id interaction.ID, in interaction.Input) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.inputs = append(c.inputs, in)
	switch in := in.(type) {
	case interaction.FlowStepped:
		if in.What != StepWaits {
			c.told = append(c.told, strings.TrimSpace(in.Node+" "+in.What+" "+in.Text))
		}
	case interaction.CustomerIdentified:
		c.told = append(c.told, fmt.Sprintf("who is %s %s", in.Customer, in.Name))
	case interaction.SurveyAnswered:
		c.told = append(c.told, fmt.Sprintf("%s %s %d %s", in.Question, in.Scale, in.Score, in.Way))
	case interaction.FlowSecret:
		c.told = append(c.told, fmt.Sprintf("secret %t", in.On))
	case interaction.FlowQueued:
		only := ""
		if in.Only != "" {
			only = fmt.Sprintf(" only %s %s", in.Only, in.OnlyFor)
		}
		c.told = append(c.told, fmt.Sprintf("queued %s %d%s", in.Rules.Queue, in.Priority, only))
	case interaction.FlowTransferred:
		c.told = append(c.told, fmt.Sprintf("transferred %s %s%s %s %t", in.Target.Kind, in.Target.Address, in.Target.Entry, in.Ring, in.After))
	case interaction.FlowEnded:
		c.told = append(c.told, "ended "+in.Detail)
	}
}

func (c *center) log() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]string(nil), c.told...)
}

func (c *center) Program(_ context.Context, _ tenant.ID, id ID, _ int64) (*Program, error) {
	if p := c.programs[string(id)]; p != nil {
		return p, nil
	}
	return nil, fmt.Errorf("there is no flow %s", id)
}

func (c *center) ProgramByKey(ctx context.Context, t tenant.ID, key string) (*Program, error) {
	return c.Program(ctx, t, ID(key), 0)
}

func (c *center) Rules(_ context.Context, _ tenant.ID, key string) (interaction.QueueRules, error) {
	if key == "gone" {
		return interaction.QueueRules{}, fmt.Errorf("not there")
	}
	return interaction.QueueRules{Queue: queue.ID(key)}, nil
}

func (c *center) Open(_ context.Context, _ tenant.ID, key string, _ time.Time) (bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if key == "gone" {
		return false, fmt.Errorf("not there")
	}
	return !c.closed, nil
}

func (c *center) Position(interaction.ID) (int, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.place, c.place > 0
}

func (c *center) moves(place int) { c.mu.Lock(); c.place = place; c.mu.Unlock() }

func spec(l interaction.Channel, flow, language string) interaction.FlowRun {
	return interaction.FlowRun{
		State:   interaction.State{ID: "i1", Arrival: interaction.Arrival{Tenant: "t1", Language: language}},
		Channel: l, Flow: flow,
	}
}

// passes lets time pass and everybody do what there is to do.
func passes(d time.Duration) {
	time.Sleep(d) // in a bubble
	synctest.Wait()
}
