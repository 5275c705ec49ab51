package routing

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/interaction"
	"linekeeper/internal/queue"
	"linekeeper/internal/skill"
)

// center is a large one: 200 queues, 64 skills, agents who serve four queues with eight skills, and customers half of
// whom ask for a skill or two.
type center struct {
	m    *Matcher
	now  time.Time
	dice *rand.Rand
	ids  int
}

const manyQueues, manySkills = 200, 64

func newCenter(agents, waiting int) *center {
	c := &center{m: NewMatcher(), now: time.Unix(1_800_000_000, 0), dice: rand.New(rand.NewPCG(1, 2))}
	var queues []Queue
	for i := range manyQueues {
		queues = append(queues, Queue{ID: queue.ID(fmt.Sprint("queue", i)), Target: time.Duration(10+i%50) * time.Second})
	}
	c.m.SetQueues(c.now, queues)
	for i := range agents {
		a := Agent{ID: access.UserID(fmt.Sprint("agent", i)), Ready: waiting == 0}
		for range 4 {
			a.Queues = append(a.Queues, queues[c.dice.IntN(manyQueues)].ID)
		}
		for range 8 {
			a.Skills = append(a.Skills, skill.Level{Skill: c.skill(), Level: 1 + c.dice.IntN(10)})
		}
		c.m.SetAgent(c.now, a)
	}
	for range waiting {
		c.now = c.now.Add(time.Millisecond)
		c.arrive()
	}
	for _, s := range c.m.seats {
		a := s.agent
		a.Ready = true
		c.m.SetAgent(c.now, a)
	}
	return c
}

func (c *center) skill() skill.ID { return skill.ID(fmt.Sprint("skill", c.dice.IntN(manySkills))) }

func (c *center) arrive() {
	c.ids++
	p := Place{
		Interaction: interaction.ID(fmt.Sprintf("%09d", c.ids)), Queue: queue.ID(fmt.Sprint("queue", c.dice.IntN(manyQueues))),
		Since: c.now,
	}
	for range max(0, c.dice.IntN(5)-2) {
		p.Needs = append(p.Needs, skill.Need{Skill: c.skill(), Level: 1 + c.dice.IntN(3), Relax: []skill.Relaxation{{AfterMS: 120_000}}})
	}
	c.m.Enqueue(c.now, p)
}

// BenchmarkFreed is one agent of 10,000 who gets free while 100,000 wait: release, decision, and the next arrival.
func BenchmarkFreed(b *testing.B) {
	c := newCenter(10_000, 100_000)
	busy := c.m.Match(c.now)
	b.ReportMetric(float64(len(busy)), "busy")
	for b.Loop() {
		c.now = c.now.Add(time.Millisecond)
		p := busy[0]
		c.m.Release(c.now, interaction.Release{Interaction: p.Place.Interaction, Agent: p.Agent})
		busy = append(busy[1:], c.m.Match(c.now)...) // nobody, when the agent's queues are empty
		c.now = c.now.Add(time.Millisecond)
		c.arrive()
	}
}

// BenchmarkArrival is one customer who comes while 10,000 agents are free, and is served at once.
func BenchmarkArrival(b *testing.B) {
	c := newCenter(10_000, 0)
	c.m.Match(c.now)
	for b.Loop() {
		c.now = c.now.Add(time.Millisecond)
		c.arrive()
		for _, p := range c.m.Match(c.now) {
			c.m.Release(c.now, interaction.Release{Interaction: p.Place.Interaction, Agent: p.Agent})
		}
	}
}
