package real

import (
	"context"
	"strings"
	"testing"
	"time"

	"linekeeper/internal/sound"
	"linekeeper/test/rig"
)

// ready is how long a step that takes no time may take on a loaded machine.
const ready = 20 * time.Second

// bothHear has a customer and an agent's phone, both baresip, talk: each hears the other's tone.
func bothHear(t *testing.T, s *rig.Server, agent, customer rig.BaresipOptions) (d *rig.Desk, phone, caller *rig.Baresip) {
	t.Helper()
	agent.User, agent.Tone, customer.Tone = "anna", 700, 440
	d = desk(t, s, "anna")
	phone = signsIn(t, s, d, agent)
	step(t, ready, "becoming available", func(ctx context.Context) (int, error) { return 0, d.Status(ctx, "available", "") })
	caller = calls(t, s, customer)
	picksUp(t, phone)
	phoneHears(t, "the customer", caller, 700)
	phoneHears(t, "the agent", phone, 440)
	return d, phone, caller
}

// TestADeskPhoneOverTLS: a phone not ours registers over TLS, is called over that connection, and its
// sound is SRTP with keys by SDES or by DTLS as its user's set-up says. It calls too: the echo test.
func TestADeskPhoneOverTLS(t *testing.T) {
	t.Parallel()
	for ours, theirs := range map[string]string{"": "srtp", "sdes": "srtp-mand", "dtls": "dtls_srtp"} {
		t.Run("set to "+ours, func(t *testing.T) {
			t.Parallel()
			certificate, key, err := rig.Certificate(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			users := deskPhones()
			users[0].Encryption = ours
			s := start(t, rig.Center{Users: users, Addresses: onlyCarrier, Direct: true},
				rig.Options{Args: []string{"--sip-tls", "127.0.0.1:0", "--tls-certificate", certificate, "--tls-key", key}})
			d, phone, caller := bothHear(t, s,
				rig.BaresipOptions{Server: s.Ready.SIPTLS, Authority: certificate, Encryption: theirs}, rig.BaresipOptions{})
			step(t, ready, "the lock is shown", func(ctx context.Context) (int, error) {
				return 0, d.Await(ctx, "the agent's leg is protected", func(v *rig.View) bool {
					w, ok := v.Work("connected")
					return ok && w.Encrypted == sound.MineEncrypted
				})
			})
			if err := caller.HangUp(); err != nil {
				t.Fatal(err)
			}
			step(t, ready, "the phone's call ends", func(ctx context.Context) (rig.BaresipEvent, error) { return phone.Await(ctx, "CALL_CLOSED") })

			if err := phone.DialTLS("*43", s.Ready.SIPTLS); err != nil {
				t.Fatal(err)
			}
			phoneHears(t, "the phone that calls the echo test", phone, 700)
			if err := phone.HangUp(); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// TestCodecsOfDeskPhones: G.722 and Opus at the customer and at the agent's phone, and at one of them only.
func TestCodecsOfDeskPhones(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ customer, agent string }{
		{"G722", "G722"}, {"opus", "opus"}, {"G722", "PCMU"}, {"opus", "PCMA"},
	} {
		t.Run(c.customer+" and "+c.agent, func(t *testing.T) {
			s := start(t, rig.Center{Users: deskPhones(), Addresses: onlyCarrier, Direct: true, Codecs: []string{"opus", "G722", "PCMA", "PCMU"}}, rig.Options{})
			_, _, caller := bothHear(t, s,
				rig.BaresipOptions{Codecs: names(c.agent)}, rig.BaresipOptions{Codecs: names(c.customer)})
			if err := caller.HangUp(); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// names are codecs as baresip wants them.
func names(list string) []string {
	return strings.Split(strings.NewReplacer("opus", "opus/48000/2", "G722", "G722/16000/1").Replace(list), ",")
}
