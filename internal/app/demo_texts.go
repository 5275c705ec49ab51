package app

import (
	"context"
	"log/slog"
	"net/netip"
	"os"

	"linekeeper/internal/demo/texts"
	"linekeeper/internal/edge/gateway"
	"linekeeper/internal/outgoing"
)

// demoTexts is where the demo's customers get their e-mail and SMS, on this machine only.
var demoTexts = netip.MustParseAddrPort("127.0.0.1:8091")

// demoGateways are the configured gateways, or else those to the demo's customers.
func demoGateways(cfg Config) ([]outgoing.Named, error) {
	if cfg.GatewayFile != "" {
		return openGateways(cfg, gateway.Dialer{})
	}
	url := "http://" + demoTexts.String() + "/send"
	const body = `    body: '{"to": "{to}", "from": "{from}", "subject": "{subject}", "text": "{text}"}'
    headers: {Content-Type: application/json}
    reference: id
    inside: true
`
	text := "gateways:\n  - name: demo-sms\n    kind: http\n    carries: sms\n    from: Linekeeper\n    url: " + url + "\n" + body +
		"  - name: demo-mail\n    kind: http\n    carries: email\n    from: demo@example.com\n    url: " + url + "\n" + body
	return gateway.Parse([]byte(text), os.LookupEnv, os.ReadFile, gateway.Dialer{})
}

// texts runs the service until ctx ends; then the channel is closed. Where its port is taken, messages wait.
func (a *App) texts(ctx context.Context, log *slog.Logger) <-chan struct{} {
	over := make(chan struct{})
	l, err := a.net.ListenTCP(demoTexts)
	if err != nil {
		log.Warn("the demo's customers get no e-mail and SMS", "address", demoTexts, "error", err)
		close(over)
		return over
	}
	go func() {
		defer close(over)
		var s texts.Service
		if err := s.Serve(ctx, l); err != nil {
			log.Error("the demo's e-mail and SMS service stopped", "error", err)
		}
	}()
	return over
}
