package voice

import (
	"bytes"
	"context"
	"errors"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"linekeeper/internal/flow"
	"linekeeper/internal/interaction"
	"linekeeper/internal/media"
)

func TestCallerGoneBeforeTheAnswer(t *testing.T) {
	t.Parallel()
	story(t, func(w *world) {
		c, l := w.calls()
		c.HangUp()
		if in := expect[interaction.CustomerLeft](w); in.Cause != interaction.ByCustomer {
			t.Errorf("cause: got %s, want customer", in.Cause)
		}
		l.Answer() // crosses the CANCEL
		w.released(l)
		if r := w.over(c); r.Code != 487 {
			t.Errorf("answer: got %+v, want 487", r)
		}
		w.quiet(time.Minute)
	})
}

func TestCallerGoneWhileTheArrivalIsCommitted(t *testing.T) {
	t.Parallel()
	story(t, func(w *world) {
		w.center.slow = 2 * time.Second
		c := w.dials("4930111")
		time.Sleep(time.Second)
		c.HangUp()
		r := w.over(c)
		if r.Code != 487 && r.Code != 503 {
			t.Errorf("answer: got %+v, want 487", r)
		}
		time.Sleep(5 * time.Second)
		if got := w.edge.Snapshot().Refused; got[NotRecorded] != 0 || got[CallerGone] != 1 {
			t.Errorf("refused: got %v, want the caller gone and no alarm", got)
		}
	})
}

// dropping loses datagrams that begin with one of the words.
func dropping(w *world, words ...string) *atomic.Bool {
	var on atomic.Bool
	w.net.Drop = func(_, _ netip.AddrPort, b []byte) bool {
		if !on.Load() {
			return false
		}
		for _, word := range words {
			if bytes.HasPrefix(b, []byte(word)) {
				return true
			}
		}
		return false
	}
	return &on
}

func TestByeBeforeAck(t *testing.T) {
	t.Parallel()
	story(t, func(w *world) {
		dropping(w, "ACK ").Store(true)
		c, l := w.calls()
		l.Answer()
		w.waits("200", c.Answered())
		c.HangUp()
		expect[interaction.CustomerLeft](w)
		w.released(l)
		w.over(c)
		w.quiet(time.Minute)
	})
}

func TestNoAck(t *testing.T) {
	t.Parallel()
	story(t, func(w *world) {
		dropping(w, "ACK ").Store(true)
		c, l := w.calls()
		l.Answer()
		if in := expect[interaction.CustomerLeft](w); in.Cause != interaction.ByCarrier {
			t.Errorf("cause: got %s, want carrier", in.Cause)
		}
		w.released(l)
		w.over(c)
	})
}

func TestWeHangUp(t *testing.T) {
	t.Parallel()
	story(t, func(w *world) {
		c, l := w.calls()
		l.Disconnect(interaction.BySystem)
		w.released(l)
		if r := w.over(c); r.Code != 480 {
			t.Errorf("unanswered: got %+v, want 480", r)
		}
		c, l = w.talks()
		l.Disconnect(interaction.ByAgent)
		w.released(l)
		if r := w.over(c); r.Code != 200 || r.ByUs {
			t.Errorf("answered: got %+v, want ended by the center", r)
		}
		w.quiet(time.Minute)
	})
}

func TestHoldAndResume(t *testing.T) {
	t.Parallel()
	story(t, func(w *world) {
		c, l, p := w.joins()
		c.Hold(true)
		if in := expect[interaction.CustomerHolds](w); !in.On {
			t.Errorf("got %+v", in)
		}
		time.Sleep(3 * time.Second)
		if got := w.edge.Snapshot().Held; got != 1 {
			t.Errorf("held legs: got %d, want 1", got)
		}
		sent := l.customer.Stats().Sent.Packets
		before := c.Sound().Heard
		time.Sleep(90 * time.Second) // longer than silence is borne
		if got := c.Sound().Heard; got != before {
			t.Errorf("on hold the carrier heard %d packets, want none (%d made)", got-before, l.customer.Stats().Sent.Packets-sent)
		}
		c.Hold(false)
		if in := expect[interaction.CustomerHolds](w); in.On {
			t.Errorf("got %+v", in)
		}
		time.Sleep(3 * time.Second)
		w.hears("the customer", c.Heard(2*time.Second), 700)
		if got := w.edge.Snapshot().Held; got != 0 {
			t.Errorf("held legs: got %d, want 0", got)
		}
		p.lately()
		time.Sleep(2 * time.Second)
		w.hears("the agent", p.lately(), 440)
		c.HangUp()
		expect[interaction.CustomerLeft](w)
		w.released(l)
	})
}

func TestNothingHeardOfTheCustomer(t *testing.T) {
	t.Parallel()
	story(t, func(w *world) {
		on := dropping(w, "\x80")
		c, l := w.talks()
		time.Sleep(10 * time.Second)
		on.Store(true)
		began := time.Now()
		if in := expect[interaction.CustomerLeft](w); in.Cause != interaction.ByCarrier || !strings.Contains(in.Detail, "nothing heard") {
			t.Errorf("got %+v, want the carrier, nothing heard", in)
		}
		if got := time.Since(began).Round(time.Second); got != time.Minute {
			t.Errorf("after %s, want 1m", got)
		}
		w.released(l)
		w.over(c)
		if got := w.edge.Snapshot().Silent; got != 1 {
			t.Errorf("silent: got %d, want 1", got)
		}
	})
}

func TestPlayingKeepsTime(t *testing.T) {
	t.Parallel()
	story(t, func(w *world) {
		c, l := w.talks()
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan error, 1)
		go func() {
			done <- l.Play(ctx, []flow.Clip{sounds("a", 500, 600*time.Millisecond), sounds("b", 500, 600*time.Millisecond)}, flow.PlayOptions{Loop: true})
		}()
		time.Sleep(4 * time.Second)
		w.hears("the customer", c.Heard(2*time.Second), 500)
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("stopped: got %v, want canceled", err)
		}
		before := c.Sound().Heard
		time.Sleep(2 * time.Second)
		w.hears("the customer", c.Heard(time.Second), 0)
		if got := c.Sound().Heard - before; got < 95 {
			t.Errorf("while nothing plays %d packets came, want a stream of silence", got)
		}

		// A join stops the sound and keeps the time.
		go func() {
			done <- l.Play(context.Background(), []flow.Clip{sounds("long", 500, 10*time.Second)}, flow.PlayOptions{})
		}()
		began := time.Now()
		p := w.connects(l, ann)
		p.sings(700)
		time.Sleep(time.Second)
		l.Arrange(pair(ann))
		time.Sleep(3 * time.Second)
		w.hears("the customer", c.Heard(2*time.Second), 700)
		if err := <-done; err != nil || time.Since(began).Round(time.Second) != 10*time.Second {
			t.Errorf("playing beside a talk: got %v after %s, want nil after 10s", err, time.Since(began))
		}

		// The end of the leg ends a playing at once.
		go func() {
			done <- l.Play(context.Background(), []flow.Clip{sounds("long", 500, 10*time.Second)}, flow.PlayOptions{Loop: true})
		}()
		synctest.Wait()
		c.HangUp()
		if err := <-done; !errors.Is(err, flow.ErrGone) {
			t.Errorf("playing to nobody: got %v, want ErrGone", err)
		}
		expect[interaction.CustomerLeft](w)
		w.released(l)
	})
}

func TestKeysOfTheAgentAndMute(t *testing.T) {
	t.Parallel()
	story(t, func(w *world) {
		c, l, p := w.joins()
		l.SendDigits("42#")
		time.Sleep(3 * time.Second)
		if got := c.Keys(); got != "42#" {
			t.Errorf("keys at the carrier: got %q, want 42#", got)
		}
		l.Arrange(muted(ann))
		time.Sleep(3 * time.Second)
		w.hears("the customer", c.Heard(2*time.Second), 0)
		p.lately()
		time.Sleep(time.Second)
		w.hears("the agent", p.lately(), 440)
		// A phone that comes back is still muted.
		q := w.offers(l, ann)
		q.is(1)
		expect[interaction.PhoneConnected](w)
		q.sings(900)
		time.Sleep(3 * time.Second)
		w.hears("the customer", c.Heard(2*time.Second), 0)
		l.Arrange(pair(ann))
		time.Sleep(3 * time.Second)
		w.hears("the customer", c.Heard(2*time.Second), 900)
		c.HangUp()
		w.released(l)
		expect[interaction.CustomerLeft](w)
	})
}

func TestTheServerIsClosedInMidCall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		c, l, _ := w.joins()
		_, ringing := w.calls()
		ringing.Ring(sam, time.Now().Add(time.Minute))
		<-w.rings
		w.edge.Drain()
		w.shut()
		for range 2 {
			if in := expect[interaction.CustomerLeft](w); in.Cause != interaction.BySystem {
				t.Errorf("cause: got %s, want system", in.Cause)
			}
		}
		w.released(l)
		w.released(ringing)
		<-c.Done()
	})
}

func TestStrangersNeitherHearNorSpeak(t *testing.T) {
	t.Parallel()
	story(t, func(w *world) {
		c, l, p := w.joins()
		time.Sleep(time.Second)
		stranger, err := w.net.ListenUDP(netip.MustParseAddrPort("192.0.2.66:4000"))
		if err != nil {
			t.Fatal(err)
		}
		defer stranger.Close()
		at := l.transport.LocalAddr()
		for i := range 500 {
			b := make([]byte, 172)
			b[0], b[3] = 0x80, byte(i)
			if i%2 == 1 {
				b = b[:3]
			}
			_, _ = stranger.WriteToUDPAddrPort(b, at)
			time.Sleep(10 * time.Millisecond)
		}
		p.lately()
		time.Sleep(time.Second)
		w.hears("the agent", p.lately(), 440)
		if got := w.edge.Snapshot().Strays; got.Stranger != 250 || got.Malformed != 250 {
			t.Errorf("strays: got %+v, want 250 of a stranger and 250 malformed", got)
		}
		c.HangUp()
		expect[interaction.CustomerLeft](w)
		w.released(l)
		if got := w.edge.Snapshot().Strays; got != (media.Strays{Stranger: 250, Malformed: 250}) {
			t.Errorf("strays after the end: got %+v, want them kept", got)
		}
	})
}

func TestAMistakeEndsItsOwnCallOnly(t *testing.T) {
	t.Parallel()
	story(t, func(w *world) {
		w.rescued = 2
		other, l, p := w.joins()
		w.center.panics = true
		if r := w.over(w.dials("4930111")); r.Code != 500 {
			t.Errorf("while it is taken in: got %+v, want 500", r)
		}
		w.center.panics = false
		c, broken := w.talks()
		broken.tell(func() { panic("a mistake in a leg") })
		if in := expect[interaction.CustomerLeft](w); in.Cause != interaction.BySystem {
			t.Errorf("cause: got %s, want system", in.Cause)
		}
		w.released(broken)
		w.over(c)
		p.lately()
		time.Sleep(2 * time.Second)
		w.hears("the agent of the other call", p.lately(), 440)
		other.HangUp()
		expect[interaction.CustomerLeft](w)
		w.released(l)
	})
}
