package flow

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/kit/number"
	"linekeeper/internal/tenant"
)

// Entries finds where a program sends customers; Store implements it.
type Entries interface {
	// Entry gives an entry by its key as a target; one that is not there is an error.
	Entry(ctx context.Context, t tenant.ID, key string) (interaction.Target, error)
}

// transferKind is the name of the node that sends a customer on.
const transferKind = "transfer"

// transferKinds are the nodes that send customers on.
func transferKinds() []Kind {
	return []Kind{{
		Name: transferKind, Doc: "Sends the customer to a number outside or to an entry; the flow is over. He hears it ring until the number answers, and comes back when it does not; secret variables are empty then.",
		Waits: true, Needs: []Ability{CanPlay},
		Params: []Param{
			{Name: "number", Type: TemplateParam, Doc: "the number outside, as it would be dialed; called by the project's trunks, with their rules"},
			{Name: "entry", Type: TemplateParam, Names: EntryThing, Doc: "key of an entry instead, whose flow takes him"},
			{Name: "ring", Type: SecondsParam, Default: 30.0, Min: 5, Max: 180, Doc: "how long the number may ring"},
		},
		Edges: []Edge{
			{Name: interaction.WayFailed, Doc: "not reached: a wrong number, not allowed, no line, no money left for it"},
			{Name: interaction.WayBusy, Optional: true, Doc: "it is engaged, or does not want the call; without this way as failed"},
			{Name: interaction.WayNoAnswer, Optional: true, Doc: "nobody answers; without this way as failed"},
			{Name: interaction.WayEnded, Optional: true, Doc: "they have talked and the other side has hung up; without this way the call ends"},
		},
		check: checkTransfer,
		run:   runTransfer,
	}}
}

func checkTransfer(n *node) (found Problems) {
	if (n.params["number"] == nil) == (n.params["entry"] == nil) {
		found.add(n.id, "number", "name a number, or an entry")
	}
	return found
}

func runTransfer(ctx context.Context, r *run, n *node) (string, error) {
	target, err := r.destination(ctx, n)
	if err != nil {
		// The node always takes time, so that no flow can turn on it without end.
		if err := r.rest(ctx, returnRest); err != nil {
			return "", err
		}
		return r.failed(ctx, n, err)
	}
	r.waits(n)
	r.tell(interaction.FlowTransferred{Target: target, Ring: n.seconds("ring"), After: n.edges[interaction.WayEnded] != ""})
	return "", nil
}

// destination is where the node sends its customer.
func (r *run) destination(ctx context.Context, n *node) (t interaction.Target, err error) {
	if r.spec.Waiting {
		return t, errors.New("the customer is in line: a waiting flow sends nobody on")
	}
	if to, _ := n.params["number"].(*template); to != nil {
		dialed, err := r.fill(ctx, to, nil)
		if err != nil {
			return t, err
		}
		dialed = strings.TrimSpace(dialed)
		if number.Normalize(dialed) == "" {
			return t, fmt.Errorf("%q is no telephone number", dialed)
		}
		return interaction.Target{Kind: interaction.ToOutside, Address: dialed}, nil
	}
	key, err := r.fill(ctx, n.params["entry"].(*template), nil)
	if err != nil {
		return t, err
	}
	if r.cfg.Entries == nil {
		return t, fmt.Errorf("entry %q: there are no entries here", key)
	}
	if t, err = r.cfg.Entries.Entry(ctx, r.tenant(), strings.TrimSpace(key)); err != nil {
		err = fmt.Errorf("entry %q: %s", key, fault.Message(err))
	}
	return t, err
}
