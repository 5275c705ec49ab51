package crash

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"linekeeper/internal/demo/carrier"
	"linekeeper/test/rig"
)

// waitingNode is a node in which a caller is when the process dies. Its flow marks the call before the node, so
// that a flow which began anew would show, and behind it.
type waitingNode struct {
	name  string
	node  string // the node "here"; AFTER is where it goes on
	ready string // the step that tells he is there; empty: waits
	// there says that he is there, where no step tells it; nil: a step does.
	there func(c *nodeCenter, call *carrier.Call) error
	// then is what he does after the restart, until his call is over.
	then func(c *nodeCenter, call *carrier.Call)
	own  bool // it has no way to AFTER: the test asks for nothing behind it
}

// presses gives keys, time and again: what is said before a key counts takes its time.
func presses(keys string) func(*nodeCenter, *carrier.Call) {
	return func(_ *nodeCenter, call *carrier.Call) {
		call.Hush()
		call.Press(keys)
		for again := time.NewTicker(3 * time.Second); ; {
			select {
			case <-call.Done():
				again.Stop()
				return
			case <-again.C:
				call.Press(keys)
			}
		}
	}
}

func nothing(*nodeCenter, *carrier.Call) {}

// waitingNodes are those that take time, the ones that end by themselves last: nobody may be past one at the kill.
func waitingNodes() []waitingNode {
	return []waitingNode{
		{name: "say", node: `kind: say, prompt: music, barge_in: true, next: AFTER`, then: presses("5")},
		{name: "menu", node: `kind: menu, prompt: please_hold, timeout: 60, edges: {"5": AFTER, invalid: end, no_input: end}`, then: presses("5")},
		{name: "collect", node: `kind: collect, prompt: please_hold, variable: typed, most: 3, timeout: 60, next: AFTER, edges: {invalid: end, no_input: end}`, then: presses("123")},
		{name: "secret", node: `kind: collect_secret, prompt: please_hold, variable: pin, most: 3, timeout: 60, next: AFTER, edges: {invalid: end, no_input: end}`, then: presses("123")},
		{name: "consent", node: `kind: consent, prompt: please_hold, ask: true, timeout: 60, next: AFTER, edges: {refused: end}`, then: presses("1")},
		{name: "survey", node: `kind: survey, question: service, prompt: please_hold, timeout: 60, next: AFTER, edges: {unanswered: end}`, then: presses("5")},
		{name: "offer", node: `kind: offer_callback, queue: later, timeout: 60, next: AFTER`, ready: "callback_offered", then: presses("2")},
		{name: "promise", node: `kind: enqueue, queue: later, edges: {failed: AFTER}`, ready: "callback_offered", then: presses("1"), own: true},
		{name: "inner", node: `kind: run, flow: inner, next: AFTER`, then: presses("5")},
		{name: "line", node: `kind: enqueue, queue: sales, edges: {failed: AFTER}`, ready: "played", then: talksAndLeaves, own: true},
		{name: "voicemail", node: `kind: voicemail, queue: support, minimum: 0.5, silence: 60, review: false, next: AFTER`, there: isRecorded, then: leavesMessage},
		{name: "listen", node: `kind: listen, seconds: 120, next: end, edges: {fax: AFTER}`, then: isFax},
		{name: "music", node: `kind: music, seconds: 24, next: AFTER`, then: nothing},
		{name: "wait", node: `kind: wait, seconds: 24, next: AFTER`, then: nothing},
		{name: "http", node: `kind: http, url: "URL", timeout: 10, retries: 0, next: AFTER, edges: {failed: end}`, there: isAsked, then: nothing},
	}
}

// nodeCenter is a center with a flow and an entry for each of them.
type nodeCenter struct {
	*center
	asked atomic.Int64 // requests of the node http
}

func newNodeCenter(t *testing.T, database string, nodes []waitingNode) *nodeCenter {
	t.Helper()
	c := &nodeCenter{}
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c.asked.Add(1) == 1 {
			<-r.Context().Done() // it never answers who dies
			return
		}
		_, _ = w.Write([]byte("{}"))
	}))
	t.Cleanup(service.Close)
	var flows, entries strings.Builder
	for i, n := range nodes {
		fmt.Fprintf(&flows, `  - key: at-%s
    program:
      schema: 1
      start: begin
      variables: {typed: {type: text, default: ""}, pin: {type: text, secret: true, default: ""}}
      nodes:
        begin: {kind: tag, tag: begun, next: here}
        here: {%s}
        after: {kind: tag, tag: after, next: end}
        end: {kind: hangup}
`, n.name, strings.NewReplacer("AFTER", "after", "URL", service.URL).Replace(n.node))
		fmt.Fprintf(&entries, "  - {key: at-%s, name: %s, number: \"%d\", project: shop, flow: at-%s}\n", n.name, n.name, 2000+i, n.name)
	}
	flows.WriteString(`  - key: inner
    program: {schema: 1, start: ask, nodes: {ask: {kind: menu, prompt: please_hold, timeout: 60, edges: {"5": back, invalid: back, no_input: back}}, back: {kind: return}}}
  - key: offering
    program: {schema: 1, start: offer, nodes: {offer: {kind: offer_callback, timeout: 60, next: offer}}}
`)
	later := "  - {key: later, name: later, project: shop, recording: false, waiting_flow: offering, callback: {on: true, retries: 2, gap: 5m}}\n"
	c.center = newCenterWith(t, database, []string{"--flow-hosts", "127.0.0.1"},
		"flows:\n", "flows:\n"+flows.String(), "entries:\n", "entries:\n"+entries.String(), "queues:\n", "queues:\n"+later)
	return c
}

// TestNodesOutliveAKill: callers are in each kind of node that takes time when the process is killed. Each goes on
// there: the node is asked, said or played once more, and the flow goes on behind it.
func TestNodesOutliveAKill(t *testing.T) {
	for name, database := range databases(t) {
		t.Run(name, func(t *testing.T) { nodesOutliveAKill(t, database) })
	}
}

func nodesOutliveAKill(t *testing.T, database string) {
	nodes := waitingNodes()
	c := newNodeCenter(t, database, nodes)
	k, err := carrier.New(carrier.Config{Target: c.server.Ready.SIP()})
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()
	ctx, stop := rig.Within(3 * time.Minute)
	defer stop()
	calls := make([]*carrier.Call, len(nodes))
	from := func(i int) string { return fmt.Sprintf("+791600000%02d", i) }
	for i, n := range nodes {
		if calls[i], err = k.Dial(context.WithoutCancel(ctx), carrier.Numbers{From: from(i), To: fmt.Sprint(2000 + i)}); err != nil {
			t.Fatal(err)
		}
		waitFor(ctx, t, n.name+" is answered", calls[i].Answered())
		if n.name == "voicemail" {
			calls[i].Repeat(carrier.Tone(440, 0.5, time.Second))
		}
		eventually(t, 30*time.Second, n.name+": the caller is there", func() error {
			if n.there != nil {
				return n.there(c, calls[i])
			}
			ready := n.ready
			if ready == "" {
				ready = "waits"
			}
			if steps := c.steps(from(i)); steps[ready] == 0 {
				return fmt.Errorf("steps %v", steps)
			}
			return nil
		})
	}
	for i, n := range nodes {
		if steps := c.steps(from(i)); steps["tagged after"] != 0 {
			t.Fatalf("%s: the caller is past the node: %v", n.name, steps)
		}
	}
	c.server.Kill()
	c.start()
	t.Logf("%d calls; ready %v after the start", len(nodes), c.server.Took)
	c.onDuty()
	done := make(chan struct{})
	for i, n := range nodes {
		go func() {
			n.then(c, calls[i])
			done <- struct{}{}
		}()
	}
	for i, n := range nodes {
		waitFor(ctx, t, n.name+" is over", calls[i].Done())
	}
	for range nodes {
		<-done
	}
	for i, n := range nodes {
		eventually(t, 20*time.Second, n.name+": the record", func() error {
			steps := c.steps(from(i))
			if steps["tagged begun"] != 1 || steps["tagged after"] != 1 && !n.own {
				return fmt.Errorf("it did not go on where it was: %v", steps)
			}
			return nil
		})
	}
	c.outcomes()
}

// steps counts what the flow did in the call from a number; tags with their word.
func (c *nodeCenter) steps(number string) map[string]int {
	c.t.Helper()
	ctx, stop := rig.Within(20 * time.Second)
	defer stop()
	seen := map[string]int{}
	for _, r := range c.records() {
		if r.CustomerAddress != number || r.Channel != "voice" {
			continue
		}
		events, err := c.server.As(rig.AdminToken).Events(ctx, r.ID)
		if err != nil {
			c.t.Fatal(err)
		}
		for _, e := range events {
			var step struct{ What, Text string }
			if e.Kind != "flow_step" {
				continue
			}
			if err := json.Unmarshal(e.Body, &step); err != nil {
				c.t.Fatal(err)
			}
			if step.What == "tagged" {
				step.What += " " + step.Text
			}
			seen[step.What]++
		}
	}
	return seen
}

// outcomes looks at how the calls have ended: who waited in line talked with an agent, one was promised a call, and
// what was said before the kill and after it is one message.
func (c *nodeCenter) outcomes() {
	c.t.Helper()
	eventually(c.t, 30*time.Second, "the records", func() error {
		messages, talks := 0, 0
		for _, r := range c.records() {
			switch {
			case r.Channel == "voicemail":
				messages++
			case r.Phase != "done":
				return fmt.Errorf("%s is %s", r.CustomerAddress, r.Phase)
			case r.AnsweredMs > 0:
				talks++
			}
		}
		if messages != 1 || talks != 1 {
			return fmt.Errorf("%d messages and %d talks, want one each", messages, talks)
		}
		return nil
	})
	if n := c.asked.Load(); n != 2 {
		c.t.Errorf("the service was asked %d times, want before the kill and after it", n)
	}
}

// messages are the files of messages that are being left, by size.
func (c *nodeCenter) messages() map[string]int64 {
	all := map[string]int64{}
	_ = filepath.WalkDir(filepath.Join(c.options.Data, "voicemail"), func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			if info, err := d.Info(); err == nil {
				all[path] = info.Size()
			}
		}
		return nil
	})
	return all
}

func isRecorded(c *nodeCenter, _ *carrier.Call) error {
	for _, size := range c.messages() {
		if size > 24_000 { // a second and more
			return nil
		}
	}
	return fmt.Errorf("files %v", c.messages())
}

func isAsked(c *nodeCenter, _ *carrier.Call) error {
	if c.asked.Load() == 0 {
		return fmt.Errorf("not asked yet")
	}
	return nil
}

// leavesMessage waits until a message is recorded again, and ends it by a key.
func leavesMessage(c *nodeCenter, call *carrier.Call) {
	for poll := time.NewTicker(100 * time.Millisecond); ; {
		select {
		case <-poll.C:
			if isRecorded(c, call) != nil {
				continue
			}
		case <-call.Done():
		}
		poll.Stop()
		presses("#")(c, call)
		return
	}
}

// isFax calls as a fax machine does.
func isFax(_ *nodeCenter, call *carrier.Call) {
	sound := append(carrier.Tone(1100, 0.3, 500*time.Millisecond), make([]int16, 8000)...)
	call.Repeat(sound)
}

// talksAndLeaves hangs up once he hears the agent.
func talksAndLeaves(c *nodeCenter, call *carrier.Call) {
	for poll := time.NewTicker(100 * time.Millisecond); ; {
		select {
		case <-poll.C:
			if purest(call.Heard(500*time.Millisecond), 700) < 0.9 {
				continue
			}
			call.HangUp()
		case <-call.Done():
		}
		poll.Stop()
		return
	}
}
