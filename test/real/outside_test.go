package real

import (
	"context"
	"fmt"
	"testing"
	"time"

	protocol "linekeeper/internal/edge/desk"
	"linekeeper/internal/media/tone"
	"linekeeper/test/rig"
)

// carrierAt lets SIPp wait for one call as a carrier; the result comes when that is over.
func carrierAt(ctx context.Context, t *testing.T, at, file string) <-chan rig.SIPpResult {
	t.Helper()
	folder, text, done := t.TempDir(), scenario(t, file), make(chan rig.SIPpResult, 1)
	go func() {
		r, err := rig.SIPp{Folder: folder, Scenario: text, At: at}.Run(ctx)
		if err != nil {
			r.Output += "\n" + err.Error()
		}
		done <- r
	}()
	return done
}

// TestATransferGoesOnByTheNextTrunk: the first carrier says 503, or nothing at all; the second one carries
// the same call, its subscriber is heard by the customer, and one record tells of one interaction.
func TestATransferGoesOnByTheNextTrunk(t *testing.T) {
	t.Parallel()
	for _, silent := range []bool{false, true} {
		t.Run(fmt.Sprintf("silent=%v", silent), func(t *testing.T) {
			t.Parallel()
			ctx, stop := rig.Within(2 * time.Minute)
			defer stop()
			free := func() string {
				return step(t, time.Second, "a port", func(context.Context) (string, error) { return rig.FreePort("127.0.0.1") })
			}
			first, second := free(), free()
			s := start(t, rig.Center{Users: people(), Out: []string{first, second}, Direct: true}, rig.Options{})
			var down <-chan rig.SIPpResult
			if !silent {
				down = carrierAt(ctx, t, first, "carrier_down.xml")
			}
			up := carrierAt(ctx, t, second, "carrier_up.xml")

			d := onDuty(t, s, "anna")
			call := dial(t, lines(t, s), "4930123", rig.Number)
			answered(t, call)
			id := takeCall(t, d)
			audio := talk(t, d, id)
			defer audio.Close()
			began := time.Now()
			if _, err := d.Ask(ctx, protocol.Command{Kind: protocol.CmdTransfer, Interaction: id,
				Target: &protocol.Target{Kind: "outside", Number: "+442079460000"}}); err != nil {
				t.Fatal(err)
			}
			eventually(t, 30*time.Second, "the customer hears whoever is outside", func() bool {
				return tone.Share(lastSecond(call.Heard(time.Second)), 440) > 0.9
			})
			t.Logf("the customer heard the number outside, which rang 0.5 s, after %v", time.Since(began).Round(10*time.Millisecond))
			over(t, call)
			for name, c := range map[string]<-chan rig.SIPpResult{"first": down, "second": up} {
				if c == nil {
					continue
				}
				select {
				case r := <-c:
					if r.Succeeded != 1 || r.Failed != 0 {
						t.Errorf("the %s carrier: %d well, %d failed; want 1 and none\n%s", name, r.Succeeded, r.Failed, r.Output)
					}
				case <-ctx.Done():
					t.Fatalf("the %s carrier is not done", name)
				}
			}
			within(t, 10*time.Second, "the record", func() error {
				all := records(t, s)
				if len(all) != 1 || all[0].Phase != "done" || all[0].Cause != "outside" {
					return fmt.Errorf("got %+v, want one, done, ended by the number outside", all)
				}
				return nil
			})
		})
	}
}
