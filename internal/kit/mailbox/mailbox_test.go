package mailbox_test

import (
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"linekeeper/internal/kit/mailbox"
)

// TestLikeAList compares a mailbox with a plain list under any order of calls.
func TestLikeAList(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		box, model, closed := mailbox.New[int](), []int(nil), false
		ready := func() bool {
			select {
			case <-box.Wake():
				return true
			default:
				return false
			}
		}
		owed := false // a wake-up must come
		t.Repeat(map[string]func(*rapid.T){
			"put": func(t *rapid.T) {
				v := rapid.Int().Draw(t, "v")
				if got := box.Put(v); got == closed {
					t.Fatalf("put: got %v, closed %v", got, closed)
				}
				if !closed {
					model, owed = append(model, v), true
				}
			},
			"take": func(t *rapid.T) {
				if got := box.Take(); !slices.Equal(got, model) {
					t.Fatalf("took %v, want %v", got, model)
				}
				model = nil
			},
			"wake": func(t *rapid.T) {
				if got := ready(); owed && !got {
					t.Fatal("no wake-up")
				}
				owed = false
			},
			"close": func(*rapid.T) {
				box.Close()
				closed, owed = true, true
			},
			"": func(t *rapid.T) {
				if box.Len() != len(model) || box.Closed() != closed {
					t.Fatalf("len %d, closed %v; want %d, %v", box.Len(), box.Closed(), len(model), closed)
				}
			},
		})
	})
}

// TestNothingLost has many senders and an owner that sleeps between wake-ups: everything arrives
// once, in each sender's order, and the owner ends by itself.
func TestNothingLost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		type letter struct{ from, n int }
		box := mailbox.New[letter]()
		last := make(map[int]int)
		got := 0
		done := make(chan struct{})
		go func() {
			defer close(done)
			for {
				<-box.Wake()
				closed := box.Closed()
				for _, l := range box.Take() {
					if l.n != last[l.from]+1 {
						t.Errorf("sender %d: %d after %d", l.from, l.n, last[l.from])
					}
					last[l.from] = l.n
					got++
				}
				if closed {
					return
				}
				time.Sleep(time.Millisecond)
			}
		}()
		var senders sync.WaitGroup
		for from := range 20 {
			senders.Go(func() {
				for n := range 100 {
					if !box.Put(letter{from, n + 1}) {
						t.Error("refused")
					}
					time.Sleep(time.Duration(from+1) * 100 * time.Microsecond)
				}
			})
		}
		senders.Wait()
		box.Close()
		<-done
		if got != 2000 {
			t.Errorf("got %d letters, want 2000", got)
		}
	})
}
