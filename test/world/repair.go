package world

import (
	"context"
	"time"

	"linekeeper/internal/kit/db"
	"linekeeper/internal/repair"
)

// What stories of repairs say. They break a part of the product on purpose, the others told nothing of it: by what
// the part itself offers, or by a seam in the tests of its package.

// PutRightWithin is the promise: what is wrong is right again after that.
const PutRightWithin = 10 * time.Second

// PutsRight waits until so many things of a kind were put right. Without it, any repair fails a story.
func (w *World) PutsRight(kind repair.Kind, n int) {
	w.T.Helper()
	w.repairs = true
	w.Eventually(PutRightWithin, "repaired: "+string(kind), func() bool { return w.App.Repaired()[kind] >= n })
}

// PutRightOnly asserts that each of these was put right once, and nothing else was touched.
func (w *World) PutRightOnly(kinds ...repair.Kind) {
	w.T.Helper()
	w.repairs = true
	w.Passes(time.Minute)
	want := map[repair.Kind]int{}
	for _, k := range kinds {
		want[k]++
	}
	for kind, n := range w.App.Repaired() {
		if n != want[kind] {
			w.T.Errorf("%d repairs of %s, want %d", n, kind, want[kind])
		}
	}
}

// untouched asserts that nothing had to be put right, but where the story is about that.
func (w *World) untouched() {
	w.T.Helper()
	if w.repairs {
		return
	}
	for kind, n := range w.App.Repaired() {
		if n > 0 {
			w.T.Errorf("%d repairs of %s in a story that breaks nothing", n, kind)
		}
	}
}

// DiskStalls lets nothing be written from now on, until resumes is called. What is asked of the database waits, or is
// given up.
func (w *World) DiskStalls() (resumes func()) {
	stalled, over, done := make(chan struct{}), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		err := w.App.DB().Write(context.Background(), func(*db.Tx) error {
			close(stalled)
			<-over
			return nil
		})
		if err != nil {
			w.T.Errorf("the write that stalls: %v", err)
		}
	}()
	<-stalled
	return func() {
		close(over)
		<-done
		w.Settles()
	}
}
