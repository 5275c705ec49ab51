package api

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"linekeeper/internal/alert"
	"linekeeper/internal/audit"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/db/dbtest"
)

// noAlerts raises nothing.
type noAlerts struct{ db *db.DB }

func (n noAlerts) See(ctx context.Context, by audit.Author, name string, which alert.ID) (a alert.Alert, err error) {
	err = n.db.Write(ctx, func(tx *db.Tx) error { a, err = alert.See(tx, by, name, which); return err })
	return a, err
}

func (noAlerts) HookKey(address string) ([]byte, error) { return []byte("key of " + address), nil }

// TestAlertRules: rules are made and changed by administrators, and supervisors read alerts.
func TestAlertRules(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		body := fmt.Sprintf(`{"key":"wait","name":"Waits","project_id":%q,"terms":{"what":"long_wait","limit_ms":60000,"emails":["lead@example.com"],"hook":"https://example.com/h"}}`, w.project)
		var one AlertRule
		w.must(http.StatusCreated, &one, "administrator", "POST", "/api/v1/alert-rules", body)
		if one.Terms.LimitMs != 60000 || one.Terms.Hook == "" || one.ProjectID != string(w.project) {
			t.Errorf("made %+v", one)
		}
		for path, wrong := range map[string]string{
			"body.terms.limit_ms": strings.Replace(body, "60000", "6", 1),
			"body.terms.emails":   strings.Replace(body, "lead@example.com", "lead", 1),
			"body.terms.hook":     strings.Replace(body, "https://", "gopher://", 1),
			"body.key":            strings.Replace(body, `"wait"`, `"W !"`, 1),
			"body.project_id":     strings.Replace(body, string(w.project), "nowhere", 1),
		} {
			if p := w.refused(http.StatusUnprocessableEntity, "administrator", "POST", "/api/v1/alert-rules", wrong); len(p.Fields) != 1 || p.Fields[0].Path != path {
				t.Errorf("want a fault at %s, got %+v", path, p.Fields)
			}
		}
		w.must(http.StatusOK, &one, "administrator", "PUT", "/api/v1/alert-rules/"+one.ID, strings.Replace(body, "60000", "90000", 1))
		var key HookKey
		w.must(http.StatusOK, &key, "administrator", "POST", "/api/v1/alert-rules/hook-key", `{"address":"https://example.com/h"}`)
		if key.Key != "key of https://example.com/h" {
			t.Errorf("key %q", key.Key)
		}
		var list List[Alert]
		w.must(http.StatusOK, &list, "supervisor", "GET", "/api/v1/alerts?lasting=true&what=long_wait", "")
		if len(list.Items) != 0 {
			t.Errorf("alerts out of nothing: %+v", list)
		}
		w.refused(http.StatusNotFound, "supervisor", "POST", "/api/v1/alerts/none/seen", "{}")
		w.refused(http.StatusConflict, "administrator", "DELETE", "/api/v1/projects/"+string(w.project), "")
		w.must(http.StatusNoContent, nil, "administrator", "DELETE", "/api/v1/alert-rules/"+one.ID, "")
	})
}
