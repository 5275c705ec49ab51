package simulate

import (
	"strconv"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/interaction"
	"linekeeper/internal/queue"
	"linekeeper/internal/routing"
	"linekeeper/internal/wait"
)

// Router is the decision that serves real customers, and the estimate that tells them their wait, as a Rule in virtual
// time. A class is a queue with its target and weight, an agent's skills are the queues he serves; it has no policy of
// its own.
type Router struct {
	matcher *routing.Matcher
	queues  []queue.ID
	agents  []driven
	calls   map[int]int // class by call that waits
	waits   []waits
	out     []Assignment
	skills  [][]int
}

// driven is an agent as the router is told of him.
type driven struct {
	routing.Agent
	work interaction.ID // in hand; empty: nothing
}

// waits is the estimate of a class, with who serves it.
type waits struct {
	line      wait.Line
	all, free int // agents who are there, and who could take somebody at once
}

// firstInstant is when every day begins.
var firstInstant = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func instant(at float64) time.Time {
	return firstInstant.Add(time.Duration(at * float64(time.Second)))
}

func callID(call int) interaction.ID { return interaction.ID(strconv.Itoa(call)) }

// Start implements Rule.
func (r *Router) Start(s Setup) {
	*r = Router{matcher: routing.NewMatcher(), calls: make(map[int]int), waits: make([]waits, len(s.Classes)), skills: s.Agents}
	var queues []routing.Queue
	for i, c := range s.Classes {
		id := queue.ID(strconv.Itoa(i))
		r.queues = append(r.queues, id)
		queues = append(queues, routing.Queue{ID: id, Weight: c.Weight, Goal: c.Share, Target: time.Duration(c.Target * float64(time.Second)), Strategy: c.Strategy})
	}
	r.matcher.SetQueues(firstInstant, queues)
	for i, skills := range s.Agents {
		a := driven{Agent: routing.Agent{ID: access.UserID(strconv.Itoa(i))}}
		for _, class := range skills {
			a.Queues = append(a.Queues, r.queues[class])
		}
		r.agents = append(r.agents, a)
	}
}

// Event implements Rule.
func (r *Router) Event(e Event) Answer {
	now := instant(e.At)
	answer := Answer{Wait: NoWait}
	switch e.Kind {
	case Arrival:
		if _, twice := r.calls[e.Call]; !twice {
			answer.Wait = r.arrival(now, e)
		}
	case Abandon:
		if class, ok := r.calls[e.Call]; ok {
			r.waits[class].line.Left(now, string(callID(e.Call)))
			delete(r.calls, e.Call)
			r.matcher.Withdraw(callID(e.Call), "")
		}
	case Done:
		r.release(now, e.Agent)
	case Login:
		r.release(now, e.Agent)
		r.ready(now, e.Agent, true)
	case Logout:
		r.ready(now, e.Agent, false)
	case Tick: // what waited for time to pass may be due
	}
	r.out = r.out[:0]
	for _, pair := range r.matcher.Match(now) {
		r.given(now, pair)
	}
	answer.Assign = r.out
	return answer
}

func (r *Router) arrival(now time.Time, e Event) (expected float64) {
	call, class := e.Call, e.Class
	r.calls[call] = class
	w, id := &r.waits[class], callID(call)
	r.matcher.Enqueue(now, routing.Place{Interaction: id, Queue: r.queues[class], Since: now, Priority: e.Priority})
	w.line.Agents(now, w.all, w.free)
	expected = NoWait
	if e, ok := w.line.Expect(now, 0); ok {
		expected = e.Wait.Seconds()
	}
	w.line.Joined(now, string(id))
	return expected
}

// given takes over what the router has decided.
func (r *Router) given(now time.Time, pair routing.Pair) {
	call, _ := strconv.Atoi(string(pair.Place.Interaction)) // our own text
	agent, _ := strconv.Atoi(string(pair.Agent))
	r.waits[r.calls[call]].line.Answered(now, string(pair.Place.Interaction))
	delete(r.calls, call)
	r.change(agent, func(a *driven) { a.work = pair.Place.Interaction })
	r.out = append(r.out, Assignment{call, agent})
}

// release ends what an agent has in hand.
func (r *Router) release(now time.Time, agent int) {
	a := r.agents[agent]
	if a.work == "" {
		return
	}
	r.change(agent, func(a *driven) { a.work = "" })
	r.matcher.Release(now, interaction.Release{Interaction: a.work, Agent: a.ID})
}

func (r *Router) ready(now time.Time, agent int, in bool) {
	r.change(agent, func(a *driven) { a.Ready, a.Present = in, in })
	r.matcher.SetAgent(now, r.agents[agent].Agent)
}

// change keeps the counts of who is there and free up to date.
func (r *Router) change(agent int, do func(*driven)) {
	a := &r.agents[agent]
	r.count(agent, -1)
	do(a)
	r.count(agent, 1)
}

func (r *Router) count(agent, by int) {
	a := r.agents[agent]
	if !a.Ready {
		return
	}
	for _, class := range r.skills[agent] {
		r.waits[class].all += by
		if a.work == "" {
			r.waits[class].free += by
		}
	}
}
