package world

import (
	"time"

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
