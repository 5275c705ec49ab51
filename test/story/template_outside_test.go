package story

import (
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"linekeeper/internal/demo/billing"
	"linekeeper/internal/flow"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/queue"
	"linekeeper/test/world"
)

// waitsWith has who waits in a queue hear a flow.
func waitsWith(w *world.World, key string, heard flow.ID) {
	w.T.Helper()
	w.ChangesQueue(key, func(q *queue.Queue) { q.WaitingFlowID = string(heard) })
}

// closesWith has who comes to a closed queue go to a template.
func closesWith(w *world.World, key, template string) {
	w.T.Helper()
	w.Template(template, "")
	w.ChangesQueue(key, func(q *queue.Queue) { q.Closing.After = queue.Act{Do: queue.RunFlow, Flow: template} })
}

// serviceAt is where services outside answer.
const serviceAt = "127.0.0.1:8090"

// pinOfStory is in no identity by chance: those are taken out before it is looked for.
const pinOfStory = "47114"

var identity = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)

// secretIsNowhere makes sure that digits are in no journal and no log.
func secretIsNowhere(w *world.World, digits string) {
	w.T.Helper()
	look := func(where, text string) {
		if strings.Contains(identity.ReplaceAllString(text, ""), digits) {
			w.T.Errorf("the secret is in %s: %s", where, text)
		}
	}
	err := w.App.DB().Read(w.T.Context(), func(tx *db.Tx) error {
		for _, r := range w.Records() {
			journal, err := (&interaction.Store{}).Journal(tx, r.ID)
			if err != nil {
				return err
			}
			for _, e := range journal {
				text, err := json.Marshal(e.Event)
				if err != nil {
					return err
				}
				look("the journal", string(text))
			}
		}
		return nil
	})
	if err != nil {
		w.T.Fatal(err)
	}
	look("the log", w.Logged())
}

// TestTemplateBalance: contract and PIN, which only the service learns; the balance with its due date is said in words.
func TestTemplateBalance(t *testing.T) {
	accounts := []billing.Account{ // the demo's service answers what the template asks
		{Contract: "12345", PIN: pinOfStory, Balance: 20.5, Currency: "USD", DueIn: 335}, // from New Year of 2000 to December first
		{Contract: "6789", PIN: pinOfStory},
	}
	for name, tt := range map[string]struct {
		keys  []string
		slow  time.Duration
		said  []string
		agent bool
		asked int
	}{
		"balance and due date":        {[]string{"12345#", pinOfStory + "#"}, 0, []string{"number of your contract", "Enter your PIN", "twenty dollars and fifty cents. It is due on December first", "goodbye"}, false, 1},
		"nothing is due, to an agent": {[]string{"6789#", pinOfStory + "#", "0"}, 0, []string{"Your balance is zero"}, true, 1},
		"wrong, then right":           {[]string{"12345#", "1111#", "12345#", pinOfStory + "#"}, 0, []string{"is not right", "number of your contract", "twenty dollars"}, false, 2},
		"wrong three times":           {[]string{"12345#", "1111#", "12345#", "2222#", "12345#", "3333#"}, 0, []string{"is not right", "is not right"}, true, 3},
		"the service is slow":         {[]string{"12345#", pinOfStory + "#"}, time.Minute, []string{"cannot be looked up just now"}, true, 1},
	} {
		t.Run(name, func(t *testing.T) {
			world.Run(t, func(w *world.World) {
				ownQueue(w)
				asked, balances := 0, billing.Handler(accounts, time.Now)
				w.Service(serviceAt, func(rw http.ResponseWriter, r *http.Request) {
					asked++
					select {
					case <-time.After(tt.slow):
						balances.ServeHTTP(rw, r)
					case <-r.Context().Done():
					}
				})
				w.Template("balance", own, "https://billing.example.com", "http://"+serviceAt)
				c := w.Caller().Dials(own)
				c.IsAnswered()
				for _, k := range tt.keys {
					w.Passes(3 * time.Second)
					c.Presses(k)
					w.Passes(3 * time.Second)
				}
				w.Passes(10 * time.Second)
				says(w, tt.said...)
				if tt.agent {
					serves(w, c)
				} else {
					c.IsHungUpOn()
				}
				if asked != tt.asked {
					w.T.Errorf("the service was asked %d times, want %d", asked, tt.asked)
				}
				secretIsNowhere(w, pinOfStory)
				if r := w.OneRecord(); tt.agent != (r.Recording != "") {
					w.T.Errorf("the recording is %q", r.Recording)
				}
			})
		})
	}
}

// TestTemplateFaxOnDemand: document and number go to a service, and an agent takes who is not served.
func TestTemplateFaxOnDemand(t *testing.T) {
	for name, tt := range map[string]struct {
		keys  []string
		fails bool
		body  string
		agent bool
	}{
		"the order form":        {[]string{"2", "1234567#", "1"}, false, `{"document": "order-form", "number": "1234567"}`, false},
		"another number":        {[]string{"1", "1234567#", "2", "7654321#", "1"}, false, `{"document": "price-list", "number": "7654321"}`, false},
		"the gateway is broken": {[]string{"1", "1234567#", "1"}, true, `{"document": "price-list", "number": "1234567"}`, true},
		"an agent":              {[]string{"0"}, false, "", true},
	} {
		t.Run(name, func(t *testing.T) {
			world.Run(t, func(w *world.World) {
				ownQueue(w)
				body := ""
				w.Service(serviceAt, func(rw http.ResponseWriter, r *http.Request) {
					text, err := io.ReadAll(r.Body)
					if err != nil {
						w.T.Error(err)
					}
					body += string(text)
					if tt.fails {
						rw.WriteHeader(http.StatusInternalServerError)
					}
				})
				w.Template("fax-on-demand", own, "https://fax.example.com", "http://"+serviceAt)
				c := w.Caller().Dials(own)
				c.IsAnswered()
				for _, k := range tt.keys {
					w.Passes(3 * time.Second)
					c.Presses(k)
				}
				w.Passes(5 * time.Second)
				if tt.agent {
					serves(w, c)
				} else {
					c.IsHungUpOn()
					says(w, "on its way to your fax machine", "goodbye")
				}
				if body != tt.body {
					w.T.Errorf("the service was sent %s, want %s", body, tt.body)
				}
			})
		})
	}
}
