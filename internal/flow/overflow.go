package flow

import (
	"context"
	"time"

	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/project"
	"linekeeper/internal/queue"
	"linekeeper/internal/tenant"
)

// The built-in flows of customers whom a queue sends on, at closing time or by an overflow rule. They can be given wherever
// a flow's identity can.
const (
	// LeaveMessage takes a message for the queue.
	LeaveMessage ID = "built-in:leave-message"
	// CallOutside calls a number for the customer, and brings him back to his place when it is not reached.
	CallOutside ID = "built-in:call-outside"
	// Sorry says that nobody can take the call.
	Sorry ID = "built-in:sorry"
	// OfferInLine offers a callback to who waits, and goes on with what his queue has those who wait hear.
	OfferInLine ID = "built-in:offer-in-line"
)

// outsideRing is how long a number outside may ring.
const outsideRing = 30 * time.Second

// shippedFlows are the built-in programs by identity. Some have nodes that are in no other: what these need is known from
// the interaction.
func shippedFlows() map[ID]*Program {
	all := map[ID]*Program{
		Closed: mustCompile(closedProgram), ClosedCallback: mustCompile(closedCallbackProgram), Sorry: mustCompile(sorryProgram),
		CallingBack: callingBack, LeaveMessage: mustCompile(leaveMessageProgram), OfferInLine: mustCompile(offerInLineProgram),
		CallOutside: {Flow: CallOutside, start: "outside", channels: []interaction.Medium{interaction.Voice}, nodes: map[string]*node{
			"outside": {id: "outside", kind: &Kind{Name: "call_outside", Waits: true, run: runCallOutside},
				edges: map[string]string{interaction.WayFailed: "back"}},
			"back": {id: "back", kind: &Kind{Name: "back_in_line", run: runBackInLine}},
		}},
	}
	all[OfferInLine].nodes["offer"].kind = &Kind{Name: offerKind, Waits: true, run: runOfferInLine}
	return all
}

// runCallOutside calls the number that the queue names.
func runCallOutside(_ context.Context, r *run, n *node) (string, error) {
	r.waits(n)
	r.tell(interaction.FlowTransferred{Target: interaction.Target{Kind: interaction.ToOutside, Address: r.spec.State.SentOn.Number}, Ring: outsideRing})
	return "", nil
}

// runBackInLine puts the customer back in the line that has sent him on.
func runBackInLine(_ context.Context, r *run, _ *node) (string, error) {
	s := r.spec.State
	r.tell(interaction.FlowQueued{Rules: s.SentOn.Rules, Priority: s.SentOn.Priority, Needs: s.Asks.Needs})
	return "", nil
}

// runOfferInLine goes on with the queue's waiting flow when the offer was not accepted.
func runOfferInLine(ctx context.Context, r *run, n *node) (string, error) {
	if way, err := runOfferCallback(ctx, r, n); err != nil || way == "" {
		return way, err
	}
	p, err := r.load(ctx, ID(r.spec.State.Segment.Rules.WaitingFlow), 0)
	if err != nil {
		return "", err
	}
	r.begin(p, nil)
	return entered, nil
}

// flowOf is the flow that carries an act out, by identity; empty: none does, he waits in a queue.
func flowOf(tx *db.Tx, t tenant.ID, a queue.Act, overflow bool) (ID, error) {
	switch a.Do {
	case queue.CallBack:
		if overflow {
			return OfferInLine, nil
		}
		return ClosedCallback, nil
	case queue.HangUp:
		if overflow {
			return Sorry, nil
		}
		return Closed, nil
	case queue.VoiceMail:
		return LeaveMessage, nil
	case queue.Outside:
		return CallOutside, nil
	case queue.RunFlow:
		f, err := ByKey(tx, t, a.Flow)
		return f.ID, err
	}
	return "", nil
}

// Overflow is what is told a customer whom a rule takes out of a line at an instant; nil: it cannot be carried out now,
// because the queue it leads to is not there or sends those who come elsewhere, or the flow is not there.
func (s *Store) Overflow(ctx context.Context, t tenant.ID, from queue.ID, rule queue.Overflow, at time.Time) (in *interaction.Overflowed, err error) {
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		found := interaction.Overflowed{From: from, When: string(rule.When), Act: rule.Act.String(), Do: string(rule.Do), Number: rule.Number}
		if rule.Do != queue.OtherQueue {
			id, err := flowOf(tx, t, rule.Act, true)
			if found.Flow = string(id); err == nil {
				in = &found
			}
			return absent(err)
		}
		to, err := queue.ByKey(tx, t, rule.Queue)
		if err != nil || to.ID == from {
			return absent(err)
		}
		turn, err := turnOf(tx, t, to, at, false)
		if err != nil || turn.Closed != nil || turn.Rules.Queue != to.ID {
			return absent(err)
		}
		p, err := project.Get(tx, t, to.ProjectID)
		if err != nil {
			return absent(err)
		}
		found.To = RulesOf(to, p)
		in = &found
		return nil
	})
	return in, err
}

// absent drops that something is not there.
func absent(err error) error {
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	return err
}
