package id

import (
	"regexp"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestOrder(t *testing.T) {
	t.Parallel()
	form := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	var all sync.WaitGroup
	lists := make([][]string, 8)
	for i := range lists {
		all.Go(func() {
			for range 5000 {
				lists[i] = append(lists[i], New())
			}
		})
	}
	all.Wait()
	seen := make(map[string]bool)
	for _, list := range lists {
		if !slices.IsSorted(list) {
			t.Error("one goroutine's ids are out of order")
		}
		for _, v := range list {
			if seen[v] || !form.MatchString(v) {
				t.Fatalf("%s is a repetition or no UUID of version 7", v)
			}
			seen[v] = true
		}
	}
}

func TestClockGoesBack(t *testing.T) {
	t.Parallel()
	now := time.Now()
	a := at(now.Add(time.Second))
	b := at(now.Add(-time.Hour))
	if b <= a {
		t.Errorf("%s is not after %s", b, a)
	}
}

func TestInsideBubble(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := New()
		time.Sleep(time.Hour)
		if b := New(); b <= a {
			t.Errorf("%s is not after %s", b, a)
		}
	})
}

func BenchmarkNew(b *testing.B) {
	for range b.N {
		New()
	}
}
