package real

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"linekeeper/internal/media/tone"
	"linekeeper/test/rig"
)

// TestMessageLight: baresip signs in as anna's phone and subscribes to its messages. It is told that there are none, then of
// the one that SIPp leaves, and where messages are heard. It calls there, hears what was left, and presses 3: the light
// is out, the message done, and its record as if she had taken it at her desk.
func TestMessageLight(t *testing.T) {
	t.Parallel()
	const message = `flows:
  - key: message
    program: {schema: 1, start: ask, nodes: {ask: {kind: voicemail, queue: sales, prompt: please_hold, silence: 60, review: false, next: end}, end: {kind: hangup}}}
`
	yaml := strings.NewReplacer("flows:\n", message, "entries:\n",
		"entries:\n  - {key: message, name: Message, number: \"1002\", project: shop, flow: message}\n").
		Replace(rig.Center{Users: sipPeople(false), Addresses: onlyCarrier}.YAML())
	s := start(t, rig.Center{}, rig.Options{Center: yaml})
	b := step(t, ready, "the phone signs in", func(ctx context.Context) (*rig.Baresip, error) {
		b, err := rig.StartBaresip(ctx, rig.BaresipOptions{Folder: t.TempDir(), User: "anna", Tone: 700, Server: s.Ready.SIPUDP, Secret: phoneSecret, Light: true})
		if err != nil {
			return nil, err
		}
		t.Cleanup(b.Close)
		return b, awaitPhones(ctx, s, "127.0.0.1", 1)
	})
	lit := func(what, counts string) {
		t.Helper()
		within(t, ready, what, func() error {
			for _, want := range []string{"Messages-Waiting: " + what + "\r\n", "Message-Account: sip:*97@" + s.Ready.SIPUDP, "Voice-Message: " + counts + " "} {
				if got := b.Messages(); !strings.Contains(got, want) {
					return fmt.Errorf("the phone was told %q, not %q", got, want)
				}
			}
			return nil
		})
	}
	lit("no", "0/0")
	d := desk(t, s, "anna")
	step(t, ready, "a break", func(ctx context.Context) (any, error) { return nil, d.Status(ctx, "break", "lunch") })

	scene := strings.NewReplacer("<nop><action><exec rtp_stream", "<pause milliseconds=\"8000\"/>\n  <nop><action><exec rtp_stream",
		"<pause milliseconds=\"1500\"/>", "<pause milliseconds=\"8000\"/>").Replace(scenario(t, "call.xml"))
	ctx, stop := rig.Within(2 * time.Minute)
	defer stop()
	r, err := rig.SIPp{Folder: t.TempDir(), Scenario: scene, Target: s.Ready.SIPUDP, Number: "1002"}.Run(ctx)
	if err != nil || r.Succeeded != 1 {
		t.Fatalf("leaving the message: %d well, %v\n%s", r.Succeeded, err, r.Output)
	}
	lit("yes", "1/0")

	_, account, _ := strings.Cut(b.Messages(), "Message-Account: sip:")
	account, _, _ = strings.Cut(account, "\r\n")
	number, at, _ := strings.Cut(account, "@") // what a phone's message button calls
	if err := b.Dial(number, at, false); err != nil {
		t.Fatal(err)
	}
	step(t, ready, "the mailbox answers", func(ctx context.Context) (rig.BaresipEvent, error) { return b.Await(ctx, "CALL_ESTABLISHED") })
	eventually(t, ready, "the phone hears the message", func() bool { h, _ := b.Heard(); return tone.Share(last(h), 440) > 0.9 })
	if err := b.Press("3"); err != nil {
		t.Fatal(err)
	}
	lit("no", "0/0")
	step(t, ready, "the end of the call", func(ctx context.Context) (rig.BaresipEvent, error) { return b.Await(ctx, "CALL_CLOSED") })
	within(t, ready, "the record", func() error {
		for _, m := range records(t, s) {
			if m.Channel == "voicemail" && m.Phase == "done" && m.AgentName == "Anna" {
				return nil
			}
		}
		return fmt.Errorf("%+v", records(t, s))
	})
}
