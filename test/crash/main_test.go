// Package crash kills the real binary under load, takes its database away and floods its ports, and
// looks at what is written afterwards. LINEKEEPER_KILLS says how often each database sees a kill.
package crash

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"linekeeper/internal/demo/carrier"
	"linekeeper/internal/media/tone"
	"linekeeper/test/rig"
)

// program is the program under test, built once; set before the tests run and not changed after.
var program string

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	folder, err := os.MkdirTemp("", "linekeeper-crash-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(folder)
	if program, err = rig.Build(context.Background(), folder); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// kills is how often a process is killed: a few times, or as often as asked for.
func kills(t *testing.T) int {
	text := os.Getenv("LINEKEEPER_KILLS")
	if text == "" {
		return 3
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("LINEKEEPER_KILLS: %v", err)
	}
	return n
}

// center is a place for a server that is started again and again: one folder, the same ports.
type center struct {
	t       *testing.T
	options rig.Options
	phones  *carrier.Carrier // of all agents: picks up at once and speaks
	agents  []*rig.Client    // signed in once; sessions outlive the process
	server  *rig.Server
	desks   []*rig.Desk

	mu    sync.Mutex
	rings []*carrier.Call // calls to agents' phones, in order
}

const agents = 6

// newCenter starts a center whose agents have SIP phones, for the first time. Change are pairs of texts
// to be replaced in its file.
func newCenter(t *testing.T, database string, change ...string) *center {
	t.Helper()
	return newCenterWith(t, database, nil, change...)
}

// newCenterWith is newCenter with further arguments for the server.
func newCenterWith(t *testing.T, database string, args []string, change ...string) *center {
	t.Helper()
	c := &center{t: t}
	var err error
	c.phones, err = carrier.New(carrier.Config{Incoming: func(call *carrier.Call) {
		call.Answer()
		call.Repeat(carrier.Tone(700, 0.5, time.Second))
		c.mu.Lock()
		defer c.mu.Unlock()
		c.rings = append(c.rings, call)
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.phones.Close() })
	file := rig.Center{Recording: true, Direct: true}
	for i := range agents {
		login := fmt.Sprintf("agent%d", i)
		file.Users = append(file.Users, rig.User{Login: login, Name: login, Role: "agent", Password: rig.Password,
			PhoneURI: fmt.Sprintf("sip:%s@%s", login, c.phones.Addr())})
	}
	sound, giveBack, err := rig.SoundPorts(500)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(giveBack) // after the server has ended
	c.options = rig.Options{
		Binary: program, Data: filepath.Join(t.TempDir(), "data"), Center: strings.NewReplacer(change...).Replace(file.YAML()), HTTP: free(t), SIP: free(t), Ports: sound,
	}
	if database != "" {
		c.options.Args = []string{"--database", database}
	}
	c.options.Args = append(c.options.Args, args...)
	if err := os.MkdirAll(c.options.Data, 0o700); err != nil {
		t.Fatal(err)
	}
	c.start()
	c.options.Center = ""
	for _, u := range file.Users {
		client := c.server.NewClient()
		ctx, stop := rig.Within(30 * time.Second)
		if err := client.SignIn(ctx, u.Login, rig.Password); err != nil {
			t.Fatal(err)
		}
		stop()
		c.agents = append(c.agents, client)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the state of things:\n%s", c.state())
			log := c.server.Log()
			t.Logf("the server's log:\n%s", log[max(0, len(log)-8000):])
		}
		select {
		case <-c.server.Gone():
			return
		default:
		}
		if err := c.server.Stop(20 * time.Second); err != nil {
			t.Errorf("stopping the server: %v", err)
		}
	})
	return c
}

func (c *center) start() {
	c.t.Helper()
	ctx, stop := rig.Within(90 * time.Second)
	defer stop()
	s, err := rig.Start(ctx, c.options)
	if err != nil {
		c.t.Fatal(err)
	}
	c.server = s
}

// onDuty opens every agent's desk and makes them available.
func (c *center) onDuty() {
	c.t.Helper()
	ctx, stop := rig.Within(30 * time.Second)
	defer stop()
	for _, a := range c.agents {
		d, err := a.OpenDesk(ctx, nil)
		if err != nil {
			c.t.Fatal(err)
		}
		c.desks = append(c.desks, d)
		if err := d.Status(ctx, "available", ""); err != nil {
			c.t.Fatal(err)
		}
	}
	c.t.Cleanup(c.offDuty)
}

// state says what agents and the first callers are doing, for a test that has failed.
func (c *center) state() string {
	var b strings.Builder
	ctx, stop := rig.Within(20 * time.Second)
	defer stop()
	for i, d := range c.desks {
		err := d.Await(ctx, "anything", func(v *rig.View) bool {
			fmt.Fprintf(&b, "desk %d: %+v\n", i, v.Me())
			return true
		})
		if err != nil {
			fmt.Fprintf(&b, "desk %d: %v\n", i, err)
		}
	}
	admin := c.server.As(rig.AdminToken)
	all, err := admin.Interactions(ctx, nil)
	if err != nil {
		return b.String() + err.Error()
	}
	for _, r := range sortedByCaller(all)[:min(len(all), 3*agents)] {
		events, err := admin.Events(ctx, r.ID)
		fmt.Fprintf(&b, "%s is %s by %s, agent %s, %v\n", r.CustomerAddress, r.Phase, r.Cause, r.AgentName, err)
		for _, e := range events {
			fmt.Fprintf(&b, "    %s %s %.300s\n", time.UnixMilli(e.AtMs).UTC().Format("15:04:05.000"), e.Kind, e.Body)
		}
	}
	return b.String()
}

func (c *center) offDuty() {
	for _, d := range c.desks {
		d.Close()
	}
	c.desks = nil
}

// records are all interactions there are.
func (c *center) records() []rig.Interaction {
	c.t.Helper()
	ctx, stop := rig.Within(60 * time.Second)
	defer stop()
	all, err := c.server.As(rig.AdminToken).Interactions(ctx, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	return all
}

// free is an address that nobody else gets, so that a killed process finds it again.
func free(t *testing.T) string {
	t.Helper()
	at, err := rig.FreePort("127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func port(t *testing.T, address string) uint16 {
	t.Helper()
	a, err := netip.ParseAddrPort(address)
	if err != nil {
		t.Fatal(err)
	}
	return a.Port()
}

// purest is the share of a frequency in the tenth of a second that has most of it: on a loaded machine whoever
// speaks has gaps, which are not the server's.
func purest(sound []int16, frequency float64) float64 {
	const tenth = 800
	best := 0.0
	for len(sound) >= tenth {
		best = max(best, tone.Share(sound[:tenth], frequency))
		sound = sound[tenth:]
	}
	return best
}

// eventually polls until check gives nil.
func eventually(t *testing.T, patience time.Duration, what string, check func() error) {
	t.Helper()
	end := time.Now().Add(patience)
	for {
		err := check()
		if err == nil {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%s: after %s still: %v", what, patience, err)
		}
		<-time.After(50 * time.Millisecond)
	}
}
