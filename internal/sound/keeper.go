package sound

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/tenant"
)

const (
	// writeEvery is the Keeper's beat.
	writeEvery = time.Second
	// writeAtOnce is how many interactions share a transaction.
	writeAtOnce = 100
	// waitingMost is how many interactions wait while the database does not take them.
	waitingMost = 5000
)

// scoreBounds are the upper bounds of the scores that are counted apart.
var scoreBounds = []float64{2, 2.5, 3, 3.5, 3.8, 4, 4.2, 4.5}

// Keeper writes the legs of interactions whose calls are over. It is safe for concurrent use. Run must
// run; it writes what is left when its context ends.
type Keeper struct {
	db  *db.DB
	log *slog.Logger

	mu     sync.Mutex
	ended  []*ended // in the order of their ends
	counts Counts
}

type ended struct {
	tenant tenant.ID
	id     interaction.ID
	legs   []Leg
}

// Counts are figures of all legs that ended.
type Counts struct {
	Scores map[Kind]Scores
	Spells map[Kind]int64 // bad ones
	Lost   int64          // interactions whose legs were given up because the database took none
}

// Scores is a histogram of legs that could be judged.
type Scores struct {
	Count   uint64
	Sum     float64
	Buckets map[float64]uint64 // by upper bound, each with all below
}

// NewKeeper makes a Keeper. log nil means slog.Default().
func NewKeeper(d *db.DB, log *slog.Logger) *Keeper {
	if log == nil {
		log = slog.Default()
	}
	k := &Keeper{db: d, log: log, counts: Counts{Scores: map[Kind]Scores{}, Spells: map[Kind]int64{}}}
	for _, kind := range []Kind{Trunk, Browser, Phone, Outside} {
		h := Scores{Buckets: make(map[float64]uint64, len(scoreBounds))}
		for _, b := range scoreBounds {
			h.Buckets[b] = 0
		}
		k.counts.Scores[kind], k.counts.Spells[kind] = h, 0
	}
	return k
}

// Keep takes the legs of an interaction, to be written soon. It does not block.
func (k *Keeper) Keep(t tenant.ID, id interaction.ID, legs []Leg) {
	if len(legs) == 0 {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, l := range legs {
		k.count(l)
	}
	if len(k.ended) >= waitingMost { // the oldest has waited for the database longest; new ones tell more
		k.ended = k.ended[1:]
		k.counts.Lost++
	}
	k.ended = append(k.ended, &ended{t, id, legs})
}

// count adds a leg to the figures; mu is held.
func (k *Keeper) count(l Leg) {
	k.counts.Spells[l.Kind] += int64(l.Spells)
	score := l.Score()
	if score == 0 {
		return
	}
	h := k.counts.Scores[l.Kind]
	h.Count++
	h.Sum += score
	for _, b := range scoreBounds {
		if score <= b {
			h.Buckets[b]++
		}
	}
	k.counts.Scores[l.Kind] = h
}

// Counts gives the figures; they are the caller's.
func (k *Keeper) Counts() Counts {
	k.mu.Lock()
	defer k.mu.Unlock()
	c := Counts{Scores: make(map[Kind]Scores), Spells: make(map[Kind]int64), Lost: k.counts.Lost}
	for kind, n := range k.counts.Spells {
		c.Spells[kind] = n
	}
	for kind, h := range k.counts.Scores {
		buckets := make(map[float64]uint64, len(h.Buckets))
		for b, n := range h.Buckets {
			buckets[b] = n
		}
		h.Buckets = buckets
		c.Scores[kind] = h
	}
	return c
}

// Run writes until ctx ends, and then what is left, within a few seconds.
func (k *Keeper) Run(ctx context.Context) {
	tick := time.NewTicker(writeEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			k.write(ctx)
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.Background(), 5*time.Second)
			defer cancel()
			k.write(last)
			return
		}
	}
}

// write stores what waits; each interaction's legs are in one transaction. What cannot be written waits.
func (k *Keeper) write(ctx context.Context) {
	for ctx.Err() == nil {
		k.mu.Lock()
		batch := append([]*ended(nil), k.ended[:min(len(k.ended), writeAtOnce)]...)
		k.mu.Unlock()
		if len(batch) == 0 {
			return
		}
		err := k.db.Write(ctx, func(tx *db.Tx) error {
			for _, e := range batch {
				if err := Save(tx, e.tenant, e.id, e.legs); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			if ctx.Err() == nil {
				k.log.Warn("the quality of legs was not written; trying again", "waiting", len(batch), "error", err)
			}
			return
		}
		k.drop(batch)
	}
}

// drop forgets what was written.
func (k *Keeper) drop(batch []*ended) {
	done := make(map[*ended]bool, len(batch))
	for _, e := range batch {
		done[e] = true
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	var kept []*ended
	for _, e := range k.ended {
		if !done[e] {
			kept = append(kept, e)
		}
	}
	k.ended = kept
}
