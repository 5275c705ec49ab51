package real

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	protocol "linekeeper/internal/edge/desk"
	"linekeeper/internal/media/tone"
	"linekeeper/internal/media/wav"
	"linekeeper/test/rig"
)

// TestARealCallerLeavesAMessage: SIPp hears the greeting out, is silent, sounds for 5 s, is silent again and hangs up.
// The message is the sound alone, without the silence at its ends; an agent gets it, hears it out and is done.
func TestARealCallerLeavesAMessage(t *testing.T) {
	t.Parallel()
	const message = `flows:
  - key: message
    program: {schema: 1, start: ask, nodes: {ask: {kind: voicemail, queue: sales, prompt: please_hold, silence: 60, review: false, next: end}, end: {kind: hangup}}}
`
	yaml := strings.NewReplacer("flows:\n", message, "entries:\n",
		"entries:\n  - {key: message, name: Message, number: \"1002\", project: shop, flow: message}\n").Replace(rig.Center{Users: people()}.YAML())
	s := start(t, rig.Center{}, rig.Options{Center: yaml})
	anna := onDuty(t, s, "anna")
	scene := strings.NewReplacer("<nop><action><exec rtp_stream", "<pause milliseconds=\"8000\"/>\n  <nop><action><exec rtp_stream",
		"<pause milliseconds=\"1500\"/>", "<pause milliseconds=\"8000\"/>").Replace(scenario(t, "call.xml"))
	ctx, stop := rig.Within(2 * time.Minute)
	defer stop()
	r, err := rig.SIPp{Folder: t.TempDir(), Scenario: scene, Target: s.Ready.SIPUDP, Number: "1002"}.Run(ctx)
	if err != nil || r.Succeeded != 1 || r.Failed != 0 {
		t.Fatalf("the call: %d well, %d failed, %v\n%s", r.Succeeded, r.Failed, err, r.Output)
	}
	id := takeCall(t, anna)
	w := step(t, ready, "the message is in hand", func(ctx context.Context) (string, error) {
		w, err := anna.AwaitWork(ctx, "connected")
		return fmt.Sprintf("%s, recording %s", w.Channel, w.Recording), err
	})
	if w != "voicemail, recording complete" {
		t.Errorf("in hand is %s", w)
	}
	file := step(t, ready, "the recording", func(ctx context.Context) ([]byte, error) {
		return s.As(rig.AdminToken).Recording(ctx, id)
	})
	sounds(t, file, 5*time.Second)
	step(t, ready, "closing the message", func(ctx context.Context) (protocol.Reply, error) {
		return anna.Ask(ctx, protocol.Command{Kind: protocol.CmdHangUp, Interaction: id})
	})
	within(t, ready, "the records", func() error {
		all := records(t, s)
		m := find(all, id)
		if len(all) != 2 || m.Channel != "voicemail" || m.Phase != "done" || m.AgentName != "Anna" || !strings.HasPrefix(m.CustomerAddress, "+4420718") {
			return fmt.Errorf("%+v", all)
		}
		return nil
	})
}

// sounds checks that a WAV file is one tone of 440 Hz that long, from its beginning to its end.
func sounds(t *testing.T, file []byte, want time.Duration) {
	t.Helper()
	r, err := wav.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	if d := r.Duration(); d < want-500*time.Millisecond || d > want+time.Second { // a pause is left at each end
		t.Errorf("the message is %v long, want %v", d, want)
	}
	all := make([]int16, r.Frames)
	if _, err := r.Samples(0, 0, all); err != nil {
		t.Fatal(err)
	}
	loud := 0
	for at := 0; at+800 <= len(all); at += 800 {
		if tone.Share(all[at:at+800], 440) > 0.9 && tone.Loudness(all[at:at+800]) > 0.1 {
			loud++
		}
	}
	if tenths := int(want / (100 * time.Millisecond)); loud < tenths*8/10 { // where the machine is loaded, SIPp has gaps
		t.Errorf("%d tenths of a second of %d have the tone, want nearly %d", loud, len(all)/800, tenths)
	}
}
