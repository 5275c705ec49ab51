package desk

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/live"
	"linekeeper/internal/queue"
)

type noNames struct{}

func (noNames) Entry(string) string          { return "" }
func (noNames) Project(string) string        { return "" }
func (noNames) User(id access.UserID) string { return string(id) }
func (noNames) Queue(queue.ID) string        { return "" }

// people keeps statuses; fail makes it a database that is gone.
type people struct {
	Agents
	mu      sync.Mutex
	fail    bool
	tries   int
	status  string
	present bool
}

func (p *people) SetStatus(_ context.Context, _ access.UserID, _, status, _ string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.tries++; p.fail {
		return fault.Unavailable.New("The database cannot be reached.")
	}
	p.status = status
	return nil
}

func (p *people) Present(_ access.UserID, here bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.present = here
}

func (p *people) Opened(access.UserID, string) {}

func (p *people) look() (status string, tries int, present bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.status, p.tries, p.present
}

func TestGoneDuringAnOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		board := live.New(noNames{}, func() *time.Location { return time.UTC })
		defer board.Close()
		p := &people{fail: true}
		h := NewHub(Ports{Board: board, Agents: p}, slog.New(slog.DiscardHandler))
		defer h.Close()
		open := func() *Session {
			s, err := h.Open(User{ID: "ann", Role: access.Agent})
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
		open().Close()
		time.Sleep(AwayTime + time.Minute)
		if status, tries, present := p.look(); status != "" || tries < 10 || present {
			t.Errorf("status %q after %d attempts, at the desk: %v; want it tried again and again", status, tries, present)
		}
		s := open() // she is back before the database is
		_, before, _ := p.look()
		time.Sleep(time.Minute)
		if _, tries, present := p.look(); tries != before || !present {
			t.Errorf("%d more attempts to set her offline while she sits there (%v)", tries-before, present)
		}
		s.Close()
		time.Sleep(AwayTime + time.Second)
		p.mu.Lock()
		p.fail = false
		p.mu.Unlock()
		time.Sleep(goneAgain)
		synctest.Wait()
		if status, _, _ := p.look(); status != "offline" {
			t.Errorf("with the database back her status is %q, want offline", status)
		}
	})
}
