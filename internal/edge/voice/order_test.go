package voice

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/demo/carrier"
	"linekeeper/internal/flow"
	"linekeeper/internal/interaction"
	"linekeeper/internal/media"
	"linekeeper/internal/wire/rtc"
)

// TestAnyOrder does things to a call in random order, most of them at the wrong moment, then ends it.
// Whatever happened, the customer's end is told at most once and nothing is left.
func TestAnyOrder(t *testing.T) {
	t.Parallel()
	seeds := 150
	if testing.Short() {
		seeds = 20
	}
	for seed := range seeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			story(t, func(w *world) { anyOrder(w, rand.New(rand.NewPCG(uint64(seed), 1))) })
		})
	}
}

func anyOrder(w *world, r *rand.Rand) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var phones []*carrier.Call
	c, l := w.calls()
	user := func() access.UserID { return []access.UserID{ann, bob, sam}[r.IntN(3)] }
	each := func(f func(*carrier.Call)) {
		for {
			select {
			case p := <-w.rings:
				phones = append(phones, p)
				continue
			default:
			}
			break
		}
		if len(phones) > 0 {
			f(phones[r.IntN(len(phones))])
		}
	}
	pages := func(f func(*page)) {
		if n := len(w.browsers.pages); n > 0 {
			f(w.browsers.pages[r.IntN(n)])
		}
	}
	files := 0
	steps := []struct {
		name string
		do   func()
	}{
		{"answer", l.Answer}, {"answer", l.Answer},
		{"ring", func() { l.Ring(user(), time.Now().Add(time.Duration(r.IntN(20))*time.Second)) }},
		{"stop ringing", func() { l.StopRinging(user()) }},
		{"connect", func() { l.Connect(user()) }}, {"connect", func() { l.Connect(user()) }},
		{"join", func() { l.Arrange(pair(user())) }}, {"join", func() { l.Arrange(pair(user())) }},
		{"part", func() { l.Arrange(nil) }},
		{"three", func() { l.Arrange(three()) }},
		{"outside", func() { l.CallOutside("p1", "+15550100", time.Now().Add(time.Minute)) }},
		{"outside dropped", func() { l.DropOutside("p1") }},
		{"prompt", func() { l.PlayPrompt("music") }},
		{"drop", func() { l.DropAgent(user()) }},
		{"mute", func() { l.Arrange(muted(user())) }},
		{"digits", func() { l.SendDigits("1*x") }},
		{"offer", func() { _, _ = w.edge.Phones().Connect(ctx, user(), l.id, "offer") }},
		{"page up", func() { pages(func(p *page) { p.is(rtc.Connected) }) }},
		{"page up", func() { pages(func(p *page) { p.is(rtc.Connected); p.sings(700) }) }},
		{"page gone", func() { pages(func(p *page) { p.is(rtc.Gone) }) }},
		{"page silent", func() { pages(func(p *page) { p.hush() }) }},
		{"phone answers", func() { each((*carrier.Call).Answer) }},
		{"phone hangs up", func() { each((*carrier.Call).HangUp) }},
		{"phone holds", func() { each(func(p *carrier.Call) { p.Hold(r.IntN(2) == 0) }) }},
		{"phone refuses", func() { each(func(p *carrier.Call) { p.Refuse(603) }) }},
		{"hold", func() { c.Hold(r.IntN(2) == 0) }},
		{"keys", func() { c.Press("12") }},
		{"record", func() {
			files++
			_, _ = l.StartRecording(media.RecorderConfig{Path: filepath.Join(w.TempDir(), fmt.Sprint(files))})
		}},
		{"stop recording", func() { _, _ = l.StopRecording() }},
		{"play", func() {
			loop := r.IntN(2) == 0
			go func() { _ = l.Play(ctx, []flow.Clip{sounds("x", 500, time.Second)}, flow.PlayOptions{Loop: loop}) }()
		}},
		{"time", func() { time.Sleep(time.Duration(r.IntN(4000)) * time.Millisecond) }},
		{"settle", synctest.Wait},
	}
	var done []string
	for range 10 + r.IntN(40) {
		s := steps[r.IntN(len(steps))]
		done = append(done, s.name)
		s.do()
	}
	how := r.IntN(3)
	switch how {
	case 0:
		c.HangUp()
	case 1:
		l.Disconnect(interaction.ByAgent)
	case 2:
		c.HangUp()
		l.Disconnect(interaction.ByAgent)
	}
	w.over(c)
	w.released(l)
	cancel()
	each(func(*carrier.Call) {})
	for _, p := range phones {
		w.over(p)
	}
	synctest.Wait()
	left := 0
	for {
		select {
		case in := <-w.center.inputs:
			if _, ok := in.(interaction.CustomerLeft); ok {
				left++
			}
			continue
		default:
		}
		break
	}
	if left > 1 || how == 0 && left == 0 {
		w.Errorf("the customer's end was told %d times, want once", left)
	}
	_, _ = l.StopRecording()
	if w.Failed() {
		w.Logf("steps: %v", done)
	}
}
