package agent

import (
	"cmp"
	"context"
	"strings"

	"linekeeper/internal/access"
	"linekeeper/internal/kit/fault"
)

// Hindrance is one thing an agent has to do before he can become available.
type Hindrance struct {
	Code  string // selects the translated sentence and what the desk opens, such as notice
	About string // the id of what is to be done; empty: the code says it all
	Name  string // of the same, as people read it; stands in the sentence
	Text  string // the sentence in English
}

// Gate looks for what keeps an agent from becoming available now, in the order in which it should be done. Who is
// available already is asked nothing: what comes up during the work waits for the next time.
type Gate func(context.Context, access.UserID) ([]Hindrance, error)

// NotReady is why somebody cannot become available; it has at least one reason.
type NotReady struct{ Because []Hindrance }

// Error implements error.
func (n *NotReady) Error() string { return n.Unwrap().Error() }

// Unwrap gives the fault.
func (n *NotReady) Unwrap() error {
	var all []string
	for _, h := range n.Because {
		all = append(all, h.Text)
	}
	return fault.Conflict.New("%s", strings.Join(all, " "))
}

// Names are what is to be done, in a few words.
func (n *NotReady) Names() string {
	var all []string
	for _, h := range n.Because {
		all = append(all, cmp.Or(h.Name, h.Text))
	}
	return strings.Join(all, ", ")
}

// Pass asks all gates: nil, or a NotReady with the reasons of all of them.
func Pass(ctx context.Context, user access.UserID, gates ...Gate) error {
	var all []Hindrance
	for _, g := range gates {
		some, err := g(ctx, user)
		if err != nil {
			return err
		}
		all = append(all, some...)
	}
	if len(all) == 0 {
		return nil
	}
	return &NotReady{Because: all}
}
