package real

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"linekeeper/test/rig"
)

// office is one Chromium at whose pages several people sit, each signed in for himself.
type office struct {
	t   *testing.T
	ctx context.Context
	s   *rig.Server
	b   *rig.Browser
}

func opened(t *testing.T, s *rig.Server, patience time.Duration) office {
	t.Helper()
	ctx, stop := rig.Within(patience)
	t.Cleanup(stop)
	b, err := rig.StartBrowser(ctx, 700)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	o := office{t, ctx, s, b}
	t.Cleanup(func() {
		if t.Failed() {
			picture := filepath.Join(rig.Root(), "tmp", "test", t.Name()+".png")
			_ = b.Do(ctx, nil, "picture", picture)
			t.Logf("the page at the end: %s", picture)
		}
		var faults []string
		if err := b.Do(ctx, &faults, "faults"); err != nil || len(faults) > 0 {
			t.Errorf("faults of the pages: %q, error %v", faults, err)
		}
	})
	return o
}

// does lets somebody do something that people.mjs describes.
func (o office) does(who, what string, args ...any) {
	o.t.Helper()
	o.told(nil, who, what, args...)
}

func (o office) told(out any, who, what string, args ...any) {
	o.t.Helper()
	err := o.b.Do(o.ctx, nil, "as", who)
	if err == nil {
		err = o.b.Do(o.ctx, out, what, args...)
	}
	if err != nil {
		o.t.Fatalf("%s, %s: %v", who, what, err)
	}
}

// clean fails the test if an accessibility checker finds something on somebody's page.
func (o office) clean(who, where string) {
	o.t.Helper()
	var found []string
	o.told(&found, who, "findings")
	for _, f := range found {
		o.t.Errorf("%s, %s: %s", who, where, f)
	}
}

// TestMorning: two agents and a supervisor work through a morning by keyboard alone, with an English, a Russian and a Thai
// screen. Nothing is found on any of their pages, every call leaves its record and at the end nothing is left over.
func TestMorning(t *testing.T) {
	t.Parallel()
	s := start(t, rig.Center{Users: people(), Disposed: true, WrapUp: 5 * time.Minute}, rig.Options{})
	o := opened(t, s, 8*time.Minute)
	customer := func(i int) *rig.Baresip {
		t.Helper()
		p, err := rig.StartBaresip(o.ctx, rig.BaresipOptions{Folder: t.TempDir(), User: fmt.Sprintf("44207183875%d", i), Tone: 440})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(p.Close)
		return p
	}
	dials := func(p *rig.Baresip) {
		t.Helper()
		if err := p.Dial(rig.Number, s.Ready.SIPUDP, false); err != nil {
			t.Fatal(err)
		}
	}
	leaves := func(p *rig.Baresip) {
		t.Helper()
		if err := p.HangUp(); err != nil {
			t.Fatal(err)
		}
	}

	// They come.
	for who, language := range map[string]string{"vera": "th", "boris": "en"} {
		o.does(who, "signIn", "http://"+s.Ready.HTTP, who, rig.Password)
		o.does(who, "speak", language)
	}
	o.does("anna", "signIn", "http://"+s.Ready.HTTP, "anna", rig.Password)
	o.does("vera", "goTo", "board")
	for _, agent := range []string{"anna", "boris"} {
		o.clean(agent, "desk before the shift")
		o.does(agent, "openCheck")
		o.clean(agent, "phone check")
		o.does(agent, "press", "Escape")
		o.does(agent, "passCheck")
	}
	o.clean("vera", "board with two who are free")

	// The first customer: Anna answers, changes her language in mid-call, holds, asks for help and passes him on.
	first := customer(1)
	dials(first)
	o.does("anna", "awaitOffer")
	o.clean("anna", "offer")
	o.does("anna", "answer")
	o.does("anna", "speak", "ru")
	o.clean("anna", "talk")
	o.does("anna", "hold", true)
	o.clean("anna", "hold")
	o.does("anna", "hold", false)
	o.does("anna", "askForHelp", "48213: may I give a month for free?")
	o.does("vera", "giveHelp", "Yes, one.")
	o.clean("vera", "board with a call for help")
	o.does("anna", "awaitLine", "Yes, one.")
	o.clean("anna", "help")

	// Vera sends Boris on a break and he comes back; then Anna passes the customer on to him.
	o.does("vera", "setStatusOf", "Boris", "break-lunch")
	o.does("boris", "awaitStatus", "break", "lunch")
	o.clean("boris", "break")
	o.does("boris", "becomeAvailable")
	o.does("anna", "passOn", "Boris")
	o.does("boris", "awaitOffer")
	o.clean("boris", "offer")
	o.does("boris", "answer")
	o.does("anna", "wrapUp")
	o.clean("anna", "wrap-up")
	o.does("anna", "finish", map[string]string{"group": "Заказ", "disposition": "Продано", "note": "месяц бесплатно"})
	o.clean("boris", "talk")

	// Two more: one for Anna, the other waits and is moved by Vera into another queue.
	second, third := customer(2), customer(3)
	dials(second)
	o.does("anna", "awaitOffer")
	o.does("anna", "answer")
	dials(third)
	o.does("vera", "moveFirst", "sales", "support")
	o.clean("vera", "board with a line")
	o.does("anna", "hangUp")
	o.does("anna", "finish", map[string]string{"group": "Заказ", "disposition": "Отказ"})
	var offer string
	o.told(&offer, "anna", "awaitOffer")
	if !strings.Contains(offer, "support") {
		t.Errorf("the offer of who was moved does not name his new queue:\n%s", offer)
	}
	o.does("anna", "answer")
	leaves(third)
	o.does("anna", "finish", map[string]string{"group": "Заказ", "disposition": "Продано"})
	leaves(first)
	o.does("boris", "wrapUp")
	o.clean("boris", "wrap-up")
	o.does("boris", "finish", map[string]string{"group": "Order", "disposition": "Sold", "note": "a month for free, as Vera said"})

	// They go to lunch; Vera reads, and all go home.
	for _, agent := range []string{"anna", "boris"} {
		o.does(agent, "takeBreak", "lunch")
		o.clean(agent, "desk at lunch")
	}
	for _, place := range []string{"interactions", "report", "callbacks", "audit"} {
		o.does("vera", "goTo", place)
		o.clean("vera", place)
	}
	o.does("vera", "goTo", "interactions")
	o.does("vera", "openNewest")
	o.clean("vera", "one interaction")
	for _, who := range []string{"anna", "boris", "vera"} {
		o.does(who, "signOut")
		o.clean(who, "signed out")
	}

	all := records(t, s)
	slices.Reverse(all)
	if len(all) != 3 {
		t.Fatalf("got %d records, want 3: %+v", len(all), all)
	}
	for i, want := range []struct{ agent, queue, cause string }{{"Boris", "sales", "customer"}, {"Anna", "sales", "agent"}, {"Anna", "support", "customer"}} {
		r := all[i]
		if r.Phase != "done" || r.AgentName != want.agent || r.QueueName != want.queue || r.Cause != want.cause || r.DispositionID == "" {
			t.Errorf("call %d: got %+v, want done with an outcome and %+v", i+1, r, want)
		}
	}
}

// TestEveryPage opens every place of the menu and every list and form of the set-up in three languages, one of them on a
// phone: an accessibility checker finds nothing, nothing sticks out, no script fails.
func TestEveryPage(t *testing.T) {
	t.Parallel()
	users := append(people(), rig.User{Login: "chief", Name: "Chief", Role: "administrator", Password: rig.Password})
	o := opened(t, start(t, rig.Center{Users: users}, rig.Options{}), 9*time.Minute)
	o.does("chief", "signIn", "http://"+o.s.Ready.HTTP, "chief", rig.Password)
	var all []string
	o.told(&all, "chief", "addresses")
	if len(all) < 25 {
		t.Fatalf("got %d addresses, want the places and a list and a form of each kind: %q", len(all), all)
	}
	for _, view := range []struct {
		language      string
		width, height int
	}{{"en", 1366, 768}, {"ru", 390, 844}, {"th", 1366, 768}} {
		began := time.Now()
		o.does("chief", "size", 1366, 768)
		o.does("chief", "open", "/board")
		o.does("chief", "speak", view.language)
		o.does("chief", "size", view.width, view.height)
		for _, address := range all {
			o.does("chief", "open", address)
			o.clean("chief", fmt.Sprint(address, " ", view))
		}
		t.Logf("%d addresses, %v: %s", len(all), view, time.Since(began).Round(time.Second))
	}
}
