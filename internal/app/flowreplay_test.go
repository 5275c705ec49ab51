package app

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"linekeeper/internal/edge/api"
	"linekeeper/internal/flow"
)

// TestFlowReplay asks a server of two pages and adds them up.
func TestFlowReplay(t *testing.T) {
	t.Parallel()
	var asked []api.FlowReplay
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/api/v1/flows" {
			_ = json.NewEncoder(w).Encode(api.List[api.Flow]{Items: []api.Flow{{ID: "f-1", FlowFields: api.FlowFields{Key: "main", Program: []byte("{}")}}}})
			return
		}
		var ask api.FlowReplay
		if r.URL.Path != "/api/v1/flows/f-1/replay" || json.NewDecoder(r.Body).Decode(&ask) != nil {
			t.Errorf("asked %s", r.URL)
		}
		asked = append(asked, ask)
		page := api.FlowReplayed{Replayed: flow.NewReplayed()}
		page.Calls, page.Different, page.Was.Contained, page.Now.Queued, page.Now.Queues["sales"] = 3, 1, 3, 1, 1
		page.Changes = []flow.ReplayChange{{Interaction: "call-1", Was: flow.Outcome{End: flow.EndEnded}, Now: flow.Outcome{End: flow.EndQueue, Queue: "sales"}}}
		if ask.Cursor == "" {
			page.Cursor = "next"
		}
		_ = json.NewEncoder(w).Encode(page)
	}))
	defer server.Close()
	file := filepath.Join(t.TempDir(), "draft.json")
	if err := os.WriteFile(file, []byte(`{"schema":1}`), 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(args ...string) (string, error) {
		cmd := replayCommand()
		var out bytes.Buffer
		cmd.SetOut(&out)
		cmd.SetErr(&out)
		cmd.SilenceUsage = true
		cmd.SetArgs(args)
		err := cmd.ExecuteContext(t.Context())
		return out.String(), err
	}
	out, err := run("main", file, "--server", server.URL, "--token", "lk_x", "--from", "2026-11-21", "-v")
	for _, want := range []string{"6 calls, 2 of them would end otherwise", "ended without an agent                  6        0", "sales", "call-1: ended , now queue sales"} {
		if err != nil || !strings.Contains(out, want) {
			t.Errorf("%v: %q is not in\n%s", err, want, out)
		}
	}
	if len(asked) != 2 || asked[1].Cursor != "next" || asked[0].To.Sub(asked[0].From) < 23*time.Hour || string(asked[0].Program) != `{"schema":1}` {
		t.Errorf("asked %+v", asked)
	}
	for _, bad := range [][]string{{"main"}, {"other", "--server", server.URL, "--token", "lk_x"}, {"main", "--server", server.URL, "--from", "yesterday"}} {
		if out, err := run(bad...); err == nil {
			t.Errorf("%v: got no error: %s", bad, out)
		}
	}
}
