package media

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"linekeeper/internal/media/tone"
)

const (
	// writeTick is how often the writer wakes, writeSlots in how many groups it divides the recordings:
	// each is written every 480 ms, and a killed process loses as much (D4).
	writeTick  = 60 * time.Millisecond
	writeSlots = 8
	// syncEvery is how often recordings are synced, all together: file systems commit them at once.
	syncEvery = time.Second
	// syncers is how many are synced at a time.
	syncers = 4
	// writeStuck is how many goroutines may wait for disks; with all of them stuck sound stays in memory
	// until the recordings' backlog is full.
	writeStuck = 64
)

var buffers = sync.Pool{New: func() any {
	b := make([]byte, tone.Rate*recordFrame)
	return &b
}}

// Writer moves the sound of many recordings from memory to their files. It has one goroutine that keeps
// time and never touches a file, and short ones that write. When a file blocks another goroutine goes on
// with the next, so it delays its own recording only; syncing waits for nobody who writes. The zero
// value is ready, its goroutine lives as long as there are recordings. It may be used concurrently.
type Writer struct {
	at atomic.Int32 // goroutines at the disk

	mu    sync.Mutex
	slots [writeSlots][]*Recorder
	count int
	quit  chan struct{}
}

// add takes on a recording.
func (w *Writer) add(r *Recorder) {
	w.mu.Lock()
	defer w.mu.Unlock()
	least := 0
	for i := range w.slots {
		if len(w.slots[i]) < len(w.slots[least]) {
			least = i
		}
	}
	w.slots[least] = append(w.slots[least], r)
	if w.count++; w.count == 1 {
		w.quit = make(chan struct{})
		go w.run(w.quit)
	}
}

// remove forgets a recording; who is at its file may still be.
func (w *Writer) remove(r *Recorder) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i, list := range w.slots {
		if j := slices.Index(list, r); j >= 0 {
			w.slots[i] = slices.Delete(list, j, j+1)
			if w.count--; w.count == 0 {
				close(w.quit)
			}
			return
		}
	}
}

// run keeps time on absolute deadlines.
func (w *Writer) run(quit chan struct{}) {
	began := time.Now()
	timer := time.NewTimer(writeTick)
	defer timer.Stop()
	var writes [writeSlots]*pass
	var syncs *pass
	synced := began
	for next := int64(1); ; {
		select {
		case <-quit:
			return
		case <-timer.C:
		}
		now := time.Now()
		for _, p := range writes {
			if p != nil && p.stuck() {
				w.work(p, (*pass).write)
			}
		}
		due := int64(now.Sub(began) / writeTick)
		for next = max(next, due-writeSlots+1); next <= due; next++ {
			p := &pass{list: w.recordings(int(next % writeSlots)), seen: -1}
			writes[next%writeSlots] = p
			if !p.over() {
				w.work(p, (*pass).write)
			}
		}
		if now.Sub(synced) >= syncEvery && (syncs == nil || syncs.over()) {
			synced = synced.Add(now.Sub(synced).Truncate(syncEvery))
			syncs = &pass{list: w.unsynced(now)}
			go w.sync(syncs)
		}
		timer.Reset(time.Until(began.Add(time.Duration(next) * writeTick)))
	}
}

// recordings is a copy of a slot.
func (w *Writer) recordings(slot int) []*Recorder {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.slots[slot])
}

// unsynced are the recordings whose time has come.
func (w *Writer) unsynced(now time.Time) []*Recorder {
	var list []*Recorder
	for slot := range w.slots {
		for _, r := range w.recordings(slot) {
			if r.unsynced(now) {
				list = append(list, r)
			}
		}
	}
	return list
}

// work starts a goroutine for a pass, unless too many are stuck.
func (w *Writer) work(p *pass, do func(*pass)) {
	if w.at.Add(1) > writeStuck {
		w.at.Add(-1)
		return
	}
	go func() {
		defer w.at.Add(-1)
		do(p)
	}()
}

// sync syncs a few at a time.
func (w *Writer) sync(p *pass) {
	for _, r := range p.list {
		if f, ok := r.file.(beginner); ok {
			f.BeginSync()
		}
	}
	for range min(syncers, len(p.list)) {
		go p.sync()
	}
}

// pass is one round over some recordings, by one goroutine or several.
type pass struct {
	list []*Recorder
	next atomic.Int64
	seen int64 // what next was when stuck looked
}

// take is the next recording; nil at the end.
func (p *pass) take() *Recorder {
	if i := p.next.Add(1) - 1; i < int64(len(p.list)) {
		return p.list[i]
	}
	return nil
}

// over says whether the last was taken, stuck whether nothing was since it was asked last.
func (p *pass) over() bool { return p.next.Load() >= int64(len(p.list)) }

func (p *pass) stuck() bool {
	before := p.seen
	p.seen = p.next.Load()
	return p.seen == before && !p.over()
}

func (p *pass) write() {
	buf := buffers.Get().(*[]byte)
	defer buffers.Put(buf)
	for r := p.take(); r != nil; r = p.take() {
		r.write(*buf)
	}
}

func (p *pass) sync() {
	for r := p.take(); r != nil; r = p.take() {
		r.sync()
	}
}
