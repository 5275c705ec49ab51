package real

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"linekeeper/internal/demo/carrier"
	"linekeeper/internal/media/tone"
	"linekeeper/test/rig"
)

// TestEncryptedCalls: baresip calls over TLS, with SRTP by SDES and by DTLS, and both sides hear each
// other by frequency; whoever does not encrypt is refused and the log says why.
func TestEncryptedCalls(t *testing.T) {
	t.Parallel()
	for ours, theirs := range map[string]string{"sdes": "srtp-mand", "dtls": "dtls_srtp"} {
		t.Run(ours, func(t *testing.T) {
			t.Parallel()
			certificate, key, err := rig.Certificate(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			s := start(t, rig.Center{Users: people(), Encrypted: ours, Direct: true},
				rig.Options{Args: []string{"--sip-tls", "127.0.0.1:0", "--tls-certificate", certificate, "--tls-key", key}})
			ctx, stop := rig.Within(2 * time.Minute)
			defer stop()
			anna := onDuty(t, s, "anna")
			phone := step(t, 20*time.Second, "starting baresip", func(ctx context.Context) (*rig.Baresip, error) {
				return rig.StartBaresip(ctx, rig.BaresipOptions{Folder: t.TempDir(), User: "442071838750", Tone: 440, Authority: certificate, Encryption: theirs})
			})
			defer phone.Close()
			if err := phone.DialTLS(rig.Number, s.Ready.SIPTLS); err != nil {
				t.Fatal(err)
			}
			id := takeCall(t, anna)
			agent := talk(t, anna, id)
			defer agent.Close()
			within(t, 15*time.Second, "the caller hears 700 Hz", func() error {
				h, err := phone.Heard()
				if share := tone.Share(lastSecond(h), 700); share < 0.8 {
					return fmt.Errorf("with a share of %.2f, error %v\n%s", share, err, phone.Log())
				}
				return nil
			})
			within(t, 15*time.Second, "the agent hears 440 Hz", func() error {
				var heard []int16
				for _, b := range agent.Last() {
					heard = append(heard, carrier.PCMU.Decode(b))
				}
				if share := tone.Share(heard, 440); share < 0.8 {
					return fmt.Errorf("with a share of %.2f", share)
				}
				return nil
			})
			if err := phone.HangUp(); err != nil {
				t.Fatal(err)
			}
			if _, err := phone.Await(ctx, "CALL_CLOSED"); err != nil {
				t.Error(err)
			}

			plain, err := rig.StartBaresip(ctx, rig.BaresipOptions{Folder: t.TempDir(), User: "442071838751", Authority: certificate})
			if err != nil {
				t.Fatal(err)
			}
			defer plain.Close()
			if err := plain.DialTLS(rig.Number, s.Ready.SIPTLS); err != nil {
				t.Fatal(err)
			}
			end, err := plain.Await(ctx, "CALL_CLOSED")
			if err != nil || !strings.Contains(end.Param, "488") {
				t.Errorf("a call without encryption: got %+v, %v; want 488", end, err)
			}
			within(t, 5*time.Second, "the log says why", func() error {
				if !strings.Contains(s.Log(), "no_encryption") {
					return fmt.Errorf("it does not")
				}
				return nil
			})
		})
	}
}
