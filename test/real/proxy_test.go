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

// signalled reads an interaction's ladder: the first line of each message with its direction, and all texts.
func signalled(t *testing.T, s *rig.Server, id string) (steps string, texts []string) {
	t.Helper()
	type answer struct {
		Legs []struct {
			Messages []struct {
				Out         bool
				Start, Text string
			}
		}
	}
	got := step(t, 10*time.Second, "reading the ladder", func(ctx context.Context) (answer, error) {
		var a answer
		return a, s.As(rig.AdminToken).Get(ctx, "/interactions/"+id+"/sip", &a)
	})
	var all []string
	for _, leg := range got.Legs {
		for _, m := range leg.Messages {
			way := "<"
			if m.Out {
				way = ">"
			}
			word, _, _ := strings.Cut(m.Start, " ")
			all = append(all, way+word)
			texts = append(texts, m.Text)
		}
	}
	return strings.Join(all, " "), texts
}

// TestCallsThroughAProxy puts kamailio between carrier and center, which stays in the path of every dialog, and
// rtpengine between their sounds: tones both ways, hold and resume by re-INVITE, BYE from either side.
func TestCallsThroughAProxy(t *testing.T) {
	t.Parallel()
	for _, relay := range []bool{false, true} {
		t.Run(map[bool]string{false: "kamailio", true: "kamailio and rtpengine"}[relay], func(t *testing.T) {
			t.Parallel()
			s := start(t, rig.Center{Users: people(), Direct: true}, rig.Options{})
			ctx, stop := rig.Within(2 * time.Minute)
			defer stop()
			proxy, err := rig.StartProxy(ctx, rig.ProxyOptions{Folder: t.TempDir(), Target: s.Ready.SIPUDP, Relay: relay})
			if err != nil {
				t.Fatal(err)
			}
			defer proxy.Close()
			defer func() {
				if t.Failed() {
					t.Logf("the proxy:\n%s", tailOf(proxy.Log(), 6000))
				}
			}()
			phone, err := rig.StartBaresip(ctx, rig.BaresipOptions{Folder: t.TempDir(), User: "442071838750", Tone: 440})
			if err != nil {
				t.Fatal(err)
			}
			defer phone.Close()
			d := onDuty(t, s, "anna")
			for _, byAgent := range []bool{false, true} {
				invite := throughProxy(ctx, t, s, phone, d, proxy.Addr, byAgent)
				if got := strings.Contains(invite, "m=audio 4"); got != relay { // rtpengine has 40000 to 44999, baresip less
					t.Errorf("sound by rtpengine: %v, want %v\n%s", got, relay, invite)
				}
			}
		})
	}
}

// throughProxy makes one call by the proxy and returns the INVITE as it reached us.
func throughProxy(ctx context.Context, t *testing.T, s *rig.Server, phone *rig.Baresip, d *rig.Desk, proxy string, byAgent bool) (invite string) {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(phone.Dial(rig.Number, proxy, false))
	id := takeCall(t, d)
	audio := talk(t, d, id)
	defer audio.Close()
	callerHears := func() error {
		h, err := phone.Heard()
		if share := tone.Share(lastSecond(h), 700); err != nil || share < 0.8 {
			return fmt.Errorf("700 Hz with a share of %.2f, error %v", share, err)
		}
		return nil
	}
	agentHears := func() error {
		var sound []int16
		for _, b := range audio.Last() {
			sound = append(sound, carrier.PCMU.Decode(b))
		}
		if share := tone.Share(sound, 440); share < 0.7 { // of one packet, which 440 Hz does not fill evenly
			return fmt.Errorf("440 Hz with a share of %.2f", share)
		}
		return nil
	}
	within(t, 15*time.Second, "the caller hears the agent", callerHears)
	within(t, 15*time.Second, "the agent hears the caller", agentHears)
	// A tone heard says nothing of a resume that is still under way, and a BYE would cross it.
	settled := func(n int) func() error {
		return func() error {
			steps, _ := signalled(t, s, id)
			if strings.Count(steps, "<INVITE") < n || strings.LastIndex(steps, "<ACK") < strings.LastIndex(steps, "<INVITE") {
				return fmt.Errorf("got %s", steps)
			}
			return nil
		}
	}
	takes := func(sound bool) func() error {
		return func() error {
			if _, taken := phone.Rates(); sound != (taken > 57000) || !sound && taken != 0 {
				return fmt.Errorf("%d bit/s", taken)
			}
			return nil
		}
	}
	within(t, 20*time.Second, "the caller takes sound", takes(true))
	must(phone.Hold())
	within(t, 15*time.Second, "the caller's hold", settled(2))
	within(t, 20*time.Second, "the caller takes nothing", takes(false))
	must(phone.Resume())
	within(t, 15*time.Second, "the caller's resume", settled(3))
	within(t, 10*time.Second, "the agent hears the caller again", agentHears)
	within(t, 20*time.Second, "the caller takes sound again", takes(true))
	if byAgent {
		step(t, 10*time.Second, "hanging up", func(ctx context.Context) (protocol.Reply, error) {
			return d.Ask(ctx, protocol.Command{Kind: protocol.CmdHangUp, Interaction: id})
		})
	} else {
		must(phone.HangUp())
	}
	_, err := phone.Await(ctx, "CALL_CLOSED")
	must(err)
	within(t, 15*time.Second, "the end in the ladder", func() error {
		bye, answer := "<BYE", ">200"
		if byAgent {
			bye, answer = ">BYE", "<200"
		}
		steps, texts := signalled(t, s, id)
		invite = texts[0]
		if _, after, _ := strings.Cut(steps, bye); strings.Count(steps, "BYE") != 1 || !strings.Contains(after, answer) { // an ACK sent again may come between
			return fmt.Errorf("got %s", steps)
		}
		if !strings.Contains(texts[0], "Record-Route: <sip:"+proxy) {
			return fmt.Errorf("the proxy is not in the path:\n%s", texts[0])
		}
		text := texts[slices.IndexFunc(texts, func(m string) bool { return strings.HasPrefix(m, "BYE ") })]
		if byAgent && !strings.Contains(text, "Route: <sip:"+proxy) {
			return fmt.Errorf("our BYE passes the proxy by:\n%s", text)
		}
		return nil
	})
	return invite
}
