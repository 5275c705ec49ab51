package story

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"linekeeper/internal/flow"
	"linekeeper/test/world"
)

// texts is an SMS service that notes what it gets.
type texts struct {
	mu  sync.Mutex
	got []string
	ids []string
}

func (s *texts) take(rw http.ResponseWriter, r *http.Request) {
	var m struct{ To, From, Text string }
	if json.NewDecoder(r.Body).Decode(&m) != nil {
		rw.WriteHeader(http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.got = append(s.got, m.To+" from "+m.From+": "+m.Text)
	s.ids = append(s.ids, r.Header.Get("Idempotency-Key"))
	rw.WriteHeader(http.StatusOK)
}

func (s *texts) all() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.got)
}

const codeFlow = `"nodes":{
	"a":{"kind":"code","to":"\"+66812345678\"","prompt":"menu","edges":{"right":"good","wrong":"bad","expired":"bad","no_input":"bad","failed":"fails"}},
	"good":{"kind":"tag","tag":"right","next":"b"},"bad":{"kind":"tag","tag":"wrong","next":"end"},"fails":{"kind":"tag","tag":"failed","next":"end"},
	"b":{"kind":"send","to":"\"+66812345678\"","message":"Your order is on its way","next":"c","edges":{"failed":"fails"}},
	"c":{"kind":"say","prompt":"goodbye","next":"end"},"end":{"kind":"hangup"}}`

// code is the code in the first text.
func (s *texts) code(w *world.World) string {
	w.T.Helper()
	all := s.all()
	if len(all) == 0 || !strings.HasPrefix(all[0], "+66812345678 from Shop: Your code is ") {
		w.T.Fatalf("the texts are %q", all)
	}
	return strings.TrimPrefix(all[0], "+66812345678 from Shop: Your code is ")[:6]
}

// TestCodeByText: a caller gets a code by SMS, enters it, and gets a text; kill -9 while he is asked changes nothing, and the
// code is nowhere but in the text.
func TestCodeByText(t *testing.T) {
	for name, crashes := range map[string]bool{"at once": false, "over kill -9": true} {
		t.Run(name, func(t *testing.T) {
			world.Run(t, func(w *world.World) {
				s := &texts{}
				w.Service(world.GatewayAt, s.take)
				w.Flow("code", own, codeFlow)
				c := w.Caller().Dials(own)
				c.IsAnswered()
				w.Passes(5 * time.Second)
				if crashes {
					w.Crashes()
					w.Passes(3 * time.Second)
					w.Starts()
					w.Passes(3 * time.Second)
				}
				presses(w, c, s.code(w))
				w.Passes(20 * time.Second)
				c.IsHungUpOn()
				if got := w.Tags(); !slices.Equal(got, []string{"right"}) {
					w.T.Errorf("the flow noted %v", got)
				}
				if got := s.all(); len(got) != 2 || !strings.HasSuffix(got[1], "Your order is on its way") {
					w.T.Errorf("the texts are %q", got)
				}
				sent := w.FlowSteps(flow.StepSent)
				if len(sent) != 2 || strings.Contains(strings.Join(sent, " "), s.code(w)) {
					w.T.Errorf("the time line says %q", sent)
				}
				if positions := strings.Join(w.FlowSteps(flow.StepWaits), " "); !strings.Contains(positions, "mark") || strings.Contains(positions, s.code(w)) {
					w.T.Errorf("the positions are %s", positions)
				}
			})
		})
	}
}

// TestTextOutlivesAKill: nobody takes texts when the flow sends one and the process is killed; the next process sends it, once.
func TestTextOutlivesAKill(t *testing.T) {
	world.Run(t, func(w *world.World) {
		w.Flow("sms", own, `"nodes":{"a":{"kind":"send","to":"\"+66812345678\"","message":"Hello","next":"b","edges":{"failed":"b"}},"b":{"kind":"say","prompt":"goodbye","next":"end"},"end":{"kind":"hangup"}}`)
		c := w.Caller().Dials(own)
		c.IsAnswered()
		w.Passes(15 * time.Second)
		c.IsHungUpOn()
		w.Crashes()
		w.Passes(3 * time.Second)
		s := &texts{}
		w.Service(world.GatewayAt, s.take)
		w.Starts()
		w.Passes(5 * time.Minute)
		if got := s.all(); len(got) != 1 || got[0] != "+66812345678 from Shop: Hello" {
			w.T.Errorf("the texts are %q", got)
		}
	})
}

// TestTemplateIdentity: who enters the code that came to his telephone is known to the agent as himself, who does not is served all
// the same.
func TestTemplateIdentity(t *testing.T) {
	for name, tt := range map[string]struct {
		keys func(code string) string
		tag  string
	}{
		"right": {func(code string) string { return code }, "identity proved by code"},
		"wrong": {func(code string) string { return strings.Repeat(other(code), 3) }, "identity not proved"},
	} {
		t.Run(name, func(t *testing.T) {
			world.Run(t, func(w *world.World) {
				s := &texts{}
				w.Service(world.GatewayAt, s.take)
				ownQueue(w)
				w.Template("identity-by-code", own)
				c := w.Caller().Dials(own)
				c.IsAnswered()
				w.Passes(8 * time.Second)
				all := s.all()
				if len(all) != 1 {
					w.T.Fatalf("the texts are %q", all)
				}
				_, code, _ := strings.Cut(all[0], "Your code is ")
				presses(w, c, tt.keys(code[:6]))
				serves(w, c)
				if got := w.Tags(); !slices.Equal(got, []string{tt.tag}) {
					w.T.Errorf("the flow noted %v, want %q", got, tt.tag)
				}
			})
		})
	}
}

// other is a code of as many digits that is wrong.
func other(code string) string {
	return strings.Map(func(d rune) rune { return '0' + (d-'0'+1)%10 }, code)
}
