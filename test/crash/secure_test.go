package crash

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"linekeeper/internal/demo/carrier"
	"linekeeper/internal/media/tone"
	"linekeeper/test/rig"
)

const (
	// heardShare of a sound is the other's tone: what is not heard has a share near 0, and a busy machine makes
	// holes in baresip's.
	heardShare = 0.6
	// patience is for a machine on which much else runs; what it took is logged.
	patience = 30 * time.Second
)

// talk is a caller with baresip and an agent at a SIP phone.
type talk struct {
	*center
	caller *rig.Baresip
}

// newTalk begins one; args are further arguments for the server.
func newTalk(t *testing.T, args []string, o rig.BaresipOptions, dial func(*talk) error, change ...string) *talk {
	t.Helper()
	c := &talk{center: newCenterWith(t, "", args, change...)}
	c.onDuty()
	ctx, stop := rig.Within(60 * time.Second)
	defer stop()
	o.Folder, o.User, o.Tone = t.TempDir(), "442071838750", 440
	var err error
	if c.caller, err = rig.StartBaresip(ctx, o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.caller.Close)
	if err := dial(c); err != nil {
		t.Fatal(err)
	}
	if _, err := c.caller.Await(ctx, "CALL_ESTABLISHED"); err != nil {
		t.Fatal(err)
	}
	c.hear()
	return c
}

// phone is the agent's call.
func (c *talk) phone() *carrier.Call {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.rings) != 1 {
		c.t.Fatalf("agents' phones rang %d times, want once", len(c.rings))
	}
	return c.rings[0]
}

// hear waits until both hear each other: sounds of less than half a second ago.
func (c *talk) hear() {
	c.t.Helper()
	eventually(c.t, patience, "the agent hears the caller", func() error {
		c.mu.Lock()
		defer c.mu.Unlock()
		if len(c.rings) == 0 {
			return fmt.Errorf("no phone rang")
		}
		if s := tone.Share(c.rings[0].Heard(300*time.Millisecond), 440); s < heardShare {
			return fmt.Errorf("with a share of %.2f", s)
		}
		return nil
	})
	before, _ := c.caller.Heard()
	eventually(c.t, patience, "the caller hears the agent", func() error {
		h, err := c.caller.Heard()
		if err != nil || len(h) < len(before)+4000 {
			return fmt.Errorf("%d samples more, %v", len(h)-len(before), err)
		}
		if s := tone.Share(h[len(h)-2400:], 700); s < heardShare {
			return fmt.Errorf("with a share of %.2f", s)
		}
		return nil
	})
}

// killAndStart ends the process with kill -9; the next one goes on.
func (c *talk) killAndStart() {
	c.t.Helper()
	<-time.After(1500 * time.Millisecond) // the call is written down after its first second
	c.server.Kill()
	c.offDuty()
	<-time.After(time.Second)
	c.start()
	ready := time.Now()
	c.hear()
	c.t.Logf("ready %v after the start, both hear each other by %v later", c.server.Took, time.Since(ready))
}

// over waits for the one record, ended by whom.
func (c *talk) over(by string) {
	c.t.Helper()
	ctx, stop := rig.Within(20 * time.Second)
	defer stop()
	if _, err := c.caller.Await(ctx, "CALL_CLOSED"); err != nil {
		c.t.Errorf("%v\n%s", err, c.caller.Log())
	}
	eventually(c.t, 10*time.Second, "its record", func() error {
		if all := c.records(); len(all) != 1 || all[0].Cause != by || all[0].LeftMs == 0 {
			return fmt.Errorf("%+v", all)
		}
		return nil
	})
}

func byUDP(c *talk) error { return c.caller.Dial(rig.Number, c.server.Ready.SIPUDP, false) }

// TestProtectedCallsOutliveAKill: keys of the sound are written down, however they were agreed, and cannot be
// read in the file; a second kill finds the call again.
func TestProtectedCallsOutliveAKill(t *testing.T) {
	for name, how := range map[string]struct{ ours, theirs string }{"dtls": {"dtls", "dtls_srtp"}, "sdes": {"sdes, sdes_without_tls: true", "srtp-mand"}} {
		t.Run(name, func(t *testing.T) {
			c := newTalk(t, nil, rig.BaresipOptions{Encryption: how.theirs}, byUDP, "media_encryption: none", "media_encryption: "+how.ours)
			c.killAndStart()
			file, err := os.ReadFile(filepath.Join(c.options.Data, "calls"))
			if err != nil || len(file) < 1000 || bytes.Contains(file, []byte("call_id")) || bytes.Contains(file, []byte("AES")) {
				t.Errorf("the file of running calls has %d bytes in clear, or %v", len(file), err)
			}
			c.killAndStart()
			if err := c.caller.HangUp(); err != nil {
				t.Fatal(err)
			}
			c.over("customer")
		})
	}
}

// TestACallWithoutItsKeysEnds: what was written down of one of two calls is damaged; it ends and the log says
// why, while the other goes on.
func TestACallWithoutItsKeysEnds(t *testing.T) {
	c := newTalk(t, nil, rig.BaresipOptions{}, byUDP)
	ctx, stop := rig.Within(60 * time.Second)
	defer stop()
	k, err := carrier.New(carrier.Config{Target: c.server.Ready.SIP()})
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()
	lost, err := k.Dial(context.WithoutCancel(ctx), carrier.Numbers{From: "+79160000001", To: rig.Number})
	if err != nil {
		t.Fatal(err)
	}
	waitFor(ctx, t, "the second call is answered", lost.Answered())
	id := ""
	eventually(t, 10*time.Second, "its record", func() error {
		for _, r := range c.records() {
			if r.CustomerAddress == "+79160000001" {
				id = r.ID
				return nil
			}
		}
		return fmt.Errorf("none")
	})
	<-time.After(1500 * time.Millisecond)
	c.server.Kill()
	c.offDuty()
	path := filepath.Join(c.options.Data, "calls")
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.LastIndex(file, []byte(id))
	if id == "" || at < 0 {
		t.Fatalf("the call %q is not in the file", id)
	}
	file[at+200] ^= 1
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	c.start()
	c.hear()
	waitFor(ctx, t, "the other call is ended", lost.Done())
	if log := c.server.Log(); !bytes.Contains([]byte(log), []byte("what was written down of a call is refused")) {
		t.Errorf("the log does not say why:\n%s", log)
	}
	if err := c.caller.HangUp(); err != nil {
		t.Fatal(err)
	}
	eventually(t, 10*time.Second, "the records", func() error {
		causes := map[string]int{}
		for _, r := range c.records() {
			causes[r.Cause]++
		}
		if causes["customer"] != 1 || causes["system"] != 1 {
			return fmt.Errorf("causes %v", causes)
		}
		return nil
	})
}

// TestStreamsOutliveAKill: signalling by TCP and TLS ends with the process. The agent's side ends the call by a
// connection that we open to the phone, or by the one that the phone has opened for a request of its own; the
// caller's side by one that it opens.
func TestStreamsOutliveAKill(t *testing.T) {
	byTCP := func(c *talk) error { return c.caller.Dial(rig.Number, c.server.Ready.SIPTCP, true) }
	byTLS := func(c *talk) error { return c.caller.DialTLS(rig.Number, c.server.Ready.SIPTLS) }
	t.Run("we connect", func(t *testing.T) {
		c := newTalk(t, nil, rig.BaresipOptions{TCP: true}, byTCP)
		c.killAndStart()
		c.phone().HangUp()
		c.over("agent")
	})
	certificate, key, err := rig.Certificate(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	secure := func(t *testing.T) []string {
		return []string{"--sip-tls", free(t), "--tls-certificate", certificate, "--tls-key", key}
	}
	phone := rig.BaresipOptions{Authority: certificate, Encryption: "srtp-mand"}
	t.Run("the caller connects", func(t *testing.T) {
		c := newTalk(t, secure(t), rig.BaresipOptions{Authority: certificate}, byTLS)
		c.killAndStart()
		if err := c.caller.Hold(); err != nil {
			t.Fatal(err)
		}
		eventually(t, 10*time.Second, "the agent does not hear the caller", func() error {
			if s := tone.Loudness(c.phone().Heard(300 * time.Millisecond)); s > 0.01 {
				return fmt.Errorf("a loudness of %.3f", s)
			}
			return nil
		})
		c.phone().HangUp()
		c.over("agent")
	})
	t.Run("the caller hangs up", func(t *testing.T) {
		c := newTalk(t, secure(t), phone, byTLS, "media_encryption: none", "media_encryption: sdes")
		c.killAndStart()
		if err := c.caller.HangUp(); err != nil {
			t.Fatal(err)
		}
		c.over("customer")
	})
}
