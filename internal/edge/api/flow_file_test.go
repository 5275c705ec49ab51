package api

import (
	"net/http"
	"testing"

	"linekeeper/internal/flow"
	"linekeeper/internal/kit/db/dbtest"
)

const playsHello = `{"program":{"schema":1,"start":"a","nodes":{"a":{"kind":"say","prompt":"hello","next":"b"},"b":{"kind":"hangup"}}}}`

// TestFlowFile: a flow's file is packed on one server, looked into and taken on another.
func TestFlowFile(t *testing.T) {
	t.Parallel()
	record := func(w *world, samples int) {
		var p Prompt
		w.must(http.StatusCreated, &p, promptAdmin, "POST", "/api/v1/prompts", `{"key":"hello","name":"P","texts":{},"audio":{}}`)
		w.must(http.StatusOK, &p, promptAdmin, "PUT", "/api/v1/prompts/"+p.ID+"/audio/en", toneOf(8000, samples, 5), "Content-Type", "audio/wav")
	}
	from := newWorld(t, dbtest.SQLite(t), withSound(t.TempDir()))
	record(from, 80)
	rec := from.must(http.StatusOK, nil, promptAdmin, "POST", "/api/v1/flows/file", playsHello)
	if got := rec.Header().Get("Content-Type"); got != zipType {
		t.Errorf("the file is %s", got)
	}
	file := rec.Body.String()

	folder := t.TempDir()
	to := newWorld(t, dbtest.SQLite(t), withSound(folder))
	look := func() (f FlowFile) {
		to.must(http.StatusOK, &f, promptAdmin, "POST", "/api/v1/flows/file/look", file, "Content-Type", zipType)
		return f
	}
	take := func(query string) (got flow.PromptsTaken) {
		to.must(http.StatusOK, &got, promptAdmin, "POST", "/api/v1/flows/file/prompts"+query, file, "Content-Type", zipType)
		return got
	}
	if f := look(); len(f.Prompts) != 1 || f.Prompts[0].State != flow.FileNew || len(f.Program) == 0 || len(filesIn(t, folder)) != 0 {
		t.Errorf("got %+v", f)
	}
	record(to, 90)
	if f := look(); f.Prompts[0].State != flow.FileOther {
		t.Errorf("got %+v", f)
	}
	if got := take(""); len(got.Kept) != 1 || len(got.Replaced)+len(got.Added) != 0 {
		t.Errorf("got %+v", got)
	}
	if got := take("?replace=hello"); len(got.Replaced) != 1 {
		t.Errorf("got %+v", got)
	}
	if f := look(); f.Prompts[0].State != flow.FileSame || len(filesIn(t, folder)) != 1 {
		t.Errorf("got %+v, files %v", f, filesIn(t, folder))
	}
	p := to.refused(http.StatusUnprocessableEntity, promptAdmin, "POST", "/api/v1/flows/file/look", "PK\x03\x04 nothing", "Content-Type", zipType)
	if len(p.Fields) != 1 || p.Fields[0].Reason != "flow_file" {
		t.Errorf("got %+v", p)
	}
	to.refused(http.StatusForbidden, "agent", "POST", "/api/v1/flows/file/prompts", file, "Content-Type", zipType)
}

// TestRefusalsHaveCodes: what is wrong is told with a code and what stands in the sentence, for other languages.
func TestRefusalsHaveCodes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dbtest.SQLite(t), withSound(t.TempDir()))
	p := w.refused(http.StatusUnprocessableEntity, promptAdmin, "POST", "/api/v1/flows/rehearse", `{"program":{"schema":1,"start":"a","nodes":{"a":{"kind":"hangup"},"b":{"kind":"hangup"}}}}`)
	if len(p.Fields) != 1 || p.Fields[0].Reason != "unreached" || p.Fields[0].Path != "body.nodes.b" {
		t.Errorf("rehearsal: %+v", p)
	}
	var f Flow
	w.must(http.StatusCreated, &f, promptAdmin, "POST", "/api/v1/flows", `{"key":"a","name":"A",`+playsNothing[1:])
	p = w.refused(http.StatusConflict, promptAdmin, "POST", "/api/v1/flows/"+f.ID+"/publish", `{"revision":1}`)
	if p.Reason != "flow_no_draft" {
		t.Errorf("publishing: %+v", p)
	}
	var one Prompt
	w.must(http.StatusCreated, &one, promptAdmin, "POST", "/api/v1/prompts", `{"key":"one","name":"P","texts":{},"audio":{}}`)
	p = w.refused(http.StatusUnprocessableEntity, promptAdmin, "PUT", "/api/v1/prompts/"+one.ID+"/audio/en", toneOf(8000, 0, 0), "Content-Type", "audio/wav")
	if len(p.Fields) != 1 || p.Fields[0].Reason != "sound_empty" {
		t.Errorf("recording: %+v", p)
	}
	p = w.refused(http.StatusUnprocessableEntity, promptAdmin, "POST", "/api/v1/triggers", `{"key":"t","name":"T","project_id":"p","flow_id":"`+f.ID+`","kind":"schedule","rule":{"times":["9"]}}`)
	if len(p.Fields) != 1 || p.Fields[0].Reason != "trigger_time" || p.Fields[0].Params[0].Text != "9" {
		t.Errorf("trigger: %+v", p)
	}
	p = w.refused(http.StatusUnprocessableEntity, promptAdmin, "POST", "/api/v1/triggers", `{"key":"t","name":"T","project_id":"p","flow_id":"`+f.ID+`","kind":"schedule","rule":{"times":["09:00"]}}`)
	if len(p.Fields) != 1 || p.Fields[0].Reason != "trigger_flow_customer" {
		t.Errorf("trigger: %+v", p)
	}
}

const playsNothing = `{"program":{"schema":1,"start":"b","nodes":{"b":{"kind":"hangup"}}}}`
