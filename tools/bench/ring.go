package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"linekeeper/internal/demo/carrier"
	"linekeeper/internal/edge/desk"
	"linekeeper/internal/live"
	"linekeeper/test/rig"
)

// ringing measures the time from "I am available" to the offer on the screen, both seen at the desk's
// socket, with so many agents at their desks and callers waiting.
func ringing(agents int) func(context.Context, *bench) ([]figure, error) {
	return func(ctx context.Context, b *bench) ([]figure, error) {
		agents := pick(b, agents, min(agents, 50))
		s, err := b.open(ctx, plan{name: fmt.Sprintf("ring-%d", agents), agents: agents, browser: true, offer: 60 * time.Second})
		if err != nil {
			return nil, err
		}
		defer s.close()
		var callers []*carrier.Call
		defer func() {
			for _, c := range callers {
				c.HangUp()
			}
		}()
		for i := range 5 {
			c, err := s.lines.Dial(ctx, carrier.Numbers{From: fmt.Sprintf("+4420700%05d", i), To: rig.Number})
			if err != nil {
				return nil, err
			}
			callers = append(callers, c)
		}
		if err := s.agents[0].desk.Await(ctx, "five waiting calls", func(v *rig.View) bool {
			n := 0
			for _, q := range v.Queues() {
				n += q.Waiting
			}
			return n == len(callers)
		}); err != nil {
			return nil, err
		}
		rounds := pick(b, 500, 50)
		var took []time.Duration
		for i := range rounds {
			a := s.agents[i%len(s.agents)]
			began := time.Now()
			if err := a.desk.Status(ctx, "available", ""); err != nil {
				return nil, err
			}
			w, err := a.desk.AwaitWork(ctx, "offered")
			if err != nil {
				return nil, err
			}
			took = append(took, time.Since(began))
			if _, err := a.desk.Ask(ctx, desk.Command{Kind: desk.CmdDecline, Interaction: string(w.Interaction)}); err != nil {
				return nil, err
			}
			if err := a.desk.Await(ctx, "the end of the offer", func(v *rig.View) bool { _, has := v.Work(); return !has && resting(v.Me()) }); err != nil {
				return nil, err
			}
		}
		slices.Sort(took)
		ms := func(d time.Duration) string { return fmt.Sprintf("%.1f", float64(d.Microseconds())/1000) }
		how := fmt.Sprintf("%d times, seen at the desk's WebSocket, callers waiting, status and offer each committed with sync", rounds)
		return []figure{
			{fmt.Sprintf("available to ring, %d agents, p50", agents), ms(took[len(took)/2]), "ms", how},
			{fmt.Sprintf("available to ring, %d agents, p99", agents), ms(took[len(took)*99/100]), "ms", how},
		}, nil
	}
}

func resting(me live.AgentView) bool { return me.Status != "available" }
