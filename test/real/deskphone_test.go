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

// deskPhones: anna and boris have SIP phones that register.
func deskPhones() []rig.User {
	return []rig.User{
		{Login: "anna", Name: "Anna", Role: "agent", Password: rig.Password, PhoneSecret: phoneSecret},
		{Login: "boris", Name: "Boris", Role: "agent", Password: rig.Password, PhoneSecret: phoneSecret},
	}
}

// signsIn starts a baresip as somebody's phone and waits until his desk can become available.
func signsIn(t *testing.T, s *rig.Server, d *rig.Desk, o rig.BaresipOptions) *rig.Baresip {
	t.Helper()
	return step(t, 40*time.Second, "registering "+o.User, func(ctx context.Context) (*rig.Baresip, error) {
		o.Folder, o.Secret = t.TempDir(), phoneSecret
		if o.Server == "" {
			o.Server = s.Ready.SIPUDP
		}
		b, err := rig.StartBaresip(ctx, o)
		if err != nil {
			return nil, err
		}
		t.Cleanup(b.Close)
		return b, d.Await(ctx, "the phone is there", func(v *rig.View) bool { return !v.Me().PhoneAway })
	})
}

// calls has a baresip of somebody outside call the center's number.
func calls(t *testing.T, s *rig.Server, o rig.BaresipOptions) *rig.Baresip {
	t.Helper()
	return step(t, 20*time.Second, "calling", func(ctx context.Context) (*rig.Baresip, error) {
		o.Folder, o.User = t.TempDir(), "4930123"
		b, err := rig.StartBaresip(ctx, o)
		if err != nil {
			return nil, err
		}
		t.Cleanup(b.Close)
		return b, b.Dial(rig.Number, s.Ready.SIPUDP, false)
	})
}

// picksUp waits for a call at a phone and takes it.
func picksUp(t *testing.T, b *rig.Baresip) {
	t.Helper()
	step(t, 30*time.Second, "picking up", func(ctx context.Context) (rig.BaresipEvent, error) {
		if e, err := b.Await(ctx, "CALL_INCOMING"); err != nil {
			return e, err
		}
		if err := b.Accept(); err != nil {
			return rig.BaresipEvent{}, err
		}
		return b.Await(ctx, "CALL_ESTABLISHED")
	})
}

// phoneHears waits until somebody hears a tone; 0 Hz is sound that is none of the tones.
func phoneHears(t *testing.T, who string, b *rig.Baresip, hz float64) {
	t.Helper()
	within(t, 15*time.Second, who, func() error {
		h, err := b.Heard()
		if hz == 0 {
			loud := tone.Loudness(last(h))
			for _, other := range []float64{440, 700, 900} {
				if share := tone.Share(last(h), other); share > 0.5 || loud < 0.005 {
					return fmt.Errorf("hears %.0f Hz with a share of %.2f, loudness %.3f, error %v; want music", other, share, loud, err)
				}
			}
			return nil
		}
		if share := tone.Share(last(h), hz); share < 0.8 {
			return fmt.Errorf("hears %.0f Hz with a share of %.2f, error %v; want 0.8", hz, share, err)
		}
		return nil
	})
}

// held says whether the desk shows the customer on hold.
func held(on bool) func(*rig.View) bool {
	return func(v *rig.View) bool { w, ok := v.Work("connected"); return ok && w.Held == on }
}

// TestTheKeysOfADeskPhone: hold, resume and blind transfer at a phone not ours, then a second line to
// another agent, and a parked call picked up by *8; who hears whom is told by tones.
func TestTheKeysOfADeskPhone(t *testing.T) {
	t.Parallel()
	s := start(t, rig.Center{Users: deskPhones(), Addresses: onlyCarrier, Direct: true}, rig.Options{})
	ctx, stop := rig.Within(3 * time.Minute)
	defer stop()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	atAnna, atBoris := desk(t, s, "anna"), desk(t, s, "boris")
	anna := signsIn(t, s, atAnna, rig.BaresipOptions{User: "anna", Tone: 700})
	boris := signsIn(t, s, atBoris, rig.BaresipOptions{User: "boris", Tone: 900})
	must(atAnna.Status(ctx, "available", ""))
	caller := calls(t, s, rig.BaresipOptions{Tone: 440})
	picksUp(t, anna)
	phoneHears(t, "the caller, of anna", caller, 700)
	phoneHears(t, "anna, of the caller", anna, 440)

	must(anna.Hold())
	phoneHears(t, "the caller on hold", caller, 0)
	must(atAnna.Await(ctx, "the desk shows the hold", held(true)))
	must(anna.Resume())
	phoneHears(t, "the caller after the hold", caller, 700)
	must(atAnna.Await(ctx, "the desk shows the end of the hold", held(false)))

	must(atBoris.Status(ctx, "available", ""))
	must(anna.Transfer("sip:boris@" + s.Ready.SIPUDP))
	picksUp(t, boris)
	_, err := anna.Await(ctx, "CALL_CLOSED")
	must(err)
	phoneHears(t, "the caller after the transfer", caller, 900)
	phoneHears(t, "boris after the transfer", boris, 440)

	must(atAnna.Status(ctx, "available", ""))
	must(boris.Hold())
	must(boris.Dial("anna", s.Ready.SIPUDP, false))
	picksUp(t, anna)
	phoneHears(t, "anna in the private talk", anna, 900)
	phoneHears(t, "the caller meanwhile", caller, 0)
	must(boris.HangUp())
	_, err = anna.Await(ctx, "CALL_CLOSED")
	must(err)
	must(boris.Resume())
	phoneHears(t, "the caller after the private talk", caller, 900)

	w, err := atBoris.AwaitWork(ctx, "connected")
	must(err)
	_, err = atBoris.Ask(ctx, protocol.Command{Kind: protocol.CmdPark, Interaction: string(w.Interaction)})
	must(err)
	phoneHears(t, "the parked caller", caller, 0)
	must(atAnna.Await(ctx, "anna is available", func(v *rig.View) bool { _, busy := v.Work(); return v.Me().Status == "available" && !busy }))
	must(anna.Dial("*8", s.Ready.SIPUDP, false))
	phoneHears(t, "the caller who was picked up", caller, 700)
	must(caller.HangUp())
}
