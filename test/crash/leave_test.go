package crash

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	"linekeeper/internal/demo/carrier"
	"linekeeper/test/rig"
)

// TestLeftToTheNextProcess: "linekeeper stop --keep-calls" ends the process in order, and not the call.
func TestLeftToTheNextProcess(t *testing.T) {
	c := newCenter(t, "")
	c.onDuty()
	k, err := carrier.New(carrier.Config{Target: c.server.Ready.SIP()})
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()
	call, err := k.Dial(t.Context(), carrier.Numbers{From: "+79160000001", To: rig.Number})
	if err != nil {
		t.Fatal(err)
	}
	hears := func() error {
		if s := purest(call.Heard(500*time.Millisecond), 700); s < 0.9 {
			return fmt.Errorf("the caller hears the agent with a share of %.2f", s)
		}
		return nil
	}
	eventually(t, 20*time.Second, "they talk", hears)
	ctx, stop := rig.Within(30 * time.Second)
	defer stop()
	said, err := exec.CommandContext(ctx, program, "stop", "--keep-calls", "--wait", "20s", "--data", c.options.Data).CombinedOutput()
	if err != nil || !strings.Contains(string(said), "is gone after") {
		t.Fatalf("stopping: %v\n%s", err, said)
	}
	t.Logf("%s", said)
	waitFor(ctx, t, "the process ends", c.server.Gone())
	if said, err := exec.CommandContext(ctx, program, "stop", "--data", c.options.Data).CombinedOutput(); err == nil || !strings.Contains(string(said), "no server runs") {
		t.Errorf("stopping once more: %v\n%s", err, said)
	}
	c.offDuty()
	last := call.Sound().Last
	c.start()
	eventually(t, 3*time.Second, "sound comes again", func() error {
		if !call.Sound().Last.After(last) {
			return fmt.Errorf("nothing since %v", last)
		}
		return nil
	})
	t.Logf("the process was ready %v after its start", c.server.Took)
	eventually(t, 20*time.Second, "they talk again", hears)
	call.HangUp()
	waitFor(ctx, t, "the call is over", call.Done())
	eventually(t, 30*time.Second, "its record", func() error {
		if all := c.records(); len(all) != 1 || all[0].Cause != "customer" || all[0].LeftMs == 0 {
			return fmt.Errorf("%+v", all)
		}
		return nil
	})
}
