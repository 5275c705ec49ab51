package voice

import (
	"context"
	"net/netip"
	"testing"
	"time"

	"linekeeper/internal/demo/carrier"
	"linekeeper/internal/media"
	"linekeeper/internal/trunk"
	"linekeeper/internal/wire/sip"
)

// outside are the carriers that a story calls by, at 192.0.2.11, 192.0.2.12 and so on.
type outside struct {
	*world
	carriers []*carrier.Carrier
	rings    []chan *carrier.Call
	said     chan OutProgress
}

// goesOut runs a story with carriers that take calls; one is taken away by closing it.
func goesOut(t *testing.T, carriers int, f func(*outside), options ...func(*Config, *world)) {
	t.Helper()
	story(t, func(w *world) {
		o := &outside{world: w, said: make(chan OutProgress, 100)}
		for i := range carriers {
			rings := make(chan *carrier.Call, 10)
			c, err := carrier.New(carrier.Config{Network: w.net, At: o.at(i), Target: edgeAt, Incoming: func(c *carrier.Call) { rings <- c }})
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			o.carriers, o.rings = append(o.carriers, c), append(o.rings, rings)
		}
		f(o)
		time.Sleep(time.Minute) // the protocol ends what it has to end
	}, options...)
}

func (o *outside) at(i int) netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, byte(11 + i)}), 5060)
}

// way is a trunk to carrier i.
func (o *outside) way(i int) way {
	at := o.at(i)
	return way{trunk: Trunk{Tenant: "t", ID: trunk.ID(rune('A' + i))}, caller: "+4930111", request: sip.DialRequest{
		Target: "sip:+4940222@" + at.String(), Peer: at, From: "+4930111",
	}}
}

// dial calls by all carriers in order.
func (o *outside) dial(ctx context.Context, timeout time.Duration) *outCall {
	o.Helper()
	var ways []way
	for i := range o.carriers {
		ways = append(ways, o.way(i))
	}
	call, err := o.edge.dialWays(ctx, OutCall{
		Tenant: "t", Number: "+4940222", Codec: media.PCMA(), Timeout: timeout, On: func(p OutProgress) { o.said <- p },
	}, ways)
	if err != nil {
		o.Fatal(err)
	}
	return call
}

// says waits for the next stage.
func (o *outside) says(stage OutStage) OutProgress {
	o.Helper()
	select {
	case p := <-o.said:
		if p.Stage != stage {
			o.Fatalf("progress: got %+v, want %s\n%s", p, stage, o.logs)
		}
		return p
	case <-time.After(200 * time.Second):
		o.Fatalf("progress: got nothing, want %s\n%s", stage, o.logs)
	}
	return OutProgress{}
}

// lets go of a call as a Leg does.
func (o *outside) drops(call *outCall, leg *media.Leg) {
	call.close()
	if leg != nil {
		leg.Close()
	} else {
		_ = call.session.transport.Close()
	}
	o.waits("the call's end", call.ended)
}

func TestCallsOutside(t *testing.T) {
	t.Parallel()
	goesOut(t, 1, func(o *outside) {
		call := o.dial(context.Background(), 0)
		there := <-o.rings[0]
		if p := o.says(OutTrying); p.Trunk != "A" || p.Caller != "+4930111" || there.To != "+4940222" || there.From != "+4930111" {
			o.Errorf("got %+v to %+v", p, there.Numbers)
		}
		o.says(OutRinging)
		there.Repeat(carrier.Tone(440, 0.5, time.Second))
		there.Answer()
		o.says(OutAnswered)
		leg := call.open(media.LegConfig{})
		leg.Play(media.Silence(), nil)
		time.Sleep(3 * time.Second)
		if there.Codec() != carrier.PCMA {
			o.Errorf("codec: got %v, want the one that was wanted", there.Codec())
		}
		there.Hold(true)
		o.says(OutHeld)
		there.Hold(false)
		o.says(OutResumed)
		there.HangUp()
		if p := o.says(OutEnded); p.End.Kind != sip.EndedBye {
			o.Errorf("end: got %+v, want BYE", p)
		}
		o.drops(call, leg)
	})
}

func TestMovesOnToTheNextTrunk(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		first func(o *outside)
		most  time.Duration
	}{
		"503":          {func(o *outside) { (<-o.rings[0]).Refuse(503) }, 100 * time.Millisecond},
		"forbidden":    {func(o *outside) { (<-o.rings[0]).Refuse(403) }, 100 * time.Millisecond},
		"is not there": {func(o *outside) { _ = o.carriers[0].Close() }, 4 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			goesOut(t, 2, func(o *outside) {
				if name == "is not there" {
					tt.first(o)
				}
				begun := time.Now()
				call := o.dial(context.Background(), 0)
				if name != "is not there" {
					tt.first(o)
				}
				there := <-o.rings[1]
				if took := time.Since(begun); took > tt.most {
					o.Errorf("took %s, want at most %s", took, tt.most)
				}
				o.says(OutTrying)
				for p := <-o.said; p.Stage != OutTrying; p = <-o.said {
					if p.Stage != OutRinging {
						o.Errorf("got %+v", p)
					}
				}
				o.says(OutRinging)
				there.Answer()
				if p := o.says(OutAnswered); p.Trunk != "B" {
					o.Errorf("got %+v, want it by B", p)
				}
				o.drops(call, call.open(media.LegConfig{}))
				o.waits("BYE", there.Done())
			})
		})
	}
}

func TestFailuresOfTheCalleeAreFinal(t *testing.T) {
	t.Parallel()
	for code, want := range map[int]OutResult{486: OutBusy, 404: OutWrongNumber, 484: OutWrongNumber, 603: OutDeclined, 480: OutUnavailable} {
		goesOut(t, 2, func(o *outside) {
			call := o.dial(context.Background(), 0)
			(<-o.rings[0]).Refuse(code)
			o.says(OutTrying)
			o.says(OutRinging)
			if p := o.says(OutFailed); p.Result != want || p.Code != code || p.Trunk != "A" {
				o.Errorf("%d: got %+v, want %s", code, p, want)
			}
			o.drops(call, nil)
			if len(o.rings[1]) != 0 {
				o.Errorf("%d: the next trunk was asked as well", code)
			}
		})
	}
}

func TestNobodyAnswersOutside(t *testing.T) {
	t.Parallel()
	goesOut(t, 2, func(o *outside) {
		begun := time.Now()
		call := o.dial(context.Background(), 25*time.Second)
		o.says(OutTrying)
		o.says(OutRinging)
		if p := o.says(OutFailed); p.Result != OutNoAnswer || time.Since(begun) != 25*time.Second {
			o.Errorf("got %+v after %s", p, time.Since(begun))
		}
		o.waits("CANCEL", (<-o.rings[0]).Done())
		o.drops(call, nil)
	})
}

func TestNoTrunkIsLeft(t *testing.T) {
	t.Parallel()
	goesOut(t, 2, func(o *outside) {
		_ = o.carriers[0].Close()
		call := o.dial(context.Background(), 0)
		(<-o.rings[1]).Refuse(503)
		for p := range o.said {
			if p.Stage == OutFailed {
				if p.Result != OutCarrier || p.Code != 503 || p.Trunk != "B" {
					o.Errorf("got %+v", p)
				}
				break
			}
		}
		o.drops(call, nil)
	})
}

func TestFullTrunkIsPassedOver(t *testing.T) {
	t.Parallel()
	goesOut(t, 2, func(o *outside) {
		a, b := o.way(0), o.way(1)
		a.trunk.MaxCalls = 1
		var calls []*outCall
		for range 2 {
			call, err := o.edge.dialWays(context.Background(), OutCall{Tenant: "t", On: func(p OutProgress) { o.said <- p }}, []way{a, b})
			if err != nil {
				o.Fatal(err)
			}
			calls = append(calls, call)
			o.says(OutTrying)
			o.says(OutRinging)
		}
		if len(o.rings[0]) != 1 || len(o.rings[1]) != 1 {
			o.Errorf("got %d and %d calls, want one each", len(o.rings[0]), len(o.rings[1]))
		}
		for _, c := range calls {
			o.drops(c, nil)
		}
	})
}

func TestLettingGoOfACallOutside(t *testing.T) {
	t.Parallel()
	for name, drop := range map[string]func(context.CancelFunc, *outCall){
		"closed":  func(_ context.CancelFunc, c *outCall) { c.close() },
		"context": func(cancel context.CancelFunc, _ *outCall) { cancel() },
	} {
		for _, rings := range []bool{true, false} {
			goesOut(t, 1, func(o *outside) {
				ctx, cancel := context.WithCancel(context.Background())
				defer cancel()
				if !rings {
					_ = o.carriers[0].Close()
				}
				call := o.dial(ctx, 0)
				o.says(OutTrying)
				if rings {
					o.says(OutRinging)
				} else {
					time.Sleep(time.Second)
				}
				drop(cancel, call)
				o.waits("the end", call.ended)
				if rings {
					o.waits(name+": CANCEL", (<-o.rings[0]).Done())
				}
				o.drops(call, nil)
				if len(o.said) != 0 {
					o.Errorf("%s: got %+v after the end", name, <-o.said)
				}
			})
		}
	}
}

// TestSomeone is called as the demo's carrier lets it be.
func TestSomeone(t *testing.T) {
	t.Parallel()
	goesOut(t, 0, func(o *outside) {
		someone, err := carrier.Someone(3 * time.Second)
		if err != nil {
			t.Fatal(err)
		}
		c, err := carrier.New(carrier.Config{Network: o.net, At: o.at(0), Target: edgeAt, Incoming: someone})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		o.carriers = append(o.carriers, c)
		call := o.dial(context.Background(), 0)
		o.says(OutTrying)
		o.says(OutRinging)
		o.says(OutAnswered)
		leg := call.open(media.LegConfig{})
		time.Sleep(5 * time.Second)
		if n := leg.Stats().Heard.Packets; n < 200 {
			t.Errorf("%d packets came in 5 s", n)
		}
		o.drops(call, leg)
	})
}
