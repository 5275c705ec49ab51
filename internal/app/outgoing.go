package app

import (
	"context"
	"fmt"
	"io"
	"time"

	"linekeeper/internal/edge/gateway"
	"linekeeper/internal/kit/network"
	"linekeeper/internal/outgoing"
)

// openGateways makes the gateways that the configuration names.
func openGateways(cfg Config, net gateway.Dialer) ([]outgoing.Named, error) {
	if cfg.GatewayFile == "" {
		return nil, nil
	}
	all, err := gateway.Open(cfg.GatewayFile, net)
	if err != nil {
		return nil, fmt.Errorf("gateway-file: %w", err)
	}
	return all, nil
}

// makeOutgoing makes what sends e-mail and SMS; it stands still until Start.
func (a *App) makeOutgoing() (err error) {
	all := a.opt.Gateways
	if all == nil {
		var net gateway.Dialer
		if _, machine := a.net.(network.Machine); !machine {
			net.Dial = a.net.DialTCP
		}
		if all, err = openGateways(a.cfg, net); err != nil {
			return err
		}
	}
	a.outgoing = outgoing.New(outgoing.Ports{
		DB: a.db, Gateways: all, Log: a.log, Seal: sealing(a.cfg), Open: opening(a.cfg),
	})
	a.onUndo(func() {
		a.outgoing.Close()
		for _, g := range all {
			if c, ok := g.Gateway.(io.Closer); ok {
				_ = c.Close() // idle connections
			}
		}
	})
	return nil
}

// examineGateways asks each gateway whether it is there; nothing is sent.
func examineGateways(ctx context.Context, cfg Config) []finding {
	all, err := openGateways(cfg, gateway.Dialer{})
	if err != nil {
		return []finding{{false, "messages: " + err.Error(), "Mend the file; the server does not start with it."}}
	}
	if len(all) == 0 {
		return []finding{{true, "messages: no gateway is configured", "For e-mail and SMS name gateways in a file and give it as --gateway-file; see docs/operating."}}
	}
	var found []finding
	for _, g := range all {
		what := fmt.Sprintf("messages: %s (%s, %s)", g.Name, g.Kind, g.Carries)
		looker, ok := g.Gateway.(interface{ Look(context.Context) error })
		if !ok {
			found = append(found, finding{true, what, ""})
			continue
		}
		within, cancel := context.WithTimeout(ctx, 10*time.Second)
		began := time.Now()
		err := looker.Look(within)
		cancel()
		if err != nil {
			found = append(found, finding{false, what + ": " + err.Error(), "Look at its address and password in the file of --gateway-file, and whether the service runs. What is to be sent waits, up to 16 hours."})
			continue
		}
		found = append(found, finding{true, fmt.Sprintf("%s answers after %d ms", what, time.Since(began).Milliseconds()), ""})
	}
	return found
}
