package flow

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestCounter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		count := NewCounter(func() time.Time { return time.Now().Truncate(24 * time.Hour) })
		c := newCenter(t, map[string]string{"main": string(SampleMain())}, func(r *RunnerConfig) { r.Passed = count.Passed })
		for _, keys := range []string{"1", "91", "2"} {
			l := newLine()
			c.runner.Start(spec(l, "main", "en"))
			passes(5 * second)
			l.presses(keys[:1])
			passes(9 * second)
			l.presses(keys[1:])
			passes(time.Minute)
		}
		got, _ := count.Counts("main")
		want := map[string]int64{"greeting": 3, "greeting.next": 3, "menu": 3, "menu.1": 2, "menu.2": 1, "sales": 2, "support": 1}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
		time.Sleep(24 * time.Hour) // in a bubble
		if got, _ := count.Counts("main"); len(got) != 0 {
			t.Errorf("the next day: got %v", got)
		}
	})
}
