package voicemail

import (
	"testing"
	"time"

	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/db/dbtest"
)

// TestMessageOfACallThatGoesOn: who is asked anew after the process died leaves one message, with what he said before; if he
// says nothing more, what he said before is it.
func TestMessageOfACallThatGoesOn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		for name, test := range map[string]struct {
			again   bool
			discard bool
			want    time.Duration
		}{
			"says more":                {true, false, 7 * time.Second},
			"hangs up":                 {false, false, 3 * time.Second},
			"throws the new part away": {true, true, 3 * time.Second},
		} {
			t.Run(name, func(t *testing.T) {
				data, c := t.TempDir(), &center{}
				e := c.engine(t, d, data)
				e.Start()
				if _, err := e.Record(t.Context(), wish(line{speaks: 3 * time.Second, killed: true})); err != nil {
					t.Fatal(err)
				}
				e.Close() // nobody closed the take
				c.goesOn = true
				e = c.engine(t, d, data)
				e.Start()
				if test.again {
					take, err := e.Record(t.Context(), wish(line{speaks: 4 * time.Second}))
					if err != nil {
						t.Fatal(err)
					}
					e.Over("call") // he hangs up; the flow closes the recording a moment later
					if test.discard {
						if err := take.Discard(); err != nil {
							t.Error(err)
						}
					}
					take.Close()
				}
				e.Committed(interaction.Commit{State: interaction.State{ID: "call", Phase: interaction.Done}})
				e.Close()
				nothingLeft(t, d, data)
				if len(c.begun) != 1 || len(c.adopted) != 1 {
					t.Fatalf("%d messages, %d recordings, want one", len(c.begun), len(c.adopted))
				}
				for _, a := range c.begun {
					if said := a.Message.Length; said < test.want || said > test.want+2*time.Second {
						t.Errorf("the message is %v, want about %v", said, test.want)
					}
				}
			})
		}
	})
}
