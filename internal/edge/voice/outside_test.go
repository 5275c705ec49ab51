package voice

import (
	"testing"
	"time"

	"linekeeper/internal/demo/carrier"
	"linekeeper/internal/interaction"
)

// TestOutsidePhone: an agent's number outside is called by a trunk; picking up is not accepting, 1 is;
// a mailbox that is not told to accept keeps nobody's call.
func TestOutsidePhone(t *testing.T) {
	t.Parallel()
	lines := &carriers{trunks: []OutTrunk{lineTo("out", "192.0.2.11", nil)}}
	goesOut(t, 1, func(o *outside) {
		w := o.world
		w.dir.phones[sam] = Phone{Kind: Outside, Number: "+4940222"}
		c, l := w.talks()
		l.Ring(sam, time.Now().Add(20*time.Second))
		mobile := <-o.rings[0]
		mobile.Answer()
		w.waits("the answer", mobile.Answered())
		w.quiet(3 * time.Second)
		<-mobile.Press("1")
		expect[interaction.AgentAccepted](w)
		l.Connect(sam)
		expect[interaction.PhoneConnected](w)
		l.Arrange(pair(sam))
		c.Repeat(carrier.Tone(440, 0.5, time.Second))
		mobile.Repeat(carrier.Tone(700, 0.5, time.Second))
		time.Sleep(3 * time.Second)
		w.hears("the agent", mobile.Heard(time.Second), 440)
		w.hears("the customer", c.Heard(time.Second), 700)
		mobile.HangUp()
		expect[interaction.AgentHungUp](w)
		l.DropAgent(sam)

		l.Ring(sam, time.Now().Add(20*time.Second))
		mailbox := <-o.rings[0]
		mailbox.Answer()
		time.Sleep(10 * time.Second)
		l.StopRinging(sam)
		w.waits("the end of the mailbox", mailbox.Done())
		l.DropAgent(sam)
		c.HangUp()
		w.over(c)
		expect[interaction.CustomerLeft](w)
	}, with(lines))
}
