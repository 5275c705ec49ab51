package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/interaction"
	"linekeeper/internal/queue"
	"linekeeper/internal/routing"
	"linekeeper/internal/skill"
)

// matching measures the matcher in this process, without journal and network: agents get free one after another while
// very many wait. Every agent has queues and skills of his own; every second customer asks for a skill or two.
func matching(ctx context.Context, b *bench) ([]figure, error) {
	agents, waiting, rounds := pick(b, 10_000, 500), pick(b, 100_000, 5_000), pick(b, 100_000, 5_000)
	c := bigCenter(agents)
	for range waiting {
		c.arrive()
	}
	for _, a := range c.agents {
		a.Ready = true
		c.m.SetAgent(c.now, a)
	}
	busy := c.m.Match(c.now)
	if len(busy) < agents/2 {
		return nil, fmt.Errorf("only %d of %d agents got a customer", len(busy), agents)
	}
	took := make([]time.Duration, 0, rounds)
	pairs := 0
	began := processorTime()
	for range rounds {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		c.now = c.now.Add(time.Millisecond)
		freed := busy[0]
		at := time.Now()
		c.m.Release(c.now, interaction.Release{Interaction: freed.Place.Interaction, Agent: freed.Agent})
		got := c.m.Match(c.now)
		took = append(took, time.Since(at))
		pairs += len(got)
		busy = append(busy[1:], got...) // who got nobody, since his queues are empty, gets somebody later
		c.arrive()
	}
	used := processorTime() - began
	if pairs < rounds*9/10 {
		return nil, fmt.Errorf("only %d customers for %d freed agents", pairs, rounds)
	}
	slices.Sort(took)
	how := fmt.Sprintf("%d agents with 4 queues and 8 skills each, all different, %d waiting, %d queues, %d skills; %d agents freed, each time one customer more; no journal",
		agents, waiting, len(c.queues), manySkills, rounds)
	ms := func(d time.Duration) string { return fmt.Sprintf("%.3f", d.Seconds()*1000) }
	return []figure{
		{"routing, assignments", fmt.Sprintf("%.0f", float64(pairs)/used.Seconds()), "per CPU-second", how},
		{"routing, freed agent to pair, p50", ms(took[rounds/2]), "ms", how},
		{"routing, freed agent to pair, p99", ms(took[rounds*99/100]), "ms", how},
	}, nil
}

const manySkills = 64

// bigMatcher is a center whose customers come by chance, the same every time.
type bigMatcher struct {
	m      *routing.Matcher
	now    time.Time
	dice   *rand.Rand
	queues []routing.Queue
	agents []routing.Agent // not ready
	came   int
}

func bigCenter(agents int) *bigMatcher {
	c := &bigMatcher{m: routing.NewMatcher(), now: time.Unix(1_800_000_000, 0), dice: rand.New(rand.NewPCG(1, 2))}
	for i := range 200 {
		c.queues = append(c.queues, routing.Queue{ID: queue.ID(fmt.Sprint("queue", i)), Target: time.Duration(10+i%50) * time.Second})
	}
	c.m.SetQueues(c.now, c.queues)
	for i := range agents {
		a := routing.Agent{ID: access.UserID(fmt.Sprint("agent", i))}
		for range 4 {
			a.Queues = append(a.Queues, c.queue())
		}
		for range 8 {
			a.Skills = append(a.Skills, skill.Level{Skill: c.skill(), Level: 1 + c.dice.IntN(skill.MaxLevel)})
		}
		c.agents = append(c.agents, a)
		c.m.SetAgent(c.now, a)
	}
	return c
}

func (c *bigMatcher) queue() queue.ID { return c.queues[c.dice.IntN(len(c.queues))].ID }

func (c *bigMatcher) skill() skill.ID { return skill.ID(fmt.Sprint("skill", c.dice.IntN(manySkills))) }

// arrive lets a customer come a millisecond after the one before.
func (c *bigMatcher) arrive() {
	c.now = c.now.Add(time.Millisecond)
	c.came++
	p := routing.Place{Interaction: interaction.ID(fmt.Sprintf("%09d", c.came)), Queue: c.queue(), Since: c.now}
	for range max(0, c.dice.IntN(5)-2) {
		p.Needs = append(p.Needs, skill.Need{Skill: c.skill(), Level: 1 + c.dice.IntN(3), Relax: []skill.Relaxation{{AfterMS: 120_000}}})
	}
	c.m.Enqueue(c.now, p)
}
