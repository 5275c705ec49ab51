package mailbox_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"linekeeper/internal/kit/mailbox"
)

func TestWorker(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := mailbox.NewWorker()
		var order []string
		w.Put(func() { order = append(order, "given before the start") })
		var looks, still atomic.Int64
		w.Start(func() { order = append(order, "begin") }, time.Second, func() bool { looks.Add(1); return still.Load() == 0 })
		synctest.Wait()
		if len(order) != 2 || order[0] != "begin" {
			t.Errorf("order %q", order)
		}
		mistake := errors.New("a mistake")
		if err := w.Ask(t.Context(), func() error { return mistake }); !errors.Is(err, mistake) {
			t.Errorf("asked: %v", err)
		}
		time.Sleep(3500 * time.Millisecond)
		if err := w.Ask(t.Context(), func() error { still.Store(1); return nil }); err != nil || looks.Load() != 3 {
			t.Errorf("after 3.5 s it has looked %d times, error %v", looks.Load(), err)
		}
		time.Sleep(time.Hour)
		if looks.Load() != 4 {
			t.Errorf("with nothing to look for it has looked %d times, want one more", looks.Load())
		}
		w.Put(func() {})
		time.Sleep(1500 * time.Millisecond)
		if looks.Load() != 5 {
			t.Errorf("after it was given something it has looked %d times, want one more", looks.Load())
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := w.Ask(ctx, func() error { <-w.Context().Done(); return nil }); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("asked with a limit: %v", err)
		}
		w.Close()
		w.Close()
		if w.Put(func() {}) || !errors.Is(w.Ask(t.Context(), func() error { return nil }), mailbox.ErrClosed) {
			t.Error("it takes things when it is closed")
		}
		mailbox.NewWorker().Close() // never begun
	})
}
