package app

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"linekeeper/internal/edge/api"
	"linekeeper/internal/edge/gateway"
	"linekeeper/internal/flow"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/network"
	"linekeeper/internal/kit/number"
	"linekeeper/internal/kit/secret"
	"linekeeper/internal/outgoing"
	"linekeeper/internal/project"
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
	var net gateway.Dialer
	if _, machine := a.net.(network.Machine); !machine {
		net.Dial = a.net.DialTCP
	}
	all := slices.Clone(a.opt.Gateways)
	if a.opt.Gateways == nil {
		if all, err = openGateways(a.cfg, net); err != nil {
			return err
		}
	}
	all = append(all, a.hooks(net))
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

// letters sends what flows want sent, as the project has it.
type letters struct{ app *App }

// Send implements flow.Outgoing.
func (l letters) Send(ctx context.Context, in flow.Letter) (string, error) {
	p := l.app.dir.page()
	j := p.projects[in.Arrival.Project]
	m := outgoing.Message{
		Tenant: in.Arrival.Tenant, Key: in.Key, Project: in.Arrival.Project, Customer: in.Arrival.Customer, Interaction: in.Interaction, Node: in.Node,
		Way: outgoing.Way(in.Way), To: in.To, Subject: in.Subject, Body: in.Text, Secret: in.Secret,
	}
	if in.Lasts > 0 {
		m.Expires = time.Now().Add(in.Lasts).UTC()
	}
	addressed(&m, j.Messaging)
	country := cmp.Or(j.Country, number.Country(in.Arrival.CenterAddress))
	err := l.app.db.Write(ctx, func(tx *db.Tx) (err error) { m, err = l.app.outgoing.Queue(tx, m, country); return err })
	if err != nil || in.Wait == 0 {
		return m.To, err
	}
	within, cancel := context.WithTimeout(ctx, in.Wait)
	defer cancel()
	if m, err = l.app.outgoing.Wait(within, m.Tenant, m.ID); err == nil && (m.State == outgoing.Failed || m.State == outgoing.GivenUp) {
		err = errors.New(m.Detail)
	}
	return m.To, err
}

// addressed gives a message the gateway and the sender of its project.
func addressed(m *outgoing.Message, j project.Messaging) {
	m.Gateway, m.From = j.SMSGateway, j.SMSFrom
	if m.Way == outgoing.Email {
		m.Gateway, m.From = j.EmailGateway, j.EmailFrom
	}
}

// Code implements flow.Outgoing.
func (letters) Code(digits int) string { return secret.NewDigits(digits) }

// Mark implements flow.Outgoing: what is sealed with the key of the server cannot be found by trying all codes.
func (l letters) Mark(text string) (string, error) {
	sealed, err := sealing(l.app.cfg)("code " + text)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256([]byte(sealed))
	return base64.RawStdEncoding.EncodeToString(sum[:]), nil
}

// gatewayState is what the API tells of gateways.
func (a *App) gatewayState() []api.Gateway {
	all := []api.Gateway{}
	for i, s := range a.outgoing.Stats() {
		g := a.outgoing.Gateways()[i]
		if g.Carries == outgoing.Hook { // nobody chooses it
			continue
		}
		all = append(all, api.Gateway{Name: g.Name, Kind: g.Kind, Carries: string(g.Carries), Sent: s.Sent, Failed: s.Failed, GivenUp: s.GivenUp, Waiting: s.Waiting})
	}
	return all
}

// examineMessaging looks whether projects name gateways that are there.
func (p *page) examineMessaging(all []outgoing.Named) (found []finding) {
	for _, j := range slices.SortedFunc(maps.Values(p.projects), func(a, b project.Project) int { return strings.Compare(a.Key, b.Key) }) {
		for way, name := range map[outgoing.Way]string{outgoing.Email: j.Messaging.EmailGateway, outgoing.SMS: j.Messaging.SMSGateway} {
			there := slices.ContainsFunc(all, func(g outgoing.Named) bool { return g.Name == name && g.Carries == way })
			if name != "" && !there {
				found = append(found, finding{false, fmt.Sprintf("messages: project %s sends %s by the gateway %q, which is not configured", j.Key, way, name),
					"Name it in the file of --gateway-file, or choose another one at the project; until then nothing is sent."})
			}
		}
	}
	return found
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
	stored, err := storedPage(ctx, cfg)
	if err != nil {
		return found // examineTrunks has told
	}
	return append(found, stored.examineMessaging(all)...)
}
