package app

import (
	"context"
	"log/slog"
	"net/netip"

	"linekeeper/internal/demo/billing"
)

// demoBilling is where the demo's billing service answers, on this machine only: demo.yaml has it too.
var demoBilling = netip.MustParseAddrPort("127.0.0.1:8090")

// demoAccounts are the contracts of the demo's customers.
func demoAccounts() []billing.Account {
	return []billing.Account{
		{Contract: "100200", PIN: "4711", Balance: 20.5, Currency: "USD", DueIn: 10},
		{Contract: "100300", PIN: "0815", Balance: 1290, Currency: "RUB", DueIn: 3},
		{Contract: "100400", PIN: "2468", Balance: 599, Currency: "THB", DueIn: 21},
		{Contract: "100500", PIN: "1357", Balance: 0, Currency: "USD"},
	}
}

// bills runs the billing service until ctx ends; then the channel is closed. Where its port is taken, callers hear that
// their balance cannot be looked up.
func (a *App) bills(ctx context.Context, log *slog.Logger) <-chan struct{} {
	over := make(chan struct{})
	l, err := a.net.ListenTCP(demoBilling)
	if err != nil {
		log.Warn("the demo's billing service does not run", "address", demoBilling, "error", err)
		close(over)
		return over
	}
	go func() {
		defer close(over)
		if err := billing.Serve(ctx, l, demoAccounts()); err != nil {
			log.Error("the demo's billing service stopped", "error", err)
		}
	}()
	return over
}
