package flow

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"linekeeper/internal/interaction"
)

// Limits of a program's tests.
const (
	maxScripts = 200
	maxActs    = 200
)

// Script is a made-up customer, with what is to come of him: a test of a program. A program carries
// its tests in the field "tests", so they travel with it.
type Script struct {
	Name string `json:"name"`
	// Channel is voice when it is empty.
	Channel  interaction.Medium `json:"channel,omitempty"`
	Number   string             `json:"number,omitempty"`   // the customer's; empty: withheld
	Line     string             `json:"line,omitempty"`     // the number he chose
	Entry    string             `json:"entry,omitempty"`    // key
	Project  string             `json:"project,omitempty"`  // key
	Language string             `json:"language,omitempty"` // empty: English
	At       time.Time          `json:"at,omitzero"`        // when he comes; zero: now
	// Customer is who he is; nil: nobody we know.
	Customer *Customer `json:"customer,omitempty"`
	// Customers are others we know, whom look-ups find.
	Customers []Customer `json:"customers,omitempty"`
	// Counters are what counters have when he comes, by name.
	Counters map[string]int64 `json:"counters,omitempty"`
	// Agents say how agents stand, by user name: free, busy, away, or silent, which is free but does not answer;
	// others are not there.
	Agents map[string]AgentState `json:"agents,omitempty"`
	// Numbers say what becomes of calls to numbers outside: busy, no_answer, failed, or ended, when they have
	// talked and the other side hangs up. Others answer, and the test is over.
	Numbers map[string]string `json:"numbers,omitempty"`
	// LastAgent is the user name of who talked with him last; empty: nobody.
	LastAgent string `json:"last_agent,omitempty"`
	// Rows are what SQL look-ups find, by source, one after the other; a source that has none left fails.
	Rows map[string][][]map[string]any `json:"rows,omitempty"`
	// Answers are what services, databases and plug-ins outside answer, by the node that asks (http, sql, plugin), one after the
	// other; a node that has none left fails.
	Answers map[string][]Answer `json:"answers,omitempty"`
	// Waits is the key of the queue he waits in: the program is what he hears meanwhile. Empty: it is not.
	Waits string `json:"waits,omitempty"`
	// CallsBack says that queues call customers back.
	CallsBack bool `json:"calls_back,omitempty"`
	// Deaf says that there is no recognizer: what he says is not heard.
	Deaf bool `json:"deaf,omitempty"`
	// Asked says that he waits for a call back already.
	Asked bool `json:"asked,omitempty"`
	// Full are the hours (15:00) at which no more customers can be called back, today and tomorrow.
	Full []string `json:"full,omitempty"`
	// Inputs are given to the program's input variables.
	Inputs map[string]any `json:"inputs,omitempty"`
	// Acts are what he does, one after the other, each when the program asks him something. When there
	// are none left he says nothing more.
	Acts []Act `json:"acts,omitempty"`
	// HangUpAfter is the second he hangs up at, whatever happens; 0: he does not.
	HangUpAfter float64 `json:"hang_up_after,omitempty"`
	// Closed are the calendars that are closed, by key. With Open, which are open; those in neither are
	// as they really are at that time.
	Closed []string `json:"closed,omitempty"`
	Open   []string `json:"open,omitempty"`
	// Queues say how queues stand, by key.
	Queues map[string]QueueState `json:"queues,omitempty"`
	// Missing are keys of queues that are not there; "" is the project's own.
	Missing []string `json:"missing,omitempty"`
	// Chance are the draws of chance, from 0 up to 1, one after the other; then always 0.
	Chance []float64 `json:"chance,omitempty"`

	Expect Expect `json:"expect,omitzero"`
}

// Act is one thing the customer does. Nothing set: he is silent.
type Act struct {
	Keys   string `json:"keys,omitempty"` // presses these keys, or types them
	Text   string `json:"text,omitempty"` // types this
	Say    string `json:"say,omitempty"`  // says this, as a recognizer would write it down
	HangUp bool   `json:"hang_up,omitempty"`
	// After is how many seconds after the question began; 0: a second after its end.
	After float64 `json:"after,omitempty"`
	// Node is where he expects to be asked; another node is a failure. Empty: anywhere.
	Node string `json:"node,omitempty"`
}

// Expect is what is to come of a script; what is empty is not looked at.
type Expect struct {
	// End is queue, transfer, ended or gone.
	End   End    `json:"end,omitempty"`
	Queue string `json:"queue,omitempty"` // key of the queue he is put into
	// Closed is what that queue does because it is closed: callback, flow or hang_up.
	Closed string `json:"closed,omitempty"`
	// Within is the most seconds it may take.
	Within float64 `json:"within,omitempty"`
	// Hears are keys of prompts, or parts of texts, that he hears in this order, others between.
	Hears []string `json:"hears,omitempty"`
	// Passes are nodes on his way, in this order, others between.
	Passes []string `json:"passes,omitempty"`
	// Variables are values at the end, as text.
	Variables map[string]string `json:"variables,omitempty"`
}

// End is how a rehearsal ended.
type End string

// The ends.
const (
	EndQueue End = "queue"    // in line
	EndSent  End = "transfer" // with a number outside, or at another entry
	EndEnded End = "ended"    // the program let him go
	EndGone  End = "gone"     // he hung up
	EndStuck End = "stuck"    // it did not end

	EndCallback End = "callback" // he was promised a call; of past calls only
	EndUnknown  End = "unknown"  // the past call does not tell what would have happened
)

// Scripts are the tests a program carries. The error says what is wrong with them.
func Scripts(program json.RawMessage) ([]Script, error) {
	var p struct {
		Tests []json.RawMessage `json:"tests"`
	}
	if err := json.Unmarshal(program, &p); err != nil {
		return nil, err
	}
	if len(p.Tests) > maxScripts {
		return nil, Problems{{Field: "tests", Said: saidf("must be at most %d", maxScripts)}}
	}
	var all []Script
	var found Problems
	for i, raw := range p.Tests {
		at := fmt.Sprintf("tests.%d", i)
		var s Script
		if err := strict(raw, &s); err != nil {
			found.add("", at, "is not a test: %v", err)
			continue
		}
		if problem := s.problem(); !problem.Empty() {
			found.tell("", at, problem)
		}
		all = append(all, s)
	}
	return all, found.err()
}

func (s Script) problem() Said {
	_, known := abilities()[s.channel()]
	switch {
	case strings.TrimSpace(s.Name) == "" || len(s.Name) > 200:
		return saidf("name: must be 1 to 200 bytes of text")
	case !known:
		return saidf("channel: there is no channel %q", s.Channel)
	case len(s.Acts) > maxActs:
		return saidf("acts: must be at most %d", maxActs)
	case s.Expect.End != "" && !slices.Contains([]End{EndQueue, EndSent, EndEnded, EndGone, EndStuck}, s.Expect.End):
		return saidf("expect.end: must be queue, transfer, ended, gone or stuck")
	case !slices.Contains([]string{"", "callback", "flow", "hang_up"}, s.Expect.Closed):
		return saidf("expect.closed: must be callback, flow or hang_up")
	}
	for _, id := range slices.Sorted(maps.Keys(s.Answers)) {
		for i, a := range s.Answers[id] {
			if problem := a.problem(); !problem.Empty() {
				return saidf("answers.%s.%d.%s", id, i, problem)
			}
		}
	}
	for i, a := range s.Acts {
		if strings.Trim(a.Keys, "0123456789*#") != "" {
			return saidf("acts.%d.keys: must be keys 0-9 * #", i)
		}
		if len(a.Say) > maxText {
			return saidf("acts.%d.say: must be at most %d bytes of text", i, maxText)
		}
	}
	return Said{}
}

func (s Script) channel() interaction.Medium {
	if s.Channel == "" {
		return interaction.Voice
	}
	return s.Channel
}
