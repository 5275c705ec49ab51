package center

import (
	"reflect"

	"linekeeper/internal/queue"
	"linekeeper/internal/skill"
)

// QueueRouting is how a queue chooses the agent for a customer.
type QueueRouting struct {
	Strategy      string      `yaml:"strategy,omitempty"`        // longest_idle, least_handled, round_robin, by_level or random; missing: who serves the fewest queues and has the fewest skills
	Weight        int64       `yaml:"weight,omitempty"`          // of its customers' waiting beside that of other queues; missing: 1
	Needs         []SkillNeed `yaml:"needs,omitempty"`           // skills its customers ask for
	LanguageLevel int64       `yaml:"language_level,omitempty"`  // the least of the skill whose key is the customer's language; missing: it does not matter
	LanguageRelax Duration    `yaml:"language_relax,omitempty"`  // after so long the language is only preferred; missing: never
	LastAgent     Duration    `yaml:"last_agent,omitempty"`      // how long a customer waits for the agent he talked with last; missing: not at all
	LastAgentDays int64       `yaml:"last_agent_days,omitempty"` // how long ago that talk may be
	PerHour       int64       `yaml:"per_hour,omitempty"`        // so many of its interactions an agent gets at most within 60 minutes; missing: as many as come
	PerDay        int64       `yaml:"per_day,omitempty"`         // the same within 24 hours
}

// QueueOverflow is a rule of a queue for who waits in its line.
type QueueOverflow struct {
	When   string       `yaml:"when"`             // wait, size or nobody
	After  Duration     `yaml:"after,omitempty"`  // he has waited so long; for nobody missing: at once
	Size   int64        `yaml:"size,omitempty"`   // so many waited on the line already when he came
	Breaks List[string] `yaml:"breaks,omitempty"` // keys of break reasons in which an agent counts as there, and missed, phone_lost, recovery
	Do     string       `yaml:"do"`               // callback (it is offered), queue, flow, voicemail, outside or hang_up
	Queue  string       `yaml:"queue,omitempty"`  // key
	Flow   string       `yaml:"flow,omitempty"`   // key
	Number string       `yaml:"number,omitempty"` // outside, as it would be dialed
}

func overflowNoun(rules []QueueOverflow) (all []queue.Overflow) {
	for _, r := range rules {
		all = append(all, queue.Overflow{When: queue.Trigger(r.When), AfterMS: r.After.Milliseconds(), Size: r.Size, Breaks: r.Breaks,
			Act: queue.Act{Do: queue.Do(r.Do), Queue: r.Queue, Flow: r.Flow, Number: r.Number}})
	}
	return all
}

func overflowFrom(rules []queue.Overflow) (all []QueueOverflow) {
	for _, n := range rules {
		all = append(all, QueueOverflow{When: string(n.When), After: fromMillis(n.AfterMS), Size: n.Size, Breaks: n.Breaks,
			Do: string(n.Do), Queue: n.Queue, Flow: n.Flow, Number: n.Number})
	}
	return all
}

// SkillNeed is what a customer asks of the agent's skill.
type SkillNeed struct {
	Skill string       `yaml:"skill"`           // key
	Level int64        `yaml:"level,omitempty"` // the least that will do; missing: preferred only
	Relax []Relaxation `yaml:"relax,omitempty"` // what will do after a wait; missing: nothing less
}

// Relaxation is the level that will do after a wait.
type Relaxation struct {
	After Duration `yaml:"after"`           // in line
	Level int64    `yaml:"level,omitempty"` // missing: anybody
}

func (r *QueueRouting) noun() queue.Routing {
	if r == nil {
		return queue.Routing{}
	}
	out := queue.Routing{Strategy: queue.Strategy(r.Strategy), Weight: r.Weight, LanguageLevel: r.LanguageLevel,
		LanguageRelaxMS: r.LanguageRelax.Milliseconds(), LastAgentMS: r.LastAgent.Milliseconds(), LastAgentDays: r.LastAgentDays,
		PerHour: r.PerHour, PerDay: r.PerDay}
	for _, n := range r.Needs {
		need := skill.Need{Skill: skill.ID(n.Skill), Level: int(n.Level)}
		for _, x := range n.Relax {
			need.Relax = append(need.Relax, skill.Relaxation{AfterMS: x.After.Milliseconds(), Level: int(x.Level)})
		}
		out.Needs = append(out.Needs, need)
	}
	return out
}

func routingFrom(n queue.Routing) *QueueRouting {
	if reflect.ValueOf(n).IsZero() {
		return nil
	}
	out := &QueueRouting{Strategy: string(n.Strategy), Weight: n.Weight, LanguageLevel: n.LanguageLevel,
		LanguageRelax: fromMillis(n.LanguageRelaxMS), LastAgent: fromMillis(n.LastAgentMS), LastAgentDays: n.LastAgentDays,
		PerHour: n.PerHour, PerDay: n.PerDay}
	for _, need := range n.Needs {
		one := SkillNeed{Skill: string(need.Skill), Level: int64(need.Level)}
		for _, x := range need.Relax {
			one.Relax = append(one.Relax, Relaxation{After: fromMillis(x.AfterMS), Level: int64(x.Level)})
		}
		out.Needs = append(out.Needs, one)
	}
	return out
}
