package real

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"linekeeper/internal/demo/carrier"
	protocol "linekeeper/internal/edge/desk"
	"linekeeper/internal/live"
	"linekeeper/test/rig"
)

// dialogCase is one way in which a dialog may go, with SIPp as the peer. Each has a project, a number, an
// agent and a trunk of its own in one center, so that all run at once.
type dialogCase struct {
	scene string // of testdata/dialogs; empty: each step does what it likes
	role  dialogRole
	menu  bool   // the number leads to a menu whose 1 is the agent
	calls int    // so many; 0: one
	cause string // of the one record of each; empty: there is none
	gone  bool   // callers who hang up before their arrival is committed have none
	// during is done while SIPp runs, if SIPp is called: when the agent has the customer in hand.
	during func(*testing.T, *dialogs, dialogPlace)
	check  func(*testing.T, *dialogs, rig.Interaction)
}

// dialogRole is who SIPp is.
type dialogRole int

const (
	caller     dialogRole = iota // a customer's carrier that calls us
	called                       // a carrier that we call, for a transfer
	handset                      // an agent's SIP phone at a fixed address
	registered                   // an agent's SIP phone that signs in
)

var dialogCases = []dialogCase{
	{scene: "update_in", cause: "customer"},
	{scene: "offerless", cause: "customer"},
	{scene: "hold", cause: "customer"},
	{scene: "lost_ack", cause: "customer", check: repeatedAnswer},
	{scene: "info", menu: true, cause: "customer", check: wasAnswered},
	{scene: "cancel_after", cause: "customer"},
	{scene: "cancel_race", calls: 20, cause: "customer", gone: true},
	{scene: "refresh_by_us", cause: "customer", check: wasAnswered},
	{scene: "short_session", cause: "customer"},
	{scene: "glare_in", cause: "customer", check: wasAnswered},
	{scene: "replaces_unknown"},
	{scene: "prack_out", role: called, cause: "outside", during: transfers},
	{scene: "fork_out", role: called, cause: "outside", during: transfers},
	{scene: "redirect_out", role: called, cause: "outside", during: transfers},
	{scene: "redirect_abroad", role: called, cause: "agent", during: transfersInVain},
	{scene: "refresh_by_peer", role: called, cause: "outside", during: transfers},
	{scene: "expiry", role: called, cause: "outside", during: transfers},
	{scene: "glare_out", role: called, cause: "outside", during: transfers},
	{scene: "cancel_out", role: called, cause: "agent", during: givesUp},
	{scene: "refer", role: handset, cause: "system"},
	{scene: "phone", role: registered, cause: "agent", during: takesOver},
}

// dialogs is the center that all cases share.
type dialogs struct {
	server *rig.Server
	lines  *carrier.Carrier // customers who are not SIPp
}

// dialogPlace is what a case has of its own.
type dialogPlace struct {
	number, caller, agent string
	desk                  *rig.Desk
	customer              *carrier.Call // nil: SIPp is
}

// TestDialogs has SIPp go through the dialogs that a peer may want, against the whole product: SIPp checks
// what is on the wire, the API must tell of one interaction with its right end.
func TestDialogs(t *testing.T) {
	t.Parallel()
	phones, err := carrier.New(carrier.Config{Incoming: func(c *carrier.Call) {
		c.Answer()
		c.Repeat(carrier.Tone(700, 0.5, time.Second))
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = phones.Close() })
	at := make([]string, len(dialogCases))
	for i, c := range dialogCases {
		if c.role != caller {
			at[i] = step(t, time.Second, "a port", func(context.Context) (string, error) { return rig.FreePort("127.0.0.1") })
		}
	}
	d := &dialogs{server: start(t, rig.Center{}, rig.Options{Center: dialogCenter(phones.Addr().String(), at)})}
	d.lines = lines(t, d.server)
	// Not by t.Parallel, which runs as many at once as there are processors: these wait more than they work.
	var all sync.WaitGroup
	defer all.Wait()
	for i, c := range dialogCases {
		all.Go(func() { t.Run(c.scene, func(t *testing.T) { d.run(t, c, placeOf(i), at[i]) }) })
	}
}

func placeOf(i int) dialogPlace {
	return dialogPlace{number: fmt.Sprintf("20%02d", i), caller: fmt.Sprintf("+4420718377%02d", i), agent: fmt.Sprintf("agent%d", i)}
}

// dialogCenter is the center as a file: a project for each case.
func dialogCenter(phones string, at []string) string {
	var trunks, projects, queues, flows, entries, users strings.Builder
	for i, c := range dialogCases {
		p := placeOf(i)
		host, phone := "", "sip:"+p.agent+"@"+phones
		switch c.role {
		case called:
			host = at[i]
		case handset:
			phone = "sip:" + p.agent + "@" + at[i]
		}
		phone = "phone_uri: " + strconv.Quote(phone)
		if c.role == registered {
			phone = "phone_secret: " + phoneSecret
		}
		fmt.Fprintf(&trunks, "  - {key: out%d, name: Out %d, addresses: [192.0.2.%d, 127.0.0.1], host: %q, order: %d, codecs: [PCMU]}\n", i, i, i+1, host, i)
		fmt.Fprintf(&projects, "  - {key: p%d, name: P %d, country: GB, trunks: [out%d]}\n", i, i, i)
		fmt.Fprintf(&queues, "  - {key: q%d, name: q%d, project: p%d, target: 20s, offer: 20s, wrap_up: 0s, recording: false}\n", i, i, i)
		nodes := fmt.Sprintf(`start: line, nodes: {line: {kind: enqueue, queue: q%d, edges: {failed: end}}, end: {kind: hangup}}`, i)
		if c.menu {
			nodes = fmt.Sprintf(`start: menu, nodes: {menu: {kind: menu, prompt: menu, timeout: 20, tries: 1, edges: {"1": line, invalid: end, no_input: end}}, line: {kind: enqueue, queue: q%d, edges: {failed: end}}, end: {kind: hangup}}`, i)
		}
		fmt.Fprintf(&flows, "  - {key: f%d, program: {schema: 1, %s}}\n", i, nodes)
		fmt.Fprintf(&entries, "  - {key: e%d, name: E %d, number: %q, project: p%d, flow: f%d}\n", i, i, p.number, i, i)
		fmt.Fprintf(&users, "  - {login: %s, name: %s, role: agent, password: %q, phone: sip, %s, queues: [q%d]}\n", p.agent, p.agent, rig.Password, phone, i)
	}
	return "tenant: {name: Rig, time_zone: UTC, language: en}\nprojects:\n" + projects.String() +
		"trunks:\n  - {key: line, name: Line, addresses: [\"127.0.0.0/8\"], codecs: [PCMU, PCMA]}\n" + trunks.String() + "queues:\n" + queues.String() +
		"flows:\n  - {key: over, program: {schema: 1, start: bye, nodes: {bye: {kind: say, prompt: greeting, next: end}, end: {kind: hangup}}}}\n" + flows.String() +
		"entries:\n  - {key: over, name: Over, number: \"1999\", project: p0, flow: over}\n" + entries.String() +
		"api_tokens: [{key: rig, name: Rig, role: administrator, token: " + rig.AdminToken + "}]\nusers:\n" + users.String()
}

func (d *dialogs) run(t *testing.T, c dialogCase, p dialogPlace, at string) {
	ctx, stop := rig.Within(time.Minute)
	defer stop()
	if c.role == registered {
		d.play(t, p, "register", rig.SIPp{Target: d.server.Ready.SIPUDP, From: at})
	}
	p.desk = d.onDuty(t, p)
	peer := rig.SIPp{Folder: t.TempDir(), Scenario: scene(t, c.scene, "CALLER", p.caller), Target: d.server.Ready.SIPUDP, Number: p.number, Calls: c.calls, At: at}
	done := make(chan rig.SIPpResult, 1)
	go func() {
		r, err := peer.Run(ctx)
		if err != nil {
			r.Output += "\n" + err.Error()
		}
		done <- r
	}()
	if c.role != caller {
		p.customer = dial(t, d.lines, p.caller, p.number)
		answered(t, p.customer)
	}
	if c.during != nil {
		step(t, 20*time.Second, "the customer in hand", func(ctx context.Context) (any, error) { return p.desk.AwaitWork(ctx, "connected") })
		c.during(t, d, p)
	}
	if r := <-done; r.Succeeded != max(c.calls, 1) || r.Failed != 0 {
		t.Errorf("SIPp: %d well, %d failed\n%s", r.Succeeded, r.Failed, r.Output)
	}
	if c.role == called && c.cause == "agent" {
		step(t, 20*time.Second, "hanging up", func(ctx context.Context) (protocol.Reply, error) {
			w, err := p.desk.AwaitWork(ctx, "connected")
			if err != nil {
				return protocol.Reply{}, err
			}
			return p.desk.Ask(ctx, protocol.Command{Kind: protocol.CmdHangUp, Interaction: string(w.Interaction)})
		})
	}
	d.oneRecord(t, c, p)
}

// scene reads a scenario; with are pairs of words and what stands for them.
func scene(t *testing.T, name string, with ...string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "dialogs", name+".scene"))
	if err != nil {
		t.Fatal(err)
	}
	scenario, err := rig.Scene(name, string(b))
	if err != nil {
		t.Fatal(err)
	}
	return strings.NewReplacer(with...).Replace(scenario)
}

// play runs a scenario of the agent's account to its end.
func (d *dialogs) play(t *testing.T, p dialogPlace, name string, peer rig.SIPp, with ...string) {
	t.Helper()
	ctx, stop := rig.Within(time.Minute)
	defer stop()
	peer.Folder = t.TempDir()
	peer.Scenario = scene(t, name, append(with, "CALLER", p.agent, "ACCOUNT", p.agent, "SECRET", phoneSecret)...)
	if r, err := peer.Run(ctx); err != nil || r.Succeeded != 1 || r.Failed != 0 {
		t.Fatalf("%s: %d well, %d failed, error %v\n%s", name, r.Succeeded, r.Failed, err, r.Output)
	}
}

func (d *dialogs) onDuty(t *testing.T, p dialogPlace) *rig.Desk {
	t.Helper()
	desk := desk(t, d.server, p.agent)
	step(t, 20*time.Second, "being available", func(ctx context.Context) (any, error) { return nil, desk.Status(ctx, "available", "") })
	return desk
}

// oneRecord waits for the case's record and checks that it is the only one and how it ended.
func (d *dialogs) oneRecord(t *testing.T, c dialogCase, p dialogPlace) {
	t.Helper()
	var mine []rig.Interaction
	defer func() {
		if t.Failed() && len(mine) > 0 {
			steps, _ := signalled(t, d.server, mine[0].ID)
			t.Logf("the ladder: %s", steps)
		}
	}()
	within(t, 15*time.Second, "the record", func() error {
		mine = slices.DeleteFunc(records(t, d.server), func(r rig.Interaction) bool { return r.CustomerAddress != p.caller })
		switch {
		case c.cause == "" && len(mine) == 0:
			return nil
		case len(mine)+d.gone(t, c) != max(c.calls, 1):
			return fmt.Errorf("got %+v, want %d", mine, max(c.calls, 1))
		}
		for _, r := range mine {
			if r.Phase != "done" || r.Cause != c.cause || r.CenterAddress != p.number {
				return fmt.Errorf("got %+v, want it done, ended by %q", r, c.cause)
			}
		}
		return nil
	})
	if c.check != nil {
		c.check(t, d, mine[0])
	}
}

// gone is how many callers hung up before they were written down, if the case has such.
func (d *dialogs) gone(t *testing.T, c dialogCase) int {
	t.Helper()
	if !c.gone {
		return 0
	}
	text := step(t, 10*time.Second, "the metrics", func(ctx context.Context) ([]byte, error) {
		b, _, err := d.server.As(rig.AdminToken).Bytes(ctx, "/metrics", nil)
		return b, err
	})
	n := 0
	for line := range strings.Lines(string(text)) {
		if name, value, _ := strings.Cut(strings.TrimSpace(line), " "); strings.Contains(name, `calls_refused_total{reason="caller_gone"`) {
			n, _ = strconv.Atoi(value)
		}
	}
	return n
}

func wasAnswered(t *testing.T, _ *dialogs, r rig.Interaction) {
	t.Helper()
	if r.AgentName == "" || r.AnsweredMs == 0 || r.TalkMs < 500 {
		t.Errorf("got %+v, want a talk with the agent", r)
	}
}

// repeatedAnswer looks into the ladder for the 200s that SIPp did not acknowledge.
func repeatedAnswer(t *testing.T, d *dialogs, r rig.Interaction) {
	t.Helper()
	var ladder struct {
		Legs []struct {
			Messages []struct {
				Out     bool
				Start   string
				Repeats int
			}
		}
	}
	step(t, 10*time.Second, "the ladder", func(ctx context.Context) (any, error) {
		return nil, d.server.As(rig.AdminToken).Get(ctx, "/interactions/"+url.PathEscape(r.ID)+"/sip", &ladder)
	})
	for _, m := range ladder.Legs[0].Messages {
		if m.Out && strings.HasPrefix(m.Start, "200") {
			if m.Repeats < 2 {
				t.Errorf("the 200 was repeated %d times before its ACK, want 2", m.Repeats)
			}
			return
		}
	}
	t.Errorf("no 200 in %+v", ladder)
}

// transfers passes the customer on to the carrier.
func transfers(t *testing.T, d *dialogs, p dialogPlace) {
	t.Helper()
	asks(t, p, protocol.CmdTransfer)
}

func asks(t *testing.T, p dialogPlace, kind string) string {
	t.Helper()
	return step(t, 20*time.Second, kind, func(ctx context.Context) (string, error) {
		w, err := p.desk.AwaitWork(ctx, "connected")
		if err != nil {
			return "", err
		}
		_, err = p.desk.Ask(ctx, protocol.Command{Kind: kind, Interaction: string(w.Interaction), Target: &protocol.Target{Kind: "outside", Number: "+442079460000"}})
		return string(w.Interaction), err
	})
}

// transfersInVain passes the customer on to a carrier that does not carry the call: the agent keeps him.
func transfersInVain(t *testing.T, d *dialogs, p dialogPlace) {
	t.Helper()
	asks(t, p, protocol.CmdTransfer)
}

// givesUp asks somebody outside and thinks better of it while it rings there.
func givesUp(t *testing.T, d *dialogs, p dialogPlace) {
	t.Helper()
	id := asks(t, p, protocol.CmdConsult)
	party := step(t, 20*time.Second, "ringing outside", func(ctx context.Context) (string, error) {
		found := ""
		err := p.desk.Await(ctx, "a party that rings", func(v *rig.View) bool {
			w, _ := v.Work()
			for _, q := range w.Parties {
				if q.State == "ringing" {
					found = q.Party
				}
			}
			return found != ""
		})
		return found, err
	})
	step(t, 20*time.Second, "giving up", func(ctx context.Context) (protocol.Reply, error) {
		return p.desk.Ask(ctx, protocol.Command{Kind: protocol.CmdDropParty, Interaction: id, Party: party})
	})
}

// takesOver has a second phone of the agent take the talk from the first.
func takesOver(t *testing.T, d *dialogs, p dialogPlace) {
	t.Helper()
	second := step(t, time.Second, "a port", func(context.Context) (string, error) { return rig.FreePort("127.0.0.1") })
	d.play(t, p, "register", rig.SIPp{Target: d.server.Ready.SIPUDP, From: second})
	w := step(t, 20*time.Second, "the talk", func(ctx context.Context) (live.WorkView, error) { return p.desk.AwaitWork(ctx, "connected") })
	_, texts := signalled(t, d.server, string(w.Interaction))
	for _, m := range texts {
		from, to := tagOf(m, "From"), tagOf(m, "To")
		if strings.HasPrefix(m, "SIP/2.0 200") && strings.Contains(m, "Contact: <sip:sipp@") && to != "" {
			d.play(t, p, "replaces", rig.SIPp{Target: d.server.Ready.SIPUDP, From: second, Number: p.number},
				"CALLID", headerOf(m, "Call-ID"), "TOTAG", from, "FROMTAG", to)
			return
		}
	}
	t.Fatalf("no answer of the first phone in %q", texts)
}

func headerOf(message, name string) string {
	for line := range strings.Lines(message) {
		if k, v, ok := strings.Cut(line, ":"); ok && strings.EqualFold(k, name) {
			return strings.TrimSpace(v)
		}
	}
	return ""
}

func tagOf(message, name string) string {
	_, tag, _ := strings.Cut(headerOf(message, name), ";tag=")
	return tag
}
