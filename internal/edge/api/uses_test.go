package api

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/db/dbtest"
)

// TestNothingInUseIsTakenAway: what others need is neither removed nor given another key, and the refusal says who
// needs it; projects name only what is there.
func TestNothingInUseIsTakenAway(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		id := func(path, body string) string {
			var made struct{ ID string }
			w.must(201, &made, "administrator", "POST", "/api/v1"+path, body)
			return made.ID
		}
		q := strings.Replace(w.queueBody("Sales"), `"key":"k"`, `"key":"help"`, 1)
		help := id("/queues", q)
		hours := id("/hours", strings.Replace(hoursBody("09:00-18:00"), `"key":"k"`, `"key":"office"`, 1))
		prompt := id("/prompts", `{"key":"hello","name":"Hello","texts":{"en":"Hello"},"audio":{}}`)
		own := id("/prompts", `{"key":"sorry","name":"Sorry","texts":{"en":"Sorry"},"audio":{}}`)
		back := id("/flows", `{"key":"back","name":"Back","program":{"schema":1,"start":"a","nodes":{"a":{"kind":"return"}}}}`)
		program := `{"key":"main","name":"Main","program":{"schema":1,"start":"say","nodes":{
			"say":{"kind":"say","prompt":"hello","next":"sorry"},"sorry":{"kind":"say","prompt":"sorry","next":"run"},
			"run":{"kind":"run","flow":"back","next":"look"},
			"look":{"kind":"branch","cases":[{"way":"x","when":"queue(\"help\").waiting > 3 and open(\"office\")"}],"edges":{"x":"end","otherwise":"end"}},
			"end":{"kind":"hangup"}}}}`
		main := id("/flows", program)
		entry := id("/entries", strings.Replace(w.entryBody(main, "Door"), `"key":"k"`, `"key":"door"`, 1))
		project := func(more string) string { return `{"key":"net","name":"Net","trunks":[]` + more + `}` }
		for more, field := range map[string]string{
			`,"safety_flow":"bakc"`: "body.safety_flow", `,"default_queue":"hepl"`: "body.default_queue", `,"hold_music":"nothing"`: "body.hold_music",
		} {
			p := w.refused(422, "administrator", "PUT", "/api/v1/projects/"+string(w.project), project(more))
			if len(p.Fields) != 1 || p.Fields[0].Path != field || p.Fields[0].Rule != "unknown" {
				t.Errorf("%s: got %+v", more, p.Fields)
			}
		}
		w.must(200, nil, "administrator", "PUT", "/api/v1/projects/"+string(w.project),
			project(`,"safety_flow":"back","default_queue":"help","hold_music":"music"`))

		for _, c := range []struct {
			path, rename string
			removed      []string // who refuses the removal
			renamed      []string // who refuses another key
		}{
			{"/queues/" + help, strings.Replace(q, `"key":"help"`, `"key":"other"`, 1), []string{"flow main look cases", "project net  default_queue"}, []string{"flow main look cases", "flow to-help line queue", "project net  default_queue"}},
			{"/hours/" + hours, strings.Replace(hoursBody("09:00-18:00"), `"key":"k"`, `"key":"other"`, 1), []string{"flow main look cases"}, []string{"flow main look cases"}},
			{"/prompts/" + prompt, `{"key":"other","name":"Hello","texts":{"en":"Hello"},"audio":{}}`, []string{"flow main say prompt"}, []string{"flow main say prompt"}},
			{"/flows/" + back, `{"key":"other","name":"Back","program":{"schema":1,"start":"a","nodes":{"a":{"kind":"return"}}}}`, []string{"flow main run flow", "project net  safety_flow"}, []string{"flow main run flow", "project net  safety_flow"}},
			{"/flows/" + main, strings.Replace(program, `"key":"main"`, `"key":"other"`, 1), []string{"entry door  flow"}, nil},
		} {
			uses := func(p Problem) []string {
				var all []string
				for _, u := range p.Uses {
					if u.ID == "" || u.Name == "" {
						t.Errorf("%s: %+v has no id or name", c.path, u)
					}
					all = append(all, fmt.Sprint(u.Kind, " ", u.Key, " ", u.Node, " ", u.Field))
				}
				slices.Sort(all)
				return all
			}
			if got := uses(w.refused(409, "administrator", "DELETE", "/api/v1"+c.path, "")); !slices.Equal(got, c.removed) {
				t.Errorf("%s is needed by %q, want %q", c.path, got, c.removed)
			}
			if c.renamed == nil {
				w.must(200, nil, "administrator", "PUT", "/api/v1"+c.path, c.rename)
				continue
			}
			if got := uses(w.refused(409, "administrator", "PUT", "/api/v1"+c.path, c.rename)); !slices.Equal(got, c.renamed) {
				t.Errorf("the key of %s is needed by %q, want %q", c.path, got, c.renamed)
			}
		}
		// What comes along is heard in place of an own prompt, which may go.
		w.must(204, nil, "administrator", "DELETE", "/api/v1/prompts/"+own, "")
		// When nobody needs it, everything goes, a queue with the flow it came with.
		w.must(200, nil, "administrator", "PUT", "/api/v1/projects/"+string(w.project), project(""))
		for _, path := range []string{"/entries/" + entry, "/flows/" + main, "/flows/" + back, "/queues/" + help, "/hours/" + hours, "/prompts/" + prompt} {
			w.must(204, nil, "administrator", "DELETE", "/api/v1"+path, "")
		}
		var left List[Flow]
		w.must(200, &left, "administrator", "GET", "/api/v1/flows", "")
		if len(left.Items) != 0 {
			t.Errorf("left: %+v", left.Items)
		}
	})
}

// TestFlowsNamePeople: the user name of who is named in a flow stays, and so do the keys of the entry and the project that
// an expression compares; of one who is disabled, and of a source that is not there, the editor warns.
func TestFlowsNamePeople(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dbtest.SQLite(t), func(d *Deps) { d.Sources = []string{"crm"} })
	var ann, front struct{ ID string }
	person := func(login string, disabled bool) string {
		return fmt.Sprintf(`{"login":%q,"name":"Ann","role":"agent","language":"","phone":"browser","phone_uri":"","phone_number":"","auto_answer":false,"confirm_answer":false,"chooses_phone":false,"disabled":%v,"password":""}`, login, disabled)
	}
	w.must(201, &ann, "administrator", "POST", "/api/v1/users", person("ann", false))
	const program = `{"schema":1,"start":"b","nodes":{
		"b":{"kind":"branch","cases":[{"way":"x","when":"call.entry == \"door\" and call.project == \"net\""}],"edges":{"x":"s","otherwise":"a"}},
		"s":{"kind":"sql","source":"cmr","query":"SELECT 1","next":"a","edges":{"none":"a","failed":"a"}},
		"a":{"kind":"agent","login":"ann","queue":"sales","edges":{"busy":"end","away":"end"}},
		"end":{"kind":"hangup"}}}`
	p := w.refused(422, "administrator", "POST", "/api/v1/flows", `{"key":"f","name":"F","program":`+program+`}`)
	if len(p.Fields) != 1 || p.Fields[0].Path != "body.program.nodes.b.cases" || !strings.Contains(p.Fields[0].Message, "door") {
		t.Errorf("an entry that is not there: %+v", p.Fields)
	}
	var plain struct{ ID string }
	w.must(201, &plain, "administrator", "POST", "/api/v1/flows", `{"key":"g","name":"G","program":{"schema":1,"start":"a","nodes":{"a":{"kind":"hangup"}}}}`)
	door := strings.Replace(w.entryBody(plain.ID, "Door"), `"key":"k"`, `"key":"door"`, 1)
	w.must(201, &front, "administrator", "POST", "/api/v1/entries", door)
	w.must(201, nil, "administrator", "POST", "/api/v1/flows", `{"key":"f","name":"F","program":`+program+`}`)
	for path, c := range map[string]struct{ method, body, use string }{
		"/users/" + ann.ID:               {"PUT", person("anna", false), "a login"},
		"/entries/" + front.ID:           {"DELETE", "", "b cases"},
		"/projects/" + string(w.project): {"PUT", `{"key":"web","name":"Net","trunks":[]}`, "b cases"},
	} {
		p := w.refused(409, "administrator", c.method, "/api/v1"+path, c.body)
		if len(p.Uses) != 1 || p.Uses[0].Key != "f" || p.Uses[0].Node+" "+p.Uses[0].Field != c.use {
			t.Errorf("%s is needed by %+v, want %s", path, p.Uses, c.use)
		}
	}
	w.must(200, nil, "administrator", "PUT", "/api/v1/users/"+ann.ID, person("ann", true))
	var found ProgramProblems
	w.must(200, &found, "administrator", "POST", "/api/v1/flows/check", `{"program":`+program+`}`)
	var codes []string
	for _, one := range found.Problems {
		codes = append(codes, fmt.Sprint(one.Node, " ", one.Field, " ", one.Code, " ", one.Warning))
	}
	if want := []string{"a login user_disabled true", "s source source_missing true"}; !slices.Equal(codes, want) {
		t.Errorf("warned of %q, want %q", codes, want)
	}
}

// TestWarningsDoNotKeepFromPublishing: a text nobody speaks is told and published; a prompt nobody hears is not.
func TestWarningsDoNotKeepFromPublishing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dbtest.SQLite(t), func(d *Deps) {
		d.Speech = func() SpeechState {
			return SpeechState{Engines: []SpeechEngine{{Name: "e", Languages: []string{"en"}}}}
		}
	})
	check := func(program string) []FlowProblem {
		var found ProgramProblems
		w.must(200, &found, "administrator", "POST", "/api/v1/flows/check", `{"program":`+program+`}`)
		return found.Problems
	}
	const warned = `{"schema":1,"start":"l","nodes":{"l":{"kind":"language","language":"th","next":"a"},"a":{"kind":"say","text":{"en":"x","th":"y"},"next":"b"},"b":{"kind":"hangup"}}}`
	if got := check(warned); len(got) != 1 || !got[0].Warning || got[0].Code != "text_unspoken" || got[0].Params[0].Code != "thai" || got[0].Node != "a" {
		t.Errorf("got %+v", got)
	}
	w.must(201, nil, "administrator", "POST", "/api/v1/flows", `{"key":"f","name":"F","program":`+warned+`}`)
	w.must(201, nil, "administrator", "POST", "/api/v1/prompts", `{"key":"bell","name":"Bell","texts":{"th":"ring"},"audio":{}}`)
	silent := strings.Replace(warned, `"text":{"en":"x","th":"y"}`, `"prompt":"bell"`, 1)
	if got := check(silent); len(got) != 1 || got[0].Warning || got[0].Code != "prompt_silent" {
		t.Errorf("got %+v", got)
	}
	p := w.refused(422, "administrator", "POST", "/api/v1/flows", `{"key":"g","name":"G","program":`+silent+`}`)
	if len(p.Fields) != 1 || p.Fields[0].Path != "body.program.nodes.a.prompt" {
		t.Errorf("got %+v", p.Fields)
	}
}
