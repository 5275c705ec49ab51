package voice

import (
	"slices"
	"testing"
	"time"

	"linekeeper/internal/media/tone"
	"linekeeper/internal/project"
)

// TestRingback: each country's tone has its frequencies while it sounds, and its rests; who is not listed has the usual.
func TestRingback(t *testing.T) {
	t.Parallel()
	for country, c := range cadences {
		clip := ringClips[country]()
		at := 0
		for i, d := range c.turns {
			part := clip.PCM[at : at+int(d*tone.Rate/time.Second)]
			at += len(part)
			for _, hz := range c.hz {
				if level := tone.Level(part, hz); i%2 == 0 != (level > 0.05) {
					t.Errorf("%s, part %d: %g Hz has the level %g", country, i, hz, level)
				}
			}
			if loud := slices.Max(part) > 0; loud != (i%2 == 0) {
				t.Errorf("%s, part %d: sounds %t", country, i, loud)
			}
		}
		if at != len(clip.PCM) {
			t.Errorf("%s: the clip is %v long", country, clip.Duration())
		}
	}
	for country, want := range map[string]string{"TH": "ringback:TH", "DE": "ringback:", "": "ringback:"} {
		l := &Leg{edge: &Edge{config: Config{Country: func(project.ID) string { return country }}}}
		if got := l.ringback().ID; got != want {
			t.Errorf("%q: got %s, want %s", country, got, want)
		}
	}
	if got := (&Leg{edge: &Edge{}}).ringback().ID; got != "ringback:" {
		t.Errorf("without a country: got %s", got)
	}
}
