package voice

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"linekeeper/internal/kit/fault"
	"linekeeper/internal/media"
	"linekeeper/internal/trunk"
)

// book is a database for expenses that can be away.
type book struct {
	mu   sync.Mutex
	all  map[trunk.Spend]int64 // without amounts
	away bool
}

func (b *book) Spent(context.Context) (all []trunk.Spend, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for s, amount := range b.all {
		if s.Hour.Equal(time.Now().Truncate(time.Hour)) {
			s.Amount = amount
			all = append(all, s)
		}
	}
	return all, nil
}

func (b *book) Keep(_ context.Context, all []trunk.Spend) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.away {
		return errors.New("the database is away")
	}
	for _, s := range all {
		amount := s.Amount
		s.Amount = 0
		b.all[s] = amount
	}
	return nil
}

// sum is what is written down in all.
func (b *book) sum() (sum int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, amount := range b.all {
		sum += amount
	}
	return sum
}

// TestMoneyIsWrittenDown: what a running call costs is written down within a second, so a kill forgets no
// more than that; a database that is away gets it later; the next process begins with it.
func TestMoneyIsWrittenDown(t *testing.T) {
	t.Parallel()
	kept := &book{all: make(map[trunk.Spend]int64)}
	conf := &carriers{trunks: []OutTrunk{lineTo("a", "192.0.2.11", func(k *OutTrunk) { k.Rates = []string{"+49* 60 30"} })}}
	want := OutCall{Tenant: "t", Number: "+4940222222", Codec: media.PCMA()}
	goesOut(t, 1, func(o *outside) {
		o.edge.Refresh()
		mine := want
		mine.On = func(p OutProgress) { o.said <- p }
		call, err := o.edge.dialOut(context.Background(), mine)
		if err != nil {
			t.Fatal(err)
		}
		there := <-o.rings[0]
		there.Answer()
		o.says(OutTrying)
		o.says(OutRinging)
		o.says(OutAnswered)
		leg := call.open(media.LegConfig{})
		time.Sleep(10 * time.Second)
		if got := kept.sum(); got < 8_000_000 || got > 10_100_000 {
			t.Errorf("after 10 s at 1 a second %d millionths are written down", got)
		}
		kept.mu.Lock()
		kept.away = true
		kept.mu.Unlock()
		time.Sleep(25 * time.Second)
		kept.mu.Lock()
		kept.away = false
		kept.mu.Unlock()
		time.Sleep(2 * time.Second)
		if got := kept.sum(); got < 35_000_000 {
			t.Errorf("after an outage %d millionths are written down", got)
		}
		o.drops(call, leg)
	}, with(conf), keeping(kept))
	story(t, func(w *world) {
		w.edge.lines.recall(context.Background())
		w.edge.Refresh()
		if _, err := w.edge.waysOut(want); !fault.Is(err, fault.Busy) {
			t.Errorf("the next process has money again: %v", err)
		}
		if spent := w.edge.Lines()[0].Spent; len(spent) != 1 || !spent[0].Over {
			t.Errorf("got %+v", spent)
		}
	}, with(conf), keeping(kept))
}

// keeping has expenses written into a book.
func keeping(b *book) func(*Config, *world) {
	return func(conf *Config, _ *world) { conf.Expenses = b }
}
