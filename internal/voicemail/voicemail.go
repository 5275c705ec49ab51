// Package voicemail takes messages of customers who reach nobody. While one is left there is a row and a file
// of it; what was said becomes an interaction of the medium voicemail, which is routed like any other. Whatever
// ends the recording, the customer, a fault or the process, what was said so far is sent if it is long enough;
// only the customer himself throws it away. When to record and what to say meanwhile is the flow's.
package voicemail

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/kit/id"
	"linekeeper/internal/media"
)

// Source is the ability of a channel to have the customer alone recorded; edge/voice's leg has it.
type Source interface {
	// RecordMessage records into a new file until stop is called, which returns when the file is closed;
	// it may be called after the leg is over. paused is told once the customer has not spoken for so long.
	RecordMessage(c media.RecorderConfig, pause time.Duration, paused func()) (stop func() error, err error)
	Codec() string
}

// Recorded is the sound of a message where it stays.
type Recorded struct {
	Interaction    interaction.ID
	Arrival        interaction.Arrival
	Path, Codec    string
	Started, Ended time.Time
	Bytes          int64
}

// Ports are what an engine uses; app plugs them in.
type Ports struct {
	DB     *db.DB
	Folder string // the data folder
	// Adopt makes a finished file a recording of an interaction. It may be told of it again.
	Adopt func(context.Context, Recorded) error
	// Begun says whether the interaction was begun, by an earlier try or process.
	Begun func(context.Context, interaction.ID) (bool, error)
	// Begin begins the interaction; again does no harm.
	Begin func(context.Context, interaction.ID, interaction.Arrival) error
	// Lives says whether a call goes on.
	Lives func(interaction.ID) bool
	Log   *slog.Logger
}

const (
	folder     = "voicemail"  // of what is being left, below the data folder
	kept       = "recordings" // of what was left
	retryAfter = 5 * time.Second
	writeTime  = 10 * time.Second
)

// Engine takes messages. Safe for concurrent use.
type Engine struct {
	ports Ports
	early []draft // of earlier processes

	wg     sync.WaitGroup
	ctx    context.Context // ends with Close
	stop   context.CancelFunc
	mu     sync.Mutex
	closed bool
	before map[interaction.ID]parts // said in calls that outlived the process
	taking map[interaction.ID]int   // calls in which somebody is being recorded
}

// New gives an engine with what earlier processes left unfinished.
func New(ctx context.Context, ports Ports) (*Engine, error) {
	e := &Engine{ports: ports, before: make(map[interaction.ID]parts), taking: make(map[interaction.ID]int)}
	e.ctx, e.stop = context.WithCancel(context.Background())
	err := ports.DB.Read(ctx, func(tx *db.Tx) (err error) {
		e.early, err = drafts(tx)
		return err
	})
	if err != nil {
		return nil, err
	}
	return e, nil
}

// Start sends what earlier processes left unfinished, but for what belongs to calls that go on.
func (e *Engine) Start() {
	for _, p := range byCall(e.early) {
		e.keep(p)
	}
	e.early = nil
}

// Close waits for what is being sent; what cannot be sent now is by the next start.
func (e *Engine) Close() {
	e.mu.Lock()
	e.closed = true
	e.mu.Unlock()
	e.stop()
	e.wg.Wait()
}

// settle sends a message on a goroutine of its own, and tries until it is sent or the engine closes.
func (e *Engine) settle(p parts) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return
	}
	e.wg.Go(func() {
		for {
			err := e.send(context.WithoutCancel(e.ctx), p)
			if err == nil || e.ctx.Err() != nil {
				return
			}
			e.ports.Log.Error("a message could not be sent; it is tried again", "interaction", p[0].id, "error", err)
			select {
			case <-time.After(retryAfter):
			case <-e.ctx.Done():
			}
		}
	})
}

// Wish is a message to be taken.
type Wish struct {
	State    interaction.State // in which it is left
	Channel  interaction.Channel
	Rules    interaction.QueueRules
	Language string        // that is spoken; empty: the call's
	Deadline time.Duration // for an answer; 0: the queue's target
	Priority int
	Only     access.UserID // whom it is for; empty: the queue
	Minimum  time.Duration // shorter ones are thrown away
	Pause    time.Duration // that ends it
	Paused   func()        // told then; must not block
	// Unwritten keeps it from being written down.
	Unwritten bool
}

// arrival is what the interaction begins with.
func (w Wish) arrival() interaction.Arrival {
	a, r := w.State.Arrival, w.Rules
	r.Recording, r.OnDemand, r.WaitingFlow, r.HangUpAfter, r.HangUpReason = false, false, "", 0, false
	r.After = interaction.AfterTalk{}
	if w.Deadline > 0 {
		r.Target = w.Deadline
	}
	return interaction.Arrival{
		Tenant: a.Tenant, Project: a.Project, Channel: interaction.Voicemail, Origin: interaction.Inbound,
		CustomerAddress: a.CustomerAddress, CenterAddress: a.CenterAddress, Entry: a.Entry, Trunk: a.Trunk, Language: cmp.Or(w.Language, a.Language),
		Message: &interaction.Message{From: w.State.ID, Priority: w.Priority, Only: w.Only, Rules: r, Unwritten: w.Unwritten},
	}
}

// Take is a message being left. Its methods are for one goroutine. Close it.
type Take struct {
	engine *Engine
	draft  draft
	stop   func() error // nil: the recording is over
	done   bool         // sent, or thrown away
}

// Record begins to record. An error means that nothing is recorded.
func (e *Engine) Record(ctx context.Context, w Wish) (*Take, error) {
	src, ok := w.Channel.(Source)
	if !ok {
		return nil, fault.Conflict.New("This channel cannot be recorded.")
	}
	d := draft{tenant: w.State.Arrival.Tenant, id: interaction.ID(id.New()), codec: src.Codec(),
		started: time.Now().UTC().Truncate(time.Millisecond), minimum: w.Minimum, arrival: w.arrival()}
	d.path = filepath.Join(folder, string(d.id)+".wav")
	if err := os.MkdirAll(filepath.Join(e.ports.Folder, folder), 0o700); err != nil {
		return nil, err
	}
	// The row comes first: a file nobody knows of would never be found after a crash.
	if err := e.ports.DB.Write(ctx, func(tx *db.Tx) error { return insert(tx, d) }); err != nil {
		return nil, err
	}
	stop, err := src.RecordMessage(media.RecorderConfig{Path: e.path(d), OnFail: func(err error) {
		e.ports.Log.Error("a message's recording failed; what was said so far is kept", "interaction", d.id, "error", err)
	}}, w.Pause, w.Paused)
	if err != nil {
		return nil, errors.Join(err, e.discard(d))
	}
	e.begins(w.State.ID)
	return &Take{engine: e, draft: d, stop: stop}, nil
}

func (e *Engine) path(d draft) string { return filepath.Join(e.ports.Folder, d.path) }

// Stop ends the recording and says how much was said, from the first word to the last, and whether that is
// long enough to be kept.
func (t *Take) Stop() (said time.Duration, enough bool, err error) {
	if err := t.end(); err != nil {
		return 0, false, err
	}
	said, err = long(t.engine.path(t.draft))
	return said, said > 0 && said >= t.draft.minimum, err
}

func (t *Take) end() error {
	if t.stop == nil {
		return nil
	}
	stop := t.stop
	t.stop = nil
	return stop()
}

// Sound is what was said, at 8 kHz. Stop comes first.
func (t *Take) Sound() ([]int16, error) { return samples(t.engine.path(t.draft)) }

// Discard throws it away: the customer wants it so.
func (t *Take) Discard() error {
	if t.done {
		return nil
	}
	t.done = true
	from := t.draft.arrival.Message.From
	t.engine.ends(from)
	if !t.engine.ports.Lives(from) {
		t.engine.Over(from) // he has hung up meanwhile
	}
	return errors.Join(t.end(), t.engine.discard(t.draft))
}

// Close ends the recording; what was not thrown away is sent, if it is long enough. It does not wait for that.
func (t *Take) Close() {
	if t.done {
		return
	}
	t.done = true
	if err := t.end(); err != nil {
		t.engine.ports.Log.Error("a message's recording is not complete", "interaction", t.draft.id, "error", err)
	}
	p := t.engine.whole(t.draft)
	t.engine.ends(p.from())
	t.engine.settle(p)
}

// send makes a message an interaction, under the identity of its first part. It may be done again at every step.
func (e *Engine) send(ctx context.Context, p parts) error {
	ctx, cancel := context.WithTimeout(ctx, writeTime)
	defer cancel()
	d := p[0]
	begun, err := e.ports.Begun(ctx, d.id)
	if err != nil {
		return err
	}
	if begun {
		if err := e.ports.Begin(ctx, d.id, d.arrival); err != nil {
			return err
		}
		return e.discard(p...)
	}
	heard, said, err := e.said(p)
	if err != nil {
		return err
	}
	if said == 0 || said < d.minimum {
		e.ports.Log.Info("a message was too short to be kept", "interaction", d.id, "said", said)
		return e.discard(p...)
	}
	if err := e.adopt(ctx, d, heard); err != nil {
		return err
	}
	return e.discard(p...)
}

// adopt makes what can be heard the recording of a new interaction.
func (e *Engine) adopt(ctx context.Context, d draft, heard parts) error {
	var files []string
	for _, part := range heard {
		files = append(files, e.path(part))
	}
	to := filepath.Join(kept, d.started.Format("2006/01/02"), string(d.id)+".wav")
	said, bytes, err := trimmed(files, filepath.Join(e.ports.Folder, to))
	if errors.Is(err, errMixed) { // he was called by another codec since: what he said last is the message
		e.ports.Log.Error("the first part of a message is lost", "interaction", d.id, "error", err)
		said, bytes, err = trimmed(files[len(files)-1:], filepath.Join(e.ports.Folder, to))
	}
	if err != nil {
		return err
	}
	said = said.Truncate(time.Millisecond)
	d.arrival.Message.Length = said
	if err := e.ports.Adopt(ctx, Recorded{Interaction: d.id, Arrival: d.arrival, Path: to, Codec: d.codec,
		Started: d.started, Ended: d.started.Add(said), Bytes: bytes}); err != nil {
		return err
	}
	return e.ports.Begin(ctx, d.id, d.arrival)
}

// repaired makes a file whole that a killed process has left; false: there is nothing to hear.
func (e *Engine) repaired(d draft) bool {
	_, err := media.Repair(media.NewDisk(1), e.path(d))
	if err == nil {
		return true
	}
	if !errors.Is(err, fs.ErrNotExist) {
		e.ports.Log.Error("a message cannot be repaired", "interaction", d.id, "error", err)
	}
	return false
}

// discard forgets drafts: the file first, so that none is left nobody knows of.
func (e *Engine) discard(all ...draft) error {
	for _, d := range all {
		if err := os.Remove(e.path(d)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), writeTime)
	defer cancel()
	return e.ports.DB.Write(ctx, func(tx *db.Tx) error {
		for _, d := range all {
			if err := remove(tx, d); err != nil {
				return err
			}
		}
		return nil
	})
}
