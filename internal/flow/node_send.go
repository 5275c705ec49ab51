package flow

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/id"
)

// Outgoing sends e-mail and SMS.
type Outgoing interface {
	// Send has a message sent and gives the address it goes to, in the one form we know. The same Key again sends nothing.
	// The error says why it cannot go and does not repeat the text.
	Send(ctx context.Context, l Letter) (to string, err error)
	// Code draws a one-time code of so many digits.
	Code(digits int) string
	// Mark gives a text from which the other cannot be found without a key of the server's.
	Mark(text string) (string, error)
}

// Letter is what is sent.
type Letter struct {
	Key         string // tells a wish from the same wish asked again
	Arrival     interaction.Arrival
	Interaction interaction.ID // empty: none
	Node        string
	Way         string // sms, email
	To          string
	Subject     string // of e-mail
	Text        string
	Secret      bool          // nobody may read the text but who receives it
	Lasts       time.Duration // after that it is of no use; 0: it always is
	// Wait is how long Send waits for the gateway to take it; 0: not at all. One that is not taken by then goes later.
	Wait time.Duration
}

// sendKind and codeKind are names of nodes that send messages.
const (
	sendKind = "send"
	codeKind = "code"
)

const longestWait = 30 * time.Second

// letterParams are those of nodes that send messages.
func letterParams() []Param {
	return []Param{
		{Name: "channel", Type: ChoiceParam, Options: []string{"sms", "email"}, Default: "sms", Doc: "sms or email, by the gateway the project has for it"},
		{Name: "to", Type: ExpressionParam, Yields: TextVar, Doc: `the number or address; missing: for sms the number the customer calls from, or else the first we know, for email customer.fields.email`},
	}
}

// sendKinds are the nodes that send messages.
func sendKinds() []Kind {
	return []Kind{{
		Name: sendKind, Doc: "Sends an SMS or an e-mail. It goes on as soon as the message is written down to be sent; it is sent even if the server stops meanwhile.",
		Next: true,
		Params: append(letterParams(),
			Param{Name: "subject", Type: TextParam, Letter: true, Doc: "the subject of an e-mail"},
			Param{Name: "message", Type: TextParam, Required: true, Letter: true, Doc: "what it says"},
			Param{Name: "wait", Type: SecondsParam, Default: 0.0, Min: 0, Max: longestWait.Seconds(), Doc: "how long to wait for the gateway to take it; one it refuses goes by failed, one that is not taken by then goes later"},
		),
		Edges: []Edge{{Name: failedWay, Doc: "there is nowhere to send it to, no gateway for it, too many went there, or the gateway refuses it"}},
		run:   runSend, check: checkSend,
	}}
}

func checkSend(n *node) (found Problems) {
	_, subject := n.params["subject"]
	switch email := n.str("channel") == "email"; {
	case email && !subject:
		found.add(n.id, "subject", "an e-mail needs a subject")
	case !email && subject:
		found.add(n.id, "subject", "an SMS has no subject")
	}
	return found
}

var (
	errNoOutgoing = errors.New("nothing is sent here")
	errNobody     = errors.New("there is no address to send to")
)

func runSend(ctx context.Context, r *run, n *node) (string, error) {
	if r.position.Letter == "" {
		r.position.Letter = id.New()
	}
	defer func() { r.position.Letter = "" }()
	l, err := r.newLetter(ctx, n)
	if err == nil {
		l.Key, l.Wait = r.position.Letter, n.seconds("wait")
		if l.Text, err = r.lettered(ctx, n, "message", nil); err == nil && n.params["subject"] != nil {
			l.Subject, err = r.lettered(ctx, n, "subject", nil)
		}
	}
	if err != nil {
		return r.failed(ctx, n, err)
	}
	r.waits(n)
	to, err := r.cfg.Outgoing.Send(ctx, l)
	if err != nil {
		return r.failed(ctx, n, fmt.Errorf("%s: %w", l.Way, err))
	}
	r.step(n, StepSent, fmt.Sprintf("%s, %s: %s", l.Way, to, short(l.Text)))
	return "next", nil
}

// newLetter is a message of a node without its text.
func (r *run) newLetter(ctx context.Context, n *node) (Letter, error) {
	s := r.spec.State
	l := Letter{Arrival: s.Arrival, Interaction: s.ID, Node: n.id, Way: n.str("channel")}
	if r.cfg.Outgoing == nil {
		return l, errNoOutgoing
	}
	if e, ok := n.params["to"].(*expression); ok {
		to, err := r.eval(ctx, e, nil)
		if err != nil {
			return l, fmt.Errorf("to: %w", err)
		}
		l.To, _ = to.(string)
	} else if err := r.usualAddress(ctx, &l); err != nil {
		return l, err
	}
	if l.To == "" {
		return l, errNobody
	}
	return l, nil
}

// usualAddress is where a message goes when the node does not say.
func (r *run) usualAddress(ctx context.Context, l *Letter) error {
	who, err := r.customer(ctx)
	if err != nil {
		return err
	}
	switch {
	case l.Way == "email":
		l.To = who.Fields["email"]
	case r.spec.State.Arrival.CustomerAddress != "":
		l.To = r.spec.State.Arrival.CustomerAddress
	case len(who.Numbers) > 0:
		l.To = who.Numbers[0]
	}
	return nil
}

// lettered is a text of a node, to be read.
func (r *run) lettered(ctx context.Context, n *node, param string, more extra) (string, error) {
	t, language := n.text(param, r.position.Language)
	if t == nil {
		return "", fmt.Errorf("%s: there is no text", param)
	}
	r.tongue, r.letter = language, true
	defer func() { r.tongue, r.letter = "", false }()
	text, err := r.fillWith(ctx, t, nil, more)
	if err != nil {
		return "", fmt.Errorf("%s: %w", param, err)
	}
	return text, nil
}

// names says whether the template reads a name.
func (t *template) names(name string) bool {
	return slices.ContainsFunc(t.expressions(), func(e *expression) bool { return slices.Contains(e.names, name) })
}
