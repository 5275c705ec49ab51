package voice

import (
	"context"
	"errors"
	"testing"
	"time"

	"go.uber.org/goleak"

	"linekeeper/internal/demo/carrier"
	"linekeeper/internal/flow"
	"linekeeper/internal/interaction"
)

// TestMain fails when a goroutine is left behind by the tests in real time; stories see to it themselves.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestAWholeCall(t *testing.T) {
	t.Parallel()
	story(t, func(w *world) {
		c, l := w.calls()
		a := w.center.arrival()
		if a.CustomerAddress != "+4930999" || a.CenterAddress != "4930111" || a.Entry != "e" || a.Trunk != "carrier" || a.Flow != "welcome" {
			t.Errorf("arrival: got %+v", a)
		}
		l.Answer()
		w.waits("200", c.Answered())
		if err := l.Play(context.Background(), []flow.Clip{sounds("hello", 1000, time.Second), sounds("menu", 1000, time.Second)}, flow.PlayOptions{}); err != nil {
			t.Errorf("playing: %v", err)
		}
		w.hears("the customer", c.Heard(1800*time.Millisecond), 1000)
		c.Press("1#")
		for _, want := range "1#" {
			if got := <-l.Digits(); got != want {
				t.Errorf("key: got %c, want %c", got, want)
			}
		}
		c.Repeat(carrier.Tone(440, 0.5, time.Second))
		p := w.connects(l, ann)
		p.sings(700)
		l.Arrange(pair(ann))
		time.Sleep(2 * time.Second)
		p.lately()
		time.Sleep(2 * time.Second)
		w.hears("the agent", p.lately(), 440)
		w.hears("the customer", c.Heard(2*time.Second), 700)
		c.HangUp()
		if in := expect[interaction.CustomerLeft](w); in.Cause != interaction.ByCustomer {
			t.Errorf("cause: got %s, want customer", in.Cause)
		}
		w.released(l)
		l.DropAgent(ann) // as the interaction does; harmless
		l.Disconnect(interaction.ByCustomer)
		if err := l.Play(context.Background(), nil, flow.PlayOptions{}); !errors.Is(err, flow.ErrGone) {
			t.Errorf("playing after the end: got %v, want ErrGone", err)
		}
	})
}
