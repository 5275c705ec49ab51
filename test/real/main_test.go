// Package real tests the real binary in real time: SIPp and baresip call in, Chromium answers, tones
// are measured by their frequency, processes are killed. Everything is started on ports that are free
// and in folders of the test's own.
package real

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"linekeeper/test/rig"
)

// binary is the program under test, built once; set before the tests run and not changed after.
var binary string

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	folder, err := os.MkdirTemp("", "linekeeper-real-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(folder)
	if binary, err = rig.Build(context.Background(), folder); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// start runs a center that is stopped, and must then have ended in order, when the test ends.
func start(t *testing.T, c rig.Center, o rig.Options) *rig.Server {
	t.Helper()
	s, err := try(t, c, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		select {
		case <-s.Gone():
			return // the test killed it
		default:
		}
		if err := s.Stop(15 * time.Second); err != nil {
			t.Errorf("stopping the server: %v", err)
		}
		if t.Failed() {
			t.Logf("the server's log:\n%s", tailOf(s.Log(), 12000))
		}
	})
	return s
}

// try starts a center that may refuse to start.
func try(t *testing.T, c rig.Center, o rig.Options) (*rig.Server, error) {
	t.Helper()
	o.Binary = binary
	if o.Data == "" {
		o.Data = filepath.Join(t.TempDir(), "data")
	}
	if err := os.MkdirAll(o.Data, 0o755); err != nil {
		t.Fatal(err)
	}
	if c.Users != nil {
		o.Center = c.YAML()
	}
	ctx, stop := rig.Within(90 * time.Second)
	defer stop()
	return rig.Start(ctx, o)
}

func tailOf(s string, n int) string { return s[max(0, len(s)-n):] }

// anna is an agent with a browser, boris an agent too, vera a supervisor.
func people() []rig.User {
	return []rig.User{
		{Login: "anna", Name: "Anna", Role: "agent", Password: rig.Password},
		{Login: "boris", Name: "Boris", Role: "agent", Password: rig.Password},
		{Login: "vera", Name: "Vera", Role: "supervisor", Password: rig.Password},
	}
}

// desk signs somebody in and opens the desk without a browser.
func desk(t *testing.T, s *rig.Server, login string) *rig.Desk {
	t.Helper()
	ctx, stop := rig.Within(20 * time.Second)
	defer stop()
	c := s.NewClient()
	if err := c.SignIn(ctx, login, rig.Password); err != nil {
		t.Fatal(err)
	}
	d, err := c.OpenDesk(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	return d
}

// onDuty is a desk whose phone was checked and whose agent is available.
func onDuty(t *testing.T, s *rig.Server, login string) *rig.Desk {
	t.Helper()
	d := desk(t, s, login)
	ctx, stop := rig.Within(20 * time.Second)
	defer stop()
	if err := d.PassCheck(ctx); err != nil {
		t.Fatal(err)
	}
	if err := d.Status(ctx, "available", ""); err != nil {
		t.Fatal(err)
	}
	return d
}

// leastPatience is for whatever must come and is not measured: a machine that does other things too is slow at times.
const leastPatience = 45 * time.Second

// step fails the test unless something succeeds in time.
func step[T any](t *testing.T, patience time.Duration, what string, do func(context.Context) (T, error)) T {
	t.Helper()
	ctx, stop := rig.Within(max(patience, leastPatience))
	defer stop()
	v, err := do(ctx)
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	return v
}

// records are all interactions, newest first.
func records(t *testing.T, s *rig.Server) []rig.Interaction {
	t.Helper()
	return step(t, 20*time.Second, "listing interactions", func(ctx context.Context) ([]rig.Interaction, error) {
		return s.As(rig.AdminToken).Interactions(ctx, nil)
	})
}
