package real

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"linekeeper/internal/demo/carrier"
	protocol "linekeeper/internal/edge/desk"
	"linekeeper/internal/media/tone"
	"linekeeper/test/rig"
)

// Everybody speaks in a frequency that has whole periods in 20 ms.
var voices = map[string]float64{"caller": 440, "anna": 700, "boris": 900, "vera": 1100}

// heardOf names whose voices are in a sound.
func heardOf(sound []int16) string {
	var names []string
	for name, hz := range voices {
		if tone.Level(sound, hz) > 0.06 {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}

// speaker is somebody at a desk with audio.
type speaker struct {
	name string
	desk *rig.Desk
	id   string
}

// connects brings the audio of somebody up who has the interaction in hand.
func (s speaker) connects(t *testing.T) *rig.Phone {
	t.Helper()
	p := step(t, 20*time.Second, "connecting "+s.name, func(ctx context.Context) (*rig.Phone, error) {
		api, err := rig.PhoneAPI(rig.PCMU)
		if err != nil {
			return nil, err
		}
		payload := make([]byte, 160)
		for i, v := range carrier.Tone(voices[s.name], 0.25, 20*time.Millisecond) {
			payload[i] = carrier.PCMU.Encode(v)
		}
		return s.desk.Connect(ctx, api, rig.PCMU, s.id, payload)
	})
	t.Cleanup(p.Close)
	return p
}

func (s speaker) does(t *testing.T, c protocol.Command) protocol.Reply {
	t.Helper()
	c.Interaction = s.id
	return step(t, 10*time.Second, s.name+" "+c.Kind, func(ctx context.Context) (protocol.Reply, error) { return s.desk.Ask(ctx, c) })
}

// hears waits until exactly these are heard.
func hears(t *testing.T, who string, sound func() ([]int16, error), names string) {
	t.Helper()
	within(t, 10*time.Second, who+" hears "+names, func() error {
		s, err := sound()
		if err != nil {
			return err
		}
		if got := heardOf(s); got != names {
			return fmt.Errorf("hears %q, want %q", got, names)
		}
		return nil
	})
}

func lately(p *rig.Phone) func() ([]int16, error) {
	return func() ([]int16, error) {
		var s []int16
		for _, b := range p.Last() {
			s = append(s, carrier.PCMU.Decode(b))
		}
		return s, nil
	}
}

// TestWhoHearsWhom: a real caller, two agents and a supervisor over DTLS-SRTP; hold by the API, consult,
// conference, whispering that the customer must not hear, barge-in, handing over, taking over, and in the end
// one recording.
func TestWhoHearsWhom(t *testing.T) {
	t.Parallel()
	s := start(t, rig.Center{Users: people(), Recording: true, Direct: true}, rig.Options{})
	ctx, stop := rig.Within(3 * time.Minute)
	defer stop()
	anna := speaker{name: "anna", desk: onDuty(t, s, "anna")}
	caller := step(t, 20*time.Second, "starting baresip", func(ctx context.Context) (*rig.Baresip, error) {
		return rig.StartBaresip(ctx, rig.BaresipOptions{Folder: t.TempDir(), User: "442071838750", Tone: 440})
	})
	defer caller.Close()
	if err := caller.Dial(rig.Number, s.Ready.SIPUDP, false); err != nil {
		t.Fatal(err)
	}
	anna.id = takeCall(t, anna.desk)
	a := anna.connects(t)
	callerHears := func(names string) {
		t.Helper()
		hears(t, "the caller", func() ([]int16, error) { h, err := caller.Heard(); return lastOf(h, 200*time.Millisecond), err }, names)
	}
	callerHears("anna")
	hears(t, "anna", lately(a), "caller")

	boris := speaker{name: "boris", desk: onDuty(t, s, "boris"), id: anna.id}
	targets := anna.does(t, protocol.Command{Kind: protocol.CmdTargets}).Targets
	ids := map[string]string{}
	for _, p := range targets.Agents {
		ids[p.Name] = p.ID
	}
	api := s.As(rig.AdminToken)
	if err := api.Do(ctx, "POST", "/api/v1/interactions/"+anna.id+"/control", map[string]any{"action": "hold", "on": true, "agent": ids["Anna"]}, nil); err != nil {
		t.Fatal(err)
	}
	callerHears("")
	hears(t, "anna", lately(a), "")
	anna.does(t, protocol.Command{Kind: protocol.CmdHold})
	callerHears("anna")

	anna.does(t, protocol.Command{Kind: protocol.CmdConsult, Target: &protocol.Target{Kind: "agent", ID: ids["Boris"]}})
	if got := takeCall(t, boris.desk); got != anna.id {
		t.Fatalf("boris took %s, want %s", got, anna.id)
	}
	b := boris.connects(t)
	hears(t, "boris", lately(b), "anna")
	hears(t, "anna", lately(a), "boris")
	callerHears("")
	anna.does(t, protocol.Command{Kind: protocol.CmdMerge})
	callerHears("anna boris")
	hears(t, "anna", lately(a), "boris caller")
	hears(t, "boris", lately(b), "anna caller")

	vera := speaker{name: "vera", desk: desk(t, s, "vera"), id: anna.id}
	vera.does(t, protocol.Command{Kind: protocol.CmdMonitor, Mode: "whisper"})
	v := vera.connects(t)
	hears(t, "vera", lately(v), "anna boris caller")
	hears(t, "anna", lately(a), "boris caller vera")
	callerHears("anna boris")
	vera.does(t, protocol.Command{Kind: protocol.CmdMonitor, Mode: "barge"})
	callerHears("anna boris vera")
	vera.does(t, protocol.Command{Kind: protocol.CmdMonitor, Mode: "listen"})
	callerHears("anna boris")

	anna.does(t, protocol.Command{Kind: protocol.CmdLeave})
	callerHears("boris")
	hears(t, "boris", lately(b), "caller")
	vera.does(t, protocol.Command{Kind: protocol.CmdTakeOver})
	callerHears("vera")
	hears(t, "vera", lately(v), "caller")
	if err := caller.HangUp(); err != nil {
		t.Fatal(err)
	}
	within(t, 20*time.Second, "the recording is complete", func() error {
		wav, err := api.Recording(ctx, anna.id)
		if err == nil && len(wav) < 16000 {
			err = fmt.Errorf("it has %d bytes", len(wav))
		}
		return err
	})
	all, err := api.Interactions(ctx, nil)
	if err != nil || len(all) != 1 {
		t.Errorf("%d records, %v; want one", len(all), err)
	}
}
