package crash

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"linekeeper/internal/demo/carrier"
	"linekeeper/internal/media/wav"
	"linekeeper/test/rig"
)

// waiters is how many callers wait in line at the kill, beside the talks of all agents.
const waiters = 94

// TestCallsOutliveAKill kills the process while all agents talk and many wait. The next process goes on: the
// same voices on the same calls, the line in its order, each call ended by whom it was, once.
func TestCallsOutliveAKill(t *testing.T) {
	for name, database := range databases(t) {
		t.Run(name, func(t *testing.T) {
			c := newCenter(t, database)
			c.onDuty()
			k, err := carrier.New(carrier.Config{Target: c.server.Ready.SIP()})
			if err != nil {
				t.Fatal(err)
			}
			defer k.Close()
			number := 0
			dial := func() *carrier.Call {
				number++
				call, err := k.Dial(t.Context(), carrier.Numbers{From: fmt.Sprintf("+7916000%04d", number), To: rig.Number})
				if err != nil {
					t.Fatal(err)
				}
				ctx, stop := rig.Within(20 * time.Second)
				defer stop()
				waitFor(ctx, t, "the call is answered", call.Answered())
				return call
			}
			var talks, line []*carrier.Call
			phase := func(want string, n int) func() error {
				return func() error {
					got := 0
					for _, r := range c.records() {
						if r.Phase == want {
							got++
						}
					}
					if got != n {
						return fmt.Errorf("%d interactions are %s, want %d", got, want, n)
					}
					return nil
				}
			}
			for i := range agents {
				call := dial()
				call.Repeat(carrier.Tone(440, 0.5, time.Second))
				talks = append(talks, call)
				eventually(t, 20*time.Second, "an agent talks", phase("connected", i+1))
			}
			for range waiters {
				line = append(line, dial())
			}
			eventually(t, 20*time.Second, "the others wait", phase("waiting", waiters))
			all := slices.Concat(talks, line)
			<-time.After(1500 * time.Millisecond) // something to be recorded

			killed := time.Now()
			c.server.Kill()
			c.offDuty()
			<-time.After(time.Second)
			c.start()
			ready := time.Now()
			heard := make([]int, len(all))
			for i, call := range all {
				heard[i] = int(call.Sound().Heard)
			}
			eventually(t, 3*time.Second, "everybody is sent sound again", func() error {
				for i, call := range all {
					if n := int(call.Sound().Heard); n < heard[i]+3 {
						return fmt.Errorf("call %d: %d packets after %d", i, n, heard[i])
					}
				}
				return nil
			})
			t.Logf("%d calls: ready %v after the start; sound for all %v later", len(all), c.server.Took, time.Since(ready))
			if c.server.Took > 5*time.Second {
				t.Errorf("ready after %v", c.server.Took)
			}
			eventually(t, 20*time.Second, "voices are heard both ways", func() error {
				for i, call := range talks {
					if s := purest(call.Heard(500*time.Millisecond), 700); s < 0.9 {
						return fmt.Errorf("caller %d hears the agent with a share of %.2f", i, s)
					}
				}
				c.mu.Lock()
				defer c.mu.Unlock()
				for i, phone := range c.rings {
					if s := purest(phone.Heard(500*time.Millisecond), 440); s < 0.9 {
						return fmt.Errorf("phone %d hears the caller with a share of %.2f", i, s)
					}
				}
				return nil
			})
			if n := len(c.rings); n != agents {
				t.Errorf("agents' phones rang %d times, want only before the kill", n)
			}
			if err := phase("waiting", waiters)(); err != nil {
				t.Error(err)
			}

			<-time.After(1500 * time.Millisecond) // something more to be recorded

			// Each side ends some; the line moves up in its order.
			c.onDuty()
			for i, call := range talks {
				if i%2 == 0 {
					call.HangUp()
				} else {
					c.rings[i].HangUp()
				}
			}
			eventually(t, 60*time.Second, "the next are with the agents", func() error {
				if n := len(answered(c.records())); n != 2*agents {
					return fmt.Errorf("%d callers were answered, want %d", n, 2*agents)
				}
				return nil
			})
			inTurn(t, c.records())
			for _, call := range all {
				call.HangUp()
			}
			eventually(t, 60*time.Second, "everything is over", phase("done", len(all)))
			c.outlived(killed, len(all))
			if err := c.server.Stop(20 * time.Second); err != nil {
				t.Errorf("stopping the server: %v", err)
			}
			audit(t, c.options.Data, database)
		})
	}
}

func answered(all []rig.Interaction) []rig.Interaction {
	return slices.DeleteFunc(slices.Clone(all), func(r rig.Interaction) bool { return r.AnsweredMs == 0 })
}

// inTurn checks that nobody was answered who came to the line after somebody who still waits. Callers who dial one
// after the other may come to the line at once, or in another order: that is decided where they are written down.
func inTurn(t *testing.T, all []rig.Interaction) {
	t.Helper()
	last := slices.MaxFunc(answered(all), func(a, b rig.Interaction) int { return cmp.Compare(a.QueuedMs, b.QueuedMs) })
	for _, r := range all {
		if r.AnsweredMs == 0 && r.QueuedMs < last.QueuedMs {
			t.Errorf("%s waits since %d and was not answered before %s, who waited since %d", r.CustomerAddress, r.QueuedMs, last.CustomerAddress, last.QueuedMs)
		}
	}
}

func sortedByCaller(all []rig.Interaction) []rig.Interaction {
	slices.SortFunc(all, func(a, b rig.Interaction) int {
		if a.CustomerAddress < b.CustomerAddress {
			return -1
		}
		return 1
	})
	return all
}

// outlived checks the records of calls that went on after a kill.
func (c *center) outlived(killed time.Time, want int) {
	c.t.Helper()
	all := sortedByCaller(c.records())
	if len(all) != want {
		c.t.Errorf("got %d records, want %d", len(all), want)
	}
	for i, r := range all {
		cause := "customer"
		if i < agents && i%2 == 1 {
			cause = "agent"
		}
		if r.Cause != cause || !time.UnixMilli(r.LeftMs).After(killed) {
			c.t.Errorf("%s left at %d by %s (%s), want after %d by %s", r.CustomerAddress, r.LeftMs, r.Cause, r.CauseDetail, killed.UnixMilli(), cause)
		}
	}
	ctx, stop := rig.Within(20 * time.Second)
	defer stop()
	for _, r := range all[:agents] {
		if err := c.oneRecording(ctx, r); err != nil {
			c.t.Errorf("%s: the recording (%s): %v", r.CustomerAddress, r.Recording, err)
		}
	}
}

// oneRecording says what is wrong with the recording of a call that outlived a kill: it is one file as long as the
// talk, with the caller before and after.
func (c *center) oneRecording(ctx context.Context, r rig.Interaction) error {
	b, err := c.server.As(rig.AdminToken).Recording(ctx, r.ID)
	if err != nil {
		return err
	}
	w, err := wav.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return err
	}
	talk := time.Duration(r.LeftMs-r.AnsweredMs) * time.Millisecond // with the hole
	if missing := talk - w.Duration(); missing.Abs() > time.Second {
		return fmt.Errorf("of %v it has %v", talk, w.Duration())
	}
	const second = 8000
	for what, at := range map[string]int64{"beginning": 0, "end": w.Frames - 2*second} {
		sound := make([]int16, 3*second/2)
		if _, err := w.Samples(0, at, sound); err != nil {
			return err
		}
		if s := purest(sound, 440); s < 0.8 {
			return fmt.Errorf("its %s has the caller with a share of %.2f", what, s)
		}
	}
	if r.Recording != "partial" {
		return fmt.Errorf("its state is %s, want partial: the hole", r.Recording)
	}
	return nil
}
