package flow

import (
	"context"
	"slices"
	"time"

	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/project"
	"linekeeper/internal/tenant"
)

// Alone is a run without a customer, as a trigger starts it.
type Alone struct {
	ID      string // for the log
	Tenant  tenant.ID
	Project project.ID
	Flow    ID
	// Inputs are given to the program's input variables; each becomes one of its type. Names it has no input for
	// are left out.
	Inputs map[string]any
}

// mostSteps is how many steps of a run without a customer are kept.
const mostSteps = 200

// errCustomer is why a flow does not run without a customer.
var errCustomer = fault.Conflict.New(needsCustomer, interaction.NoChannel)

const needsCustomer = "the flow needs a customer; write \"channels\": [%q] into it"

// ForNobody says whether a flow may run without a customer: its channels hold none.
func (p *Program) ForNobody() bool { return slices.Contains(p.channels, interaction.NoChannel) }

// CheckAlone says whether a published flow may run without a customer; a field's error when not.
func CheckAlone(tx *db.Tx, t tenant.ID, which ID) error {
	f, err := Get(tx, t, which)
	if fault.Is(err, fault.NotFound) {
		return fault.OneField("flow_id", fault.Unknown, "there is no such flow")
	}
	if err != nil {
		return err
	}
	p, err := Compile(f.Program)
	if err != nil { // published by an earlier release
		return fault.OneField("flow_id", fault.NotAllowed, "the flow has mistakes: open it in the editor, put them right, publish")
	}
	if !p.ForNobody() {
		return fault.OneField("flow_id", fault.NotAllowed, needsCustomer, interaction.NoChannel)
	}
	return nil
}

// Done is what a run without a customer did.
type Done struct {
	Version int64    // of the flow; 0: it could not be read
	Steps   []string // of its nodes
}

// RunAlone runs a flow to its end, on the caller's goroutine, and gives what its nodes did. The error is why it
// could not begin, or failed. The safety flow is for customers: it is not asked.
func (r *Runner) RunAlone(ctx context.Context, a Alone) (did Done, err error) {
	r.mu.Lock()
	if r.closed {
		r.mu.Unlock()
		return did, fault.Unavailable.New("The center is closing down.")
	}
	r.flows.Add(1)
	r.mu.Unlock()
	defer r.flows.Done()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(r.ctx, cancel)()

	one := newRun(ctx, r, interaction.FlowRun{Flow: string(a.Flow), State: interaction.State{
		ID: interaction.ID(a.ID), Arrived: r.cfg.Clock.Now().UTC().Truncate(time.Millisecond),
		Arrival: interaction.Arrival{Tenant: a.Tenant, Project: a.Project, Channel: interaction.NoChannel},
	}})
	cfg := r.cfg
	cfg.Tell = func(_ interaction.ID, in interaction.Input) {
		if s, ok := in.(interaction.FlowStepped); ok && s.What != StepWaits && len(did.Steps) < mostSteps {
			did.Steps = append(did.Steps, s.Node+": "+s.What+" "+s.Text)
		}
	}
	one.cfg = &cfg
	program, err := one.load(ctx, a.Flow, 0)
	if err != nil {
		return did, err
	}
	did.Version = program.Version
	if !program.ForNobody() {
		return did, errCustomer
	}
	inputs, err := program.typed(a.Inputs)
	if err != nil {
		return did, err
	}
	one.begin(program, inputs)
	err = one.walk(ctx)
	return did, err
}

// typed are the inputs a program has, each as its type. One without a value and without a default is an error.
func (p *Program) typed(given map[string]any) (map[string]any, error) {
	inputs := map[string]any{}
	for name, v := range p.variables {
		if !v.Input {
			continue
		}
		raw, ok := given[name]
		if !ok || raw == nil {
			if v.Default == nil {
				return nil, fault.Invalid.New("The input %q is missing.", name)
			}
			continue
		}
		value, err := convert(raw, v.Type)
		if err != nil {
			return nil, fault.Invalid.New("The input %q %s.", name, saidOf(err))
		}
		inputs[name] = value
	}
	return inputs, nil
}

// Limits of what a web hook sends.
const (
	MaxHookBody  = 64 << 10 // bytes
	maxHookDepth = 20
	maxHookNames = 1000
)

// CheckHookInputs bounds the JSON object a web hook is sent, whose names become inputs.
func CheckHookInputs(inputs map[string]any) error {
	if len(inputs) > maxHookNames || !shallow(inputs, maxHookDepth) {
		return fault.OneField("body", fault.Malformed, "the body has more than %d names, or is nested deeper than %d", maxHookNames, maxHookDepth)
	}
	return nil
}

func shallow(v any, depth int) bool {
	if depth == 0 {
		return false
	}
	switch v := v.(type) {
	case map[string]any:
		for _, one := range v {
			if !shallow(one, depth-1) {
				return false
			}
		}
	case []any:
		for _, one := range v {
			if !shallow(one, depth-1) {
				return false
			}
		}
	}
	return true
}
