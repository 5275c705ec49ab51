package flow

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"linekeeper/internal/interaction"
	"linekeeper/internal/queue"
)

// PastCall is what the journal keeps of the flow a customer came to: enough to play it through another program.
// Keys are in it as the time line has them, so secret ones are not.
type PastCall struct {
	ID      interaction.ID
	Arrival interaction.Arrival
	At      time.Time // of the arrival
	Was     Outcome
	// Facts are what the set-up says of it now; nil: nothing.
	Facts *Facts
	// Customer is who he is, as he is known now; nil: nobody we know.
	Customer *Customer

	steps  map[string][]pastStep // of the flow, by node, in order
	told   int                   // how many of them are the customer's answers
	leaves float64               // seconds from his last answer, or else the beginning, until he hung up
}

// pastStep is a step of the time line.
type pastStep struct {
	what, text string
	after      float64 // seconds since the node began to wait
	said       bool    // it is an answer of the customer
}

// Outcome is how the flow of a call ended.
type Outcome struct {
	End    End     `json:"end"`
	Queue  string  `json:"queue,omitempty"`  // key
	Closed string  `json:"closed,omitempty"` // what the queue did because it was closed
	Took   float64 `json:"took"`             // seconds in the flow
}

func (o Outcome) same(other Outcome) bool {
	return o.End == other.End && o.Queue == other.Queue && o.Closed == other.Closed
}

// PastCallOf reads a journal as far as the first flow goes; false: it did not begin with one that has ended. Key
// gives the key of a queue.
func PastCallOf(id interaction.ID, journal []interaction.Recorded, key func(queue.ID) string) (PastCall, bool) {
	c := PastCall{ID: id, steps: map[string][]pastStep{}}
	waits := map[string]time.Time{}
	var last time.Time // of an answer
	ends := func(at time.Time, o Outcome) (PastCall, bool) {
		o.Took = at.Sub(c.At).Seconds()
		c.Was, c.leaves = o, at.Sub(last).Seconds()
		return c, c.Arrival.Flow != ""
	}
	for _, r := range journal {
		switch e := r.Event.(type) {
		case interaction.EventArrived:
			c.Arrival, c.At, last = e.Arrival, r.At, r.At
		case interaction.EventFlowStep:
			if e.What == StepWaits {
				waits[e.Node] = r.At
				continue
			}
			s := pastStep{what: e.What, text: e.Text}
			at, waited := waits[e.Node]
			if waited {
				s.after = r.At.Sub(at).Seconds()
			}
			s.said = s.isAnswer(waited, c.steps[e.Node])
			c.steps[e.Node] = append(c.steps[e.Node], s)
			if s.said {
				c.told++
				last = r.At
			}
		case interaction.EventSurveyAnswered:
			s := pastStep{what: StepAnswered, text: scoreKeys(e.Scale, e.Score), said: true}
			if at, waited := waits[e.Node]; waited {
				s.after = r.At.Sub(at).Seconds()
			}
			c.steps[e.Node] = append(c.steps[e.Node], s)
			c.told++
			last = r.At
		case interaction.EventQueued:
			return ends(r.At, Outcome{End: EndQueue, Queue: key(e.Rules.Queue)})
		case interaction.EventQueueClosed:
			return ends(r.At, Outcome{End: EndQueue, Queue: key(e.Rules.Queue), Closed: e.Do})
		case interaction.EventCallbackAccepted:
			return ends(r.At, Outcome{End: EndCallback})
		case interaction.EventFlowTransferred:
			return ends(r.At, Outcome{End: EndSent})
		case interaction.EventLetGo:
			return ends(r.At, Outcome{End: EndEnded})
		case interaction.EventCustomerLeft:
			return ends(r.At, Outcome{End: EndGone})
		}
	}
	return c, false
}

// isAnswer says whether the customer has said it. What is set is, where a node has waited for him and not for a look-up.
func (s pastStep) isAnswer(waited bool, before []pastStep) bool {
	switch s.what {
	case StepChose, StepInvalid, StepNoInput:
		return true
	case StepConsent:
		return consentOf(s.text).Answer != ConsentHeard
	case StepSet:
		return waited && !slices.ContainsFunc(before, func(b pastStep) bool { return b.what == StepAsked || b.what == StepSought })
	}
	return false
}

func consentOf(text string) (c Consent) {
	if json.Unmarshal([]byte(text), &c) != nil {
		return Consent{}
	}
	return c
}

// memory is a past call while it is played through another program.
type memory struct {
	call    *PastCall
	actor   *actor
	left    map[string][]pastStep
	given   int    // answers the program has taken
	silent  bool   // the customer presses nothing more for the digits he is asked for
	unknown string // the node at which the record says nothing of what would have happened
	why     Why    // it does not
	guessed bool   // the program looked at what is not kept
}

// remember lets the actor do what the customer did.
func (a *actor) remember(c *PastCall) {
	a.past = &memory{call: c, actor: a, left: maps.Clone(c.steps)}
	a.past.goes(0)
}

// pop takes the node's next step that is wanted, and drops those before it.
func (m *memory) pop(node string, wanted func(pastStep) bool) (pastStep, bool) {
	steps := m.left[node]
	for i, s := range steps {
		if s.said {
			m.given++
		}
		if wanted(s) {
			m.left[node] = steps[i+1:]
			return s, true
		}
	}
	m.left[node] = nil
	return pastStep{}, false
}

// leaves says that he hung up, and the program has heard all he said before.
func (m *memory) leaves() bool { return m.call.Was.End == EndGone && m.given >= m.call.told }

// goes lets him hang up, so long after what he is doing for so long, when that was the last he did.
func (m *memory) goes(in time.Duration) {
	if m.leaves() {
		m.actor.script.HangUpAfter = max(m.actor.seconds()+in.Seconds()+m.call.leaves, leastTime)
	}
}

// lost gives up: what he would have done here is not known.
func (m *memory) lost(node string, why Why) { m.unknown, m.why = node, why }

// next is what the customer does about a question, as he did then.
func (m *memory) next(a *actor, question, after time.Duration) (Act, time.Duration) {
	whole := question + after
	if m.silent {
		m.silent = false
		return Act{}, whole
	}
	if after == 0 { // the program only lets itself be interrupted
		return Act{}, question
	}
	n := a.node()
	s, ok := m.pop(n.id, n.answers)
	if !ok {
		if m.leaves() {
			return Act{}, whole // he is about to hang up
		}
		m.lost(n.id, WhyUnasked)
		return Act{HangUp: true}, 0
	}
	in := min(time.Duration(s.after*float64(time.Second)), whole)
	keys := n.pressed(s)
	if keys == "" {
		in = whole
	}
	if strings.Trim(keys, "0123456789*#ABCD") != "" { // he said it
		m.goes(in)
		return Act{Say: keys}, in
	}
	if m.silent = keys != "" && n.takesDigits() && n.str("terminator") == "none" && len(keys) < int(n.number("most")); m.silent && n.flag("confirm") {
		m.silent = false // the digits run into the answer that confirms them: not to be told apart
		m.lost(n.id, WhyTogether)
		return Act{HangUp: true}, 0
	}
	m.goes(in)
	return Act{Keys: keys}, in
}

// leastTime is a moment that is not none.
const leastTime = 0.001

func (n *node) takesDigits() bool { return n.kind.Name == "collect" }

// answers says whether a step is an answer to the node.
func (n *node) answers(s pastStep) bool {
	switch {
	case s.what == StepInvalid || s.what == StepNoInput:
		return true
	case n.takesDigits() || n.kind.Name == askKind:
		return s.what == StepSet && strings.HasPrefix(s.text, n.str("variable")+" = ") && !strings.HasSuffix(s.text, hiddenValue)
	case n.kind.Name == "consent":
		return s.what == StepConsent
	case n.kind.Name == surveyKind:
		return s.what == StepAnswered
	}
	return s.what == StepChose
}

// hiddenValue stands in the time line for a value that is secret or too long.
const hiddenValue = "…"

// pressed are the keys of an answer; empty: none.
func (n *node) pressed(s pastStep) string {
	switch {
	case s.what == StepNoInput:
		return ""
	case s.what == StepConsent:
		return map[string]string{ConsentYes: "1", ConsentNo: "2"}[consentOf(s.text).Answer]
	case n.kind.Name == askKind:
		return strings.TrimPrefix(s.text, n.str("variable")+" = ")
	case !n.takesDigits():
		return s.text
	}
	digits, right := s.text, "2"
	if s.what == StepSet {
		digits, right = strings.TrimPrefix(s.text, n.str("variable")+" = "), "1"
	}
	if ends := n.str("terminator"); ends != "none" && len(digits) < int(n.number("most")) {
		digits += ends
	}
	if n.flag("confirm") {
		digits += right
	}
	return digits
}
