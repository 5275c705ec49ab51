package app

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"time"

	"linekeeper/internal/demo/carrier"
	"linekeeper/internal/live"
)

// demoCarrier is where the demo's trunk calls out to, and where the phones of its team are: demo.yaml has it too.
var demoCarrier = netip.MustParseAddrPort("127.0.0.1:5070")

// call lets the crowd and the team call until ctx ends.
func (a *App) call(ctx context.Context, target netip.AddrPort, log *slog.Logger) error {
	someone, err := carrier.Someone(3 * time.Second)
	if err != nil {
		return err
	}
	team, err := newTeam(a, log)
	if err != nil {
		return err
	}
	conf := carrier.Config{Network: a.net, At: demoCarrier, Target: target, Log: log, Incoming: func(c *carrier.Call) {
		if phone := team.phone(c.To); phone != nil {
			phone(c)
			return
		}
		someone(c)
	}}
	k, err := carrier.New(conf)
	if err != nil { // the port is taken: numbers outside cannot be called then
		log.Warn("the demo's carrier takes no calls", "address", conf.At, "error", err)
		conf.At = netip.AddrPort{}
		if k, err = carrier.New(conf); err != nil {
			return err
		}
	} else {
		team.start(ctx)
	}
	carrier.Crowd{
		Carrier: k,
		Lines: []carrier.Line{
			{Number: "+442071231000", Language: "en", Keys: "12"},
			{Number: "+74951231000", Language: "ru", Keys: "12"},
			{Number: "+6621231000", Language: "th", Keys: "12"},
			{Number: "+442071232000", Language: "en"},
		},
		Errands:   a.errands(),
		Available: a.availableAgents,
		Connected: a.talks,
		Log:       log,
	}.Run(ctx)
	team.wait()
	if err := k.Close(); err != nil && !errors.Is(err, carrier.ErrClosed) {
		return err
	}
	return nil
}

// errands are what customers want of accounts: some messages and callbacks lie there within the first
// minutes, and no more than a few, however long nobody takes them.
func (a *App) errands() []carrier.Errand {
	accounts := []carrier.Line{
		{Number: "+442071233000", Language: "en"}, {Number: "+74951233000", Language: "ru"}, {Number: "+6621233000", Language: "th"},
	}
	message := carrier.Plan{KeysAfter: 4 * time.Second, Keys: "2", SpeakAfter: 9 * time.Second, Pause: 500 * time.Millisecond, Stay: 20 * time.Second}
	closed := message
	closed.Keys, closed.SpeakAfter = "", 16*time.Second
	callback := carrier.Plan{
		// Key 1 is no choice of the menu, says yes to the offer and yes again to the number.
		Keys: "1", KeysAfter: 12 * time.Second, KeysAgain: 7 * time.Second, GiveUpAfter: 3 * time.Minute,
		Connected: func() bool { return false },
	}
	of := func(key string) (all live.QueueView) {
		for id, q := range a.dir.page().queues {
			if q.Key == key {
				all, _ = a.live.Queue(id)
			}
		}
		return all
	}
	messages := func(most int) func() bool {
		return func() bool { return a.registry.Draining() || of("billing").Messages >= most }
	}
	return []carrier.Errand{
		{Lines: accounts, Plan: message, First: 5 * time.Second, Every: 90 * time.Second, Enough: messages(3)},
		{Lines: accounts, Plan: callback, First: 15 * time.Second, Every: 90 * time.Second, Enough: func() bool {
			return a.registry.Draining() || of("billing").Callbacks >= 3
		}},
		{Lines: []carrier.Line{{Number: "+442071234000", Language: "en"}}, Plan: closed, First: time.Minute, Every: 10 * time.Minute, Enough: messages(4)},
	}
}

// availableAgents is how many agents could take a call now.
func (a *App) availableAgents() int {
	if a.registry.Draining() {
		return 0
	}
	n := 0
	for _, v := range a.live.Present().Agents {
		if v.Status == "available" && v.Interaction == "" {
			n++
		}
	}
	return n
}

// talks says whether the caller with this number speaks with an agent.
func (a *App) talks(from string) bool { return a.live.Talking(from) }
