package app

import (
	"bufio"
	"bytes"
	"container/heap"
	"encoding/json"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// outside is a small simulator of its own, which knows nothing of the product but the protocol.
type outside struct {
	t       *testing.T
	in      io.Writer
	out     *bufio.Reader
	random  *rand.Rand
	todo    eventsToCome
	skills  map[int]string // of agents: "ab", "a", "b"
	free    map[int]bool
	waiting map[int]string // class by call
	came    map[int]float64

	answered, abandoned, waits int
}

type eventToCome struct {
	at   float64
	kind string
	who  int
}

type eventsToCome []eventToCome

func (h eventsToCome) Len() int           { return len(h) }
func (h eventsToCome) Less(i, j int) bool { return h[i].at < h[j].at }
func (h eventsToCome) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *eventsToCome) Push(x any)        { *h = append(*h, x.(eventToCome)) }
func (h *eventsToCome) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}

func (o *outside) say(message map[string]any) map[string]any {
	text, err := json.Marshal(message)
	if err != nil {
		o.t.Fatal(err)
	}
	if _, err := o.in.Write(append(text, '\n')); err != nil {
		o.t.Fatal(err)
	}
	line, err := o.out.ReadString('\n')
	if err != nil {
		o.t.Fatalf("after %s: %v", text, err)
	}
	var answer map[string]any
	if err := json.Unmarshal([]byte(line), &answer); err != nil {
		o.t.Fatalf("%s is answered %s", text, line)
	}
	return answer
}

// day plays one hour with two classes and six agents and holds that every assignment can be done.
func (o *outside) day(seed uint64) {
	o.random = rand.New(rand.NewPCG(seed, 3))
	o.todo, o.skills, o.free = nil, map[int]string{}, map[int]bool{}
	o.waiting, o.came = map[int]string{}, map[int]float64{}
	var agents []map[string]any
	for i, s := range []string{"a", "a", "b", "ab", "ab", "ab"} {
		id := 10 + 3*i
		o.skills[id] = s
		agents = append(agents, map[string]any{"id": id, "skills": strings.Split(s, "")})
		heap.Push(&o.todo, eventToCome{0, "login", id})
	}
	answer := o.say(map[string]any{"type": "init", "horizon_s": 3600, "agents": agents, "classes": []map[string]any{
		{"name": "a", "target_s": 20, "goal": 0.8, "weight": 1}, {"name": "b", "target_s": 30, "goal": 0.9, "weight": 3},
	}})
	if len(answer) != 1 || answer["type"] != "ready" {
		o.t.Fatalf("init is answered %v", answer)
	}
	heap.Push(&o.todo, eventToCome{1, "arrival", 1})
	for second := range 3600 {
		heap.Push(&o.todo, eventToCome{float64(second), "tick", -1})
	}
	for o.todo.Len() > 0 {
		if e := heap.Pop(&o.todo).(eventToCome); e.at < 3600 {
			o.happens(e)
		}
	}
}

func (o *outside) happens(e eventToCome) {
	message := map[string]any{"t": e.at, "k": e.kind, "c": -1, "a": -1}
	switch e.kind {
	case "arrival":
		class := string("ab"[o.random.IntN(2)])
		message["c"], message["class"] = e.who, class
		o.waiting[e.who], o.came[e.who] = class, e.at
		heap.Push(&o.todo, eventToCome{e.at + o.random.ExpFloat64()*30, "arrival", e.who + 1})
		heap.Push(&o.todo, eventToCome{e.at + o.random.ExpFloat64()*90, "abandon", e.who})
	case "abandon":
		if o.waiting[e.who] == "" {
			return
		}
		delete(o.waiting, e.who)
		o.abandoned++
		message["c"] = e.who
	case "done", "login":
		o.free[e.who] = true
		message["a"] = e.who
	}
	answer := o.say(message)
	pairs, _ := answer["assign"].([]any)
	for _, p := range pairs {
		pair := p.([]any)
		call, agent := int(pair[0].(float64)), int(pair[1].(float64))
		if class := o.waiting[call]; class == "" || !o.free[agent] || !strings.Contains(o.skills[agent], class) {
			o.t.Fatalf("at %v call %d of %q was given to agent %d (%s, free %v)", e.at, call, class, agent, o.skills[agent], o.free[agent])
		}
		delete(o.waiting, call)
		o.free[agent] = false
		o.answered++
		heap.Push(&o.todo, eventToCome{e.at + o.random.ExpFloat64()*160, "done", agent})
	}
	if w, ok := answer["ewt"].(float64); ok {
		o.waits++
		if w < 0 || e.kind != "arrival" {
			o.t.Errorf("ewt %v at %s", w, e.kind)
		}
	}
	for call, class := range o.waiting {
		for agent, free := range o.free {
			if free && strings.Contains(o.skills[agent], class) {
				o.t.Fatalf("at %v call %d of %s waits while agent %d (%s) is idle", e.at, call, class, agent, o.skills[agent])
			}
		}
	}
}

func TestDriveRoutingByASimulatorOutside(t *testing.T) {
	t.Parallel()
	toRead, toWrite := io.Pipe()
	fromRead, fromWrite := io.Pipe()
	cmd := Command("test")
	var complaints bytes.Buffer
	cmd.SetArgs([]string{"drive", "routing"})
	cmd.SetIn(toRead)
	cmd.SetOut(fromWrite)
	cmd.SetErr(&complaints)
	ended := make(chan error, 1)
	go func() {
		err := cmd.Execute()
		fromWrite.Close()
		ended <- err
	}()
	o := &outside{t: t, in: toWrite, out: bufio.NewReader(fromRead)}
	for seed := range uint64(3) {
		o.day(seed)
	}
	toWrite.Close()
	if err := <-ended; err != nil || complaints.Len() > 0 {
		t.Errorf("the command ended with %v\n%s", err, complaints.String())
	}
	if o.answered < 200 || o.abandoned < 10 || o.waits < 200 {
		t.Errorf("answered %d, abandoned %d, waits told %d: that is no day", o.answered, o.abandoned, o.waits)
	}
}

// command runs the command line and gives what it prints.
func command(t *testing.T, stdin string, args ...string) (out, told string, err error) {
	t.Helper()
	cmd := Command("test")
	var stdout, stderr bytes.Buffer
	cmd.SetArgs(args)
	cmd.SetIn(strings.NewReader(stdin))
	cmd.SetOut(&stdout)
	cmd.SetErr(&stderr)
	err = cmd.ExecuteContext(t.Context())
	return stdout.String(), stderr.String(), err
}

func TestDriveRoutingTellsBadLines(t *testing.T) {
	t.Parallel()
	out, told, err := command(t, "hello\n", "drive", "routing")
	if out != "{}\n" || !strings.HasPrefix(told, "line 1: ") || err == nil || !strings.Contains(err.Error(), "1 lines") {
		t.Errorf("out %q, told %q, error %v", out, told, err)
	}
}

const examples = "../../docs/operating/simulate/"

func TestSimulateRouting(t *testing.T) {
	t.Parallel()
	out, _, err := command(t, "", "simulate", "routing", "--instance", examples+"bilingual.yaml", "--days", "2", "--against", "random,first-come")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Bilingual, 08:00 to 18:00, 2 days", "english", "thai", "loss", "differs by", "first-come"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	again, _, _ := command(t, "", "simulate", "routing", "--instance", examples+"bilingual.yaml", "--days", "2", "--against", "random,first-come")
	if again != out {
		t.Error("the same days come out otherwise")
	}
	out, _, err = command(t, "", "simulate", "routing", "--instance", examples+"two-class.yaml", "--days", "1", "--agents")
	if err != nil || !strings.Contains(out, "occupancy of each agent") {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestSimulateRoutingOfAChange(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(examples + "bilingual.yaml")
	if err != nil {
		t.Fatal(err)
	}
	changed := filepath.Join(t.TempDir(), "after.yaml")
	if err := os.WriteFile(changed, bytes.Replace(text, []byte("agents: 2"), []byte("agents: 6"), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	out, _, err := command(t, "", "simulate", "routing", "--instance", examples+"bilingual.yaml", "--change", changed, "--days", "4", "--json")
	if err != nil {
		t.Fatal(err)
	}
	var told struct {
		Runs []struct {
			Rule    string
			Result  struct{ Loss float64 }
			Against *struct {
				Loss struct {
					Mean float64
					Half float64 `json:"half_width"`
				}
			} `json:"against_first"`
		}
	}
	if err := json.Unmarshal([]byte(out), &told); err != nil || len(told.Runs) != 2 {
		t.Fatalf("%v\n%s", err, out)
	}
	if d := told.Runs[1].Against; told.Runs[1].Rule != "after.yaml" || d == nil || d.Loss.Mean >= 0 {
		t.Errorf("four more agents: %+v", told.Runs[1])
	}
}

func TestSimulateRoutingRefuses(t *testing.T) {
	t.Parallel()
	for want, args := range map[string][]string{
		"--instance":            {},
		"reading the center":    {"--instance", "/nowhere/x.yaml"},
		"there is no such rule": {"--instance", examples + "agency.yaml", "--against", "magic"},
		"must not be below 0":   {"--instance", examples + "agency.yaml", "--days", "-1"},
		"add --days 1":          {"--instance", examples + "agency.yaml", "--agents"},
		"no such":               {"--instance", examples + "agency.yaml", "--change", "/nowhere/y.yaml"},
	} {
		if _, _, err := command(t, "", append([]string{"simulate", "routing"}, args...)...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: the error is %v, want %s", args, err, want)
		}
	}
}
