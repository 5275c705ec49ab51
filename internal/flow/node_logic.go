package flow

import (
	"context"
)

// logicKinds are the nodes that decide, set and end.
func logicKinds() []Kind {
	return []Kind{
		{
			Name: "hours", Doc: "Goes one way when a calendar is open and another when it is closed; open when it cannot be read.",
			Params: []Param{{Name: "hours", Type: HoursParam, Required: true, Doc: "the calendar"}},
			Edges:  []Edge{{Name: "open", Doc: "it is open"}, {Name: "closed", Doc: "it is closed"}},
			run:    runHours,
		},
		{
			Name: "language", Doc: "Sets the language of all that follows.", Next: true,
			Params: []Param{{Name: "language", Type: LanguageParam, Required: true, Doc: "the language"}},
			run:    runLanguage,
		},
		{
			Name: "hangup", Doc: "Ends the flow and with it the call.",
			run: runHangup,
		},
	}
}

func runHours(ctx context.Context, r *run, n *node) (string, error) {
	edge := "open"
	// A center that cannot look up its hours serves its customers rather than turn them away.
	open, err := r.open(ctx, n.str("hours"))
	switch {
	case ctx.Err() != nil:
		return "", ctx.Err()
	case err != nil:
		r.step(n, StepFailed, err.Error())
	case !open:
		edge = "closed"
	}
	r.step(n, StepTook, edge)
	return edge, nil
}

func runLanguage(_ context.Context, r *run, n *node) (string, error) {
	r.position.Language = n.str("language")
	r.step(n, StepLanguage, r.position.Language)
	return "next", nil
}

func runHangup(_ context.Context, r *run, n *node) (string, error) {
	r.end("hung up by the flow at " + n.id)
	return "", nil
}
