package simulate

// Method is a simple way to estimate waits, as a yardstick for those a rule tells.
type Method int

// The methods; see Ibrahim and Whitt, "Real-time delay estimation based on delay history" (2009).
const (
	// HeadOfLine takes the wait of who is first in line now; 0 when the line is empty.
	HeadOfLine Method = iota
	// LastServed takes the wait of who was answered last after a wait.
	LastServed
	// QueueLength takes the places ahead and one's own times the class's mean handle time, over the agents who serve it
	// and are there. It knows the mean, and nothing of other classes.
	QueueLength
	methods
)

// String names the method as results do.
func (m Method) String() string {
	return [...]string{"head_of_line", "last_served", "queue_length"}[m]
}

// yardsticks keeps what the simple methods need.
type yardsticks struct {
	day    *Day
	means  []float64
	lines  []line
	last   []float64
	served []int // agents there, by class
	known  [methods][]float64
}

func newYardsticks(c *Center, d *Day) *yardsticks {
	y := &yardsticks{day: d, lines: make([]line, len(c.Classes)), last: make([]float64, len(c.Classes)), served: make([]int, len(c.Classes))}
	for _, class := range c.Classes {
		y.means = append(y.means, class.Handle.mean())
	}
	for m := range methods {
		y.known[m] = make([]float64, len(d.Calls))
	}
	return y
}

func (y *yardsticks) agents(skills []int, by int) {
	for _, s := range skills {
		y.served[s] += by
	}
}

func (y *yardsticks) arrival(call, class int, at float64) {
	l := &y.lines[class]
	if first, ok := l.first(); ok {
		y.known[HeadOfLine][call] = at - y.day.Calls[first].At
	}
	y.known[LastServed][call] = y.last[class]
	y.known[QueueLength][call] = float64(l.len()+1) * y.means[class] / float64(max(1, y.served[class]))
	l.join(call)
}

func (y *yardsticks) answered(call, class int, wait float64) {
	y.lines[class].remove(call)
	if wait > 0 {
		y.last[class] = wait
	}
}

func (y *yardsticks) left(call, class int) { y.lines[class].remove(call) }

// line are waiting calls, by rising number. Its zero value is empty.
type line struct {
	calls []int
	from  int          // before it all are gone
	gone  map[int]bool // of those behind
}

func (l *line) len() int { return len(l.calls) - l.from - len(l.gone) }

func (l *line) join(call int) { l.calls = append(l.calls, call) }

func (l *line) first() (call int, ok bool) {
	if l.from == len(l.calls) {
		return 0, false
	}
	return l.calls[l.from], true
}

// remove takes out a call that is in the line.
func (l *line) remove(call int) {
	if l.gone == nil {
		l.gone = make(map[int]bool)
	}
	l.gone[call] = true
	for l.from < len(l.calls) && l.gone[l.calls[l.from]] {
		delete(l.gone, l.calls[l.from])
		l.from++
	}
	if l.from > 64 && l.from*2 > len(l.calls) {
		l.calls = append(l.calls[:0], l.calls[l.from:]...)
		l.from = 0
	}
}
