package flow

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"linekeeper/internal/interaction"
	"linekeeper/internal/tenant"
)

const nightly = `{"schema":1,"channels":["none"],"start":"what",
	"variables":{"order":{"type":"number","input":true},"note":{"type":"text","input":true,"default":"-"},"total":{"type":"number"}},
	"nodes":{"what":{"kind":"set","values":{"total":"order + 1"},"next":"end"},"end":{"kind":"hangup"}}}`

// TestAlone runs a flow without a customer, with inputs of its types.
func TestAlone(t *testing.T) {
	t.Parallel()
	program, err := Compile([]byte(nightly))
	if err != nil {
		t.Fatal(err)
	}
	voice, err := Compile([]byte(`{"schema":1,"start":"end","nodes":{"end":{"kind":"hangup"}}}`))
	if err != nil {
		t.Fatal(err)
	}
	set := &scene{program: program}
	runner := NewRunner(RunnerConfig{Tell: func(interaction.ID, interaction.Input) { t.Error("an interaction is told") }, Programs: set,
		Library: NewLibrary(LibraryConfig{})})
	defer runner.Close()
	for name, c := range map[string]struct {
		inputs map[string]any
		want   string // the error; empty: none
	}{
		"digits":      {map[string]any{"order": "17", "stray": true}, ""},
		"a number":    {map[string]any{"order": 17.0, "note": 5.0}, ""},
		"missing":     {nil, `The input "order" is missing`},
		"not of type": {map[string]any{"order": "seventeen"}, `The input "order"`},
	} {
		did, err := runner.RunAlone(t.Context(), Alone{Flow: underTest, Inputs: c.inputs})
		steps := did.Steps
		switch {
		case c.want == "" && (err != nil || len(steps) != 1 || !strings.Contains(steps[0], "total")):
			t.Errorf("%s: %q, %v", name, steps, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	set.program = voice
	if _, err := runner.RunAlone(t.Context(), Alone{Flow: underTest}); err == nil || !strings.Contains(err.Error(), "needs a customer") {
		t.Errorf("a flow for customers: %v", err)
	}
}

// TestAloneIsChecked: what needs a customer does not compile for nobody.
func TestAloneIsChecked(t *testing.T) {
	t.Parallel()
	for _, node := range []string{
		`{"kind":"agent","edges":{"busy":"end","away":"end"}}`, `{"kind":"tag","tag":"x","next":"end"}`, `{"kind":"offer_callback","next":"end"}`,
		`{"kind":"say","prompt":"closed","next":"end"}`, `{"kind":"enqueue","queue":"sales","edges":{"failed":"end"}}`,
		`{"kind":"menu","prompt":"menu","edges":{"1":"end","invalid":"end","no_input":"end"}}`, `{"kind":"position","next":"end"}`,
	} {
		_, err := Compile([]byte(`{"schema":1,"channels":["none"],"start":"a","nodes":{"a":` + node + `,"end":{"kind":"hangup"}}}`))
		if err == nil || !strings.Contains(err.Error(), "runs without one") {
			t.Errorf("%s: %v", node, err)
		}
	}
}

// TestAloneKinds has every kind decided upon: it needs a customer and says so, or does without one. A new kind belongs
// in one of the two.
func TestAloneKinds(t *testing.T) {
	t.Parallel()
	without := map[string]bool{"set": true, "branch": true, "share": true, "wait": true, "run": true, "return": true, "http": true, "sql": true,
		"counter": true, "hours": true, "language": true, "hangup": true, "find_customer": true, "set_customer": true, "verify": true, "plugin": true, "send": true, "task": true}
	for _, k := range Kinds() {
		if (len(k.Needs) == 0) != without[k.Name] {
			t.Errorf("%s needs %q: give it Needs (CanServe at least) if it is for a customer who is there, or put it into the list here", k.Name, k.Needs)
		}
		delete(without, k.Name)
	}
	if len(without) > 0 {
		t.Errorf("there are no kinds %v", without)
	}
}

// oneProgram is every flow there is.
type oneProgram struct{ p *Program }

func (o oneProgram) Program(context.Context, tenant.ID, ID, int64) (*Program, error) { return o.p, nil }

func (o oneProgram) ProgramByKey(context.Context, tenant.ID, string) (*Program, error) {
	return o.p, nil
}

// TestAloneRunsAlone: a flow for customers is not run by one without.
func TestAloneRunsAlone(t *testing.T) {
	t.Parallel()
	compiled := func(text string) *Program {
		p, err := Compile([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	set := &scene{
		program: compiled(`{"schema":1,"channels":["none"],"start":"a","nodes":{"a":{"kind":"run","flow":"talk","next":"end"},"end":{"kind":"hangup"}}}`),
	}
	set.stage.Programs = oneProgram{compiled(`{"schema":1,"start":"a","nodes":{"a":{"kind":"say","text":"Hi","next":"end"},"end":{"kind":"hangup"}}}`)}
	runner := NewRunner(RunnerConfig{Tell: func(interaction.ID, interaction.Input) {}, Programs: set, Library: NewLibrary(LibraryConfig{})})
	defer runner.Close()
	if _, err := runner.RunAlone(t.Context(), Alone{Flow: underTest}); err == nil || !strings.Contains(err.Error(), "needs a customer") {
		t.Errorf("got %v", err)
	}
}

// FuzzHookInputs: whatever a web hook is sent, its inputs are of their types or refused.
func FuzzHookInputs(f *testing.F) {
	program, err := Compile([]byte(nightly))
	if err != nil {
		f.Fatal(err)
	}
	for _, s := range []string{"", "{}", `{"order":17}`, `{"order":"1e999"}`, `{"order":{"a":[1,2]}}`, "null", "[]", strings.Repeat(`{"a":`, 50)} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var given map[string]any
		if json.Unmarshal(body, &given) != nil || CheckHookInputs(given) != nil {
			return
		}
		inputs, err := program.typed(given)
		if err != nil {
			return
		}
		if _, ok := inputs["order"].(float64); !ok {
			t.Errorf("order is %T", inputs["order"])
		}
	})
}
