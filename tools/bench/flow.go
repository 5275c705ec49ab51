package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"linekeeper/internal/demo/carrier"
	"linekeeper/internal/flow"
	"linekeeper/test/rig"
)

// flowSteps walks a long program that only sets variables and branches, in this process: what a node costs apart from
// sound, the database and the customer.
func flowSteps(ctx context.Context, b *bench) ([]figure, error) {
	const pairs = 400 // a run that takes no time may have 1000 nodes
	var nodes strings.Builder
	for i := range pairs {
		fmt.Fprintf(&nodes, `"s%d":{"kind":"set","values":{"n":"n + 1"},"next":"b%d"},`, i, i)
		fmt.Fprintf(&nodes, `"b%d":{"kind":"branch","cases":[{"way":"high","when":"n > 100"}],"edges":{"high":"s%d","otherwise":"s%d"}},`, i, i+1, i+1)
	}
	program, err := flow.Compile([]byte(fmt.Sprintf(`{"schema":1,"start":"s0","variables":{"n":{"type":"number","default":0}},"nodes":{%s"s%d":{"kind":"hangup"}}}`,
		nodes.String(), pairs)))
	if err != nil {
		return nil, err
	}
	wanted := pick(b, 5*time.Second, time.Second)
	runs, began := 0, processorTime()
	for ; processorTime()-began < wanted; runs++ {
		all, _ := flow.Rehearse(ctx, flow.Stage{Tenant: "t"}, program, []flow.Script{{Name: "straight"}})
		if want := fmt.Sprint(pairs); all[0].Variables["n"] != want {
			return nil, fmt.Errorf("the flow did not come to its end: n is %q, want %s; %s", all[0].Variables["n"], want, all[0].Detail)
		}
	}
	took := processorTime() - began
	return []figure{{"flow interpreter, nodes that set and branch", fmt.Sprintf("%.0f", float64(runs*(2*pairs+1))/took.Seconds()), "nodes per CPU-second",
		fmt.Sprintf("%d runs of %d nodes with an expression each, as a rehearsal: each step is noted", runs, 2*pairs+1)}}, nil
}

// crowded measures callers who hear music or a menu: half of them wait in line, half are asked. When this machine
// cannot carry them and what is measured both, it tries with half and says so.
func crowded(ctx context.Context, b *bench) ([]figure, error) {
	wanted := pick(b, 2000, 100)
	for n := wanted; ; n /= 2 {
		f, err := crowdedOnce(ctx, b, n)
		if err == nil || !errors.Is(err, errOverloaded) || n < 100 {
			for i := range f {
				if n != wanted {
					f[i].how += fmt.Sprintf("; %d at once were too many for this machine together with their load", wanted)
				}
			}
			return f, err
		}
		b.say("  %d callers: %v; half of them", n, err)
	}
}

func crowdedOnce(ctx context.Context, b *bench, n int) ([]figure, error) {
	s, err := b.open(ctx, plan{name: fmt.Sprintf("menus-%d", n), agents: 1, pump: true})
	if err != nil {
		return nil, err
	}
	defer s.close()
	if err := tick(ctx, time.Second); err != nil {
		return nil, err
	}
	empty, err := s.server.Memory()
	if err != nil {
		return nil, err
	}
	t := &talks{}
	defer t.end()
	for i := range n { // those with the menu last: it gives up after three tries
		to := rig.Number
		if i >= n/2 {
			to = rig.MenuNumber
		}
		c, err := s.lines.Dial(context.Background(), carrier.Numbers{From: fmt.Sprintf("+4420700%05d", i), To: to})
		if err != nil {
			return nil, err
		}
		t.callers = append(t.callers, c)
		if err := tick(ctx, 10*time.Millisecond); err != nil {
			return nil, err
		}
	}
	for _, c := range t.callers {
		select {
		case <-c.Answered():
		case <-c.Done():
			return nil, fmt.Errorf("%w: a call ended: %+v", errOverloaded, c.Result())
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	before, err := s.server.CPU()
	if err != nil {
		return nil, err
	}
	heard, began := s.pump.Heard.Load(), time.Now()
	if err := tick(ctx, pick(b, 8*time.Second, 4*time.Second)); err != nil {
		return nil, err
	}
	after, err := s.server.CPU()
	if err != nil {
		return nil, err
	}
	took := time.Since(began)
	full, err := s.server.Memory()
	if err != nil {
		return nil, err
	}
	// While a menu waits for a key nothing is said: some of half the packets are missing.
	delivered := float64(s.pump.Heard.Load()-heard) / (50 * took.Seconds() * float64(n))
	if delivered < 0.6 {
		return nil, fmt.Errorf("%w: %.1f %% of the packets arrived", errOverloaded, 100*delivered)
	}
	how := fmt.Sprintf("%d callers, half in a menu and half with music, %s; %.0f %% of 50 packets/s each arrived, the rest are pauses of the menu", n, took.Round(time.Second), 100*delivered)
	return []figure{
		{"callers in menus and music", fmt.Sprintf("%.2f", (after-before).Seconds()/(took.Seconds()*float64(n))*1000), "CPU-s per 1000 call-s", "user and system time of the server; " + how},
		{"callers in menus and music, memory of each", fmt.Sprintf("%.0f", float64(full-empty)/float64(n)/1000), "kB resident", how},
	}, nil
}
