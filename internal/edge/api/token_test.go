package api

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/db/dbtest"
)

// TestAPITokens makes a token on a screen, uses it and revokes it.
func TestAPITokens(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		until := time.Now().Add(time.Hour).UTC().Truncate(time.Second)
		body := func(role string, expires time.Time) string {
			return fmt.Sprintf(`{"key":"crm","name":"CRM","role":%q,"expires_ms":%d}`, role, db.Millis(expires))
		}
		if p := w.refused(422, "administrator", "POST", "/api/v1/api-tokens", body("quality", time.Now().Add(-time.Minute))); p.Fields[0].Path != "body.expires_ms" {
			t.Errorf("an end in the past: got %+v", p.Fields)
		}
		if p := w.refused(422, "administrator", "POST", "/api/v1/api-tokens", body("king", time.Time{})); p.Fields[0].Path != "body.role" {
			t.Errorf("a role there is not: got %+v", p.Fields)
		}
		var made MadeAPIToken
		w.must(201, &made, "administrator", "POST", "/api/v1/api-tokens", body("quality", until))
		if made.ID == "" || !strings.HasPrefix(made.Token, "lk_") || made.ExpiresMs != db.Millis(until) || made.UsedMs != 0 {
			t.Fatalf("made: got %+v", made)
		}
		if p := w.refused(422, "administrator", "POST", "/api/v1/api-tokens", body("quality", until)); p.Fields[0].Path != "body.key" {
			t.Errorf("the same key: got %+v", p.Fields)
		}
		w.tokens["crm"] = made.Token
		w.must(200, nil, "crm", "GET", "/api/v1/board", "")
		w.refused(403, "crm", "GET", "/api/v1/api-tokens", "")

		var list List[APIToken]
		w.must(200, &list, "administrator", "GET", "/api/v1/api-tokens", "")
		if len(list.Items) != 2 || list.Items[0].Key != "ci" || list.Items[1].ID != made.ID || list.Items[1].UsedMs == 0 {
			t.Errorf("list: got %+v", list.Items)
		}
		w.must(204, nil, "administrator", "DELETE", "/api/v1/api-tokens/"+made.ID, "")
		w.refused(401, "crm", "GET", "/api/v1/board", "")
		w.refused(404, "administrator", "DELETE", "/api/v1/api-tokens/"+made.ID, "")
		lines := fmt.Sprint(w.audited("api_token"))
		if n := len(w.audited("api_token")); n != 3 || strings.Contains(lines, made.Token) {
			t.Errorf("got %d audit lines %v, want two makings and a removal, without the token", n, lines)
		}
		if n := w.told("api_token"); n != 2 {
			t.Errorf("Changed was told %d times, want 2", n)
		}
	})
}
