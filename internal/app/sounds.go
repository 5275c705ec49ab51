package app

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"

	"linekeeper/internal/sound"
)

// makeSounds makes what keeps how legs sounded. It outlives telephony, so that the last legs are written.
func (a *App) makeSounds() {
	a.sounds = sound.NewKeeper(a.db, a.log)
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		a.sounds.Run(ctx)
	}()
	a.onUndo(func() {
		stop()
		<-done
	})
}

// sounds tells how legs sounded.
func (f figures) sounds(out chan<- prometheus.Metric) {
	c := f.a.sounds.Counts()
	for kind, h := range c.Scores {
		out <- prometheus.MustNewConstHistogram(
			desc("leg_score", "MOS of legs that ended, the worse direction: 1 bad, 4.5 excellent.", "kind"),
			h.Count, h.Sum, h.Buckets, string(kind))
	}
	for kind, n := range c.Spells {
		out <- prometheus.MustNewConstMetric(
			desc("leg_spells_total", "Bad spells of legs that ended: the MOS of 5 seconds was below 3.5.", "kind"),
			prometheus.CounterValue, float64(n), string(kind))
	}
	out <- prometheus.MustNewConstMetric(
		desc("leg_quality_lost_total", "Interactions whose legs' quality was given up because the database took none."),
		prometheus.CounterValue, float64(c.Lost))
}
