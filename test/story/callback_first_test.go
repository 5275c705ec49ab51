package story

import (
	"math"
	"slices"
	"testing"
	"time"

	"linekeeper/internal/callback"
	"linekeeper/internal/interaction"
	"linekeeper/internal/media/tone"
	"linekeeper/test/world"
)

// first is the number of a line whose callers are called back before an agent is asked.
const first = "+4420501"

// wantsToBeCalledFirst has a new caller be promised that, and hang up.
func wantsToBeCalledFirst(w *world.World) *world.Caller {
	w.T.Helper()
	w.Flow("called-first", first, `"nodes":{
		"a":{"kind":"offer_callback","queue":"later","at_once":true,"customer_first":true,"next":"end"},
		"end":{"kind":"hangup"}}`)
	c := w.Caller().Dials(first)
	c.IsHungUpOn()
	w.Passes(time.Second)
	return c
}

// TestCallbackCustomerFirst: the customer is called before an agent is asked, presses 1, waits at the head of the
// line, and talks to the agent, who was free for others all the while. Also if the process dies while he is asked
// or while he waits.
func TestCallbackCustomerFirst(t *testing.T) {
	for _, dies := range []string{"never", "ringing", "asking", "waiting"} {
		t.Run(dies, func(t *testing.T) {
			world.Run(t, func(w *world.World) {
				there := w.SIPPhone(firstWay)
				c := wantsToBeCalledFirst(w)
				since := theCallback(w).Since
				w.Passes(time.Minute)
				ann := w.Agent("ann").IsAvailable()
				maybeDies := func(now string) bool {
					if dies != now {
						return false
					}
					w.Crashes()
					w.Passes(3 * time.Second)
					w.Starts()
					w.Passes(2 * time.Second)
					ann = w.Agent("ann").IsAvailable()
					return true
				}
				there.Rings()
				ann.HasNothing()
				if maybeDies("ringing") {
					there.Rings() // a call of its own
				}
				there.PicksUp()
				w.Passes(time.Second)
				maybeDies("asking")
				if got := theCallback(w).State; got != callback.Calling {
					t.Errorf("while he is asked the callback is %s", got)
				}
				there.Presses("1")
				ann.IsOffered(c)
				maybeDies("waiting")
				ann.IsOffered(c)
				ann.Accepts()
				there.Speaks()
				ann.Hears("outside")
				there.Listens("ann")
				if got := theCallback(w); got.State != callback.Reached || !got.Since.Equal(since) {
					t.Errorf("in the end the callback is %s since %v, want %v", got.State, got.Since, since)
				}
				there.HangsUp()
				ann.HasNothing()
			})
		})
	}
}

// mailbox is the greeting of an answering machine, and its beep.
func mailbox() []int16 {
	greeting := make([]int16, 2*tone.Rate)
	for i := range greeting {
		x := float64(i) / tone.Rate
		pitch := 2 * math.Pi * (140*x + 3*math.Sin(9*x))
		greeting[i] = int16(3000 * (math.Sin(pitch) + math.Sin(3*pitch) + math.Sin(7*pitch)/2))
	}
	return slices.Concat(greeting, tone.Silence(300*time.Millisecond), tone.Sine(1000, 0.3, 400*time.Millisecond), tone.Silence(time.Second))
}

// TestCallbackCustomerFirstInVain: who presses no key, a machine's beep and who hangs up are called again after the
// gap; who presses 2 is not. No agent hears of any of them.
func TestCallbackCustomerFirstInVain(t *testing.T) {
	cases := map[string]struct {
		does  func(w *world.World, there *world.SIPPhone)
		state callback.State
		why   string
	}{
		"no key":    {func(w *world.World, _ *world.SIPPhone) { w.Passes(time.Minute) }, callback.Resting, "machine"},
		"a beep":    {func(_ *world.World, there *world.SIPPhone) { there.Call.Say(mailbox()) }, callback.Resting, "machine"},
		"a hang-up": {func(_ *world.World, there *world.SIPPhone) { there.HangsUp() }, callback.Resting, "declined"},
		"a 2":       {func(_ *world.World, there *world.SIPPhone) { there.Presses("2") }, callback.Cancelled, "customer"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			world.Run(t, func(w *world.World) {
				there := w.SIPPhone(firstWay)
				wantsToBeCalledFirst(w)
				ann := w.Agent("ann").IsAvailable()
				there.Rings()
				there.PicksUp()
				w.Passes(time.Second)
				c.does(w, there)
				w.Passes(5 * time.Second)
				ann.HasNothing()
				if got := theCallback(w); got.State != c.state || got.Why != c.why {
					t.Errorf("it is %s, %s; want %s, %s", got.State, got.Why, c.state, c.why)
				}
				for _, r := range w.Records() {
					if r.Arrival.Origin == interaction.Callback && (r.Phase != interaction.Done || r.Segment.Outcome != interaction.NotReached) {
						t.Errorf("the call in vain is %s, %s", r.Phase, r.Segment.Outcome)
					}
				}
			})
		})
	}
}

// TestCallbackCustomerFirstOneAtATime: one free agent has one customer called, and takes who is on the line meanwhile;
// an agent who will soon be free has the next one called before.
func TestCallbackCustomerFirstOneAtATime(t *testing.T) {
	world.Run(t, func(w *world.World) {
		there := w.SIPPhone(firstWay)
		wantsToBeCalledFirst(w)
		other := w.Caller().Dials(first)
		other.IsHungUpOn()
		w.Passes(time.Second)
		waits := w.Caller().Dials(later)
		waits.IsAnswered()
		ann := w.Agent("ann").IsAvailable()
		there.Rings()
		ann.IsOffered(waits)
		ann.Accepts()
		ann.TalksWith(waits)
		w.Passes(10 * time.Second)
		calls := 0
		for _, r := range w.Records() {
			if r.Arrival.Origin == interaction.Callback {
				calls++
			}
		}
		if calls != 1 {
			t.Errorf("%d customers are called for one agent", calls)
		}
		there.PicksUp()
		w.Passes(time.Second)
		there.Presses("1")
		w.Passes(5 * time.Second)
		waits.HangsUp()
		w.Eventually(5*time.Second, "ann is offered who was called", func() bool {
			v, ok := ann.InHand()
			return ok && v.Phase == "offered" && v.Origin == "callback"
		})
		ann.Accepts()
		there.Speaks()
		ann.Hears("outside")
		there.HangsUp()
		there.Rings() // now the other one
		there.Declines()
		ann.HasNothing()
	})
}
