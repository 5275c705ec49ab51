package voice

import (
	"context"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/demo/carrier"
	"linekeeper/internal/flow"
	"linekeeper/internal/interaction"
	"linekeeper/internal/wire/sip"
)

// contacts is a ContactStore in memory.
type contacts struct {
	mu  sync.Mutex
	all map[string][]sip.Contact
}

func (c *contacts) Load(_ context.Context, address string) ([]sip.Contact, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.all[address], nil
}

func (c *contacts) Save(_ context.Context, address string, list []sip.Contact) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all[address] = list
	return nil
}

func (c *contacts) Addresses(context.Context) (all []string, _ error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for a := range c.all {
		all = append(all, a)
	}
	return all, nil
}

var otherPhoneAt = netip.MustParseAddrPort("203.0.113.8:5062")

// registered has sam's two phones be registered since before a restart, and notes what is sent to them.
func registered(sent *wiretap, change ...func(*Phone)) func(*Config, *world) {
	return func(c *Config, w *world) {
		p := Phone{Kind: SIPPhone, Account: "sam"}
		for _, f := range change {
			f(&p)
		}
		w.dir.phones[sam] = p
		store := &contacts{all: map[string][]sip.Contact{}}
		for _, at := range []netip.AddrPort{phoneAt, otherPhoneAt} {
			store.all["sam@lk"] = append(store.all["sam@lk"], sip.Contact{Address: "sam@lk", URI: "sip:sam@" + at.String(), Source: at,
				Transport: sip.UDP, Q: 1, Expires: time.Now().Add(time.Hour)})
		}
		c.Accounts = &Accounts{Realm: "lk", Store: store, Find: func(a string) (access.UserID, sip.Secret, bool) {
			return sam, sip.NewSecret("sam", "lk", "secret"), a == "sam"
		}}
		w.net.Drop = sent.note
	}
}

// wiretap notes datagrams on the way.
type wiretap struct {
	mu  sync.Mutex
	all []string
}

func (s *wiretap) note(_, to netip.AddrPort, b []byte) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if to == phoneAt || to == otherPhoneAt {
		s.all = append(s.all, to.String()+" "+string(b))
	}
	return false
}

// has counts what was sent to a phone with all these words.
func (s *wiretap) has(to netip.AddrPort, words ...string) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, text := range s.all {
		found := strings.HasPrefix(text, to.String()+" ")
		for _, word := range words {
			found = found && strings.Contains(text, word)
		}
		if found {
			n++
		}
	}
	return n
}

// secondPhone is another phone of sam's.
func (w *world) secondPhone() chan *carrier.Call {
	w.Helper()
	rings := make(chan *carrier.Call, 10)
	k, err := carrier.New(carrier.Config{Network: w.net, At: otherPhoneAt, Target: edgeAt, Incoming: func(c *carrier.Call) { rings <- c }})
	if err != nil {
		w.Fatal(err)
	}
	w.also = append(w.also, k)
	return rings
}

// TestAllPhonesRing: all registered phones ring, the first one picked up wins, the others are told
// that it was answered elsewhere.
func TestAllPhonesRing(t *testing.T) {
	t.Parallel()
	var sent wiretap
	story(t, func(w *world) {
		other := w.secondPhone()
		c, l := w.talks()
		l.Ring(sam, time.Now().Add(20*time.Second))
		one, two := <-w.rings, <-other
		time.Sleep(2 * time.Second)
		two.Answer()
		expect[interaction.AgentAccepted](w)
		w.waits("the end at the other phone", one.Done())
		l.Connect(sam)
		expect[interaction.PhoneConnected](w)
		l.Arrange(pair(sam))
		c.Repeat(carrier.Tone(440, 0.5, time.Second))
		two.Repeat(carrier.Tone(700, 0.5, time.Second))
		time.Sleep(3 * time.Second)
		w.hears("the agent", two.Heard(time.Second), 440)
		w.hears("the customer", c.Heard(time.Second), 700)
		if n := sent.has(phoneAt, "CANCEL ", `Reason: SIP;cause=200;text="Call completed elsewhere"`); n == 0 {
			t.Error("the phone that lost was not told why")
		}
		if n := sent.has(phoneAt, "INVITE ", "Answer-Mode"); n != 0 {
			t.Error("a phone is asked to pick up by itself")
		}
		two.HangUp()
		expect[interaction.AgentHungUp](w)
		l.DropAgent(sam)
		c.HangUp()
		w.over(c)
		expect[interaction.CustomerLeft](w)
	}, registered(&sent))
}

// TestBothPhonesPickUp at the same moment: one of them is hung up.
func TestBothPhonesPickUp(t *testing.T) {
	t.Parallel()
	var sent wiretap
	story(t, func(w *world) {
		other := w.secondPhone()
		c, l := w.talks()
		l.Ring(sam, time.Now().Add(20*time.Second))
		one, two := <-w.rings, <-other
		one.Answer()
		two.Answer()
		expect[interaction.AgentAccepted](w)
		select {
		case <-one.Done():
		case <-two.Done():
		case <-time.After(10 * time.Second):
			t.Error("both are still there")
		}
		l.DropAgent(sam)
		w.waits("the end of one", one.Done())
		w.waits("the end of two", two.Done())
		c.HangUp()
		w.over(c)
		expect[interaction.CustomerLeft](w)
	}, registered(&sent))
}

// TestRefusedAtOnePhone: 603 is for all, 486 for one.
func TestRefusedAtOnePhone(t *testing.T) {
	t.Parallel()
	for name, code := range map[string]int{"declined": 603, "busy": 486} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var sent wiretap
			story(t, func(w *world) {
				other := w.secondPhone()
				c, l := w.talks()
				l.Ring(sam, time.Now().Add(20*time.Second))
				one, two := <-w.rings, <-other
				time.Sleep(time.Second)
				one.Refuse(code)
				if code == 486 {
					time.Sleep(time.Second)
					two.Answer()
					expect[interaction.AgentAccepted](w)
				} else {
					expect[interaction.AgentDeclined](w)
					w.waits("the end at the other phone", two.Done())
				}
				l.DropAgent(sam)
				c.HangUp()
				w.over(c)
				expect[interaction.CustomerLeft](w)
			}, registered(&sent))
		})
	}
}

// TestNobodyRegistered: the offer fails at once and says why.
func TestNobodyRegistered(t *testing.T) {
	t.Parallel()
	var sent wiretap
	story(t, func(w *world) {
		if w.edge.Reachable(context.Background(), sam) || !w.edge.Reachable(context.Background(), ann) {
			t.Error("who can be called is misjudged")
		}
		c, l := w.talks()
		l.Ring(sam, time.Now().Add(20*time.Second))
		if in := expect[interaction.PhoneFailed](w); in.Detail != "no SIP phone is registered" {
			t.Errorf("got %q", in.Detail)
		}
		l.DropAgent(sam)
		c.HangUp()
		w.over(c)
		expect[interaction.CustomerLeft](w)
	}, registered(&sent, func(p *Phone) { p.Account = "nobody" }))
}

// TestAccepting: a phone that was picked up must press 1, and nothing else will do.
func TestAccepting(t *testing.T) {
	t.Parallel()
	var sent wiretap
	story(t, func(w *world) {
		c, l := w.talks()
		l.Ring(sam, time.Now().Add(20*time.Second))
		phone := <-w.rings
		phone.Answer()
		w.waits("the answer", phone.Answered())
		<-phone.Press("2")
		w.quiet(3 * time.Second)
		w.hears("the agent who is asked", phone.Heard(time.Second), 500)
		<-phone.Press("1")
		expect[interaction.AgentAccepted](w)
		l.Connect(sam)
		expect[interaction.PhoneConnected](w)
		l.Arrange(pair(sam))
		c.Repeat(carrier.Tone(440, 0.5, time.Second))
		time.Sleep(3 * time.Second)
		w.hears("the agent", phone.Heard(time.Second), 440)
		if n := sent.has(phoneAt, "INVITE ", "Answer-Mode: Auto", "answer-after=0", "info=alert-autoanswer"); n == 0 {
			t.Error("the phone is not asked to pick up by itself")
		}
		l.DropAgent(sam)
		w.waits("the end", phone.Done())
		// A mailbox hangs up again.
		l.Ring(sam, time.Now().Add(20*time.Second))
		phone = <-w.rings
		phone.Answer()
		time.Sleep(5 * time.Second)
		phone.HangUp()
		expect[interaction.AgentDeclined](w)
		// Or goes on until the offer is over.
		l.Ring(sam, time.Now().Add(20*time.Second))
		phone = <-w.rings
		phone.Answer()
		time.Sleep(10 * time.Second)
		l.StopRinging(sam)
		w.waits("the end of the mailbox", phone.Done())
		l.DropAgent(sam)
		c.HangUp()
		w.over(c)
		expect[interaction.CustomerLeft](w)
	}, registered(&sent, func(p *Phone) { p.Confirm, p.AutoAnswer, p.URI = true, true, "sip:sam@"+phoneAt.String() }),
		func(c *Config, _ *world) {
			c.AcceptSound = func(context.Context, access.UserID, interaction.ID) []flow.Clip {
				return []flow.Clip{sounds("asked", 500, 60*time.Second)}
			}
		})
}
