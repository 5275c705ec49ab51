package api

import (
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"testing"

	"linekeeper/internal/access"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/db/dbtest"
)

func credentials(login, password string) string {
	return fmt.Sprintf(`{"login":%q,"password":%q}`, login, password)
}

// TestSession signs in, asks who, changes the language and signs out.
func TestSession(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dbtest.SQLite(t))
	var me Me
	rec := w.must(200, &me, nobody, "POST", "/api/v1/session", credentials("supervisor", password))
	cookie := rec.Result().Cookies()[0]
	if cookie.Name != "lk_session" || !cookie.HttpOnly || cookie.Secure || cookie.SameSite != http.SameSiteLaxMode || cookie.Path != "/" {
		t.Errorf("cookie over HTTP: got %+v", cookie)
	}
	if me.User.Role != "supervisor" || me.Tenant.TimeZone != "Asia/Bangkok" || me.User.Language != "en" || len(me.Permissions) == 0 {
		t.Errorf("got %+v", me)
	}
	if strings.Contains(rec.Body.String(), "$schema") {
		t.Errorf("the answer has $schema: %s", rec.Body)
	}
	w.tokens["her"] = cookie.Value
	w.must(200, &me, "her", "GET", "/api/v1/session", "")
	w.must(200, &me, "her", "PATCH", "/api/v1/me", `{"language":"th"}`)
	if me.User.Language != "th" {
		t.Errorf("after the change: got %+v", me.User)
	}
	rec = w.must(204, nil, "her", "DELETE", "/api/v1/session", "")
	if gone := rec.Result().Cookies()[0]; gone.MaxAge >= 0 || gone.Value != "" {
		t.Errorf("signing out: got cookie %+v", gone)
	}
	w.refused(401, "her", "GET", "/api/v1/session", "")
	w.must(200, &me, "token", "GET", "/api/v1/session", "")
	if me.User.Role != "administrator" || me.User.Login != "ci" {
		t.Errorf("a token's identity: got %+v", me.User)
	}
}

// TestCookieOverTLS has the prefix that keeps neighbours from setting it; behind a trusted proxy too.
func TestCookieOverTLS(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dbtest.SQLite(t), func(d *Deps) { d.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")} })
	for _, test := range []struct {
		name, remote string
		tls          bool
		proto        string
		want         string
	}{
		{"TLS", "192.0.2.1:1", true, "", "__Host-lk_session"},
		{"trusted proxy", "10.1.1.1:1", false, "https", "__Host-lk_session"},
		{"stranger who claims", "192.0.2.1:1", false, "https", "lk_session"},
	} {
		r := httptest.NewRequest("POST", "/api/v1/session", strings.NewReader(credentials("agent", password)))
		r.RemoteAddr = test.remote
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("X-Forwarded-For", "203.0.113.9")
		r.Header.Set("X-Forwarded-Proto", test.proto)
		if test.tls {
			r.TLS = &tls.ConnectionState{}
		}
		rec := httptest.NewRecorder()
		w.handler.ServeHTTP(rec, r)
		if rec.Code != 200 {
			t.Fatalf("%s: got %d %s", test.name, rec.Code, rec.Body)
		}
		c := rec.Result().Cookies()[0]
		if c.Name != test.want || c.Secure != strings.HasPrefix(test.want, "__Host-") {
			t.Errorf("%s: got %+v, want %s", test.name, c, test.want)
		}
	}
}

// TestWrongPasswords are told nothing and slowed down.
func TestWrongPasswords(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dbtest.SQLite(t))
	known := w.ask(nobody, "POST", "/api/v1/session", credentials("agent", "wrong password"))
	unknown := w.ask(nobody, "POST", "/api/v1/session", credentials("nobody", "wrong password"))
	if known.Code != 401 || known.Body.String() != unknown.Body.String() {
		t.Errorf("got %d %s and %d %s, want the same", known.Code, known.Body, unknown.Code, unknown.Body)
	}
	for range 20 {
		rec := w.ask(nobody, "POST", "/api/v1/session", credentials("agent", "wrong password"))
		if rec.Code == 401 {
			continue
		}
		if wait, err := strconv.Atoi(rec.Header().Get("Retry-After")); rec.Code != 429 || err != nil || wait < 1 {
			t.Errorf("got %d with Retry-After %q, want 429", rec.Code, rec.Header().Get("Retry-After"))
		}
		return
	}
	t.Error("20 wrong passwords were all heard")
}

// TestFirstAdministrator uses the one-time link once.
func TestFirstAdministrator(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dbtest.SQLite(t))
	var token string
	w.write(func(tx *db.Tx) (err error) {
		if _, err := tx.Exec(`UPDATE users SET password_hash = '' WHERE role = 'administrator'`); err != nil {
			return err
		}
		token, err = access.CreateSetupLink(tx)
		return err
	})
	body := func(token, password string) string {
		return fmt.Sprintf(`{"token":%q,"login":"boss","name":"Boss","password":%q,"language":"ru"}`, token, password)
	}
	w.refused(401, nobody, "POST", "/api/v1/setup", body("guess", "long enough"))
	if p := w.refused(422, nobody, "POST", "/api/v1/setup", body(token, "x")); p.Fields[0].Path != "body.password" {
		t.Errorf("got %+v", p.Fields)
	}
	var me Me
	rec := w.must(200, &me, nobody, "POST", "/api/v1/setup", body(token, "long enough"))
	if me.User.Role != "administrator" || me.User.Language != "ru" || len(rec.Result().Cookies()) != 1 {
		t.Errorf("got %+v", me)
	}
	w.refused(401, nobody, "POST", "/api/v1/setup", body(token, "long enough"))
}

// TestOtherSites cannot act in a user's name.
func TestOtherSites(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dbtest.SQLite(t))
	body := `{"key":"evil","name":"Evil"}`
	w.refused(403, "administrator", "POST", "/api/v1/projects", body, "Sec-Fetch-Site", "cross-site")
	w.refused(403, "administrator", "POST", "/api/v1/projects", body, "Origin", "https://evil.example")
	w.must(201, nil, "administrator", "POST", "/api/v1/projects", body, "Sec-Fetch-Site", "same-origin")
}

// TestFlood: strangers are slowed down by their address, who is signed in there is not, nor are
// others.
func TestFlood(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dbtest.SQLite(t))
	w.must(200, nil, "agent", "GET", "/api/v1/session", "")
	refused := 0
	for range anonymousBurst * 2 {
		rec := w.ask(nobody, "GET", "/api/v1/session", "", "Authorization", "Bearer lk_guess")
		if rec.Code == 429 {
			refused++
		}
	}
	if refused < anonymousBurst/2 {
		t.Errorf("got %d of %d refused", refused, anonymousBurst*2)
	}
	w.must(200, nil, "agent", "GET", "/api/v1/session", "")
	r := httptest.NewRequest("GET", "/api/v1/session", nil)
	r.RemoteAddr = "198.51.100.7:1000"
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, r)
	if rec.Code != 401 {
		t.Errorf("from elsewhere: got %d, want 401", rec.Code)
	}
}

// TestOversizedInput is not read to its end.
func TestOversizedInput(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dbtest.SQLite(t))
	endless := &counting{}
	r := httptest.NewRequest("POST", "/api/v1/projects", endless)
	r.Header.Set("Authorization", "Bearer "+w.tokens["token"])
	r.ContentLength = -1
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, r)
	if rec.Code != 413 || endless.read > maxBody+64<<10 {
		t.Errorf("got %d after %d bytes, want 413 after about %d", rec.Code, endless.read, maxBody)
	}
	for _, body := range []string{`{"key":"a","name":"\u0000"}`, "{\"key\":\"a\",\"name\":\"\xff\"}", "{", "[]", "null", `"x"`, ""} {
		if rec := w.ask("token", "POST", "/api/v1/projects", body); rec.Code != 422 && rec.Code != 400 {
			t.Errorf("%q: got %d %s", body, rec.Code, rec.Body)
		}
	}
	for _, path := range []string{"/api/v1/projects/%00", "/api/v1/interactions?text=%00", "/api/v1/interactions?text=%ff", "/api/v1/interactions?text=%zz"} {
		if rec := w.ask("token", "GET", path, ""); rec.Code != 422 && rec.Code != 404 {
			t.Errorf("%s: got %d %s", path, rec.Code, rec.Body)
		}
	}
}

type counting struct{ read int64 }

func (c *counting) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = 'a'
	}
	c.read += int64(len(b))
	return len(b), nil
}

// TestPanic is contained, counted and logged.
func TestPanic(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dbtest.SQLite(t), func(d *Deps) { d.Board = nil })
	p := w.refused(500, "administrator", "GET", "/api/v1/board", "")
	if p.Code != "internal" || strings.Contains(p.Detail, "nil") {
		t.Errorf("got %+v", p)
	}
	if !strings.Contains(w.log.String(), "panic in a handler") {
		t.Errorf("log: got %s", w.log)
	}
	if body := w.ask("token", "GET", "/metrics", "").Body.String(); !strings.Contains(body, "linekeeper_http_panics_total 1") {
		t.Errorf("not counted: %s", body)
	}
}

// TestOperatorsPages and the client have their places.
func TestOperatorsPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dbtest.SQLite(t))
	for path, want := range map[string]string{"/healthz": "ok\n", "/readyz": "ready\n", "/version": "test\n", "/": "client", "/desk/any": "client"} {
		if got := w.ask(nobody, "GET", path, ""); got.Code != 200 || got.Body.String() != want {
			t.Errorf("%s: got %d %q, want %q", path, got.Code, got.Body, want)
		}
	}
	if rec := w.ask(nobody, "GET", "/metrics", ""); rec.Code != 401 {
		t.Errorf("metrics to a stranger: got %d, want 401", rec.Code)
	}
	var doc map[string]any
	if err := json.Unmarshal(w.ask(nobody, "GET", "/openapi.json", "").Body.Bytes(), &doc); err != nil || doc["openapi"] == nil {
		t.Errorf("/openapi.json: got %v, %v", doc["openapi"], err)
	}
	rec := w.ask("agent", "GET", "/api/v1/nothing", "")
	if rec.Code != 404 || rec.Header().Get("Content-Type") != "application/problem+json" {
		t.Errorf("unknown route: got %d %s", rec.Code, rec.Body)
	}
	for header, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
		"Referrer-Policy": "no-referrer", "Cache-Control": "no-store"} {
		if got := rec.Header().Get(header); got != want {
			t.Errorf("%s: got %q, want %q", header, got, want)
		}
	}
}
