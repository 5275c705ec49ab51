package simulate

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// talk sends lines and gives the answers and what was complained of.
func talk(t *testing.T, lines ...string) (answers []string, complaints []string) {
	t.Helper()
	var out bytes.Buffer
	complain := func(line int, err error) { complaints = append(complaints, fmt.Sprintf("%d: %v", line, err)) }
	bad, err := Drive(strings.NewReader(strings.Join(lines, "\n")), &out, complain, new(Router))
	if err != nil || bad != len(complaints) {
		t.Fatalf("%d bad lines, %d told, error %v", bad, len(complaints), err)
	}
	return strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n"), complaints
}

const initLine = `{"type":"init","horizon_s":36000,"classes":[{"name":"sales","target_s":20,"goal":0.8,"weight":2},{"name":"care","target_s":20,"goal":0.8,"weight":1}],"agents":[{"id":4,"skills":["care","sales"]},{"id":9,"skills":["care","tea"]}]}`

func TestDriveConversation(t *testing.T) {
	t.Parallel()
	conversation := [][2]string{
		{initLine, `{"type":"ready"}`},
		{`{"t":0,"k":"login","c":-1,"a":4}`, `{}`},
		{`{"t":0,"k":"login","c":-1,"a":9}`, `{}`},
		{`{"t":1,"k":"tick","c":-1,"a":-1}`, `{}`},
		{`{"t":12.3,"k":"arrival","c":17,"class":"sales","a":-1}`, `{"assign":[[17,4]],"ewt":0}`},
		{`{"t":13,"k":"arrival","c":18,"class":"care","a":-1}`, `{"assign":[[18,9]],"ewt":0}`},
		{`{"t":14,"k":"arrival","c":19,"class":"sales","a":-1}`, `{}`}, // nothing is known of waits yet
		{`{"t":20,"k":"arrival","c":20,"class":"care","a":-1}`, ``},
		{`{"t":30,"k":"done","c":-1,"a":9}`, `{"assign":[[20,9]]}`},
		{`{"t":31,"k":"abandon","c":19,"a":-1}`, `{}`},
		{`{"t":32,"k":"abandon","c":19,"a":-1}`, `{}`}, // twice is harmless
		{`{"t":40,"k":"done","c":-1,"a":4}`, `{}`},
		{`{"t":41,"k":"logout","c":-1,"a":4}`, `{}`},
		{`{"t":42,"k":"arrival","c":21,"class":"sales","a":-1}`, ``}, // nobody is there who could
		{`{"t":50,"k":"logout","c":-1,"a":9}`, `{}`},                 // in the middle of a talk
		{`{"t":60,"k":"done","c":-1,"a":9}`, `{}`},
		{`{"t":61,"k":"login","c":-1,"a":4}`, `{"assign":[[21,4]]}`},
		{initLine, `{"type":"ready"}`}, // another day: nobody is in
		{`{"t":0,"k":"arrival","c":17,"class":"sales","a":-1}`, `{}`},
		{`{"t":5,"k":"login","c":-1,"a":4}`, `{"assign":[[17,4]]}`},
	}
	var lines []string
	for _, l := range conversation {
		lines = append(lines, l[0])
	}
	answers, complaints := talk(t, lines...)
	if len(answers) != len(lines) || len(complaints) > 0 {
		t.Fatalf("%d answers to %d lines; %v", len(answers), len(lines), complaints)
	}
	for i, l := range conversation {
		if l[1] != "" && answers[i] != l[1] {
			t.Errorf("%s is answered %s, want %s", l[0], answers[i], l[1])
		}
		if strings.Contains(answers[i], "assign") && l[1] == "" {
			t.Errorf("%s is answered %s: nobody is free", l[0], answers[i])
		}
	}
}

func TestDriveKeepsInStep(t *testing.T) {
	t.Parallel()
	lines := []string{
		`{"t":1,"k":"tick"}`, `nonsense`, `{"type":"stop"}`, `{"type":"init","classes":[{"name":"a"},{"name":"a"}]}`,
		`{"type":"init","agents":[{"skills":[]}]}`, initLine,
		`{"t":1,"k":"arrival","c":1,"class":"tea"}`, `{"t":1,"k":"arrival","class":"care"}`, `{"t":1,"k":"done","a":5}`,
		`{"t":1,"k":"done"}`, `{"k":"tick"}`, `{"t":1,"k":"dance"}`, `{"t":1e300,"k":"tick"}`, `{"t":2,"k":"tick","more":[1]}`,
	}
	answers, complaints := talk(t, append(lines, "", "  ")...)
	if len(answers) != len(lines) {
		t.Fatalf("%d answers to %d lines", len(answers), len(lines))
	}
	for i, a := range answers {
		want := "{}"
		if i == 5 {
			want = `{"type":"ready"}`
		}
		if a != want {
			t.Errorf("%s is answered %s", lines[i], a)
		}
	}
	want := []string{"1: an event came before any init", "2: this is no line", `3: there is no type "stop"`, "4: classes[1]", "5: agents[0]: there is no id",
		`7: arrival: there is no class "tea"`, "8: arrival: c is missing", "9: done: there is no agent 5", "10: done: a is missing", "11: tick: t is missing", `12: there is no event "dance"`, "13: tick: t is missing or far away"}
	if len(complaints) != len(want) {
		t.Fatalf("complaints:\n%s", strings.Join(complaints, "\n"))
	}
	for i, c := range complaints {
		if !strings.HasPrefix(c, want[i]) {
			t.Errorf("complaint %s, want %s", c, want[i])
		}
	}
}

func FuzzDrive(f *testing.F) {
	f.Add(initLine + "\n" + `{"t":0,"k":"login","a":4}` + "\n" + `{"t":1,"k":"arrival","c":1,"class":"sales"}` + "\n" + `{"t":1,"k":"arrival","c":1,"class":"care"}` + "\n" + `{"t":9,"k":"done","a":4}`)
	f.Add("{}\n\n{\"t\":")
	f.Add(`{"type":"init","classes":[{"name":"a","target_s":-5,"weight":-1}],"agents":[{"id":-1,"skills":["a","a"]}]}` + "\n" + `{"t":-5,"k":"done","a":-1}` + "\n" + `{"t":-7,"k":"arrival","c":-3,"class":"a"}`)
	f.Fuzz(func(t *testing.T, text string) {
		var out bytes.Buffer
		if _, err := Drive(strings.NewReader(text), &out, func(int, error) {}, new(Router)); err != nil {
			t.Fatal(err)
		}
		asked := 0
		for l := range strings.SplitSeq(text, "\n") {
			if len(bytes.TrimSpace([]byte(l))) > 0 {
				asked++
			}
		}
		if got := strings.Count(out.String(), "\n"); got != asked {
			t.Errorf("%d answers to %d lines", got, asked)
		}
		for l := range strings.SplitSeq(strings.TrimSpace(out.String()), "\n") {
			if l != "" && !json.Valid([]byte(l)) {
				t.Errorf("%s is no JSON", l)
			}
		}
	})
}
