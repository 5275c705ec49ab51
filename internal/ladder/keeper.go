package ladder

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/tenant"
)

// Source is a call being followed. Its methods may be called from any goroutine, also after its end.
type Source interface {
	// Messages gives what is known of the call so far.
	Messages() (list []Message, missing int)
	// Rest is called now and then: what has lain for a while may be held in less memory.
	Rest()
}

const (
	// linger is how long after the end of the last call messages are awaited: answers to BYE, repetitions.
	linger = 3 * time.Second
	// writeEvery is the Keeper's beat.
	writeEvery = time.Second
	// writeAtOnce is how many ladders share a transaction.
	writeAtOnce = 100
	// waitingMost is how many ended ladders are kept while the database does not take them.
	waitingMost = 5000
	// restEvery is how many beats lie between two calls of Rest.
	restEvery = 5
)

// Config is what a Keeper needs.
type Config struct {
	DB   *db.DB
	Days int          // how long ladders are kept; less than 1: for ever
	Log  *slog.Logger // nil: slog.Default()
}

// Keeper follows the calls of running interactions and writes their ladders. It is safe for
// concurrent use. Run must run; it writes what is left when its context ends.
type Keeper struct {
	cfg Config

	mu    sync.Mutex
	open  map[interaction.ID]*following
	ended []*following // by the time of their end
	lost  int64
}

// following is an interaction whose calls are followed.
type following struct {
	tenant tenant.ID
	id     interaction.ID
	legs   []leg
	end    time.Time // zero: it runs
}

type leg struct {
	role, party, callID string
	source              Source
}

// NewKeeper makes a Keeper.
func NewKeeper(c Config) *Keeper {
	if c.Log == nil {
		c.Log = slog.Default()
	}
	return &Keeper{cfg: c, open: map[interaction.ID]*following{}}
}

// Follow adds a call to an interaction. Beyond LegsMost nothing is added.
func (k *Keeper) Follow(t tenant.ID, id interaction.ID, role, party, callID string, source Source) {
	k.mu.Lock()
	defer k.mu.Unlock()
	f := k.open[id]
	if f == nil {
		f = &following{tenant: t, id: id}
		k.open[id] = f
	}
	if len(f.legs) < LegsMost {
		f.legs = append(f.legs, leg{role, party, callID, source})
	}
}

// End says that no call of an interaction runs any more. Its ladder is written soon. What is followed
// afterwards is joined with it.
func (k *Keeper) End(id interaction.ID) {
	k.mu.Lock()
	defer k.mu.Unlock()
	f := k.open[id]
	if f == nil {
		return
	}
	delete(k.open, id)
	f.end = time.Now()
	if len(k.ended) >= waitingMost { // the oldest has waited for the database longest; new ones tell more
		k.ended = k.ended[1:]
		k.lost++
	}
	k.ended = append(k.ended, f)
}

// Lost is how many ladders were given up because the database took none.
func (k *Keeper) Lost() int64 {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.lost
}

// Read gives an interaction's ladder, whether it runs, has just ended or is stored.
func (k *Keeper) Read(ctx context.Context, t tenant.ID, id interaction.ID) (Ladder, error) {
	k.mu.Lock()
	var now []*following
	for _, f := range k.ended {
		if f.id == id && f.tenant == t {
			now = append(now, f)
		}
	}
	if f := k.open[id]; f != nil && f.tenant == t {
		now = append(now, &following{tenant: t, id: id, legs: append([]leg(nil), f.legs...)})
	}
	k.mu.Unlock()
	var stored Ladder
	err := k.cfg.DB.Read(ctx, func(tx *db.Tx) (err error) {
		stored, err = Load(tx, t, id)
		return err
	})
	if err != nil {
		return Ladder{}, err
	}
	for _, f := range now {
		fresh := f.ladder()
		if f.end.IsZero() || !k.written(f) {
			stored = Merge(stored, fresh)
		}
	}
	return stored, nil
}

// written says whether a ladder that was waiting has been written meanwhile.
func (k *Keeper) written(f *following) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, other := range k.ended {
		if other == f {
			return false
		}
	}
	return true
}

// ladder gathers what the sources say.
func (f *following) ladder() Ladder {
	var l Ladder
	for _, g := range f.legs {
		list, missing := g.source.Messages()
		l.Legs = append(l.Legs, Leg{Role: g.role, Party: g.party, CallID: g.callID, Messages: list, Missing: missing})
	}
	return l.bounded()
}

// Run writes ladders until ctx ends, and then those that are left, within a few seconds.
func (k *Keeper) Run(ctx context.Context) {
	tick := time.NewTicker(writeEvery)
	defer tick.Stop()
	for beat := 1; ; beat++ {
		select {
		case <-tick.C:
			k.write(ctx, time.Now().Add(-linger))
			if beat%restEvery == 0 {
				k.rest()
			}
		case <-ctx.Done():
			k.close()
			return
		}
	}
}

// close writes everything, also of calls that nobody has ended.
func (k *Keeper) close() {
	k.mu.Lock()
	for id, f := range k.open {
		f.end = time.Now()
		k.ended = append(k.ended, f)
		delete(k.open, id)
	}
	k.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	k.write(ctx, time.Now().Add(time.Hour))
}

// write stores ladders that ended before an instant. One that cannot be written waits.
func (k *Keeper) write(ctx context.Context, before time.Time) {
	for ctx.Err() == nil {
		k.mu.Lock()
		var batch []*following
		for _, f := range k.ended[:min(len(k.ended), writeAtOnce)] {
			if !f.end.After(before) {
				batch = append(batch, f)
			}
		}
		k.mu.Unlock()
		if len(batch) == 0 {
			return
		}
		ladders, bodies := make([]Ladder, len(batch)), make([][]byte, len(batch))
		for i, f := range batch {
			ladders[i] = f.ladder()
			var err error
			if bodies[i], err = encode(ladders[i]); err != nil { // a mistake of ours; waiting would not mend it
				k.cfg.Log.Error("a SIP ladder cannot be written", "interaction", string(f.id), "error", err)
				ladders[i] = Ladder{}
			}
		}
		err := k.cfg.DB.Write(ctx, func(tx *db.Tx) error {
			for i, f := range batch {
				if ladders[i].Count() == 0 {
					continue
				}
				if err := save(tx, f.tenant, f.id, f.end, ladders[i], bodies[i]); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			if ctx.Err() == nil {
				k.cfg.Log.Warn("SIP ladders not written; trying again", "waiting", len(batch), "error", err)
			}
			return
		}
		k.drop(batch)
	}
}

// drop forgets what was written.
func (k *Keeper) drop(batch []*following) {
	k.mu.Lock()
	defer k.mu.Unlock()
	done := make(map[*following]bool, len(batch))
	for _, f := range batch {
		done[f] = true
	}
	kept := k.ended[:0]
	for _, f := range k.ended {
		if !done[f] {
			kept = append(kept, f)
		}
	}
	clear(k.ended[len(kept):])
	k.ended = kept
}

// rest lets running calls hold what has lain in less memory.
func (k *Keeper) rest() {
	k.mu.Lock()
	var sources []Source
	for _, f := range k.open {
		for _, g := range f.legs {
			sources = append(sources, g.source)
		}
	}
	k.mu.Unlock()
	for _, s := range sources {
		s.Rest()
	}
}

// Sweep removes what is older than Days, until ctx ends.
func (k *Keeper) Sweep(ctx context.Context) error {
	if k.cfg.Days < 1 {
		return nil
	}
	before := time.Now().AddDate(0, 0, -k.cfg.Days)
	for more := true; more; {
		err := k.cfg.DB.Write(ctx, func(tx *db.Tx) (err error) {
			more, err = Sweep(tx, before)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
