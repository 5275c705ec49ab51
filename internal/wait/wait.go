// Package wait estimates how long customers in line will wait. It has no goroutines and no clock: its
// Line is told what happens in one queue and is asked. DESIGN.md says what it reaches.
package wait

import (
	"math"
	"slices"
	"time"
)

// Method is a way to estimate.
type Method int

// The methods.
const (
	// HeadOfLine takes the wait of who is first in line: it needs to know nothing about the queue.
	HeadOfLine Method = iota
	// QueueLength takes the places ahead over the pace at which agents take customers, the faster the more
	// of those ahead give up.
	QueueLength
	// Experience takes the place in line, the agents and the wait of the first in line for what they meant for those
	// who were answered before.
	Experience
	methods
)

// String names the method.
func (m Method) String() string { return [...]string{"head_of_line", "queue_length", "experience"}[m] }

// Estimate is an expected wait.
type Estimate struct {
	Wait time.Duration // the mean
	// Low and High enclose the wait in about eight of ten cases; more room is left above, because who waits
	// longer than he was told is angrier than who waits shorter.
	Low, High time.Duration
	Method    Method
}

const (
	// memory is over how many answers the pace is known; what is older fades.
	memory = 60
	// recent is how many answers the error is measured over.
	recent = 20
	// atOnce is what is no wait: who is offered faster found somebody free.
	atOnce = time.Second
	// enough answers, and an error smaller by so much, make the head of the line the better method.
	enough  = 10
	clearly = 0.6
	// worthwhile is the wait below which nothing is expected of an estimate.
	worthwhile = 10 * time.Second
)

// Line follows one queue. Its zero value is an empty line without agents, about which nothing is known.
// It belongs to one goroutine. Instants that go back count as now.
type Line struct {
	now          time.Time
	agents, free int
	people       map[string]*person
	order        []string // of those who came, the first first; with some who are gone
	waiting      int      // who are not being offered

	pace      fading // answers by agent-seconds with somebody waiting
	impatient fading // customers who gave up by customer-seconds of waiting
	asking    fading // seconds from offer to answer by answers
	lastWait  time.Duration
	lesson    lesson

	errors [methods]ring // seconds
	said   ring          // of the method that was used
	waits  ring
}

// person is somebody in line.
type person struct {
	since    time.Time
	offered  time.Time // zero: he waits
	expected [methods]time.Duration
	method   Method
	known    bool // something was expected
	seen     [seen]float64
	lesson   bool // his wait teaches: agents were there when he came, none of them free
}

// Joined tells that a customer came into line then; one who came long before it is told, as after a
// restart, is nobody the estimates are measured by. One who was there already is told anew.
func (l *Line) Joined(at time.Time, id string) {
	l.Removed(at, id)
	p := &person{since: at, seen: l.see(l.waiting + 1)}
	for m := range methods {
		p.expected[m], _, p.known = l.expect(m, l.waiting+1)
	}
	timely := l.now.Sub(at) < worthwhile
	p.known = p.known && timely
	p.lesson = timely && l.agents > 0 && l.waiting >= l.free
	p.method = l.best()
	if l.people == nil {
		l.people = make(map[string]*person)
	}
	l.people[id] = p
	l.order = append(l.order, id)
	l.waiting++
}

// Offered tells that an agent is being asked to take him.
func (l *Line) Offered(at time.Time, id string) {
	l.advance(at)
	p := l.people[id]
	if p == nil || !p.offered.IsZero() {
		return
	}
	p.offered = l.now
	l.waiting--
	if l.now.Sub(p.since) >= atOnce {
		l.pace.happened(1)
	}
}

// Missed tells that the agent did not take him: he waits again.
func (l *Line) Missed(at time.Time, id string) {
	l.advance(at)
	if p := l.people[id]; p != nil && !p.offered.IsZero() {
		if p.offered.Sub(p.since) >= atOnce {
			l.pace.happened(-1)
		}
		p.offered = time.Time{}
		l.waiting++
	}
}

// Answered tells that he talks to an agent: his wait was a success, and the estimates are measured by it.
func (l *Line) Answered(at time.Time, id string) {
	l.Offered(at, id)
	p := l.people[id]
	if p == nil {
		return
	}
	wait := l.now.Sub(p.since)
	l.asking.happened(l.now.Sub(p.offered).Seconds())
	l.asking.passed(1)
	l.lastWait = wait
	if p.known && max(wait, p.expected[p.method]) >= worthwhile {
		for m, e := range p.expected {
			l.errors[m].add(math.Abs((e - wait).Seconds()))
		}
		l.said.add(math.Abs((p.expected[p.method] - wait).Seconds()))
		l.waits.add(wait.Seconds())
	}
	if p.lesson && wait >= atOnce {
		l.lesson.learn(p.seen, wait.Seconds())
	}
	l.Removed(at, id)
}

// Left tells that he gave up.
func (l *Line) Left(at time.Time, id string) {
	l.advance(at)
	if l.people[id] != nil {
		l.impatient.happened(1)
	}
	l.Removed(at, id)
}

// Removed tells that he is no longer in this line, for a reason that says nothing about waiting.
func (l *Line) Removed(at time.Time, id string) {
	l.advance(at)
	p := l.people[id]
	if p == nil {
		return
	}
	if p.offered.IsZero() {
		l.waiting--
	}
	delete(l.people, id)
	if len(l.order) > 2*len(l.people)+10 {
		l.order = slices.DeleteFunc(l.order, func(id string) bool { return l.people[id] == nil })
	}
}

// Agents tells how many agents serve the queue now, and how many of them could take somebody at once.
func (l *Line) Agents(at time.Time, all, free int) {
	l.advance(at)
	l.agents, l.free = all, free
}

// advance lets time pass.
func (l *Line) advance(at time.Time) {
	passed := at.Sub(l.now).Seconds()
	if passed <= 0 {
		return
	}
	if !l.now.IsZero() && l.waiting > 0 {
		l.pace.passed(passed * float64(l.agents))
		l.impatient.passed(passed * float64(l.waiting))
	}
	l.now = at
}

// Expect is the wait still ahead of who has this place in line, 1 being the first; 0: of who comes now.
// Not ok: nothing can be said, because no agent is there or nothing was seen yet.
func (l *Line) Expect(at time.Time, place int) (e Estimate, ok bool) {
	l.advance(at)
	if place == 0 {
		place = l.waiting + 1
	}
	e.Method = l.best()
	mean, spread, ok := l.expect(e.Method, place)
	if !ok {
		return Estimate{}, false
	}
	e.Wait = mean
	e.Low = max(0, mean-time.Duration(1.0*float64(spread)))
	e.High = mean + time.Duration(1.3*float64(spread))
	return e, true
}

// expect is a method's estimate and its standard deviation.
func (l *Line) expect(m Method, place int) (mean, spread time.Duration, ok bool) {
	if l.agents == 0 {
		return 0, 0, false
	}
	if place <= l.free {
		return 0, 0, true
	}
	if m == Experience && l.lesson.ready() {
		mean = seconds(l.lesson.expect(l.see(place)))
		return mean, time.Duration(float64(mean) / math.Sqrt(float64(place))), true
	}
	if m != HeadOfLine && l.pace.rate() > 0 {
		mean, spread = l.byLength(place)
		return mean, spread, true
	}
	return l.byHead(place)
}

// see is what the lesson goes by, for a place in line.
func (l *Line) see(place int) (x [seen]float64) {
	if l.agents > 0 {
		x[0], x[1] = float64(place)/float64(l.agents), 1/float64(l.agents)
	}
	x[2] = l.head(place).Seconds()
	return x
}

// head is how long the first in line has waited, for those before the end of the line their share of it; 0: nobody waits.
func (l *Line) head(place int) time.Duration {
	for _, id := range l.order {
		if p := l.people[id]; p != nil && p.offered.IsZero() {
			all := max(l.waiting, 1) // a line whose counts differ for a moment
			return l.now.Sub(p.since) * time.Duration(min(place, all)) / time.Duration(all)
		}
	}
	return 0
}

// byHead takes the wait of the first in line, for those before the end of the line their share of it.
func (l *Line) byHead(place int) (mean, spread time.Duration, ok bool) {
	if mean = l.head(place); mean == 0 {
		mean = l.lastWait
	}
	return mean, time.Duration(float64(mean) / math.Sqrt(float64(place))), mean > 0
}

// byLength adds up the times until each of those ahead, and he himself, is taken or gives up.
func (l *Line) byLength(place int) (mean, spread time.Duration) {
	pace := l.pace.rate() * float64(l.agents)
	leave := l.impatient.rate()
	var sum, square float64
	const exact = 100
	for i := range min(place, exact) {
		step := 1 / (pace + float64(i)*leave)
		sum += step
		square += step * step
	}
	if place > exact { // the rest as an integral
		from, to := pace+(exact-0.5)*leave, pace+(float64(place)-0.5)*leave
		if leave > 0 {
			sum += math.Log(to/from) / leave
			square += (1/from - 1/to) / leave
		} else {
			sum += float64(place-exact) / pace
			square += float64(place-exact) / (pace * pace)
		}
	}
	sum += l.asking.rate()
	unsure := sum / math.Sqrt(l.pace.count) // how well the pace is known
	return seconds(sum), seconds(math.Sqrt(square + unsure*unsure))
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// best is the method that erred least over the last answers. Twenty answers differ by chance, so the one
// that is better as a rule is left only for one that is clearly better.
func (l *Line) best() Method {
	best := QueueLength
	if l.lesson.ready() {
		best = Experience
	}
	for m, e := range l.errors {
		if e.n >= enough && e.sum() < clearly*l.errors[best].sum() {
			best = Method(m)
		}
	}
	return best
}

// Error is how far the estimates given to customers when they came were off, as a share of how long they
// waited, over the last answers (20 at most); of 0: nobody waited long enough yet.
func (l *Line) Error() (share float64, of int) {
	if l.said.n == 0 {
		return 0, 0
	}
	return l.said.sum() / max(1, l.waits.sum()), l.said.n
}
