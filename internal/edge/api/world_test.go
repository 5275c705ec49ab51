package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"linekeeper/internal/access"
	"linekeeper/internal/agent"
	"linekeeper/internal/audit"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/kit/secret"

	"linekeeper/internal/live"
	"linekeeper/internal/project"
	"linekeeper/internal/queue"
	"linekeeper/internal/recording"
	"linekeeper/internal/report"
	"linekeeper/internal/shift"
	"linekeeper/internal/tenant"
)

const (
	password = "correct horse"
	nobody   = ""
)

// world is the edge over a real database, with a person of each role.
type world struct {
	t       *testing.T
	db      *db.DB
	server  *server
	handler http.Handler
	tenant  tenant.ID
	project project.ID
	queue   queue.ID
	users   map[access.Role]access.UserID
	tokens  map[string]string // who to session or API token
	files   folder

	told func(kind string) int // how often Changed was called
	log  *bytes.Buffer         // guarded by the logger
}

type folder string

func newWorld(t *testing.T, d *db.DB, change ...func(*Deps)) *world {
	t.Helper()
	w := &world{t: t, db: d, users: map[access.Role]access.UserID{}, tokens: map[string]string{}, log: &bytes.Buffer{}, files: folder(t.TempDir())}
	var mu sync.Mutex
	changed := map[string]int{}
	w.told = func(kind string) int {
		mu.Lock()
		defer mu.Unlock()
		return changed[kind]
	}
	hasher := secret.NewHasher(2)
	door := access.NewDoor(d, hasher)
	hash, err := hasher.Hash(t.Context(), password)
	if err != nil {
		t.Fatal(err)
	}
	w.write(func(tx *db.Tx) error {
		home, err := tenant.Create(tx, audit.Author{}, tenant.Tenant{Name: "Test", TimeZone: "Asia/Bangkok", Language: "en"})
		if err != nil {
			return err
		}
		w.tenant = home.ID
		by := audit.Author{Tenant: string(home.ID)}
		for _, role := range access.Roles() {
			u, err := access.CreateUser(tx, by, access.User{Login: string(role), Name: "The " + string(role), Role: role,
				Phone: access.BrowserPhone, PasswordHash: hash})
			if err != nil {
				return err
			}
			w.users[role] = u.ID
		}
		p, err := project.Create(tx, by, project.Project{Key: "net", Name: "Internet"})
		if err != nil {
			return err
		}
		w.project = p.ID
		q := queue.Usual()
		q.Key, q.Name, q.ProjectID = "sales", "Sales", p.ID
		if q, err = queue.Create(tx, by, q); err != nil {
			return err
		}
		w.queue = q.ID
		token, tokenHash := access.NewAPIToken()
		w.tokens["token"] = token
		_, err = access.CreateToken(tx, by, access.Token{Key: "ci", Name: "CI", Role: access.Administrator, Hash: tokenHash})
		return err
	})
	for role, id := range w.users {
		token, err := door.Open(t.Context(), w.tenant, id, "192.0.2.1", "test")
		if err != nil {
			t.Fatal(err)
		}
		w.tokens[string(role)] = token
	}
	deps := Deps{DB: d, Door: door, Reports: report.New(d), Board: still{}, Center: noCenter{}, Control: noCalls{}, Callbacks: &noCallbacks{}, Triggers: &noTriggers{}, Line: noLine{}, Leader: noLeader{}, Shifts: noShifts{}, Alerts: noAlerts{d}, Version: "test",
		Log: slog.New(slog.NewTextHandler(w.log, nil)),
		Desk: func(Who) http.Handler {
			return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { rw.WriteHeader(http.StatusTeapot) })
		},
		Client: http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(rw, "client")
		}),
		Seal: func(plain string) (secret.Sealed, error) {
			b, err := secret.NewBox("a key that is long enough")
			return b.Seal(plain), err
		},
		Recordings: recording.New(recording.Config{DB: d, Folder: string(w.files), Log: slog.New(slog.DiscardHandler)}),
		Sound: func(_ context.Context, _ tenant.ID, key, _ string) ([]int16, error) {
			if key != "greeting" {
				return nil, errors.New("no sound")
			}
			return make([]int16, 800), nil
		},
		Changed: func(kind string) {
			mu.Lock()
			defer mu.Unlock()
			changed[kind]++
		},
	}
	for _, c := range change {
		c(&deps)
	}
	w.server = newServer(&deps)
	w.handler = w.server.handler()
	return w
}

type still struct{}

func (still) Present() live.Snapshot { return live.Snapshot{} }

// noLeader changes nobody.
type noLeader struct{}

func (noLeader) SetStatus(context.Context, audit.Author, access.UserID, agent.Standing, agent.Standing) error {
	return fault.Conflict.New("nobody is here")
}

func (noLeader) SetQueues(context.Context, audit.Author, access.UserID, []queue.ID, []queue.ID) error {
	return fault.Conflict.New("nobody is here")
}

// noShifts is a center of which nobody has asked anything.
type noShifts struct{}

func (noShifts) Terms() shift.Terms { return shift.Usual() }

func (noShifts) SetTerms(_ context.Context, _ audit.Author, terms shift.Terms) error {
	return terms.Validate()
}

func (noShifts) Allow(context.Context, audit.Author, access.UserID, string) error {
	return fault.OneField("id", fault.Unknown, "nobody is here")
}

func (noShifts) Items() []shift.Item { return nil }

func (noShifts) SetItems(_ context.Context, _ audit.Author, items []shift.Item) error {
	return shift.CheckItems(items)
}

func (noShifts) Tick(context.Context, access.UserID, string, bool) error {
	return fault.OneField("item", fault.Unknown, "there is none")
}

func (noShifts) Spot(context.Context, audit.Author, access.UserID, bool, string) error {
	return fault.OneField("id", fault.Unknown, "nobody is here")
}

func (noShifts) Starts(access.UserID) []shift.Start { return nil }

func (noShifts) SetStarts(_ context.Context, _ audit.Author, _ access.UserID, starts []shift.Start) error {
	return shift.CheckStarts(starts)
}

// noLine has nobody who waits.
type noLine struct{}

func (noLine) Move(context.Context, interaction.ID, interaction.Seen, queue.ID) error {
	return fault.Conflict.New("nobody waits")
}

func (noLine) Reprioritise(context.Context, interaction.ID, interaction.Seen, int) error {
	return fault.Conflict.New("nobody waits")
}

func (noLine) Pick(context.Context, interaction.ID, interaction.Seen, access.UserID) error {
	return fault.Conflict.New("nobody waits")
}

func (still) Line(id queue.ID) (live.LineView, bool) {
	return live.LineView{Queue: id, Contacts: []live.WaitingView{}}, id != ""
}

type noCenter struct{}

func (noCenter) Apply(_ context.Context, _ audit.Author, file []byte, dryRun bool) (CenterDiff, error) {
	return CenterDiff{DryRun: dryRun, Changes: []CenterChange{}}, nil
}

func (noCenter) Export(_ context.Context, _ tenant.ID, _ bool, w io.Writer) error {
	_, err := io.WriteString(w, "projects: []\n")
	return err
}

func (w *world) write(fn func(*db.Tx) error) {
	w.t.Helper()
	if err := w.db.Write(w.t.Context(), fn); err != nil {
		w.t.Fatal(err)
	}
}

// ask is a request by somebody: a role's name, "token" or nobody.
func (w *world) ask(who, method, path, body string, headers ...string) *httptest.ResponseRecorder {
	w.t.Helper()
	var in io.Reader
	if body != "" {
		in = strings.NewReader(body)
	}
	r := httptest.NewRequest(method, path, in)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	switch token := w.tokens[who]; {
	case who == nobody:
	case strings.HasPrefix(token, access.TokenPrefix):
		r.Header.Set("Authorization", "Bearer "+token)
	default:
		r.AddCookie(&http.Cookie{Name: cookiePlain, Value: token})
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, r)
	return rec
}

// must asks, expects the code, and reads the answer.
func (w *world) must(code int, into any, who, method, path, body string, headers ...string) *httptest.ResponseRecorder {
	w.t.Helper()
	rec := w.ask(who, method, path, body, headers...)
	if rec.Code != code {
		w.t.Fatalf("%s %s %s by %q: got %d %s, want %d", method, path, body, who, rec.Code, rec.Body, code)
	}
	if into != nil {
		if err := json.Unmarshal(rec.Body.Bytes(), into); err != nil {
			w.t.Fatalf("%s %s: %v in %s", method, path, err, rec.Body)
		}
	}
	return rec
}

// refused asks and reads the problem.
func (w *world) refused(code int, who, method, path, body string, headers ...string) Problem {
	w.t.Helper()
	var p Problem
	rec := w.must(code, &p, who, method, path, body, headers...)
	if ct := rec.Header().Get("Content-Type"); ct != "application/problem+json" {
		w.t.Errorf("%s %s: got content type %q, want a problem", method, path, ct)
	}
	if p.Status != code || p.Code == "" || p.Detail == "" || p.Fields == nil {
		w.t.Errorf("%s %s: the problem is not complete: %s", method, path, rec.Body)
	}
	return p
}

// audited reads the audit's lines about a kind of thing, oldest first: "action detail".
func (w *world) audited(kind string) []string {
	w.t.Helper()
	var out []string
	err := w.db.Read(w.t.Context(), func(tx *db.Tx) error {
		lines, err := audit.List(tx, string(w.tenant), audit.Filter{ObjectKind: kind}, db.Page{})
		for _, l := range lines {
			out = append([]string{string(l.Action) + " by " + l.User}, out...)
		}
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return out
}

// noCalls is a center without calls.
type noCalls struct{}

func (noCalls) Control(context.Context, access.UserID, access.Role, interaction.ID, Control) error {
	return fault.Conflict.New("Too late.")
}

func (noCalls) Dial(context.Context, access.UserID, queue.ID, string, interaction.ID) (interaction.ID, error) {
	return "", fault.Conflict.New("Too late.")
}
