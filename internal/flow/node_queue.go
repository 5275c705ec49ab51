package flow

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/skill"
	"linekeeper/internal/wait"
)

// enqueueKind is the name of the node that puts a customer in line.
const enqueueKind = "enqueue"

// queueKinds are the nodes about waiting in line.
func queueKinds() []Kind {
	return []Kind{
		{
			Name: enqueueKind, Doc: "Puts the customer in line for an agent; the flow is over, the queue's waiting flow follows.",
			Params: []Param{
				{Name: "queue", Type: QueueParam, Doc: "the queue; absent: the project's own"},
				{Name: "priority", Type: IntegerParam, Default: 0.0, Min: -100, Max: 100, Doc: "higher goes first"},
				{Name: "skill", Type: TemplateParam, Names: SkillThing, Doc: "the key of a skill that the agent must have, such as a language chosen in a menu; absent: only what the queue asks"},
				{Name: "level", Type: IntegerParam, Default: 1.0, Min: 0, Max: skill.MaxLevel, Doc: "how well, 1 to 10; 0: who has more of it comes first, and nobody is left out"},
				{Name: "relax", Type: SecondsParam, Default: 0.0, Max: 24 * 3600, Doc: "after so many seconds in line everybody of the queue will do; 0: never"},
			},
			Edges: []Edge{{Name: "failed", Optional: true, Doc: "the queue is not there; without this way the flow ends"}},
			Needs: []Ability{CanServe},
			run:   runEnqueue,
		},
		{
			Name: "position", Doc: "Says the customer's number in line; silent for one who is not in line.",
			Params: []Param{{Name: "wait", Type: BooleanParam, Default: false, Doc: "says behind it how long that may still take, as a range; nothing where it is not known"}},
			Next:   true, Needs: []Ability{CanSay}, run: runPosition,
		},
	}
}

func runEnqueue(ctx context.Context, r *run, n *node) (string, error) {
	key, err := r.queueKey(ctx, n)
	if err != nil {
		return r.failed(ctx, n, err)
	}
	turn, err := r.turn(ctx, key)
	if err != nil {
		return r.failed(ctx, n, err)
	}
	queued := interaction.FlowQueued{Rules: turn.Rules, Priority: int(n.number("priority")), Closed: turn.Closed}
	if turn.Closed == nil && r.cfg.Agents != nil {
		if queued.Needs, err = r.needs(ctx, n); err != nil {
			return r.failed(ctx, n, err)
		}
		// Who is not found is no reason to let the customer wait for less.
		queued.First, queued.FirstFor, err = r.cfg.Agents.FirstAgent(ctx, r.tenant(), turn.Rules.Queue, r.spec.State.Arrival.Customer)
		if err != nil {
			r.step(n, StepFailed, fault.Message(err))
		}
	}
	r.tell(queued)
	return "", nil
}

// needs are the skill that the node asks for; what is not there is told, and not asked for.
func (r *run) needs(ctx context.Context, n *node) ([]skill.Need, error) {
	t, _ := n.params["skill"].(*template)
	if t == nil {
		return nil, nil
	}
	key, err := r.fill(ctx, t, nil)
	if key = strings.TrimSpace(key); err != nil || key == "" {
		return nil, err
	}
	id, ok := r.cfg.Agents.Skill(ctx, r.tenant(), key)
	if !ok {
		r.step(n, StepFailed, fmt.Sprintf("there is no skill %q", key))
		return nil, nil
	}
	need := skill.Need{Skill: id, Level: int(n.number("level"))}
	if after := n.seconds("relax"); after > 0 && need.Level > 0 {
		need.Relax = []skill.Relaxation{{AfterMS: after.Milliseconds()}}
	}
	return []skill.Need{need}, nil
}

// turn is where the customer waits, or which flow takes him because the queue is closed. A closed queue's own flow
// may name the queue again: then he waits there.
func (r *run) turn(ctx context.Context, key string) (Turn, error) {
	if r.cfg.Turns == nil || r.spec.Waiting {
		rules, err := r.rules(ctx, key)
		return Turn{Rules: rules}, err
	}
	turn, err := r.cfg.Turns.Turn(ctx, r.tenant(), key, r.cfg.Clock.Now())
	if err != nil {
		return turn, fmt.Errorf("queue %q: %w", key, err)
	}
	if slices.Contains(r.spec.State.ClosedFor, turn.Rules.Queue) {
		turn.Closed = nil
	}
	return turn, nil
}

// queueKey is the queue a node names, or the project's own.
func (r *run) queueKey(ctx context.Context, n *node) (string, error) {
	if key := n.str("queue"); key != "" {
		return key, nil
	}
	facts, err := r.setup(ctx)
	if err == nil && facts.Queue == "" {
		err = fmt.Errorf("the project has no queue of its own for this")
	}
	return facts.Queue, err
}

func (r *run) rules(ctx context.Context, key string) (interaction.QueueRules, error) {
	if r.spec.Waiting {
		return interaction.QueueRules{}, fmt.Errorf("queue %q: the customer is in line already", key)
	}
	if r.cfg.Queues == nil {
		return interaction.QueueRules{}, fmt.Errorf("queue %q: there are no queues here", key)
	}
	rules, err := r.cfg.Queues.Rules(ctx, r.tenant(), key)
	if err != nil {
		return rules, fmt.Errorf("queue %q: %w", key, err)
	}
	return rules, nil
}

func runPosition(ctx context.Context, r *run, n *node) (string, error) {
	if r.cfg.Places == nil {
		return "next", nil
	}
	number, ok := r.cfg.Places.Position(r.spec.State.ID)
	if !ok || number < 1 {
		return "next", nil
	}
	said, tell := wait.Range{}, false
	if n.flag("wait") && r.cfg.Waits != nil {
		var e wait.Estimate
		if e, tell = r.cfg.Waits.Wait(r.spec.State.Segment.Rules.Queue, number); tell {
			said = e.Say()
		}
	}
	if r.talker == nil {
		text := PlaceText(number, r.position.Language)
		if tell {
			text += "\n" + WaitText(said, r.position.Language)
		}
		if err := r.writer.Write(ctx, Message{Text: text}); err != nil {
			return "", err
		}
		r.toldPlace(n, number, said, tell)
		return "next", nil
	}
	clip, err := r.library().Place(ctx, r.tenant(), number, r.position.Language)
	if err != nil {
		r.missing(ctx, n, "position", err)
		clip = beep()
	}
	if err := r.play(ctx, clip); err != nil {
		return "", err
	}
	if tell {
		if clip, err = r.library().Wait(ctx, r.tenant(), said, r.position.Language); err != nil {
			r.missing(ctx, n, "wait", err)
		} else if err := r.play(ctx, clip); err != nil {
			return "", err
		}
	}
	r.toldPlace(n, number, said, tell)
	return "next", nil
}

// toldPlace tells what the customer heard of his place; hearing the same again is no news for the time line.
func (r *run) toldPlace(n *node, number int, said wait.Range, waits bool) {
	if number != r.place {
		r.place = number
		r.step(n, StepPlace, strconv.Itoa(number))
	}
	if text := minutes(said); waits && text != r.expects {
		r.expects = text
		r.step(n, StepExpected, text)
	}
}

// minutes is a range as the time line has it: <1, 2-5, >60.
func minutes(said wait.Range) string {
	switch {
	case said.Low == 0:
		return fmt.Sprintf("<%d", said.High)
	case said.High == 0:
		return fmt.Sprintf(">%d", said.Low)
	}
	return fmt.Sprintf("%d-%d", said.Low, said.High)
}
