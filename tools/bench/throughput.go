package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"linekeeper/internal/demo/carrier"
	"linekeeper/test/rig"
)

// throughput measures answered calls per CPU-second: a call goes through trunk, entry, flow, queue and
// a SIP phone that picks up at once and hangs up when it hears the caller.
func throughput(ctx context.Context, b *bench) ([]figure, error) {
	agents, calls := 20, pick(b, 2000, 200)
	s, err := b.open(ctx, plan{name: "throughput", agents: agents, offer: 30 * time.Second, incoming: func(c *carrier.Call) {
		c.Answer()
		go func() {
			for c.Sound().Heard == 0 { // until the caller is heard the phone is only connecting
				select {
				case <-time.After(20 * time.Millisecond):
				case <-c.Done():
					return
				}
			}
			c.HangUp()
		}()
	}})
	if err != nil {
		return nil, err
	}
	defer s.close()
	for _, a := range s.agents {
		if err := a.desk.Status(ctx, "available", ""); err != nil {
			return nil, err
		}
	}
	before, err := s.spent(ctx)
	if err != nil {
		return nil, err
	}
	began := time.Now()
	gate := make(chan struct{}, agents+10) // some always wait, so that no agent is ever idle for long
	var wg sync.WaitGroup
	var mu sync.Mutex
	var faults int
	pace := time.NewTicker(time.Second / 45) // a trunk takes 50 calls a second
	defer pace.Stop()
	for i := range calls {
		<-pace.C
		select {
		case gate <- struct{}{}:
		case <-time.After(40 * time.Second):
			return nil, fmt.Errorf("nothing ended for 40 s after %d calls: %s", i, s.phases(ctx))
		}
		c, err := s.lines.Dial(ctx, carrier.Numbers{From: fmt.Sprintf("+4420700%05d", i), To: rig.Number})
		if err != nil {
			return nil, err
		}
		wg.Go(func() {
			defer func() { <-gate }()
			<-c.Done()
			if r := c.Result(); r.Code != 200 {
				mu.Lock()
				faults++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	took := time.Since(began)
	after, err := s.spent(ctx)
	if err != nil {
		return nil, err
	}
	var page struct {
		Total int `json:"total"`
	}
	if err := s.admin.Get(ctx, "/interactions?outcome=answered&limit=1", &page); err != nil {
		return nil, err
	}
	if page.Total < calls*99/100 {
		return nil, fmt.Errorf("only %d of %d calls were answered, %d failed", page.Total, calls, faults)
	}
	return throughputFigures(page.Total, calls, agents, took, after.since(before)), nil
}

// throughputFigures are what one answered call costs the server; the load generator is another process.
func throughputFigures(answered, calls, agents int, took time.Duration, s spending) []figure {
	each := func(n float64) float64 { return n / float64(answered) }
	return []figure{
		{"answered calls", fmt.Sprintf("%.0f", float64(answered)/s.cpu.Seconds()), "per CPU-s",
			fmt.Sprintf("%d of %d calls answered in %s through trunk, entry, flow, queue and %d SIP phones that pick up at once and hang up when they hear the caller, SQLite with sync", answered, calls, took.Round(time.Second), agents)},
		{"answered call, memory allocated", fmt.Sprintf("%.0f", each(s.bytes)/1000), "kB", fmt.Sprintf("%.0f objects", each(s.objects))},
		{"answered call, transactions", fmt.Sprintf("%.1f", each(s.writes)), "each", fmt.Sprintf("%.1f commits with sync: transactions that come together share one", each(s.commits))},
	}
}

// spending is what the server's process has used up since it began.
type spending struct {
	cpu                             time.Duration
	bytes, objects, writes, commits float64
}

func (s spending) since(b spending) spending {
	return spending{s.cpu - b.cpu, s.bytes - b.bytes, s.objects - b.objects, s.writes - b.writes, s.commits - b.commits}
}

// spent reads the server's own counters.
func (s *site) spent(ctx context.Context) (n spending, err error) {
	text, _, err := s.admin.Bytes(ctx, "/metrics", nil)
	if err != nil {
		return n, err
	}
	into := map[string]*float64{
		"go_memstats_alloc_bytes_total": &n.bytes, "go_memstats_mallocs_total": &n.objects,
		"linekeeper_database_writes_total": &n.writes, "linekeeper_database_commits_total": &n.commits,
	}
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		at := into[name]
		if at == nil {
			continue
		}
		if *at, err = strconv.ParseFloat(value, 64); err != nil {
			return n, fmt.Errorf("the metric %s: %w", name, err)
		}
	}
	n.cpu, err = s.server.CPU()
	return n, err
}
