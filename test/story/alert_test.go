package story

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"linekeeper/internal/alert"
	"linekeeper/internal/audit"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/queue"
	"linekeeper/internal/tenant"
	"linekeeper/test/world"
)

// onlyRules are the rules of the center from now on.
func onlyRules(w *world.World, rules ...alert.Rule) {
	w.T.Helper()
	w.SetUp(func(tx *db.Tx, by audit.Author) error {
		old, err := alert.ListRules(tx, tenant.ID(by.Tenant), db.Page{})
		if err != nil {
			return err
		}
		for _, r := range old {
			if err := alert.DeleteRule(tx, by, r.ID); err != nil {
				return err
			}
		}
		for _, r := range rules {
			if _, err := alert.CreateRule(tx, by, r); err != nil {
				return err
			}
		}
		return nil
	})
}

// alerted is the history of alerts, the newest first.
func alerted(w *world.World) (all []alert.Alert) {
	w.T.Helper()
	err := w.App.DB().Read(w.T.Context(), func(tx *db.Tx) error {
		home, err := tenant.First(tx)
		if err == nil {
			all, err = alert.History(tx, home.ID, alert.Filter{}, db.Page{})
		}
		return err
	})
	if err != nil {
		w.T.Fatal(err)
	}
	return all
}

// hooks is a program that web hooks are sent to. It is away while it refuses.
type hooks struct {
	mu      sync.Mutex
	key     string
	refuses bool
	got     []string
	ids     map[string]bool
	wrong   []string
}

func (h *hooks) take(rw http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.refuses {
		rw.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	var at, sign string
	if _, err := fmt.Sscanf(strings.ReplaceAll(r.Header.Get("Linekeeper-Signature"), ",", " "), "t=%s v1=%s", &at, &sign); err != nil {
		h.wrong = append(h.wrong, err.Error())
	}
	mac := hmac.New(sha256.New, []byte(h.key))
	fmt.Fprintf(mac, "%s.%s", at, body)
	if want := hex.EncodeToString(mac.Sum(nil)); sign != want {
		h.wrong = append(h.wrong, "signature "+sign+", want "+want)
	}
	if id := r.Header.Get("Idempotency-Key"); !h.ids[id] {
		h.ids[id] = true
		var c alert.Call
		if err := json.Unmarshal(body, &c); err != nil {
			h.wrong = append(h.wrong, err.Error())
		}
		h.got = append(h.got, c.Event+" "+c.About)
	}
}

func (h *hooks) all() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return strings.Join(append(h.got, h.wrong...), ", ")
}

// TestLongWaitAlerts is SUP-04: somebody waits too long, the leader sees it and a program is told, each once, also when
// the server is killed and the program away meanwhile; it clears when nobody has waited for a while.
func TestLongWaitAlerts(t *testing.T) {
	world.Run(t, func(w *world.World) {
		const at = "127.0.0.1:2790"
		key, err := w.App.HookKey("http://" + at + "/alerts")
		if err != nil {
			t.Fatal(err)
		}
		h := &hooks{key: string(key), ids: map[string]bool{}, refuses: true}
		w.Service(at, h.take)
		onlyRules(w, alert.Rule{Key: "wait", Name: "Waits", Terms: alert.Terms{What: alert.LongWait, LimitMS: 60_000, CalmMS: 30_000,
			Hook: "http://" + at + "/alerts", Emails: []string{"sue@example.com"}}})
		w.KeepsSetUp()
		sue := w.Agent("sue")
		c := w.Caller().Dials(direct)
		c.IsAnswered()
		w.Passes(50 * time.Second)
		if len(sue.Alerts) != 0 {
			t.Fatalf("too early: %+v", sue.Alerts)
		}
		w.Passes(20 * time.Second)
		if len(sue.Alerts) != 1 || sue.Alerts[0].About != "Sales" || sue.Alerts[0].Value < 60_000 || !strings.Contains(sue.Alerts[0].Untold, "email") {
			t.Fatalf("the leader sees %+v, want that somebody waits, and that there is no gateway for e-mail", sue.Alerts)
		}
		w.Crashes()
		w.Starts()
		h.mu.Lock()
		h.refuses = false
		h.mu.Unlock()
		sue = w.Agent("sue")
		w.Passes(10 * time.Minute) // the program is tried again
		if got := h.all(); got != "raised Sales" || len(sue.Alerts) != 1 || len(alerted(w)) != 1 {
			t.Errorf("after a restart the program was told %q, the leader sees %+v; want the same one", got, sue.Alerts)
		}
		if _, err := w.App.SeesAlert("sue", sue.Alerts[0].Alert); err != nil {
			t.Fatal(err)
		}
		w.Passes(time.Second)
		if a := sue.Alerts[0]; a.SeenName != "Sue" || a.Seen == 0 {
			t.Errorf("the leader sees %+v, want that Sue is on it", a)
		}
		c.HangsUp()
		w.Passes(20 * time.Second)
		if len(sue.Alerts) != 1 {
			t.Error("it cleared at once")
		}
		w.Passes(30 * time.Second)
		all := alerted(w)
		if len(sue.Alerts) != 0 || len(all) != 1 || all[0].Why != alert.Calm || all[0].SeenName != "Sue" {
			t.Errorf("the leader sees %+v, kept is %+v; want one that is over", sue.Alerts, all)
		}
		if got := h.all(); got != "raised Sales, cleared Sales" {
			t.Errorf("the program was told %q", got)
		}
	})
}

// TestNobodyAndBreaks: a queue that customers wait in and nobody serves, and an agent whose break is too long.
func TestNobodyAndBreaks(t *testing.T) {
	world.Run(t, func(w *world.World) {
		onlyRules(w,
			alert.Rule{Key: "nobody", Name: "Nobody", Queue: queue.ID(w.App.ID("queue", "sales")), Terms: alert.Terms{What: alert.NobodySignedIn, HoldMS: 20_000}},
			alert.Rule{Key: "break", Name: "Break", Terms: alert.Terms{What: alert.LongBreak, LimitMS: 600_000}})
		sue := w.Agent("sue")
		w.Passes(time.Minute)
		if len(sue.Alerts) != 0 {
			t.Errorf("nobody waits: %+v", sue.Alerts)
		}
		c := w.Caller().Dials(direct)
		c.IsAnswered()
		w.Passes(40 * time.Second)
		if len(sue.Alerts) != 1 || sue.Alerts[0].What != string(alert.NobodySignedIn) {
			t.Errorf("somebody waits: %+v", sue.Alerts)
		}
		ann := w.Agent("ann")
		ann.GoesOnBreak("lunch")
		w.Passes(10 * time.Second)
		if len(sue.Alerts) != 0 {
			t.Errorf("Ann has signed in: %+v", sue.Alerts)
		}
		c.HangsUp()
		w.Passes(11 * time.Minute)
		if len(sue.Alerts) != 1 || sue.Alerts[0].About != "Ann" || sue.Alerts[0].AboutKind != "agent" {
			t.Errorf("Ann's break: %+v", sue.Alerts)
		}
		ann.IsAvailable()
		w.Passes(10 * time.Second)
		if len(sue.Alerts) != 0 {
			t.Errorf("Ann is back: %+v", sue.Alerts)
		}
		if len(ann.Alerts) != 0 {
			t.Errorf("an agent is told %+v", ann.Alerts)
		}
	})
}
