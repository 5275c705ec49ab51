package carrier

import (
	"context"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"linekeeper/internal/kit/network"
	"linekeeper/internal/media/tone"
)

// pair is a carrier and a phone company at the other end that picks up at once and sings 700 Hz.
func pair(t *testing.T, n network.Network, incoming func(*Call)) (here, there *Carrier) {
	t.Helper()
	there, err := New(Config{Network: n, Incoming: incoming})
	if err != nil {
		t.Fatal(err)
	}
	here, err = New(Config{Network: n, Target: there.Addr()})
	if err != nil {
		t.Fatal(err)
	}
	return here, there
}

func shut(t *testing.T, all ...*Carrier) {
	t.Helper()
	for _, k := range all {
		if err := k.Close(); err != nil {
			t.Errorf("closing: %v", err)
		}
	}
}

func wait(t *testing.T, what string, ch <-chan struct{}) {
	t.Helper()
	select {
	case <-ch:
	case <-time.After(100 * time.Second):
		t.Fatalf("%s: did not happen", what)
	}
}

func TestACallWithSoundKeysAndGoodbye(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := network.NewMemory()
		var other atomic.Pointer[Call]
		here, there := pair(t, n, func(c *Call) {
			other.Store(c)
			c.Answer()
			c.Repeat(Tone(700, 0.5, time.Second))
		})
		c, err := here.Dial(context.Background(), Numbers{From: "100", Display: "Анна", To: "200"})
		if err != nil {
			t.Fatal(err)
		}
		c.Repeat(Tone(440, 0.5, time.Second))
		wait(t, "the answer", c.Answered())
		time.Sleep(3 * time.Second)
		if got := tone.Share(c.Heard(2*time.Second), 700); got < 0.95 {
			t.Errorf("the caller hears 700 Hz with a share of %.2f, want 0.95", got)
		}
		if got := tone.Share(other.Load().Heard(2*time.Second), 440); got < 0.95 {
			t.Errorf("the other side hears 440 Hz with a share of %.2f, want 0.95", got)
		}
		if got := other.Load().Display; got != "Анна" {
			t.Errorf("display name: got %q, want Анна", got)
		}
		c.Hush()
		wait(t, "the keys", c.Press("19#d"))
		time.Sleep(time.Second)
		if got := other.Load().Keys(); got != "19#D" {
			t.Errorf("keys: got %q, want 19#D", got)
		}
		if tail := c.Heard(time.Second); tone.Loudness(tail) == 0 {
			t.Errorf("the other side fell silent")
		}
		other.Load().HangUp()
		wait(t, "the end", c.Done())
		if r := c.Result(); r.Code != 200 || r.ByUs || r.Err != nil {
			t.Errorf("result: got %+v, want answered and ended by the other side", r)
		}
		wait(t, "the other's end", other.Load().Done())
		if got := c.Sound(); got.Lost != 0 || got.Heard < 150 {
			t.Errorf("sound: got %+v, want 150 packets and no loss", got)
		}
		shut(t, here, there)
		if n.Open() != 0 {
			t.Errorf("%d sockets are left open", n.Open())
		}
	})
}

func TestEndsBeforeTheAnswer(t *testing.T) {
	for name, tt := range map[string]struct {
		there func(*Call)
		here  func(*Call)
		code  int
		byUs  bool
	}{
		"refused":   {there: func(c *Call) { c.Refuse(503) }, code: 503},
		"busy":      {there: func(c *Call) { c.HangUp() }, code: 486},
		"cancelled": {there: func(*Call) {}, here: func(c *Call) { <-c.Ringing(); c.HangUp() }, code: 487, byUs: true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				here, there := pair(t, network.NewMemory(), tt.there)
				c, err := here.Dial(context.Background(), Numbers{From: "100", To: "200"})
				if err != nil {
					t.Fatal(err)
				}
				if tt.here != nil {
					tt.here(c)
				}
				wait(t, "the end", c.Done())
				if r := c.Result(); r.Code != tt.code || r.ByUs != tt.byUs || r.Err != nil {
					t.Errorf("result: got %+v, want code %d, by us %v", r, tt.code, tt.byUs)
				}
				shut(t, here, there)
			})
		})
	}
}

// TestBadWeather loses a third of all datagrams; signalling must still come through.
func TestBadWeather(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := network.NewMemory()
		var count atomic.Int64
		n.Drop = func(_, _ netip.AddrPort, b []byte) bool {
			return b[0] >= 'A' && b[0] <= 'Z' && count.Add(1)%3 == 1 // SIP only
		}
		here, there := pair(t, n, func(c *Call) { c.Answer() })
		for range 5 {
			c, err := here.Dial(context.Background(), Numbers{From: "100", To: "200"})
			if err != nil {
				t.Fatal(err)
			}
			wait(t, "the answer", c.Answered())
			c.HangUp()
			wait(t, "the end", c.Done())
			if r := c.Result(); r.Code != 200 || !r.ByUs || r.Err != nil {
				t.Errorf("result: got %+v, want answered, ended by us", r)
			}
		}
		shut(t, here, there)
	})
}

func TestNobodyThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, err := New(Config{Network: network.NewMemory(), Target: netip.MustParseAddrPort("127.0.0.1:9")})
		if err != nil {
			t.Fatal(err)
		}
		c, err := k.Dial(context.Background(), Numbers{From: "100", To: "200"})
		if err != nil {
			t.Fatal(err)
		}
		begun := time.Now()
		wait(t, "the end", c.Done())
		if took := time.Since(begun); c.Result().Err == nil || took != timerB {
			t.Errorf("got %+v after %s, want an error after %s", c.Result(), took, timerB)
		}
		shut(t, k)
	})
}

func TestHold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var other atomic.Pointer[Call]
		here, there := pair(t, network.NewMemory(), func(c *Call) { other.Store(c); c.Answer() })
		c, err := here.Dial(context.Background(), Numbers{From: "100", To: "200"})
		if err != nil {
			t.Fatal(err)
		}
		c.Repeat(Tone(440, 0.5, time.Second))
		wait(t, "the answer", c.Answered())
		time.Sleep(2 * time.Second)
		other.Load().Hold(true)
		time.Sleep(2 * time.Second)
		if !c.Held() || tone.Loudness(other.Load().Heard(time.Second)) > 0 {
			t.Errorf("held %v, loudness %.2f; want held and silent", c.Held(), tone.Loudness(other.Load().Heard(time.Second)))
		}
		other.Load().Hold(false)
		time.Sleep(2 * time.Second)
		if c.Held() || tone.Share(other.Load().Heard(time.Second), 440) < 0.95 {
			t.Errorf("held %v, share %.2f; want the tone again", c.Held(), tone.Share(other.Load().Heard(time.Second), 440))
		}
		c.HangUp()
		wait(t, "the end", c.Done())
		shut(t, here, there)
	})
}

func TestCrowdCallsWhileAgentsAreFree(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var live, total, most atomic.Int64
		here, there := pair(t, network.NewMemory(), func(c *Call) {
			total.Add(1)
			most.Store(max(most.Load(), live.Add(1)))
			c.Answer()
			go func() { <-c.Done(); live.Add(-1) }()
		})
		ctx, stop := context.WithTimeout(t.Context(), 20*time.Minute)
		defer stop()
		Crowd{
			Carrier: here, Lines: []Line{{Number: "200", Language: "en", Keys: "12"}, {Number: "201", Language: "ru"}},
			Available: func() int { return max(0, 3-int(live.Load())) }, Seed: 7,
		}.Run(ctx)
		if here.Calls() != 0 {
			t.Errorf("%d calls are left after the crowd went home", here.Calls())
		}
		if total.Load() < 20 || most.Load() > 6 {
			t.Errorf("%d calls, %d at once; want at least 20 and at most 6 at once", total.Load(), most.Load())
		}
		shut(t, here, there)
	})
}

func TestOnTheMachinesNetwork(t *testing.T) {
	t.Parallel()
	here, there := pair(t, nil, func(c *Call) { c.Answer(); c.Repeat(Tone(700, 0.5, time.Second)) })
	c, err := here.Call(t.Context(), Plan{Numbers: Numbers{From: "100", To: "200"}, Stay: 1500 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	wait(t, "the end", c.Done())
	if r := c.Result(); r.Code != 200 || !r.ByUs || r.Err != nil {
		t.Errorf("result: got %+v, want answered, ended by us", r)
	}
	if got := tone.Share(c.Heard(time.Second), 700); got < 0.9 {
		t.Errorf("700 Hz has a share of %.2f, want 0.9", got)
	}
	shut(t, here, there)
}

func TestSentencesOfAllLanguages(t *testing.T) {
	for _, language := range []string{"en", "ru", "th", "xx"} {
		s, err := Sentences(language)
		if err != nil || len(s) == 0 {
			t.Errorf("%s: %d sentences, error %v; want some", language, len(s), err)
		}
	}
}

func TestPump(t *testing.T) {
	t.Parallel()
	p, err := NewPump(netip.MustParseAddrPort("127.0.0.1:0"), Tone(400, 0.5, 20*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var calls []*Call
	there, err := New(Config{Incoming: func(c *Call) {
		mu.Lock()
		calls = append(calls, c)
		mu.Unlock()
		c.Answer()
	}})
	if err != nil {
		t.Fatal(err)
	}
	here, err := New(Config{Target: there.Addr(), Pump: p})
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		c, err := here.Dial(t.Context(), Numbers{From: "100", To: "200"})
		if err != nil {
			t.Fatal(err)
		}
		wait(t, "the answer", c.Answered())
	}
	deadline := time.Now().Add(20 * time.Second)
	for p.Heard.Load() < 1000 && time.Now().Before(deadline) {
		<-time.After(20 * time.Millisecond)
	}
	mu.Lock()
	defer mu.Unlock()
	for _, c := range calls {
		if share, s := tone.Share(c.Heard(200*time.Millisecond), 400), c.Sound(); share < 0.9 || s.Lost > 0 {
			t.Errorf("the tone has a share of %.2f and %d packets are lost, want 0.9 and none", share, s.Lost)
		}
	}
	if p.Heard.Load() < 1000 {
		t.Errorf("the pump heard %d packets, want 1000", p.Heard.Load())
	}
	shut(t, here, there)
	p.Close()
}

// TestWhatWasHeardLately: a stream whose stamps fall behind the clock is heard now all the same, and its end is silence.
func TestWhatWasHeardLately(t *testing.T) {
	t.Parallel()
	begin := time.Now()
	m := memory{limit: 30 * sampleRate}
	loud := make([]byte, frameLen) // 0 is the loudest there is
	put := func(stamp uint32, at time.Duration) { m.put(PCMU, 7, stamp, begin.Add(at), loud) }
	sounds := func(at time.Duration) (n int) {
		for _, v := range m.lately(300*time.Millisecond, begin.Add(at)) {
			if v != 0 {
				n++
			}
		}
		return n
	}
	for i := range 50 {
		put(uint32(i*frameLen), time.Duration(i)*frameTime)
	}
	const away = 900 * time.Millisecond // the other side was gone, and its stamps do not say so
	for i := range 50 {
		put(uint32((50+i)*frameLen), away+time.Duration(50+i)*frameTime)
	}
	last := away + 99*frameTime
	for _, c := range []struct {
		after time.Duration
		want  int
	}{{0, 2400}, {frameTime, 2400}, {frameTime + 100*time.Millisecond, 1600}, {time.Second, 0}} {
		if got := sounds(last + c.after); got != c.want {
			t.Errorf("%v after the last packet: %d of 2400 samples are sound, want %d", c.after, got, c.want)
		}
	}
}

// TestErrandsNeedNoAgent: who leaves a message or wants to be called back calls whether an agent is there or
// not, until there is enough of it, and presses as often as it takes.
func TestErrandsNeedNoAgent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var messages, promises atomic.Int64
		here, there := pair(t, network.NewMemory(), func(c *Call) {
			c.Answer()
			if c.To == "300" {
				go func() {
					<-c.Done()
					if c.Keys() == "2" && tone.Loudness(c.Heard(5*time.Second)) > 0 {
						messages.Add(1)
					}
				}()
				return
			}
			go func() {
				for c.Keys() != "111" {
					time.Sleep(100 * time.Millisecond)
				}
				promises.Add(1)
				c.HangUp()
			}()
		})
		ctx, stop := context.WithTimeout(t.Context(), 20*time.Minute)
		defer stop()
		Crowd{
			Carrier: here, Available: func() int { return 0 }, Seed: 7,
			Errands: []Errand{
				{
					Lines: []Line{{Number: "300", Language: "en"}}, First: 5 * time.Second, Every: time.Minute,
					Plan:   Plan{Keys: "2", KeysAfter: time.Second, SpeakAfter: 5 * time.Second, Pause: time.Second, Stay: 10 * time.Second},
					Enough: func() bool { return messages.Load() >= 3 },
				},
				{
					Lines: []Line{{Number: "301", Language: "ru"}}, First: time.Second, Every: 3 * time.Minute,
					Plan: Plan{Keys: "1", KeysAfter: time.Second, KeysAgain: 2 * time.Second, Connected: func() bool { return false }},
				},
			},
		}.Run(ctx)
		if got := messages.Load(); got != 3 {
			t.Errorf("%d messages were left, want the 3 that are enough", got)
		}
		if got := promises.Load(); got < 4 || got > 14 {
			t.Errorf("%d callers were promised a call in 20 minutes, one in 3 on average", got)
		}
		if here.Calls() != 0 {
			t.Errorf("%d calls are left", here.Calls())
		}
		shut(t, here, there)
	})
}

// TestAnAgentsTelephone: it picks up, talks and hangs up by itself; one that stops ringing is let go.
func TestAnAgentsTelephone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		phone, err := Agent("th", 2*time.Second, func() time.Duration { return 10 * time.Second })
		if err != nil {
			t.Fatal(err)
		}
		here, there := pair(t, network.NewMemory(), phone)
		c, err := here.Dial(t.Context(), Numbers{From: "100", To: "nina"})
		if err != nil {
			t.Fatal(err)
		}
		wait(t, "the end", c.Done())
		answered, done := c.Times()
		if talk := done.Sub(answered); c.Result().ByUs || talk < 9*time.Second || talk > 11*time.Second {
			t.Errorf("the talk took %s, ended by us %v; want 10 s, ended by the telephone", talk, c.Result().ByUs)
		}
		c, err = here.Dial(t.Context(), Numbers{From: "100", To: "nina"})
		if err != nil {
			t.Fatal(err)
		}
		wait(t, "ringing", c.Ringing())
		c.HangUp()
		wait(t, "the end", c.Done())
		if c.Result().Code != 487 {
			t.Errorf("got %d, want 487", c.Result().Code)
		}
		shut(t, here, there)
	})
}

func TestLanguageOfANumber(t *testing.T) {
	for number, want := range map[string]string{"+79161234501": "ru", "+66812345601": "th", "+442071838750": "en", "": "en"} {
		if got := languageOf(number); got != want {
			t.Errorf("%q: got %s, want %s", number, got, want)
		}
	}
}
