package app

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/agent"
	"linekeeper/internal/edge/voice"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/slate"
	"linekeeper/internal/media/codec"
	"linekeeper/internal/recording"
	"linekeeper/internal/task"
	"linekeeper/internal/transcript"
)

// makeRegistry makes what interactions need, with the moment an earlier process was alive last.
func (a *App) makeRegistry(ctx context.Context) error {
	a.control, a.repairs = newControl(a), newRepairs(a)
	died, err := lastAlive(a.cfg.Data)
	if err != nil {
		return fmt.Errorf("reading the sign of life: %w", err)
	}
	a.registry = interaction.NewRegistry(a.db, interaction.Ports{
		Router: routerPort{a}, Flows: flowPort{a}, Recorder: recorderPort{a}, Identify: a.identify, Follow: task.Follow,
		Focus: a.control.focus, Recover: func(u access.UserID, length time.Duration) { a.duty.recover(u, length) },
	}, a.log)
	a.registry.Watch(a.control.committed)
	a.registry.Watch(a.repairs.committed)
	a.onUndo(a.registry.Close)
	// The data folder may be new or old where the database is elsewhere: then the journal knows better.
	written, err := a.registry.LastSign(ctx)
	if err != nil {
		return err
	}
	if written.After(died) {
		died = written
	}
	if died.IsZero() {
		died = time.Now()
	}
	a.died = died
	a.agents = agent.NewBoard(a.db)
	if a.goesOn() {
		err = a.agents.Resume(ctx)
	} else {
		err = a.agents.Start(ctx, died)
	}
	if err != nil {
		return err
	}
	keeping, err := a.cfg.keeping(recording.Config{
		DB: a.db, Folder: a.cfg.Data, Note: a.registry.Note, Lives: a.registry.Lives, Keys: a.recordingKeys, Log: a.log,
		Convert: codec.OpusLibrary() != "", Removed: transcript.Drop,
	})
	if err != nil {
		return err
	}
	a.recorder = recording.New(keeping)
	a.onUndo(a.recorder.Close)
	return nil
}

// goesOn says whether what an earlier run left can be taken up: it ended not long ago.
func (a *App) goesOn() bool { return time.Since(a.died) < a.cfg.RestoreLimit }

// openCalls opens what is written down of running calls, sealed with the recordings' keys. Without these
// there is none, and no call outlives the process: better than keys of the sound for all to read.
func (a *App) openCalls() (voice.Keep, error) {
	keys, err := a.recordingKeys()
	if err != nil {
		a.log.Error("running calls are not written down and would not outlive a crash: the keys to seal them with cannot be had",
			"file", a.cfg.keyFile(), "error", err)
		return nil, nil
	}
	s, err := slate.Open(filepath.Join(a.cfg.Data, "calls"), keys)
	if err != nil {
		return nil, err
	}
	a.onUndo(func() { s.Close() })
	for id, why := range s.Refused() {
		a.log.Error("what was written down of a call is refused: the call cannot go on", "interaction", id, "file", "calls", "error", why)
	}
	return s, nil
}

// restore takes up the calls of an earlier run, or closes them with the moment it was alive last.
// What goes on stands still until Start.
func (a *App) restore(ctx context.Context) error {
	began := time.Now()
	how := interaction.Revival{Died: a.died, Detail: "the server was restarted"}
	if a.goesOn() {
		how.Revive = a.voice.Revive
	}
	var legs [][]byte
	how.Closed = func(s interaction.State, why error) {
		if how.Revive != nil && !errors.Is(why, interaction.ErrGone) {
			a.log.Error("a call of the earlier run cannot go on", "interaction", s.ID, "error", why)
		}
		if s.HasCustomer() && len(s.Arrival.Restore) > 0 {
			legs = append(legs, s.Arrival.Restore)
		}
	}
	found, err := a.registry.Restore(ctx, how)
	if found != nil {
		a.onUndo(found.Begin) // what stands still could not be ended
	}
	if err != nil {
		return err
	}
	a.restored, a.orphans = found, append(legs, a.voice.Revived()...) // signalling does not run yet
	repaired, err := a.recorder.Recover(ctx, a.registry.Lives)
	if err != nil {
		return err
	}
	var onDuty []access.UserID
	for _, s := range a.agents.All(a.dir.page().tenant.ID) {
		if s.Status != agent.Offline {
			onDuty = append(onDuty, s.User)
		}
	}
	a.hub.Expect(onDuty)
	if found.Closed > 0 || found.Restored > 0 || repaired > 0 {
		a.log.Warn("an earlier run ended without closing everything", "died", a.died, "interactions_restored", found.Restored,
			"interactions_closed", found.Closed, "recordings_repaired", repaired, "took", time.Since(began))
	}
	a.alive, err = startAlive(a.cfg.Data)
	if err != nil {
		return err
	}
	a.onUndo(a.alive.close)
	return nil
}

// Leave ends the process's part but not the calls: they are written down as they are, nobody is told, and
// a process that is started within the restore limit goes on with them. Everything New and Start began
// has ended when it returns.
func (a *App) Leave() {
	a.closing.Do(func() {
		a.log.Info("leaving the calls to the next process", "running", a.registry.Running())
		a.voice.Drain()
		if a.restored != nil {
			a.restored.Begin()
		}
		a.registry.Close()
		a.recorder.Leave()
		if err := a.voice.Leave(); err != nil {
			a.log.Error("telephony not closed in order", "error", err)
		}
		a.end()
	})
}
