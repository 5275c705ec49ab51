package media_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"linekeeper/internal/kit/network"
	"linekeeper/internal/media"
	"linekeeper/internal/media/g711"
	"linekeeper/internal/media/tone"
)

// company is some parties and their legs, each speaking a tone of its own.
type company struct {
	t       *testing.T
	parties []*party
	legs    []*media.Leg
	tones   []float64
	quit    chan struct{}
	ended   chan struct{}
}

var sixTones = []float64{420, 610, 830, 1070, 1330, 1610}

func newCompany(t *testing.T, codecs ...media.Codec) *company {
	n := network.NewMemory()
	c := &company{t: t, tones: sixTones[:len(codecs)], quit: make(chan struct{}), ended: make(chan struct{}, len(codecs))}
	for i, codec := range codecs {
		p := newParty(t, n, fmt.Sprintf("10.0.0.%d:4000", i+2))
		p.ssrc, p.loud = uint32(1000+i), 0.15
		c.parties = append(c.parties, p)
		c.legs = append(c.legs, leg(t, n, p, media.LegConfig{Codec: codec, Events: 101}))
	}
	return c
}

// talk lets all speak until close.
func (c *company) talk() {
	for i, p := range c.parties {
		go func() {
			defer func() { c.ended <- struct{}{} }()
			for {
				select {
				case <-c.quit:
					return
				default:
					p.says(c.tones[i], media.FrameTime)
				}
			}
		}()
	}
}

func (c *company) close() {
	close(c.quit)
	for range c.parties {
		<-c.ended
	}
	for i, l := range c.legs {
		l.Close()
		c.parties[i].close()
	}
}

// forget drops what everybody heard so far.
func (c *company) forget() {
	for _, p := range c.parties {
		p.forget()
	}
}

// whom is which tones the party heard; a tone at a quarter of its loudness counts.
func (c *company) whom(i int) []int {
	s := c.parties[i].sound()
	var whom []int
	for j, hz := range c.tones {
		if tone.Level(s, hz) > c.parties[j].loud/4 {
			whom = append(whom, j)
		}
	}
	return whom
}

// plan is an arrangement by numbers.
type plan struct {
	hears [][]int // nil: no place
	here  []bool
	quiet []bool
}

// model is who hears whom, without any thought of how.
func (p plan) model(i int) (whom []int) {
	if !p.here[i] {
		return nil
	}
	for _, j := range p.hears[i] {
		if !p.quiet[j] {
			whom = append(whom, j)
		}
	}
	slices.Sort(whom)
	return whom
}

func (c *company) parts(p plan) (parts []media.Part) {
	for i, l := range c.legs {
		if !p.here[i] {
			continue
		}
		part := media.Part{Leg: l, Quiet: p.quiet[i]}
		for _, j := range p.hears[i] {
			part.Hears = append(part.Hears, c.legs[j])
		}
		parts = append(parts, part)
	}
	return parts
}

func randomPlan(r *rand.Rand, n int) plan {
	p := plan{hears: make([][]int, n), here: make([]bool, n), quiet: make([]bool, n)}
	for i := range n {
		p.here[i] = r.IntN(6) != 0
		p.quiet[i] = r.IntN(6) == 0
	}
	density := r.IntN(4) + 1
	for i := range n {
		for _, j := range r.Perm(n) {
			if i != j && p.here[i] && p.here[j] && r.IntN(4) < density {
				p.hears[i] = append(p.hears[i], j)
			}
		}
	}
	return p
}

// Whatever the arrangements that follow each other, everybody hears exactly those named for him, in
// one stream without a hole longer than three packets while there is something to hear.
func TestEverybodyHearsWhomHeShould(t *testing.T) {
	t.Parallel()
	for seed := range uint64(40) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := rand.New(rand.NewPCG(seed, 1))
				n := 2 + r.IntN(5)
				var codecs []media.Codec
				for range n {
					codecs = append(codecs, []media.Codec{media.PCMU(), media.PCMA()}[r.IntN(2)])
				}
				c := newCompany(t, codecs...)
				c.talk()
				room := media.NewRoom()
				streams := make([][]heard, n)
				before := plan{hears: make([][]int, n), here: make([]bool, n), quiet: make([]bool, n)}
				var changed time.Time
				for range 6 {
					p := randomPlan(r, n)
					// Not in step with the packets.
					time.Sleep(time.Duration(r.IntN(20000)) * time.Microsecond)
					changed = time.Now()
					if err := room.Arrange(c.parts(p)); err != nil {
						t.Fatal(err)
					}
					time.Sleep(250 * time.Millisecond)
					for i := range c.parties {
						checkSteady(t, i, c.parties[i].packets(), before.hears[i] != nil && p.hears[i] != nil, changed)
						streams[i] = append(streams[i], c.parties[i].packets()...)
					}
					c.forget()
					time.Sleep(400 * time.Millisecond)
					for i := range c.parties {
						if got, want := c.whom(i), p.model(i); !slices.Equal(got, want) {
							t.Errorf("after %+v party %d hears %v, want %v", p, i, got, want)
						}
					}
					before = p
				}
				for i := range c.parties {
					checkStream(t, append(streams[i], c.parties[i].packets()...))
				}
				room.Close()
				c.forget()
				time.Sleep(100 * time.Millisecond)
				for i := range c.parties {
					if got := len(c.parties[i].packets()); got > 0 {
						t.Errorf("party %d hears %d packets after the room was closed", i, got)
					}
				}
				c.close()
			})
		})
	}
}

// checkSteady asserts that a party that heard somebody before and after a change had no hole.
func checkSteady(t *testing.T, i int, got []heard, both bool, changed time.Time) {
	t.Helper()
	if !both {
		return
	}
	at := changed
	for _, h := range got {
		if h.at.Sub(at) > 60*time.Millisecond {
			t.Errorf("party %d heard nothing for %v", i, h.at.Sub(at))
		}
		at = h.at
	}
	if len(got) == 0 {
		t.Errorf("party %d heard nothing", i)
	}
}

// Listening in on a pair leaves the pair as it is: every packet of theirs goes through at once.
func TestListeningInDoesNotTouchThePair(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCompany(t, media.PCMU(), media.PCMU(), media.PCMA())
		room := media.NewRoom()
		customer, agent, supervisor := c.legs[0], c.legs[1], c.legs[2]
		pair := []media.Part{{Leg: customer, Hears: []*media.Leg{agent}}, {Leg: agent, Hears: []*media.Leg{customer}}}
		if err := room.Arrange(pair); err != nil {
			t.Fatal(err)
		}
		c.talk()
		time.Sleep(505 * time.Millisecond)
		if customer.Bridged() != agent {
			t.Error("the pair is not bridged")
		}
		listener := media.Part{Leg: supervisor, Hears: []*media.Leg{agent, customer}}
		for _, parts := range [][]media.Part{
			append(slices.Clone(pair), listener),
			// The supervisor whispers: only the agent's ear is mixed.
			{pair[0], {Leg: agent, Hears: []*media.Leg{customer, supervisor}}, listener},
			pair,
		} {
			if err := room.Arrange(parts); err != nil {
				t.Fatal(err)
			}
			time.Sleep(500 * time.Millisecond)
		}
		got := c.parties[0].packets()
		if len(got) != 101 {
			t.Errorf("the customer heard %d packets in 2005 ms, want every one of the agent's 101", len(got))
		}
		for i, h := range got {
			if want := (time.Duration(i) * media.FrameTime); h.at.Sub(got[0].at) != want {
				t.Fatalf("packet %d came after %v, want %v: relayed at once", i, h.at.Sub(got[0].at), want)
			}
			if i > 0 && h.Marker {
				t.Errorf("packet %d has a marker: the source changed", i)
			}
		}
		if whom := c.whom(2); !slices.Equal(whom, []int{0, 1}) {
			t.Errorf("the supervisor heard %v, want both", whom)
		}
		room.Close()
		c.close()
	})
}

// Keys go where the sound is relayed and the other is heard in return, and nowhere else.
func TestKeysInARoom(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCompany(t, media.PCMU(), media.PCMU(), media.PCMU(), media.PCMU())
		room := media.NewRoom()
		defer room.Close()
		a, b, listener, third := c.legs[0], c.legs[1], c.legs[2], c.legs[3]
		keys := func(i int) (n int) {
			for _, h := range c.parties[i].packets() {
				if h.PayloadType == 101 && h.Marker {
					n++
				}
			}
			c.parties[i].forget()
			return n
		}
		if err := room.Arrange([]media.Part{
			{Leg: a, Hears: []*media.Leg{b}}, {Leg: b, Hears: []*media.Leg{a}}, {Leg: listener, Hears: []*media.Leg{a}},
		}); err != nil {
			t.Fatal(err)
		}
		c.parties[0].presses('5', 101, nil)
		time.Sleep(100 * time.Millisecond)
		if x, y := keys(1), keys(2); x != 1 || y != 0 {
			t.Errorf("the key went %d times to the other and %d times to the listener, want 1 and 0", x, y)
		}
		if err := room.Arrange([]media.Part{
			{Leg: a, Hears: []*media.Leg{b, third}}, {Leg: b, Hears: []*media.Leg{a, third}}, {Leg: third, Hears: []*media.Leg{a, b}},
		}); err != nil {
			t.Fatal(err)
		}
		c.parties[0].presses('6', 101, nil)
		if err := b.SendDigits("7"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(400 * time.Millisecond)
		if x, y := keys(1), keys(3); x != 1 || y != 0 {
			t.Errorf("in a conference one party got %d keys and another %d, want 1 (sent to it) and 0", x, y)
		}
		close(c.quit)
		for i, l := range c.legs {
			l.Close()
			c.parties[i].close()
		}
	})
}

// A prompt is mixed over what one party hears; the others hear nothing of it.
func TestAPromptOverATalk(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCompany(t, media.PCMU(), media.PCMU())
		room := media.NewRoom()
		a, b := c.legs[0], c.legs[1]
		pair := []media.Part{{Leg: a, Hears: []*media.Leg{b}}, {Leg: b, Hears: []*media.Leg{a}}}
		if err := room.Arrange(pair); err != nil {
			t.Fatal(err)
		}
		c.talk()
		time.Sleep(200 * time.Millisecond)
		c.forget()
		ends := make(chan media.End, 3)
		room.Play(a, media.NewClipPCM(tone.Sine(2000, 0.2, 500*time.Millisecond)).Once(), func(e media.End) { ends <- e })
		time.Sleep(500 * time.Millisecond)
		if s := c.parties[0].sound(); tone.Level(s, 2000) < 0.1 || tone.Level(s, c.tones[1]) < 0.1 {
			t.Errorf("levels of prompt and talk: %.2f and %.2f, want both", tone.Level(s, 2000), tone.Level(s, c.tones[1]))
		}
		if s := c.parties[1].sound(); tone.Level(s, 2000) > 0.01 {
			t.Error("the other party hears the prompt")
		}
		if e := <-ends; e != media.Finished {
			t.Errorf("the prompt ended %v, want finished", e)
		}
		time.Sleep(50 * time.Millisecond)
		if a.Bridged() != b {
			t.Error("after the prompt the pair is not relayed again")
		}
		p := room.Play(a, media.Silence(), func(e media.End) { ends <- e })
		p.Stop()
		<-p.Done()
		room.Play(a, media.Silence(), func(e media.End) { ends <- e })
		room.Close()
		if x, y := <-ends, <-ends; x != media.Stopped || y != media.Stopped {
			t.Errorf("prompts ended %v and %v, want stopped", x, y)
		}
		checkStream(t, c.parties[0].packets())
		c.close()
	})
}

// Recordings see what each party says and, of a mix, what is sent.
func TestTapsInAMix(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCompany(t, media.PCMU(), media.PCMU(), media.PCMA())
		room := media.NewRoom()
		var parts []media.Part
		for i, l := range c.legs {
			parts = append(parts, media.Part{Leg: l, Hears: slices.Delete(slices.Clone(c.legs), i, i+1)})
		}
		if err := room.Arrange(parts); err != nil {
			t.Fatal(err)
		}
		c.talk()
		time.Sleep(200 * time.Millisecond)
		var said, sent []int16
		remove := c.legs[0].AddTap(tapFunc(func(d media.Direction, p *media.Packet) {
			for _, b := range p.Payload {
				if d == media.Heard {
					said = append(said, g711.DecodeMulaw(b))
				} else {
					sent = append(sent, g711.DecodeMulaw(b))
				}
			}
		}))
		time.Sleep(400 * time.Millisecond)
		remove()
		synctest.Wait()
		if tone.Share(said, c.tones[0]) < 0.9 {
			t.Error("what the party says is not what the tap saw")
		}
		if tone.Level(sent, c.tones[1]) < 0.1 || tone.Level(sent, c.tones[2]) < 0.1 || tone.Level(sent, c.tones[0]) > 0.01 {
			t.Error("what the party is sent is not the mix of the two others")
		}
		room.Close()
		c.close()
	})
}

// What is wrong with an arrangement is said, and nothing is changed.
func TestArrangementsThatCannotBe(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := network.NewMemory()
		var legs []*media.Leg
		for i := range 3 {
			p := &party{conn: must(n.ListenUDP(netip.AddrPortFrom(ourIP, 0)))}
			codec := media.PCMU()
			if i == 2 {
				codec = media.Codec{Name: "unheard-of", PayloadType: 99, ClockRate: 8000}
			}
			legs = append(legs, leg(t, n, p, media.LegConfig{Codec: codec}))
			defer legs[i].Close()
			defer p.conn.Close()
		}
		a, b, odd := legs[0], legs[1], legs[2]
		room := media.NewRoom()
		good := []media.Part{{Leg: a, Hears: []*media.Leg{b}}, {Leg: b, Hears: []*media.Leg{a}}}
		if err := room.Arrange(good); err != nil {
			t.Fatal(err)
		}
		for name, parts := range map[string][]media.Part{
			"no leg":        {{}},
			"twice":         {{Leg: a}, {Leg: a}},
			"itself":        {{Leg: a, Hears: []*media.Leg{a}}},
			"a stranger":    {{Leg: a, Hears: []*media.Leg{b}}},
			"the same":      {{Leg: a, Hears: []*media.Leg{b, b}}, {Leg: b}},
			"unknown codec": {{Leg: a, Hears: []*media.Leg{odd}}, {Leg: odd}},
		} {
			if err := room.Arrange(parts); err == nil {
				t.Errorf("%s: no error", name)
			}
		}
		if a.Bridged() != b {
			t.Error("a refused arrangement changed something")
		}
		room.Close()
		room.Close()
		if err := room.Arrange(good); err == nil {
			t.Error("a closed room can be arranged")
		}
		if a.Bridged() != nil {
			t.Error("the room is closed, but its legs are bridged")
		}
	})
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

type tapFunc func(media.Direction, *media.Packet)

func (f tapFunc) Packet(d media.Direction, p *media.Packet) { f(d, p) }
