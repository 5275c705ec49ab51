package carrier

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"
)

// Line is something to dial: a number of the center and the keys that lead through its menu.
type Line struct {
	Number   string
	Language string // of the people who dial it: en, ru, th
	Keys     string // one of these characters is pressed, at random; empty: nothing
}

// Errand is something people call for that needs no agent now: to leave a message, to be called back.
type Errand struct {
	Lines []Line
	// Plan is what they do; numbers and sentences are put in.
	Plan Plan
	// First is when the first of them calls, Every how long it is until the next on average.
	First, Every time.Duration
	// Enough says that nobody calls for it now; it is asked each second then. Nil: never.
	Enough func() bool
}

// Crowd places calls whenever an agent is free, as people would: some call again, some give up.
type Crowd struct {
	Carrier *Carrier
	Lines   []Line
	// Errands are what people call for whether an agent is there or not.
	Errands []Errand
	// Available is how many agents could take a call now; it is polled.
	Available func() int
	// Connected tells whether the caller with this number speaks with a person; nil: assume so.
	Connected func(from string) bool
	// MinStay and MaxStay bound how long a talk lasts; 0: 20 s and 90 s.
	MinStay, MaxStay time.Duration
	// KeysAfter is how much of a menu is heard before a key is pressed; 0: 4 s.
	KeysAfter time.Duration
	// Impatient is the share of callers who give up while waiting; 0: one in eight; negative: nobody.
	Impatient float64
	// Seed makes the crowd the same each time; 0: different each time.
	Seed uint64
	// Log tells who calls; nil: nobody.
	Log *slog.Logger
}

// person is a caller; the same people call again, so that there is a history to show.
type person struct {
	name, number, language string
}

// Person is a caller by name and number; the name is empty for somebody nobody knows.
type Person struct{ Name, Number, Language string }

// People lists the crowd's callers, so that a center can know them.
func People() []Person {
	var all []Person
	for _, p := range people() {
		all = append(all, Person{p.name, p.number, p.language})
	}
	return all
}

func people() []person {
	return []person{
		{"Maria Jensen", "+4520123401", "en"}, {"Tom Baker", "+442071838750", "en"}, {"Olivia Reed", "+12025550143", "en"},
		{"Sam Okafor", "+442071838751", "en"}, {"Grace Lindqvist", "+46850000012", "en"},
		{"Мария Иванова", "+79161234501", "ru"}, {"Олег Петренко", "+79261234502", "ru"}, {"Анна Соколова", "+74951234503", "ru"},
		{"Дмитрий Орлов", "+79031234504", "ru"},
		{"สมชาย ใจดี", "+66812345601", "th"}, {"มาลี ศรีสุข", "+66812345602", "th"}, {"อนันต์ วงศ์ทอง", "+66812345603", "th"},
		{"", "+35799123456", "en"}, {"", "+79051234505", "ru"},
	}
}

// Run calls until the context ends, then hangs up and waits for the calls.
func (w Crowd) Run(ctx context.Context) {
	w.defaults()
	seed := w.Seed
	if seed == 0 {
		seed = rand.Uint64()
	}
	c := callers{Crowd: w, dice: rand.New(rand.NewPCG(seed, 1)), onLine: make(map[string]bool)}
	defer c.wg.Wait()

	poll := time.NewTicker(time.Second)
	defer poll.Stop()
	begun := time.Now()
	due := make([]time.Time, len(w.Errands))
	for i, e := range w.Errands {
		due[i] = begun.Add(e.First)
	}
	var hold time.Time // nobody calls for an agent before
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-poll.C:
			for i, e := range w.Errands {
				if now.Before(due[i]) || e.Enough != nil && e.Enough() {
					continue
				}
				due[i] = now.Add(e.Every/2 + time.Duration(c.dice.Int64N(int64(e.Every)+1)))
				c.errand(ctx, e)
			}
			// Somebody calls for each free agent; now and then also when all are busy, so that a queue forms.
			queued, free := c.inLine(), w.Available()
			if now.Before(hold) || queued > free+1 || queued >= free && c.dice.Float64() > 0.02 {
				continue
			}
			if c.talk(ctx) {
				hold = now.Add(time.Duration(1+c.dice.IntN(5)) * time.Second)
			}
		}
	}
}

// callers are a crowd that calls.
type callers struct {
	Crowd
	dice *rand.Rand
	wg   sync.WaitGroup

	mu      sync.Mutex
	onLine  map[string]bool // numbers that are calling
	waiting int             // of these, who want an agent and speak with none yet
}

func (c *callers) inLine() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.waiting
}

func (c *callers) calls(number string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.onLine[number]
}

// talk lets somebody call who wants an agent; false: everybody calls already.
func (c *callers) talk(ctx context.Context) bool {
	who, line, ok := pick(c.dice, c.Lines, c.calls)
	if !ok {
		return false
	}
	plan, err := c.plan(c.dice, who, line)
	if err != nil {
		c.Log.Error("demo: a caller has no voice", "error", err)
		return true
	}
	c.mu.Lock()
	c.waiting++
	c.mu.Unlock()
	through := sync.OnceFunc(func() { c.mu.Lock(); c.waiting--; c.mu.Unlock() })
	connected := plan.Connected
	plan.Connected = func() bool {
		if connected != nil && !connected() {
			return false
		}
		through()
		return true
	}
	c.place(ctx, who, plan, through)
	return true
}

// errand lets somebody call who wants something else; nobody, when all of them are on the line.
func (c *callers) errand(ctx context.Context, e Errand) {
	who, line, ok := pick(c.dice, e.Lines, c.calls)
	if !ok {
		return
	}
	speak, err := Sentences(who.language)
	if err != nil {
		c.Log.Error("demo: a caller has no voice", "error", err)
		return
	}
	c.dice.Shuffle(len(speak), func(i, j int) { speak[i], speak[j] = speak[j], speak[i] })
	plan := e.Plan
	plan.Numbers = Numbers{From: who.number, Display: who.name, To: line.Number}
	plan.Speak = speak
	c.place(ctx, who, plan, func() {})
}

// place calls and follows the call to its end, when over is told.
func (c *callers) place(ctx context.Context, who person, plan Plan, over func()) {
	c.mu.Lock()
	c.onLine[who.number] = true
	c.mu.Unlock()
	c.Log.Info("demo: somebody calls", "who", who.name, "from", who.number, "to", plan.To)
	call, err := c.Carrier.Call(ctx, plan)
	if err != nil {
		c.Log.Error("demo: a call could not be placed", "error", err)
	}
	c.wg.Go(func() {
		if call != nil {
			<-call.Done()
			c.Log.Debug("demo: the call is over", "from", who.number, "result", call.Result())
		}
		over()
		c.mu.Lock()
		delete(c.onLine, who.number)
		c.mu.Unlock()
	})
}

func (w *Crowd) defaults() {
	if w.MinStay == 0 {
		w.MinStay = 20 * time.Second
	}
	if w.MaxStay == 0 {
		w.MaxStay = 90 * time.Second
	}
	if w.KeysAfter == 0 {
		w.KeysAfter = 4 * time.Second
	}
	if w.Impatient == 0 {
		w.Impatient = 0.125
	}
	if w.Log == nil {
		w.Log = slog.New(slog.DiscardHandler)
	}
}

// pick chooses somebody who is not calling and a line of their language, else any line.
func pick(dice *rand.Rand, lines []Line, busy func(string) bool) (person, Line, bool) {
	all := people()
	for _, i := range dice.Perm(len(all)) {
		if busy(all[i].number) {
			continue
		}
		var theirs []Line
		for _, l := range lines {
			if l.Language == all[i].language {
				theirs = append(theirs, l)
			}
		}
		if len(theirs) == 0 {
			theirs = lines
		}
		if len(theirs) == 0 {
			return person{}, Line{}, false
		}
		return all[i], theirs[dice.IntN(len(theirs))], true
	}
	return person{}, Line{}, false
}

// plan makes up what the person has in mind.
func (w *Crowd) plan(dice *rand.Rand, who person, line Line) (Plan, error) {
	speak, err := Sentences(who.language)
	if err != nil {
		return Plan{}, err
	}
	dice.Shuffle(len(speak), func(i, j int) { speak[i], speak[j] = speak[j], speak[i] })
	p := Plan{
		Numbers:   Numbers{From: who.number, Display: who.name, To: line.Number},
		KeysAfter: w.KeysAfter + time.Duration(dice.IntN(3000))*time.Millisecond,
		Speak:     speak,
		Pause:     time.Duration(2000+dice.IntN(4000)) * time.Millisecond,
		Stay:      w.MinStay + time.Duration(dice.Int64N(int64(w.MaxStay-w.MinStay)+1)),
		// Even the patient do not wait for ever.
		GiveUpAfter: 5 * time.Minute,
	}
	if keys := []rune(line.Keys); len(keys) > 0 {
		p.Keys = string(keys[dice.IntN(len(keys))])
	}
	if w.Connected != nil {
		p.Connected = func() bool { return w.Connected(who.number) }
		p.Afterwards = [][]string{{"5", "10"}, {"5", "9"}, {"4", "8"}, {"2", "2"}}[dice.IntN(4)]
	}
	if dice.Float64() < w.Impatient {
		p.GiveUpAfter = time.Duration(8+dice.IntN(20)) * time.Second
	}
	return p, nil
}
