package flow

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// update is set by "go test -update": golden files are written instead of compared.
var update = flag.Bool("update", false, "write golden files")

func TestSamples(t *testing.T) {
	t.Parallel()
	for name, text := range map[string][]byte{"main": SampleMain(), "waiting": SampleWaiting()} {
		p, err := Compile(text)
		if err != nil {
			t.Errorf("%s:\n%v", name, err)
			continue
		}
		if err := p.Check(Known{PromptThing: ShippedPrompts(), QueueThing: {"sales", "support"}}); err != nil {
			t.Errorf("%s:\n%v", name, err)
		}
	}
	p, _ := Compile(SampleMain())
	if d := cmp.Diff([]Ability{CanAsk, CanServe, CanSay}, p.Needs()); d != "" {
		t.Errorf("abilities (-want +got):\n%s", d)
	}
	if d := cmp.Diff([]string{"sales", "support"}, p.Names(QueueThing)); d != "" {
		t.Errorf("queues (-want +got):\n%s", d)
	}
}

func TestCompileProblems(t *testing.T) {
	t.Parallel()
	nodes := func(s string) string { return `{"schema":1,"start":"a","nodes":{` + s + `}}` }
	const end = `,"end":{"kind":"hangup"}`
	tests := []struct{ name, program, want string }{
		{"not JSON", `nodes: a`, "this is not a program: invalid character 'o' in literal null (expecting 'u')"},
		{"not an object", `[]`, "this is not a program: it does not begin with {"},
		{"something behind", nodes(`"a":{"kind":"hangup"}`) + `x`, "this is not a program: something follows its end"},
		{"nothing", `{}`, "schema: must be there; the present format is 1\nstart: must name the first node\nnodes: must be there"},
		{"another format", `{"schema":2,"start":"a","nodes":{"a":{"kind":"hangup"}}}`, "schema: only format 1 can be read"},
		{"unknown field", `{"schema":1,"start":"a","node":1,"nodes":{"a":{"kind":"hangup"}}}`, `node: there is no such field; did you mean "nodes"?`},
		{"no nodes", nodes(``), "nodes: must hold between 1 and 1000 nodes, not 0"},
		{"node twice", nodes(`"a":{"kind":"hangup"},"a":{"kind":"hangup"}`), `nodes: must be an object from name to node: "a" is written twice`},
		{"start not there", `{"schema":1,"start":"begin","nodes":{"begins":{"kind":"hangup"}}}`, `start: there is no node "begin"; did you mean "begins"?`},
		{"bad name", nodes(`"a":{"kind":"say","prompt":"p","next":"b c"},"b c":{"kind":"hangup"}`), "b c: a node's name is 1 to 64 letters, digits, _ and -"},
		{"node is no object", nodes(`"a":7`), "a: must be an object: it does not begin with {"},
		{"no kind", nodes(`"a":{}`), "a.kind: must say what the node does: " + strings.Join(kindNames(), ", ")},
		{"unknown kind", nodes(`"a":{"kind":"enqeue","queue":"x"}`), `a.kind: there is no kind "enqeue"; did you mean "enqueue"?`},
		{"unknown kind, nothing near", nodes(`"a":{"kind":"teleport"}`), `a.kind: there is no kind "teleport"`},
		{"unknown parameter", nodes(`"a":{"kind":"enqueue","queue":"x","prioritty":1}`), `a.prioritty: enqueue has no such parameter; did you mean "priority"?`},
		{"unset parameter", nodes(`"a":{"kind":"hours","edges":{"open":"end","closed":"end"}}` + end), "a.hours: must be set: the calendar"},
		{"neither prompt nor text", nodes(`"a":{"kind":"say","next":"end"}` + end), "a.prompt: must be set, or else text"},
		{"prompt and text", nodes(`"a":{"kind":"say","prompt":"p","text":"t","next":"end"}` + end), "a.text: cannot be set beside prompt"},
		{"number out of range", nodes(`"a":{"kind":"enqueue","queue":"x","priority":1000}`), "a.priority: must be a number between -100 and 100"},
		{"half a priority", nodes(`"a":{"kind":"enqueue","queue":"x","priority":1.5}`), "a.priority: must be a whole number"},
		{"null is no number", nodes(`"a":{"kind":"enqueue","queue":"x","priority":null}`), "a.priority: must be a number between -100 and 100"},
		{"wrong type", nodes(`"a":{"kind":"say","prompt":"p","barge_in":"yes","next":"end"}` + end), "a.barge_in: must be true or false"},
		{"unknown language", nodes(`"a":{"kind":"language","language":"xx","next":"end"}` + end), "a.language: must be one of en, ru, th"},
		{"empty text", nodes(`"a":{"kind":"say","text":{"en":" "},"next":"end"}` + end), `a.text: in language "en": must be 1 to 2000 bytes of text`},
		{"no next", nodes(`"a":{"kind":"say","prompt":"p"}`), "a.next: must name the node that follows"},
		{"next too many", nodes(`"a":{"kind":"hangup","next":"a"}`), "a.next: hangup does not go on by itself; the flow ends with it"},
		{"next to nowhere", nodes(`"a":{"kind":"say","prompt":"p","next":"ende"}` + end),
			"a.next: there is no node \"ende\"; did you mean \"end\"?\nend: no way leads here from the start"},
		{"branch missing", nodes(`"a":{"kind":"hours","hours":"h","edges":{"open":"end"}}` + end), "a.edges.closed: must name a node: it is closed"},
		{"branch unknown", nodes(`"a":{"kind":"hours","hours":"h","edges":{"open":"end","closed":"end","ajar":"end"}}` + end),
			`a.edges.ajar: hours has no such way out; its ways out are "open", "closed"`},
		{"menu without keys", nodes(`"a":{"kind":"menu","prompt":"p","edges":{"invalid":"end","no_input":"end"}}` + end),
			"a.edges: must lead somewhere for at least one key: 0-9, * or #"},
		{"menu with a letter", nodes(`"a":{"kind":"menu","prompt":"p","edges":{"1":"end","x":"end","invalid":"end","no_input":"end"}}` + end),
			`a.edges.x: menu has no such way out; its ways out are the keys 0-9 * #, "invalid", "no_input"`},
		{"branch to nowhere", nodes(`"a":{"kind":"menu","prompt":"p","edges":{"1":"sals","invalid":"end","no_input":"end"}},"sales":{"kind":"enqueue","queue":"q"}` + end),
			"a.edges.1: there is no node \"sals\"; did you mean \"sales\"?\nsales: no way leads here from the start"},
		{"unreachable", nodes(`"a":{"kind":"hangup"},"b":{"kind":"say","prompt":"p","next":"a"}`), "b: no way leads here from the start"},
		{"loop of itself", nodes(`"a":{"kind":"say","prompt":"p","next":"a"}`), "a: this loop never waits: a → a"},
		{"loop without a wait", nodes(`"a":{"kind":"say","prompt":"p","next":"b"},"b":{"kind":"hours","hours":"h","edges":{"open":"c","closed":"a"}},"c":{"kind":"hangup"}`),
			"a: this loop never waits: a → b → a"},
		{"everything at once", nodes(`"a":{"kind":"say","next":"nowhere"},"b":{"kind":"menue"},"c":{"kind":"enqueue","colour":1}`),
			"a.prompt: must be set, or else text\na.next: there is no node \"nowhere\"\n" +
				"b.kind: there is no kind \"menue\"; did you mean \"menu\"?\nc.colour: enqueue has no such parameter"},
		{"too long", `{"schema":1,"comment":"` + strings.Repeat("x", maxSource) + `"}`, "the program is longer than 1048576 bytes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := Compile([]byte(tt.program))
			if err == nil {
				t.Fatalf("got no error, want %q", tt.want)
			}
			if d := cmp.Diff(tt.want, err.Error()); d != "" {
				t.Errorf("problems (-want +got):\n%s", d)
			}
		})
	}
}

func TestLoopsThatWaitAreFine(t *testing.T) {
	t.Parallel()
	for _, program := range []string{
		`{"schema":1,"start":"a","nodes":{"a":{"kind":"music","next":"b"},"b":{"kind":"position","next":"a"}}}`,
		`{"schema":1,"start":"m","layout":[1],"nodes":{"m":{"kind":"menu","text":"?","edges":{"1":"m","invalid":"m","no_input":"e"}},"e":{"kind":"hangup"}}}`,
	} {
		if _, err := Compile([]byte(program)); err != nil {
			t.Errorf("%s: %v", program, err)
		}
	}
}

func TestCheckNames(t *testing.T) {
	t.Parallel()
	p, err := Compile([]byte(`{"schema":1,"start":"h","nodes":{
		"h":{"kind":"hours","hours":"office","edges":{"open":"b","closed":"s"}},
		"b":{"kind":"branch","cases":[{"way":"long","when":"queue(\"sale\").waiting > 3 && !open(\"ofice\")"},{"way":"vip","when":"counted(\"vip\") > counted(\"vips\", \"hour\")"}],
			"edges":{"long":"t","vip":"a","otherwise":"c"}},
		"c":{"kind":"counter","counter":"vip","per":"month","next":"s"},
		"t":{"kind":"transfer","entry":"mian","edges":{"failed":"s"}},
		"a":{"kind":"agent","login":"an","edges":{"busy":"s","away":"s"}},
		"s":{"kind":"say","prompt":"we_are_closed","next":"say"},
		"say":{"kind":"say","text":"{{queue(call.line).waiting}} {{queue(\"sales\").waiting}}","next":"q"},
		"q":{"kind":"enqueue","queue":"sales"}}}`))
	if err != nil {
		t.Fatal(err)
	}
	want := `a.login: there is no user "an"; did you mean "ann"?
b.cases: no flow counts "vip" per day; it is counted per hour
b.cases: no flow counts "vips" per hour; did you mean "vip"?
b.cases: there is no calendar of hours "ofice"; did you mean "office"?
b.cases: there is no queue "sale"; did you mean "sales"?
s.prompt: there is no prompt "we_are_closed"
t.entry: there is no entry "mian"; did you mean "main"?`
	all := Known{
		PromptThing: nil, QueueThing: {"sales"}, HoursThing: {"office"}, EntryThing: {"main"}, UserThing: {"ann", "bob"}, CounterThing: {"hour/vip"},
	}
	if err := p.Check(all); err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
	if err := p.Check(Known{}); err != nil {
		t.Errorf("got %v with nothing to look up, want nothing", err)
	}
}

// TestCheckCompared: keys that the entry or the project of the call is compared with, and sources, are looked up.
func TestCheckCompared(t *testing.T) {
	t.Parallel()
	known := Known{EntryThing: {"main", "taxi"}, ProjectThing: {"bank"}, SourceThing: {"crm"}}
	for when, want := range map[string]string{
		`call.entry == "main"`:                    "",
		`call.entry == ""`:                        "",
		`call.entry == call.line`:                 "",
		`call.entry startsWith "ma"`:              "",
		`call.line == "+4930"`:                    "",
		`call.entry == "mian"`:                    `b.cases: there is no entry "mian"; did you mean "main"?`,
		`"mian" != call.entry`:                    `b.cases: there is no entry "mian"; did you mean "main"?`,
		`not (call["entry"] in ["main", "taxo"])`: `b.cases: there is no entry "taxo"; did you mean "taxi"?`,
		`call?.entry in ["taxi", call.line]`:      "",
		`call.project == "bonk" or false`:         `b.cases: there is no project "bonk"; did you mean "bank"?`,
		`len(filter([1], call.entry == "x")) > 0`: `b.cases: there is no entry "x"`,
	} {
		p, err := Compile([]byte(fmt.Sprintf(`{"schema":1,"start":"b","nodes":{"b":{"kind":"branch","cases":[{"way":"a","when":%q}],"edges":{"a":"e","otherwise":"e"}},"e":{"kind":"hangup"}}}`, when)))
		if err != nil {
			t.Errorf("%s: %v", when, err)
			continue
		}
		got := ""
		if err := p.Check(known); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", when, got, want)
		}
	}
	p, err := Compile([]byte(`{"schema":1,"start":"s","nodes":{
		"s":{"kind":"sql","source":"crn","query":"SELECT 1","next":"e","edges":{"none":"e","failed":"e"}},"e":{"kind":"hangup"}}}`))
	if err != nil {
		t.Fatal(err)
	}
	var found Problems
	if p.checkRefs(known, &found); len(found) != 1 || !found[0].Warning || found.Error() != `s.source: this server has no source "crn": the flow goes on by failed; did you mean "crm"?` {
		t.Errorf("a source: got %+v", found)
	}
}

// TestSchemaFile compares the checked-in JSON Schema with the one made from the table of nodes.
func TestSchemaFile(t *testing.T) {
	t.Parallel()
	const file = "program.schema.json"
	if *update {
		if err := os.WriteFile(file, JSONSchema(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), string(JSONSchema())); d != "" {
		t.Errorf("the file is not what the table says; go test ./internal/flow -update (-file +table):\n%s", d)
	}
}

func TestKindsAreComplete(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, k := range Kinds() {
		if seen[k.Name] || k.Name == "" || k.Doc == "" || k.run == nil {
			t.Errorf("kind %q is there twice or lacks its description or function", k.Name)
		}
		seen[k.Name] = true
		for _, p := range k.Params {
			if p.Doc == "" || (p.Type == SecondsParam || p.Type == IntegerParam) && p.Max <= p.Min {
				t.Errorf("parameter %s.%s lacks its description or bounds", k.Name, p.Name)
			}
			if p.Default == nil {
				continue
			}
			raw, err := json.Marshal(p.Default)
			if err != nil {
				t.Fatal(err)
			}
			if got, problem := newLanguage(nil).param(&node{}, p, raw); !problem.Empty() || got != p.Default {
				t.Errorf("the default of %s.%s is %v: %s", k.Name, p.Name, p.Default, problem)
			}
		}
	}
}

func kindNames() (names []string) {
	for _, k := range Kinds() {
		names = append(names, k.Name)
	}
	return names
}

func FuzzCompile(f *testing.F) {
	f.Add(SampleMain())
	f.Add(SampleWaiting())
	f.Add([]byte(`{"schema":1,"start":"a","nodes":{"a":{"kind":"say","text":{"en":"x"},"next":"a"}}}`))
	f.Add([]byte(`{"schema":1,"start":"","nodes":{"":{"kind":""}}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := Compile(text)
		if err != nil {
			if len(err.(Problems)) == 0 || err.Error() == "" {
				t.Error("an error without a problem")
			}
			return
		}
		if p.nodes[p.start] == nil {
			t.Error("no start")
		}
		for id, n := range p.nodes {
			for edge, to := range n.edges {
				if p.nodes[to] == nil {
					t.Errorf("%s.%s leads to nowhere", id, edge)
				}
			}
		}
		var stored Flow
		stored.Program = compact(text)
		if _, err := Compile(stored.Program); err != nil {
			t.Errorf("as stored it is broken: %v", err)
		}
	})
}
