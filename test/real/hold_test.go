package real

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"linekeeper/internal/demo/carrier"
	"linekeeper/internal/media/tone"
	"linekeeper/test/rig"
)

// TestACallerHoldsAndResumes: a telephone not ours puts us on hold and comes back, twice, with sound in the clear,
// with keys in the offers (SDES) and with a handshake (DTLS).
func TestACallerHoldsAndResumes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ trunk, phone string }{{"none", ""}, {"sdes", "srtp-mand"}, {"dtls", "dtls_srtp"}} {
		t.Run(c.trunk, func(t *testing.T) {
			t.Parallel()
			holdsAndResumes(t, c.trunk, c.phone)
		})
	}
}

func holdsAndResumes(t *testing.T, trunk, encryption string) {
	certificate, key, err := rig.Certificate(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	s := start(t, rig.Center{Users: people(), Encrypted: trunk, Direct: true},
		rig.Options{Args: []string{"--sip-tls", "127.0.0.1:0", "--tls-certificate", certificate, "--tls-key", key}})
	ctx, stop := rig.Within(2 * time.Minute)
	defer stop()
	anna := onDuty(t, s, "anna")
	o := rig.BaresipOptions{Folder: t.TempDir(), User: "442071838750"}
	if encryption != "" {
		o.Authority, o.Encryption = certificate, encryption
	}
	phone, err := rig.StartBaresip(ctx, o)
	must(err)
	defer phone.Close()
	if encryption == "" {
		must(phone.Dial(rig.Number, s.Ready.SIPUDP, false))
	} else {
		must(phone.DialTLS(rig.Number, s.Ready.SIPTLS))
	}
	agent := talk(t, anna, takeCall(t, anna))
	defer agent.Close()
	within(t, 15*time.Second, "the caller hears the agent", func() error {
		h, err := phone.Heard()
		if share := tone.Share(lastSecond(h), 700); share < 0.8 {
			return fmt.Errorf("700 Hz with a share of %.2f, error %v", share, err)
		}
		return nil
	})
	const whole = 64000 // bits per second of G.711
	sound := func(held bool) func() error {
		return func() error {
			sent, taken := phone.Rates()
			if held && (sent != 0 || taken != 0) || !held && min(sent, taken) < whole*9/10 {
				return fmt.Errorf("the caller sends %d and takes %d bit/s", sent, taken)
			}
			return nil
		}
	}
	agentHears := func() error {
		var heard []int16
		for _, b := range agent.Last() {
			heard = append(heard, carrier.PCMU.Decode(b))
		}
		if share := tone.Share(heard, 440); share < 0.7 {
			return fmt.Errorf("440 Hz with a share of %.2f", share)
		}
		return nil
	}
	for range 2 {
		within(t, 20*time.Second, "both talk", sound(false))
		within(t, 15*time.Second, "the agent hears the caller", agentHears)
		must(phone.Hold())
		within(t, 20*time.Second, "on hold", sound(true))
		must(phone.Resume())
	}
	within(t, 20*time.Second, "both talk again", sound(false))
	within(t, 15*time.Second, "the agent hears the caller again", agentHears)
	if log := phone.Log(); strings.Contains(log, "discard old frame") {
		t.Errorf("the caller's phone threw sound away:\n%s", tailOf(log, 3000))
	}
	must(phone.HangUp())
	_, err = phone.Await(ctx, "CALL_CLOSED")
	must(err)
}
