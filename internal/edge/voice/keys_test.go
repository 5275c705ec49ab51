package voice

import (
	"testing"
	"time"
)

// Whichever ways a carrier uses, and in whatever order they arrive, each key counts once.
func TestKeysByTwoWaysCountOnce(t *testing.T) {
	t.Parallel()
	type came struct {
		at   time.Duration
		info bool
		key  rune
	}
	for _, c := range []struct {
		name string
		came []came
		want string
	}{
		{"sound only", []came{{0, false, '1'}, {time.Second, false, '1'}, {2 * time.Second, false, '2'}}, "112"},
		{"INFO only", []came{{0, true, '1'}, {100 * time.Millisecond, true, '1'}, {time.Second, true, '2'}}, "112"},
		{"sound, then INFO", []came{{0, false, '1'}, {300 * time.Millisecond, true, '1'}, {time.Second, false, '2'}, {1200 * time.Millisecond, true, '2'}}, "12"},
		{"INFO, then sound", []came{{0, true, '1'}, {50 * time.Millisecond, false, '1'}, {time.Second, true, '1'}, {1050 * time.Millisecond, false, '1'}}, "11"},
		{"the first sound was another key", []came{{0, false, '5'}, {500 * time.Millisecond, true, '1'}}, "51"},
		{"the first sound was long ago", []came{{0, false, '1'}, {10 * time.Second, true, '1'}}, "11"},
	} {
		var w keyWays
		var got string
		start := time.Now()
		for _, k := range c.came {
			counts := w.sound
			if k.info {
				counts = w.info
			}
			if counts(k.key, start.Add(k.at)) {
				got += string(k.key)
			}
		}
		if got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}
