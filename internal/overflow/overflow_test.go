package overflow_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"linekeeper/internal/interaction"
	"linekeeper/internal/overflow"
	"linekeeper/internal/queue"
	"linekeeper/internal/tenant"
)

// hall has lines whose opening the test decides, and notes what is done.
type hall struct {
	mu    sync.Mutex // held by the test but while time goes by; guards what follows
	shut  map[queue.ID]bool
	turns []queue.ID        // lookups, in order
	fails int               // so many of them
	serve map[queue.ID]bool // closed, but those in line are served after all
	told  []interaction.ID
	rules map[queue.ID][]queue.Overflow
	there string          // "available", the reason of the only agent's break, or nobody
	full  map[string]bool // acts that cannot be carried out
	acts  []string        // of rules that were told
	looks int
	*overflow.Engine
}

// inHall runs a story in fake time.
func inHall(t *testing.T, f func(*hall)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		h := &hall{shut: map[queue.ID]bool{}, serve: map[queue.ID]bool{}, rules: map[queue.ID][]queue.Overflow{}, full: map[string]bool{}}
		h.Engine = overflow.New(overflow.Ports{
			Acts: func(q queue.ID, _ time.Time) bool {
				h.mu.Lock()
				defer h.mu.Unlock()
				h.looks++
				return h.shut[q]
			},
			Turn: func(_ context.Context, _ tenant.ID, q queue.ID, _ time.Time) (interaction.Input, error) {
				h.mu.Lock()
				defer h.mu.Unlock()
				h.turns = append(h.turns, q)
				switch {
				case h.fails > 0:
					h.fails--
					return nil, errors.New("the database is away")
				case h.serve[q]:
					return nil, nil
				}
				return interaction.QueueClosed{Do: "hang_up"}, nil
			},
			Tell: func(id interaction.ID, in interaction.Input) {
				h.mu.Lock()
				defer h.mu.Unlock()
				h.told = append(h.told, id)
				if o, ok := in.(interaction.Overflowed); ok {
					h.acts = append(h.acts, string(id)+" "+o.Act)
				}
			},
			Rules: func(q queue.ID) []queue.Overflow {
				h.mu.Lock()
				defer h.mu.Unlock()
				return h.rules[q]
			},
			There: func(_ queue.ID, breaks []string) bool {
				h.mu.Lock()
				defer h.mu.Unlock()
				return h.there == "available" || slices.Contains(breaks, h.there)
			},
			Overflow: func(_ context.Context, _ tenant.ID, q queue.ID, rule queue.Overflow, _ time.Time) (interaction.Input, error) {
				h.mu.Lock()
				defer h.mu.Unlock()
				h.turns = append(h.turns, q)
				switch {
				case h.fails > 0:
					h.fails--
					return nil, errors.New("the database is away")
				case h.full[rule.Act.String()]:
					return nil, nil
				}
				return interaction.Overflowed{From: q, Act: rule.Act.String()}, nil
			},
			Log: slog.New(slog.DiscardHandler),
		})
		h.Start()
		defer h.Close()
		h.mu.Lock()
		defer h.mu.Unlock()
		f(h)
	})
}

// is commits where a customer is: in line, or elsewhere when the queue is empty.
func (h *hall) is(id interaction.ID, q queue.ID) {
	s := interaction.State{ID: id, Phase: interaction.Done}
	s.Segment.Seq = 1
	if q != "" {
		s.Phase, s.Segment.Rules.Queue, s.Segment.Queued = interaction.Waiting, q, time.Now()
	}
	h.stands(s)
}

func (h *hall) stands(s interaction.State) {
	h.mu.Unlock()
	defer h.mu.Lock()
	h.Committed(interaction.Commit{State: s})
	synctest.Wait()
}

// passes lets time go by.
func (h *hall) passes(d time.Duration) {
	h.mu.Unlock()
	defer h.mu.Lock()
	time.Sleep(d)
	synctest.Wait()
}

func TestWhoIsToldOfAClosing(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		do    func(*hall)
		told  []interaction.ID
		turns int
	}{
		{"open", func(h *hall) { h.is("a", "q"); h.passes(time.Minute) }, nil, 0},
		{"closes", func(h *hall) {
			h.is("a", "q")
			h.passes(10 * time.Second)
			h.shut["q"] = true
			h.passes(time.Second)
		}, []interaction.ID{"a"}, 1},
		{"told once, however long the answer takes", func(h *hall) {
			h.is("a", "q")
			h.shut["q"] = true
			h.passes(time.Minute)
		}, []interaction.ID{"a"}, 1},
		{"all in line, looked up once", func(h *hall) {
			h.is("a", "q")
			h.is("b", "q")
			h.is("c", "other")
			h.shut["q"] = true
			h.passes(2 * time.Second)
		}, []interaction.ID{"a", "b"}, 1},
		{"who comes after the closing", func(h *hall) {
			h.is("a", "q")
			h.shut["q"] = true
			h.passes(2 * time.Second)
			h.is("b", "q")
			h.passes(2 * time.Second)
		}, []interaction.ID{"a", "b"}, 2},
		{"who was gone", func(h *hall) {
			h.is("a", "q")
			h.is("a", "")
			h.shut["q"] = true
			h.passes(time.Minute)
		}, nil, 0},
		{"who moved to another line that closes too", func(h *hall) {
			h.is("a", "q")
			h.shut["q"], h.shut["other"] = true, true
			h.passes(2 * time.Second)
			h.is("a", "other")
			h.passes(2 * time.Second)
		}, []interaction.ID{"a", "a"}, 2},
		{"who came back to the line", func(h *hall) {
			h.is("a", "q")
			h.shut["q"] = true
			h.passes(2 * time.Second)
			h.is("a", "")
			h.is("a", "q")
			h.passes(2 * time.Second)
		}, []interaction.ID{"a", "a"}, 2},
		{"the lookup fails twice", func(h *hall) {
			h.fails = 2
			h.is("a", "q")
			h.shut["q"] = true
			h.passes(10 * time.Second)
		}, []interaction.ID{"a"}, 3},
		{"served after all, until that changes", func(h *hall) {
			h.is("a", "q")
			h.shut["q"], h.serve["q"] = true, true
			h.passes(2500 * time.Millisecond)
			h.serve["q"] = false
			h.passes(time.Second)
		}, []interaction.ID{"a"}, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			inHall(t, func(h *hall) {
				c.do(h)
				slices.Sort(h.told)
				if !slices.Equal(h.told, c.told) || len(h.turns) != c.turns {
					t.Errorf("told %v with %d lookups, want %v with %d", h.told, len(h.turns), c.told, c.turns)
				}
			})
		})
	}
}

// TestAnIdleHallIsNotWatched: the clock is looked at only while somebody is in line.
func TestAnIdleHallIsNotWatched(t *testing.T) {
	t.Parallel()
	inHall(t, func(h *hall) {
		h.passes(time.Hour)
		h.is("a", "q")
		h.is("a", "")
		h.passes(time.Hour)
		if h.looks > 1 {
			t.Errorf("an empty hall was looked at %d times", h.looks)
		}
		h.is("a", "q")
		h.passes(10 * time.Second)
		if h.looks < 9 || h.looks > 11 {
			t.Errorf("in 10 s with somebody in line it was looked at %d times, want once a second", h.looks)
		}
	})
}

// TestClosedBeforeItBegan: an engine that never began can be closed, and one that is closed tells nobody.
func TestClosedBeforeItBegan(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := overflow.New(overflow.Ports{})
		e.Committed(interaction.Commit{State: interaction.State{ID: "a", Phase: interaction.Waiting}})
		e.Close()
		e.Close()
		time.Sleep(time.Minute)
	})
}

// TestWhomARuleConcerns: by how long he has waited, by how many wait, by who is there, each rule once, in order.
func TestWhomARuleConcerns(t *testing.T) {
	t.Parallel()
	toSales, toMail := queue.Act{Do: queue.OtherQueue, Queue: "sales"}, queue.Act{Do: queue.VoiceMail}
	callback := queue.Act{Do: queue.CallBack}
	for _, c := range []struct {
		name  string
		rules []queue.Overflow
		do    func(*hall)
		acts  []string
	}{
		{"not yet", []queue.Overflow{{When: queue.ByWait, AfterMS: 60_000, Act: toSales}}, func(h *hall) {
			h.is("a", "q")
			h.passes(59 * time.Second)
		}, nil},
		{"he has waited", []queue.Overflow{{When: queue.ByWait, AfterMS: 60_000, Act: toSales}}, func(h *hall) {
			h.is("a", "q")
			h.passes(30 * time.Second)
			h.is("b", "q")
			h.passes(31 * time.Second)
		}, []string{"a queue:sales"}},
		{"the line is full", []queue.Overflow{{When: queue.BySize, Size: 2, Act: toSales}}, func(h *hall) {
			h.passes(2 * time.Second)
			for _, id := range []interaction.ID{"a", "b", "c", "d"} {
				h.is(id, "q")
				h.passes(time.Millisecond)
			}
		}, []string{"c queue:sales", "d queue:sales"}},
		{"it gets full later", []queue.Overflow{{When: queue.BySize, Size: 2, Act: toSales}}, func(h *hall) {
			h.is("a", "q")
			h.passes(2 * time.Second)
			h.is("b", "q")
			h.passes(time.Minute)
		}, nil},
		{"an earlier run left it full", []queue.Overflow{{When: queue.BySize, Size: 2, Act: toSales}}, func(h *hall) {
			at := time.Now().Add(-time.Minute)
			for i, id := range []interaction.ID{"c", "a", "b"} { // in whatever order they are found
				s := interaction.State{ID: id, Phase: interaction.Waiting}
				s.Segment.Seq, s.Segment.Rules.Queue, s.Segment.Queued = 1, "q", at.Add(time.Duration((i+2)%3)*time.Second)
				h.stands(s)
			}
			h.passes(2 * time.Second)
		}, []string{"c queue:sales"}},
		{"a leader has put him there", []queue.Overflow{{When: queue.BySize, Size: 1, Act: toSales}}, func(h *hall) {
			h.is("a", "q")
			h.passes(2 * time.Second)
			s := interaction.State{ID: "b", Phase: interaction.Waiting, PlacedBy: "olga"}
			s.Segment.Seq, s.Segment.Rules.Queue, s.Segment.Queued = 2, "q", time.Now()
			h.stands(s)
			h.passes(2 * time.Second)
		}, nil},
		{"nobody is there", []queue.Overflow{{When: queue.ByNobody, Act: toMail}}, func(h *hall) {
			h.there = "available"
			h.is("a", "q")
			h.passes(10 * time.Second)
			h.there = "lunch"
			h.passes(time.Second)
		}, []string{"a voicemail"}},
		{"lunch counts", []queue.Overflow{{When: queue.ByNobody, Breaks: []string{"lunch"}, Act: toMail}}, func(h *hall) {
			h.there = "lunch"
			h.is("a", "q")
			h.passes(10 * time.Second)
		}, nil},
		{"the first that can be carried out", []queue.Overflow{{When: queue.ByNobody, Act: toSales}, {When: queue.ByNobody, Act: toMail}}, func(h *hall) {
			h.full["queue:sales"] = true
			h.is("a", "q")
			h.passes(time.Minute)
		}, []string{"a voicemail"}},
		{"one after the other", []queue.Overflow{{When: queue.ByWait, AfterMS: 10_000, Act: callback}, {When: queue.ByWait, AfterMS: 20_000, Act: toSales}}, func(h *hall) {
			s := interaction.State{ID: "a", Phase: interaction.Waiting}
			s.Segment.Seq, s.Segment.Rules.Queue, s.Segment.Queued = 1, "q", time.Now()
			h.stands(s)
			h.passes(12 * time.Second)
			s.Overflowed = []string{"q callback"}
			h.stands(s)
			h.passes(10 * time.Second)
		}, []string{"a callback", "a queue:sales"}},
		{"the look-up fails twice", []queue.Overflow{{When: queue.BySize, Size: 1, Act: toSales}}, func(h *hall) {
			h.passes(2 * time.Second)
			h.is("a", "q")
			h.passes(time.Millisecond)
			h.fails = 2
			h.is("b", "q")
			h.passes(5 * time.Second)
		}, []string{"b queue:sales"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			inHall(t, func(h *hall) {
				h.rules["q"] = c.rules
				c.do(h)
				if !slices.Equal(h.acts, c.acts) {
					t.Errorf("told %v, want %v", h.acts, c.acts)
				}
			})
		})
	}
}
