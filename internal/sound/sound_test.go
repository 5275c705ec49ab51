package sound

import (
	"context"
	"log/slog"
	"reflect"
	"testing"
	"time"

	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/db/dbtest"
	"linekeeper/internal/media"
)

var began = time.UnixMilli(1_790_000_000_123).UTC()

func aLeg() Leg {
	return Leg{
		Kind: Trunk, Address: "+79161234567", Codec: "PCMA", Encrypted: true, Began: began, Ended: began.Add(time.Minute),
		Heard:     media.Sound{Packets: 3000, Loss: 0.0125, Jitter: 1500 * time.Microsecond, MOS: 3.21},
		Far:       media.Sound{Packets: 2990, Loss: 0.001, Jitter: 900 * time.Microsecond, MOS: 4.37},
		RoundTrip: 43_210 * time.Microsecond, Spells: 2, Worst: 2.75,
		Levels: Levels{From: began.Add(5 * time.Second), Customer: []byte{127, 0x80 | 20}, Others: []byte{0x80 | 18, 127}},
	}
}

func TestKeeperWritesAndKeepsTheOrder(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := NewKeeper(d, slog.New(slog.DiscardHandler))
		second := Leg{Kind: Browser, User: "ann", Codec: "opus", Began: began, Ended: began.Add(30 * time.Second)}
		k.Keep("t", "i", []Leg{aLeg()})
		k.Keep("t", "i", []Leg{second}) // after a restart
		k.Keep("t", "other", nil)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		k.Run(ctx) // writes what is left
		var got []Leg
		err := d.Read(t.Context(), func(tx *db.Tx) (err error) {
			got, err = Load(tx, "t", interaction.ID("i"))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		for i := range got {
			got[i].Began, got[i].Ended = got[i].Began.UTC(), got[i].Ended.UTC()
			if !got[i].Levels.From.IsZero() {
				got[i].Levels.From = got[i].Levels.From.UTC()
			}
		}
		if want := []Leg{aLeg(), second}; !reflect.DeepEqual(got, want) {
			t.Errorf("got  %+v\nwant %+v", got, want)
		}
	})
}

func TestCounts(t *testing.T) {
	k := NewKeeper(nil, nil)
	k.Keep("t", "i", []Leg{aLeg(), {Kind: Trunk}, {Kind: Browser, Heard: media.Sound{MOS: 4.4}}})
	c := k.Counts()
	if h := c.Scores[Trunk]; h.Count != 1 || h.Sum != 3.21 || h.Buckets[3] != 0 || h.Buckets[3.5] != 1 || h.Buckets[4.5] != 1 {
		t.Errorf("trunks: got %+v", h)
	}
	if h := c.Scores[Browser]; h.Count != 1 || h.Buckets[4.2] != 0 || h.Buckets[4.5] != 1 {
		t.Errorf("browsers: got %+v", h)
	}
	if c.Spells[Trunk] != 2 || c.Lost != 0 {
		t.Errorf("got %d spells, %d lost", c.Spells[Trunk], c.Lost)
	}
}

func TestRatingOf(t *testing.T) {
	for score, want := range map[float64]Rating{0: Unrated, 1: Poor, 3.49: Poor, 3.5: Fair, 3.99: Fair, 4: Good, 4.5: Good} {
		if got := RatingOf(score); got != want {
			t.Errorf("%v: got %q, want %q", score, got, want)
		}
	}
}

func TestScoreIsTheWorseDirection(t *testing.T) {
	for _, c := range []struct{ heard, far, want float64 }{{0, 0, 0}, {4, 0, 4}, {0, 3, 3}, {4, 3, 3}, {3, 4, 3}} {
		if got := (Leg{Heard: media.Sound{MOS: c.heard}, Far: media.Sound{MOS: c.far}}).Score(); got != c.want {
			t.Errorf("heard %v, far %v: got %v, want %v", c.heard, c.far, got, c.want)
		}
	}
}
