package flow

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"linekeeper/internal/access"
	"linekeeper/internal/customer"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/number"
	"linekeeper/internal/project"
	"linekeeper/internal/queue"
	"linekeeper/internal/skill"
	"linekeeper/internal/tenant"
)

// Stage is what rehearsals are played on: the tenant's set-up, of which nothing is changed. Everything
// but the tenant may be nil.
type Stage struct {
	Tenant   tenant.ID
	Prompts  Prompts
	Files    fs.FS
	Programs Programs // flows that the program runs
	Hours    Hours
	Queues   QueueSetup // nil: every queue serves, at all times
	Plugins  Plugins    // nil: plug-ins offer whatever is wanted of them
}

// Rehearsal is what came of a script.
type Rehearsal struct {
	Script string   `json:"script"`
	End    End      `json:"end"`
	Queue  string   `json:"queue,omitempty"`
	Closed string   `json:"closed,omitempty"` // what the queue does because it is closed: callback, flow, hang_up; empty: it is open
	Detail string   `json:"detail,omitempty"` // of an end
	Took   float64  `json:"took"`             // seconds of the customer's time
	Steps  []Moment `json:"steps"`
	// Variables at the end that are not secret, as text.
	Variables map[string]string `json:"variables"`
	// Failures are expectations that were not met; none: the test has passed.
	Failures []Said `json:"failures"`

	why     Why  // the end is EndUnknown or EndStuck: why
	guessed bool // it hangs on how queues stood in a past call
}

// Moment is one step of a rehearsal.
type Moment struct {
	At   float64 `json:"at"` // seconds after the beginning
	Node string  `json:"node"`
	What string  `json:"what"` // as FlowStepped's
	Text string  `json:"text"`
}

// Coverage is how much of a program rehearsals have passed.
type Coverage struct {
	Nodes int `json:"nodes"` // all there are
	Ways  int `json:"ways"`
	// Unseen nodes and ways (menu.1) that no rehearsal has passed, sorted.
	Unseen     []string `json:"unseen"`
	UnseenWays []string `json:"unseen_ways"`
}

// longest is how long the machine may take for one script.
const longest = 5 * time.Second

// Rehearse plays scripts with a program, one after the other, in no time: the clock goes on only while
// the customer would wait. Nothing is called, written or sent.
func Rehearse(ctx context.Context, stage Stage, p *Program, scripts []Script) ([]Rehearsal, Coverage) {
	seen := map[string]bool{}
	all := []Rehearsal{}
	for _, s := range scripts {
		all = append(all, rehearse(ctx, stage, p, s, nil, seen))
	}
	return all, p.coverage(seen)
}

func (p *Program) coverage(seen map[string]bool) Coverage {
	c := Coverage{Nodes: len(p.nodes), Unseen: []string{}, UnseenWays: []string{}}
	for _, id := range slices.Sorted(maps.Keys(p.nodes)) {
		if !seen[id] {
			c.Unseen = append(c.Unseen, id)
		}
		for _, way := range slices.Sorted(maps.Keys(p.nodes[id].edges)) {
			c.Ways++
			if !seen[id+"."+way] {
				c.UnseenWays = append(c.UnseenWays, id+"."+way)
			}
		}
	}
	return c
}

// rehearse plays a script or, when there is one, a past call of which the script says the rest.
func rehearse(ctx context.Context, stage Stage, p *Program, s Script, past *PastCall, seen map[string]bool) Rehearsal {
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	a := &actor{script: s, acts: s.Acts, began: s.At}
	if a.began.IsZero() {
		a.began = time.Now()
	}
	a.now = a.began
	out := &Rehearsal{Script: s.Name, End: EndStuck, Steps: []Moment{}, Variables: map[string]string{}, Failures: []Said{}}
	set := &scene{facts: past.facts(), stage: stage, actor: a, program: p, changed: map[customer.ID]Customer{}, counts: map[string]int64{}, sought: map[string]int{}, answered: map[string]int{}}
	config := RunnerConfig{
		Tell:     func(_ interaction.ID, in interaction.Input) { a.told(out, in) },
		Programs: set, Queues: set, Hours: set, States: set, Setup: set, Customers: set, Tallies: set, Agents: set, Entries: set, Callbacks: set, Sources: set, Web: set, Plugins: set, Asker: set, Turns: set, Messages: set, Outgoing: set, Tasks: set, Clock: a, Chance: a.chance,
		Library: NewLibrary(LibraryConfig{Prompts: stage.Prompts, Files: stage.Files, Speaker: measure{}, MaxBytes: 8 << 20}),
		Passed: func(flow ID, node, way string) {
			if flow == p.Flow {
				seen[node], seen[node+"."+way] = true, true // a way of none is no way there is
			}
			a.passed = append(a.passed, node)
		},
	}
	if past != nil {
		a.remember(past)
		config.recall = a.past.recall
	}
	runner := NewRunner(config)
	defer runner.Close()
	spec := interaction.FlowRun{
		Flow: string(underTest), Channel: a.channel(),
		State: interaction.State{ID: "rehearsal", Arrived: a.now, Arrival: interaction.Arrival{
			Tenant: stage.Tenant, Channel: s.channel(), CustomerAddress: s.Number, CenterAddress: s.Line, Language: s.Language,
		}},
	}
	if s.Customer != nil {
		spec.State.Arrival.Customer = scripted
	}
	spec.Waiting, spec.State.Segment.Rules.Queue = s.Waits != "", queue.ID(s.Waits)
	r := newRun(ctx, runner, spec)
	a.where = func() string { return r.position.Node }
	a.node = func() *node { return r.program.nodes[r.position.Node] }
	r.inputs = s.Inputs
	a.play(ctx, r)
	if out.End == EndStuck && a.gone {
		out.End = EndGone
	}
	if past != nil && a.past.unknown != "" {
		out.End, out.Detail, out.why = EndUnknown, a.past.unknown, a.past.why
	}
	if past != nil {
		out.guessed = a.past.guessed
	}
	out.Took = a.seconds()
	for name, v := range r.position.Vars {
		if !r.program.variables[name].Secret {
			out.Variables[name] = short(v)
		}
	}
	out.judge(a)
	return *out
}

// underTest names the program of a rehearsal.
const underTest ID = "rehearsal"

// ownQueue is the key of the queue that every project has in a rehearsal.
const ownQueue = "default"

// judge compares with what was expected.
func (out *Rehearsal) judge(a *actor) {
	e := a.script.Expect
	fail := func(what Said) { out.Failures = append(out.Failures, what) }
	out.Failures = append(out.Failures, a.surprises...)
	if e.End != "" && e.End != out.End {
		fail(saidf("the end is %s, not %s", wordOf(endWord, string(out.End)), wordOf(endWord, string(e.End))))
	}
	if e.Closed != "" && e.Closed != out.Closed {
		fail(saidf("the queue is %s for him, not %s", wordOf(closedWord, cmp.Or(out.Closed, "open")), wordOf(closedWord, e.Closed)))
	}
	if e.Queue != "" && e.Queue != out.Queue {
		fail(saidf("the queue is %q, not %q", out.Queue, e.Queue))
	}
	if e.Within > 0 && out.Took > e.Within {
		fail(saidf("it took %s s, more than %g", strconv.FormatFloat(out.Took, 'f', 1, 64), e.Within))
	}
	var heard []string
	for _, m := range out.Steps {
		if m.What == StepPlayed {
			heard = append(heard, m.Text)
		}
	}
	if missing := inOrder(e.Hears, heard, strings.Contains); missing != "" {
		fail(saidf("the customer does not hear %q there", missing))
	}
	if missing := inOrder(e.Passes, a.passed, func(have, want string) bool { return have == want }); missing != "" {
		fail(saidf("the way does not pass %q there", missing))
	}
	for _, name := range slices.Sorted(maps.Keys(e.Variables)) {
		if got := out.Variables[name]; got != e.Variables[name] {
			fail(saidf("the variable %s is %q, not %q", name, got, e.Variables[name]))
		}
	}
	if left := len(a.acts); left > 0 && !a.gone {
		fail(saidf("the customer was not asked for his last %d acts", left))
	}
}

// inOrder is the first of those wanted that does not come in its order; empty: all come.
func inOrder(want, have []string, is func(have, want string) bool) string {
	for _, w := range want {
		i := slices.IndexFunc(have, func(h string) bool { return is(h, w) })
		if i < 0 {
			return w
		}
		have = have[i+1:]
	}
	return ""
}

// scene is the set-up as a script sees it.
type scene struct {
	facts    *Facts // of a past call; nil: as the script says
	stage    Stage
	actor    *actor
	program  *Program
	changed  map[customer.ID]Customer // by the program
	counts   map[string]int64         // added to counters
	sought   map[string]int           // how often each source was looked up in
	answered map[string]int           // how often each node was answered
	tasks    int64                    // made
	revoked  bool                     // he does not want to be called back any more
}

func (s *scene) Program(ctx context.Context, t tenant.ID, id ID, version int64) (*Program, error) {
	if id == underTest {
		return s.program, nil
	}
	if s.stage.Programs == nil {
		return nil, errors.New("there are no other flows in this rehearsal")
	}
	return s.stage.Programs.Program(ctx, t, id, version)
}

func (s *scene) ProgramByKey(ctx context.Context, t tenant.ID, key string) (*Program, error) {
	if s.stage.Programs == nil {
		return nil, errors.New("there are no other flows in this rehearsal")
	}
	return s.stage.Programs.ProgramByKey(ctx, t, key)
}

func (s *scene) Rules(_ context.Context, _ tenant.ID, key string) (interaction.QueueRules, error) {
	if slices.Contains(s.actor.script.Missing, key) {
		return interaction.QueueRules{}, errors.New("it is not there")
	}
	return interaction.QueueRules{Queue: queue.ID(key)}, nil
}

func (s *scene) QueueState(_ context.Context, _ tenant.ID, key string) (QueueState, error) {
	if slices.Contains(s.actor.script.Missing, key) {
		return QueueState{}, errors.New("it is not there")
	}
	s.guess()
	return s.actor.script.Queues[key], nil
}

// guess notes that a past call is asked for what is not kept of it.
func (s *scene) guess() {
	if s.actor.past != nil {
		s.actor.past.guessed = true
	}
}

func (s *scene) Open(ctx context.Context, t tenant.ID, key string, at time.Time) (bool, error) {
	switch {
	case slices.Contains(s.actor.script.Closed, key):
		return false, nil
	case slices.Contains(s.actor.script.Open, key) || s.stage.Hours == nil:
		return true, nil
	}
	return s.stage.Hours.Open(ctx, t, key, at)
}

func (s *scene) Facts(context.Context, interaction.Arrival) (Facts, error) {
	if s.facts != nil {
		return *s.facts, nil
	}
	f := Facts{Entry: s.actor.script.Entry, Project: s.actor.script.Project, Zone: s.actor.began.Location(), Queue: ownQueue}
	if slices.Contains(s.actor.script.Missing, "") {
		f.Queue = ""
	}
	return f, nil
}

// who are the customers of a script, he himself first; their identities are made of their places.
func (s *scene) who() (all []Customer) {
	script := &s.actor.script
	if script.Customer != nil {
		all = append(all, *script.Customer)
		all[0].id = scripted
	}
	for i, c := range script.Customers {
		c.id, c.Known = customer.ID(fmt.Sprintf("%s-%d", scripted, i)), true
		all = append(all, c)
	}
	for i, c := range all {
		if now, ok := s.changed[c.id]; ok {
			all[i] = now
		}
	}
	return all
}

// scripted is the identity of a script's customer.
const scripted customer.ID = "rehearsal"

func (s *scene) Customer(_ context.Context, _ tenant.ID, id customer.ID) (Customer, error) {
	for _, c := range s.who() {
		if c.id == id {
			return c, nil
		}
	}
	return Customer{}, nil
}

func (s *scene) FindCustomers(_ context.Context, _ tenant.ID, field, value string) (found []Customer, err error) {
	digits := number.Digits(number.Normalize(value))
	for _, c := range s.who() {
		has := func(one string) bool { return digits != "" && number.Digits(number.Normalize(one)) == digits }
		if field == "" && slices.ContainsFunc(c.Numbers, has) || field != "" && c.Fields[field] == value {
			found = append(found, c)
		}
	}
	return found, nil
}

// ChangeCustomer changes him in this rehearsal only.
func (s *scene) ChangeCustomer(ctx context.Context, t tenant.ID, _ ID, id customer.ID, change CustomerChange) (Customer, error) {
	c, _ := s.Customer(ctx, t, id)
	kept := customer.Customer{Name: c.Name, Language: tenant.Language(c.Language), Segment: c.Segment, Fields: maps.Clone(c.Fields)}
	change.onto(&kept)
	if err := kept.Validate(); err != nil {
		return c, err
	}
	c.Known, c.Name, c.Language, c.Segment, c.Fields = true, kept.Name, string(kept.Language), kept.Segment, kept.Fields
	s.changed[id] = c
	return c, nil
}

// Tally implements Tallies; a script's counters have no periods.
func (s *scene) Tally(_ context.Context, _ tenant.ID, _ project.ID, name string, _ time.Time, add int64) (int64, error) {
	s.guess()
	_, name, _ = strings.Cut(name, "/")
	s.counts[name] += add
	return s.actor.script.Counters[name] + s.counts[name], nil
}

// Agent implements Agents.
func (s *scene) Agent(_ context.Context, _ tenant.ID, login string) (access.UserID, AgentState, error) {
	s.guess()
	state, ok := s.actor.script.Agents[login]
	if !ok {
		return "", AgentUnknown, nil
	}
	if state == agentSilent {
		state = AgentFree
	}
	return access.UserID(login), state, nil
}

// FirstAgent implements Agents: nobody has talked with the customer.
func (s *scene) FirstAgent(context.Context, tenant.ID, queue.ID, customer.ID) (access.UserID, time.Duration, error) {
	return "", 0, nil
}

// Skill implements Agents: there is every skill, by its key.
func (s *scene) Skill(_ context.Context, _ tenant.ID, key string) (skill.ID, bool) {
	return skill.ID(key), true
}

// LastAgent implements Agents.
func (s *scene) LastAgent(context.Context, tenant.ID, customer.ID, time.Time) (string, error) {
	return s.actor.script.LastAgent, nil
}

// measure speaks silence as long as the text would take.
type measure struct{}

func (measure) Voice(project.ID, string) string { return "measure" }

func (measure) Speak(_ context.Context, s Speech) (Spoken, error) {
	return Spoken{Voice: "measure", PCM: make([]int16, SampleRate/2+utf8.RuneCountInString(s.Text)*SampleRate/14)}, nil
}
