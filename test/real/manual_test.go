package real

import (
	"context"
	"testing"
	"time"

	protocol "linekeeper/internal/edge/desk"
	"linekeeper/test/rig"
)

// TestADeskPhoneCallsACustomer: a SIP phone not ours dials a number outside without a call in hand; then the
// desk's button has it ring first. Both times the carrier's subscriber is heard, and one carrier that is down is
// passed over.
func TestADeskPhoneCallsACustomer(t *testing.T) {
	t.Parallel()
	for _, byDesk := range []bool{false, true} {
		t.Run(map[bool]string{false: "phone", true: "desk"}[byDesk], func(t *testing.T) {
			t.Parallel()
			ctx, stop := rig.Within(3 * time.Minute)
			defer stop()
			must := func(err error) {
				t.Helper()
				if err != nil {
					t.Fatal(err)
				}
			}
			free := func() string {
				return step(t, 5*time.Second, "a port", func(context.Context) (string, error) { return rig.FreePort("127.0.0.1") })
			}
			first, second := free(), free()
			s := start(t, rig.Center{Users: deskPhones(), Out: []string{first, second}, Direct: true}, rig.Options{})
			carriers := map[string]<-chan rig.SIPpResult{
				"first":  carrierAt(ctx, t, first, "carrier_down.xml"),
				"second": carrierAt(ctx, t, second, "carrier_waits.xml"),
			}
			d := desk(t, s, "anna")
			anna := signsIn(t, s, d, rig.BaresipOptions{User: "anna", Tone: 700})
			must(d.Status(ctx, "available", ""))
			if byDesk {
				_, err := d.Ask(ctx, protocol.Command{Kind: protocol.CmdDial, Number: "+442079460000"})
				must(err)
				picksUp(t, anna)
			} else {
				must(anna.Dial("+442079460000", s.Ready.SIPUDP, false))
			}
			phoneHears(t, "anna, of the customer", anna, 440)
			_, err := d.AwaitWork(ctx, "connected")
			must(err)
			must(anna.HangUp())
			for name, c := range carriers {
				select {
				case r := <-c:
					if r.Succeeded != 1 || r.Failed != 0 {
						t.Errorf("the %s carrier: %d well, %d failed; want 1 and none\n%s", name, r.Succeeded, r.Failed, r.Output)
					}
				case <-ctx.Done():
					t.Fatalf("the %s carrier is not done", name)
				}
			}
		})
	}
}
