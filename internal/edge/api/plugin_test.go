package api

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/db/dbtest"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/plugin"
	"linekeeper/internal/tenant"
)

// offering is a plug-in that says what it offers, or why not.
type offering struct {
	kinds []plugin.Kind
	err   error
	asked plugin.Plugin
}

func (o *offering) Manifest(_ context.Context, p plugin.Plugin) ([]plugin.Kind, error) {
	o.asked = p
	return o.kinds, o.err
}

// TestPlugins: one is registered, its manifest read, and the editor of flows offers what it offers; the secret is told to
// nobody and stays when it is not given again.
func TestPlugins(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		far := &offering{kinds: []plugin.Kind{{Key: "pay", Label: tenant.Names{"en": "Pay"}, Talks: true, Parameters: []plugin.Parameter{{Key: "due", Type: plugin.Number, Default: 5.0}},
			Branches: []plugin.Branch{{Key: "paid"}}}}}
		w := newWorld(t, d, func(deps *Deps) { deps.Manifests = far })
		const body = `{"key":"bank","name":"Bank","url":"https://bank.example/plugin","secret":"s3cret"}`
		var one Plugin
		w.must(http.StatusCreated, &one, "administrator", "POST", "/api/v1/plugins", body)
		if !one.HasSecret || len(one.Kinds) != 0 {
			t.Errorf("made %+v", one)
		}
		w.refused(http.StatusUnprocessableEntity, "administrator", "POST", "/api/v1/plugins", body)
		w.refused(http.StatusForbidden, "agent", "POST", "/api/v1/plugins", body)
		if p := w.refused(http.StatusUnprocessableEntity, "administrator", "POST", "/api/v1/plugins", strings.Replace(body, "https", "ftp", 1)); p.Fields[0].Path != "body.url" {
			t.Errorf("refused %+v", p.Fields)
		}
		w.must(http.StatusOK, &one, "administrator", "POST", "/api/v1/plugins/"+one.ID+"/manifest", "")
		if len(one.Kinds) != 1 || one.Kinds[0].Label["en"] != "Pay" || !far.asked.Secret.Valid() {
			t.Errorf("read %+v, asked of %+v", one, far.asked)
		}
		sealed := far.asked.Secret
		w.must(http.StatusOK, &one, "administrator", "PUT", "/api/v1/plugins/"+one.ID, `{"key":"bank","name":"The bank","url":"https://bank.example/plugin","timeout_ms":3000}`)
		if !one.HasSecret || len(one.Kinds) != 1 || one.TimeoutMs != 3000 {
			t.Errorf("changed to %+v", one)
		}
		var kinds FlowKinds
		w.must(http.StatusOK, &kinds, "administrator", "GET", "/api/v1/flow-kinds", "")
		if len(kinds.Offers) != 1 || kinds.Offers[0].Plugin != "bank" || kinds.Offers[0].Name != "The bank" || kinds.Offers[0].Parameters[0].Default != 5.0 {
			t.Errorf("the editor is offered %+v", kinds.Offers)
		}
		program := `{"program":{"schema":1,"start":"a","nodes":{"a":{"kind":"plugin","plugin":"bank","does":"pay","next":"end","edges":{"failed":"end","gone":"end"}},"end":{"kind":"hangup"}}}}`
		var found ProgramProblems
		w.must(http.StatusOK, &found, "administrator", "POST", "/api/v1/flows/check", program)
		if len(found.Problems) != 1 || found.Problems[0].Field != "edges.gone" {
			t.Errorf("problems %+v", found.Problems)
		}
		far.err = fault.Unavailable.New("The plug-in does not give its manifest: no answer in time.")
		w.refused(http.StatusServiceUnavailable, "administrator", "POST", "/api/v1/plugins/"+one.ID+"/manifest", "")
		w.must(http.StatusOK, &one, "administrator", "GET", "/api/v1/plugins/"+one.ID, "")
		if far.asked.Secret != sealed || len(one.Kinds) != 1 {
			t.Errorf("now %+v", one)
		}
		var asks Flow
		w.must(http.StatusCreated, &asks, "administrator", "POST", "/api/v1/flows", strings.Replace(strings.Replace(program, `,"gone":"end"`, "", 1), "{", `{"key":"asks","name":"Asks",`, 1))
		if p := w.refused(http.StatusConflict, "administrator", "DELETE", "/api/v1/plugins/"+one.ID, ""); len(p.Uses) != 1 || p.Uses[0].Node != "a" {
			t.Errorf("a plug-in in use: %+v", p.Uses)
		}
		w.must(http.StatusNoContent, nil, "administrator", "DELETE", "/api/v1/flows/"+asks.ID, "")
		w.must(http.StatusNoContent, nil, "administrator", "DELETE", "/api/v1/plugins/"+one.ID, "")
		w.must(http.StatusOK, &found, "administrator", "POST", "/api/v1/flows/check", program)
		if len(found.Problems) != 1 || found.Problems[0].Field != "plugin" {
			t.Errorf("problems %+v", found.Problems)
		}
	})
}
