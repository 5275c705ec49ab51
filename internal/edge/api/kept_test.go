package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/db/dbtest"
	"linekeeper/internal/tenant"
	"linekeeper/internal/trunk"
)

// TestSetUp makes, reads, lists, changes and removes one of each kind, on both engines, and looks at
// the audit and at who was told.
func TestSetUp(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		flow := `{"key":"f%d","name":"Flow","program":{"schema":1,"start":"a","nodes":{"a":{"kind":"hangup"}}}}`
		var made struct{ ID string }
		w.must(201, &made, "administrator", "POST", "/api/v1/flows", fmt.Sprintf(flow, 0))
		flowID := made.ID
		for _, test := range []struct {
			kind, path, create, change, wrong, field string
		}{
			{"project", "/projects", `{"key":"k","name":"A"}`, `{"key":"k","name":"B"}`, `{"key":"K !","name":""}`, "body.key"},
			{"queue", "/queues", w.queueBody("A"), w.queueBody("B"), strings.Replace(w.queueBody("A"), `"target_ms":20000`, `"target_ms":-1`, 1), "body.target_ms"},
			{"entry", "/entries", w.entryBody(flowID, "A"), w.entryBody(flowID, "B"), w.entryBody(flowID, ""), "body.name"},
			{"trunk", "/trunks", trunkBody("192.0.2.1"), trunkBody("192.0.2.0/24"), trunkBody("carrier"), "body.addresses[0]"},
			{"disposition", "/dispositions", w.dispositionBody("Sold"), w.dispositionBody("Bought"), w.dispositionBody(""), "body.names.en"},
			{"break_reason", "/break-reasons", `{"key":"lunch","names":{"en":"Lunch"},"limit_ms":0,"position":1}`, `{"key":"lunch","names":{"en":"Lunch","ru":"Обед"},"limit_ms":1,"position":1}`,
				`{"key":"missed","names":{"en":"x"},"limit_ms":0,"position":1}`, "body.key"},
			{"skill", "/skills", `{"key":"th","names":{"en":"Thai"}}`, `{"key":"th","names":{"en":"Thai","th":"ไทย"}}`, `{"key":"K !","names":{"en":"x"}}`, "body.key"},
			{"hours", "/hours", hoursBody("09:00-18:00"), hoursBody("22:00-06:00"), hoursBody("nine"), "body.week.mon[0]"},
			{"flow", "/flows", fmt.Sprintf(flow, 1), strings.Replace(fmt.Sprintf(flow, 1), "Flow", "Other", 1), `{"key":"f1","name":"x","program":{}}`, ""},
			{"prompt", "/prompts", `{"key":"p","name":"A","texts":{"en":"Hello"},"audio":{}}`, `{"key":"p","name":"B","texts":{"en":"Hello"},"audio":{}}`,
				`{"key":"p","name":"","texts":{},"audio":{}}`, "body.name"},
		} {
			t.Run(test.kind, func(t *testing.T) {
				w := w.in(t)
				path := prefix + test.path
				before, told := len(w.audited(test.kind)), w.told(test.kind)
				p := w.refused(422, "administrator", "POST", path, test.wrong)
				if test.field != "" && !slices.ContainsFunc(p.Fields, func(f FieldError) bool { return f.Path == test.field }) {
					t.Errorf("wrong input: got fields %+v, want %s", p.Fields, test.field)
				}
				var one struct{ ID string }
				w.must(201, &one, "administrator", "POST", path, test.create)
				p = w.refused(422, "administrator", "POST", path, test.create)
				if len(p.Fields) == 0 || p.Fields[0].Rule != "taken" {
					t.Errorf("made twice: got %+v, want that something is taken", p)
				}
				var got, list map[string]any
				w.must(200, &got, "administrator", "GET", path+"/"+one.ID, "")
				same(t, test.create, got)
				w.must(200, nil, "token", "PUT", path+"/"+one.ID, test.change)
				w.must(200, &got, "administrator", "GET", path+"/"+one.ID, "")
				same(t, test.change, got)
				w.must(200, &list, "administrator", "GET", path, "")
				if !strings.Contains(fmt.Sprint(list["items"]), one.ID) {
					t.Errorf("the list %v has no %s", list, one.ID)
				}
				w.must(204, nil, "administrator", "DELETE", path+"/"+one.ID, "")
				w.refused(404, "administrator", "GET", path+"/"+one.ID, "")
				w.refused(404, "administrator", "DELETE", path+"/"+one.ID, "")
				w.refused(404, "administrator", "PUT", path+"/"+one.ID, test.change)
				if n := len(w.audited(test.kind)) - before; n != 3 {
					t.Errorf("got %d audit lines, want create, change, delete: %q", n, w.audited(test.kind))
				}
				if n := w.told(test.kind) - told; n != 3 {
					t.Errorf("Changed was told %d times of %s, want 3", n, test.kind)
				}
			})
		}
	})
}

// TestTrunks has what is special about trunks: the password that is never shown, their use by projects,
// how they are now.
func TestTrunks(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dbtest.SQLite(t), func(d *Deps) { d.Trunks = lines{} })
	body := func(password string) string {
		return fmt.Sprintf(`{"key":"k","name":"A","kind":"registration","addresses":[],"nat":true,"codecs":["PCMA"],"max_calls":0,
			"host":"carrier.example","user":"us","caller":"+4930100","rates":["+7* 1 2"],"password":%q}`, password)
	}
	var k Trunk
	for _, rec := range []*httptest.ResponseRecorder{
		w.must(201, &k, "administrator", "POST", "/api/v1/trunks", body("hunter2-hunter2")),
		w.must(200, &k, "administrator", "PUT", "/api/v1/trunks/"+k.ID, body("")),
		w.must(200, nil, "administrator", "GET", "/api/v1/trunks", ""),
	} {
		if text := rec.Body.String(); strings.Contains(text, "hunter2") || strings.Contains(text, "sealed") || !strings.Contains(text, `"has_password":true`) {
			t.Errorf("got %s", text)
		}
	}
	if lines := fmt.Sprint(w.audited("trunk")); strings.Contains(lines, "hunter2") || strings.Contains(lines, "sealed") {
		t.Errorf("audit: %s", lines)
	}
	p := w.refused(422, "administrator", "POST", "/api/v1/projects", `{"key":"p","name":"P","trunks":["nowhere"],"country":"XX"}`)
	if len(p.Fields) != 1 || p.Fields[0].Path != "body.country" {
		t.Errorf("got %+v", p.Fields)
	}
	p = w.refused(422, "administrator", "POST", "/api/v1/projects", `{"key":"p","name":"P","trunks":["nowhere"]}`)
	if len(p.Fields) != 1 || p.Fields[0].Path != "body.trunks[0]" {
		t.Errorf("got %+v", p.Fields)
	}
	var project Project
	w.must(201, &project, "administrator", "POST", "/api/v1/projects", fmt.Sprintf(`{"key":"p","name":"P","country":"TH","trunks":[%q]}`, k.ID))
	w.refused(409, "administrator", "DELETE", "/api/v1/trunks/"+k.ID, "")
	w.must(200, &project, "administrator", "PUT", "/api/v1/projects/"+project.ID, `{"key":"p","name":"P","trunks":[]}`)
	var now List[TrunkLine]
	w.must(200, &now, "supervisor", "GET", "/api/v1/trunk-lines", "")
	if len(now.Items) != 1 || now.Items[0].State != "up" {
		t.Errorf("got %+v", now)
	}
	var came TrunkTest
	w.must(200, &came, "administrator", "POST", "/api/v1/trunks/"+k.ID+"/test", "{}")
	if !came.Answered || came.Code != 200 {
		t.Errorf("got %+v", came)
	}
	w.must(204, nil, "administrator", "DELETE", "/api/v1/trunks/"+k.ID, "")
	w.refused(404, "administrator", "POST", "/api/v1/trunks/"+k.ID+"/test", "{}")
}

// lines is one line that is up.
type lines struct{}

func (lines) Lines(tenant.ID) []TrunkLine { return []TrunkLine{{TrunkID: "k", State: "up"}} }

func (lines) Test(context.Context, tenant.ID, trunk.ID) (TrunkTest, error) {
	return TrunkTest{Answered: true, Code: 200}, nil
}

// TestListPages walks a list in pages.
func TestListPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dbtest.SQLite(t))
	for i := range 5 {
		w.must(201, nil, "administrator", "POST", "/api/v1/projects", fmt.Sprintf(`{"key":"p%d","name":"P"}`, i))
	}
	var keys []string
	for cursor := ""; ; {
		var page List[Project]
		w.must(200, &page, "administrator", "GET", "/api/v1/projects?limit=2&cursor="+cursor, "")
		for _, p := range page.Items {
			keys = append(keys, p.Key)
		}
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	if got := strings.Join(keys, " "); got != "net p0 p1 p2 p3 p4" {
		t.Errorf("got %s", got)
	}
	w.refused(422, "administrator", "GET", "/api/v1/projects?cursor=!!", "")
}

// TestUsers has what is special about users: passwords, the last administrator, who is signed out.
func TestUsers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dbtest.SQLite(t))
	body := func(login, role, password string, disabled bool) string {
		return fmt.Sprintf(`{"login":%q,"name":"Ann","role":%q,"language":"","phone":"browser","phone_uri":"","phone_number":"","auto_answer":false,"confirm_answer":false,"chooses_phone":false,"disabled":%v,"password":%q}`,
			login, role, disabled, password)
	}
	if p := w.refused(422, "administrator", "POST", "/api/v1/users", body("ann", "agent", "short", false)); p.Fields[0].Path != "body.password" {
		t.Errorf("short password: got %+v", p.Fields)
	}
	var ann User
	rec := w.must(201, &ann, "administrator", "POST", "/api/v1/users", body("Ann", "agent", "a long password", false))
	if !ann.HasPassword || ann.Login != "ann" || strings.Contains(rec.Body.String(), "argon2") {
		t.Errorf("got %s", rec.Body)
	}
	w.must(200, nil, nobody, "POST", "/api/v1/session", `{"login":"ANN","password":"a long password"}`)
	w.must(200, &ann, "administrator", "PUT", "/api/v1/users/"+ann.ID, body("ann", "agent", "", false))
	w.must(200, nil, nobody, "POST", "/api/v1/session", `{"login":"ann","password":"a long password"}`)
	w.must(200, nil, "administrator", "PUT", "/api/v1/users/"+ann.ID, body("ann", "agent", "another long one", false))
	w.refused(401, nobody, "POST", "/api/v1/session", `{"login":"ann","password":"a long password"}`)
	w.must(200, nil, nobody, "POST", "/api/v1/session", `{"login":"ann","password":"another long one"}`)
	w.must(200, nil, "administrator", "PUT", "/api/v1/users/"+ann.ID, body("ann", "agent", "", true))
	w.refused(401, nobody, "POST", "/api/v1/session", `{"login":"ann","password":"another long one"}`)
	w.refused(409, "administrator", "PUT", "/api/v1/users/"+string(w.users["administrator"]), body("administrator", "agent", "", false))

	// Queues name their agents, and users show their queues.
	queue := strings.Replace(w.queueBody("Q"), `"agents":[]`, `"agents":["`+ann.ID+`"]`, 1)
	var q Queue
	w.must(201, &q, "administrator", "POST", "/api/v1/queues", queue)
	w.must(200, &ann, "administrator", "GET", "/api/v1/users/"+ann.ID, "")
	if len(q.Agents) != 1 || len(ann.Queues) != 1 || ann.Queues[0] != q.ID {
		t.Errorf("got agents %v of the queue and queues %v of the agent", q.Agents, ann.Queues)
	}
	p := w.refused(422, "administrator", "PUT", "/api/v1/queues/"+q.ID, strings.Replace(queue, ann.ID, "nobody", 1))
	if p.Fields[0].Path != "body.agents" {
		t.Errorf("unknown agent: got %+v", p.Fields)
	}
}

// TestUnknownFields are refused, so that a misspelt setting is seen.
func TestUnknownFields(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dbtest.SQLite(t))
	p := w.refused(422, "administrator", "POST", "/api/v1/projects", `{"key":"k","name":"A","nmae":"B"}`)
	if len(p.Fields) != 1 || p.Fields[0].Path != "body.nmae" {
		t.Errorf("got %+v", p.Fields)
	}
	if p := w.refused(422, "administrator", "POST", "/api/v1/projects", `{"key":"k"}`); p.Fields[0].Rule != "required" {
		t.Errorf("got %+v", p.Fields)
	}
}

func (w *world) queueBody(name string) string {
	return fmt.Sprintf(`{"key":"k","name":%q,"project_id":%q,"target_ms":20000,"target_percent":80,"short_abandon_ms":5000,"offer_ms":20000,
		"wrap_up_ms":60000,"disposition_required":true,"recording":true,"waiting_flow_id":"","agents":[]}`, name, w.project)
}

func (w *world) entryBody(flow, name string) string {
	return fmt.Sprintf(`{"key":"k","name":%q,"number":"+6620001","project_id":%q,"flow_id":%q,"hours_id":"","language":""}`, name, w.project, flow)
}

func (w *world) dispositionBody(name string) string {
	return fmt.Sprintf(`{"key":"k","project_id":%q,"parent_id":"","names":{"en":%q},"success":true,"position":1}`, w.project, name)
}

func trunkBody(address string) string {
	return fmt.Sprintf(`{"key":"k","name":"A","addresses":[%q],"nat":false,"codecs":["PCMA"],"max_calls":0}`, address)
}

func hoursBody(open string) string {
	return fmt.Sprintf(`{"key":"k","name":"A","time_zone":"Asia/Bangkok","week":{"mon":[%q]},"holidays":[{"date":"2026-12-31","name":"x","open":[]}],"closed":false}`, open)
}

// same checks that everything that was given is shown.
func same(t *testing.T, given string, got map[string]any) {
	t.Helper()
	var want map[string]any
	if err := json.Unmarshal([]byte(given), &want); err != nil {
		t.Fatal(err)
	}
	for field, v := range want {
		if fmt.Sprint(got[field]) != fmt.Sprint(v) {
			t.Errorf("%s: got %v, want %v", field, got[field], v)
		}
	}
}

// in is the world as seen by a subtest.
func (w *world) in(t *testing.T) *world {
	return &world{t: t, db: w.db, server: w.server, handler: w.handler, tenant: w.tenant, project: w.project, queue: w.queue,
		users: w.users, tokens: w.tokens, told: w.told}
}
