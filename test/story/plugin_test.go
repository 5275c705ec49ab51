package story

import (
	"encoding/json"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"linekeeper/internal/audit"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/plugin"
	"linekeeper/internal/tenant"
	"linekeeper/test/world"
)

// promises is a plug-in that asks whether and when a customer pays; it keeps nothing of a talk.
type promises struct {
	w    *world.World
	slow time.Duration
	mu   sync.Mutex
	keys []string // of questions, in order
}

// asked are the keys of the questions so far.
func (p *promises) asked() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.keys)
}

func (p *promises) answer(rw http.ResponseWriter, r *http.Request) {
	var q plugin.Question
	if err := json.NewDecoder(r.Body).Decode(&q); err != nil {
		p.w.T.Error(err)
	}
	p.mu.Lock()
	p.keys = append(p.keys, r.Header.Get("Idempotency-Key"))
	p.mu.Unlock()
	select {
	case <-time.After(p.slow):
	case <-r.Context().Done():
		return
	}
	a := plugin.Answer{}
	switch state := string(q.State); {
	case state == "null":
		a.Do = []plugin.Action{{Action: plugin.Say, Text: plugin.Words{"en": "You owe", "ru": "Вы должны"}}, {Action: plugin.Menu, Prompt: "menu", Choices: map[string]plugin.Words{"1": {"": "Yes"}, "2": {"": "No"}}}}
		a.State = json.RawMessage(`"will"`)
	case state == `"will"` && q.Heard.Key == "1":
		a.Do = []plugin.Action{{Action: plugin.Digits, Text: plugin.Words{"": "In how many days?"}, Most: 2}}
		a.State = json.RawMessage(`"days"`)
	case state == `"days"`:
		a.Do = []plugin.Action{{Action: plugin.Set, Values: map[string]any{"days": q.Heard.Digits}}, {Action: plugin.Finish, Branch: "promised"}}
	default:
		a.Do = []plugin.Action{{Action: plugin.Finish}}
	}
	if err := json.NewEncoder(rw).Encode(a); err != nil {
		p.w.T.Error(err)
	}
}

// plugIn registers the plug-in and leads a number to a flow that it leads.
func plugIn(w *world.World) {
	w.T.Helper()
	w.SetUp(func(tx *db.Tx, by audit.Author) error {
		p := plugin.Plugin{Key: "pay", Name: "Pay", URL: "http://" + serviceAt + "/pay", Kinds: []plugin.Kind{{
			Key: "promise", Label: tenant.Names{"en": "Promise"}, Talks: true, Wants: []string{"call.number"},
			Parameters: []plugin.Parameter{{Key: "due", Type: plugin.Number, Required: true}},
			Results:    []plugin.Result{{Key: "days", Type: plugin.Number}}, Branches: []plugin.Branch{{Key: "promised"}},
		}}}
		_, err := plugin.Create(tx, by, p)
		return err
	})
	w.Flow("pay", own, `"variables":{"days":{"type":"number","default":0}},"nodes":{
		"a":{"kind":"say","prompt":"greeting","next":"pay"},
		"pay":{"kind":"plugin","plugin":"pay","does":"promise","with":{"due":"20.5"},"take":{"days":"result.days ?? 0"},"next":"no","edges":{"promised":"yes","failed":"broken"}},
		"yes":{"kind":"tag","tag":"promised {{days}}","next":"end"},"no":{"kind":"tag","tag":"no promise","next":"end"},"broken":{"kind":"tag","tag":"broken","next":"line"},
		"line":{"kind":"enqueue","queue":"sales","edges":{"failed":"end"}},
		"end":{"kind":"hangup"}}`)
}

// TestPluginLeadsTheTalk: a plug-in asks with our words and hears real keys; whoever does not pay, and a plug-in that is
// dead, go on by their ways.
func TestPluginLeadsTheTalk(t *testing.T) {
	for name, tt := range map[string]struct {
		keys string
		tag  string
	}{
		"promises": {"13#", "promised 3"}, "wrong, then promises": {"919#", "promised 9"}, "does not": {"2", "no promise"}, "says nothing": {"", "no promise"},
	} {
		t.Run(name, func(t *testing.T) {
			world.Run(t, func(w *world.World) {
				pay := &promises{w: w}
				w.Service(serviceAt, pay.answer)
				plugIn(w)
				c := w.Caller().Dials(own)
				c.IsAnswered()
				w.Passes(5 * time.Second)
				presses(w, c, tt.keys)
				w.Passes(40 * time.Second)
				c.IsHungUpOn()
				if got := w.Tags(); !slices.Equal(got, []string{tt.tag}) {
					w.T.Errorf("the flow noted %v, want %s; said %q", got, tt.tag, w.Said())
				}
				says(w, "greeting", "You owe", "menu")
				if keys := pay.asked(); len(slices.Compact(slices.Clone(keys))) != len(keys) {
					w.T.Errorf("questions had the keys %v", keys)
				}
			})
		})
	}
	t.Run("dead", func(t *testing.T) {
		world.Run(t, func(w *world.World) {
			pay := &promises{w: w, slow: time.Minute}
			w.Service(serviceAt, pay.answer)
			plugIn(w)
			c := w.Caller().Dials(own)
			c.IsAnswered()
			serves(w, c)
			if got := w.Tags(); !slices.Equal(got, []string{"broken"}) {
				w.T.Errorf("the flow noted %v, want broken", got)
			}
		})
	})
}

// TestPluginOverRestart: kill -9 while the customer is asked, or while the plug-in is: the talk goes on there.
func TestPluginOverRestart(t *testing.T) {
	again := func(w *world.World) {
		w.Crashes()
		w.Passes(3 * time.Second)
		w.Starts()
		w.Passes(3 * time.Second)
	}
	t.Run("in the menu", func(t *testing.T) {
		world.Run(t, func(w *world.World) {
			pay := &promises{w: w}
			w.Service(serviceAt, pay.answer)
			plugIn(w)
			c := w.Caller().Dials(own)
			c.IsAnswered()
			w.Passes(5 * time.Second)
			again(w)
			presses(w, c, "15#")
			w.Passes(10 * time.Second)
			c.IsHungUpOn()
			if got := w.Tags(); !slices.Equal(got, []string{"promised 5"}) || len(pay.asked()) != 3 {
				w.T.Errorf("the flow noted %v after %d questions", got, len(pay.asked()))
			}
		})
	})
	t.Run("while it is asked", func(t *testing.T) {
		world.Run(t, func(w *world.World) {
			pay := &promises{w: w, slow: 1500 * time.Millisecond}
			w.Service(serviceAt, pay.answer)
			plugIn(w)
			c := w.Caller().Dials(own)
			c.IsAnswered()
			w.Eventually(10*time.Second, "the plug-in is asked", func() bool { return len(pay.asked()) == 1 })
			again(w)
			presses(w, c, "2")
			w.Passes(10 * time.Second)
			c.IsHungUpOn()
			if keys := pay.asked(); len(keys) != 3 || keys[0] != keys[1] || keys[1] == keys[2] {
				w.T.Errorf("questions had the keys %v; the first is asked again", keys)
			}
			if got := w.Tags(); !slices.Equal(got, []string{"no promise"}) {
				w.T.Errorf("the flow noted %v, want no promise", got)
			}
		})
	})
}
