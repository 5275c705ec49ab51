package app

import (
	"linekeeper/internal/kit/network"
	"linekeeper/internal/media/plane"
)

const (
	// noWorkers is the setting that serves sound without media workers; maxWorkers is beyond any machine.
	noWorkers  = -1
	maxWorkers = 1024
)

// makePlane starts the workers that carry the sound of phone lines. Without them, by setting or because
// the system has none to give, each line has a goroutine: that costs more and is otherwise the same.
func (a *App) makePlane() {
	if _, machine := a.net.(network.Machine); !machine || a.cfg.MediaWorkers == noWorkers {
		return
	}
	p, err := plane.New(plane.Config{Workers: a.cfg.MediaWorkers, Log: a.log})
	if err != nil {
		a.log.Info("sound is carried without media workers", "reason", err)
		return
	}
	a.plane = p
	a.onUndo(p.Close)
}
