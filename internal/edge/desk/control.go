package desk

import (
	"context"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/queue"
)

// Control is what call control asks of the set-up.
type Control interface {
	// Target finds a destination as it stands now.
	Target(ctx context.Context, t Target) (interaction.Target, error)
	// Targets lists where calls can be sent.
	Targets() Targets
	// Playable lists what can be played to a customer.
	Playable(ctx context.Context) (Playable, error)
	// CallLines lists for which queues a user may call customers, those of one project together.
	CallLines(user access.UserID) []CallLine
	// Dial calls a customer for a user who has no call in hand; an empty queue is the first of CallLines. Message is
	// the one in his hand which the call answers, empty: none; it stays there, and the number and the queue are its
	// own where they are empty.
	Dial(ctx context.Context, user access.UserID, from queue.ID, number string, message interaction.ID) (interaction.ID, error)
	// MayPickUp refuses an agent who cannot take a parked call just now.
	MayPickUp(user access.UserID) error
	// Monitors notes that a supervisor is about to take part, and says whether the agent is told.
	Monitors(ctx context.Context, user access.UserID, id interaction.ID, mode string) (announce bool, err error)
	// Helps refuses who is neither the agent who has called for help nor a leader, and notes what leaders do but write.
	Helps(ctx context.Context, user access.UserID, leads bool, id interaction.ID, what string) error
}

// Target is where a call is sent, or who is asked to it.
type Target struct {
	Kind   string `json:"kind"`             // agent, queue, entry, outside
	ID     string `json:"id,omitempty"`     // of an agent, a queue or an entry
	Number string `json:"number,omitempty"` // outside, as typed
}

// Targets are the destinations there are.
type Targets struct {
	Agents  []Place `json:"agents"`
	Queues  []Place `json:"queues"`
	Entries []Place `json:"entries"`
}

// Place is a destination.
type Place struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Detail string `json:"detail"`         // an agent's status, a queue's project, an entry's number
	Free   bool   `json:"free,omitempty"` // an agent: can be asked now
}

// CallLine is a queue that an agent may call customers for: its rules are those of the call.
type CallLine struct {
	Queue       string `json:"queue"`
	Name        string `json:"name"`
	Project     string `json:"project"` // id
	ProjectName string `json:"project_name"`
	Country     string `json:"country"` // from where its people dial (ISO 3166); empty: not known
}

// Playable is what an agent may let the customer hear.
type Playable struct {
	Prompts []PromptChoice `json:"prompts"`
	Secrets []Place        `json:"secrets"` // flows that take digits
}

// PromptChoice is a prompt to play.
type PromptChoice struct {
	Key   string       `json:"key"`
	Name  string       `json:"name"`
	Texts []PromptText `json:"texts"` // what is said, by language; none: a recording only
}

// PromptText is what a prompt says in a language.
type PromptText struct {
	Language string `json:"language"`
	Text     string `json:"text"`
}

// ControlInput is what a command that acts on a call asks of the interaction; the API takes the same ones.
// What the user may not do is refused here.
func ControlInput(ctx context.Context, ports Control, me access.UserID, role access.Role, c Command) (interaction.Input, error) {
	party := interaction.PartyID(c.Party)
	switch c.Kind {
	case CmdAccept:
		return interaction.AgentAccepted{Agent: me}, nil
	case CmdDecline:
		return interaction.AgentDeclined{Agent: me}, nil
	case CmdHangUp:
		return interaction.AgentHungUp{Agent: me, Reason: c.Reason}, nil
	case CmdPutBack:
		in := interaction.TaskPutBack{Agent: me, Note: c.Note}
		if c.At > 0 {
			in.Until = time.UnixMilli(c.At).UTC()
		}
		return in, nil
	case CmdMute:
		return interaction.MuteSet{Agent: me, On: c.On}, nil
	case CmdDigits:
		return interaction.DigitsPressed{Agent: me, Digits: c.Digits}, nil
	case CmdHold:
		return interaction.HoldSet{By: me, Party: party, On: c.On}, nil
	case CmdMuteParty:
		return interaction.PartyMuteSet{By: me, Party: party, On: c.On}, nil
	case CmdSwap:
		return interaction.Swap{By: me}, nil
	case CmdMerge:
		return interaction.Merge{By: me}, nil
	case CmdLeave:
		return interaction.Leave{By: me}, nil
	case CmdDropParty:
		return interaction.DropParty{By: me, Party: party}, nil
	case CmdPark:
		return interaction.Park{By: me}, nil
	case CmdRecord:
		return interaction.RecordingSet{By: me, On: c.On}, nil
	case CmdPauseRecording:
		return interaction.RecordingPaused{By: me, On: c.On, Why: c.Reason}, nil
	case CmdPlayPrompt:
		return interaction.PromptPlayed{By: me, Prompt: c.Prompt}, nil
	case CmdStopPrompt:
		return interaction.PromptStopped{By: me}, nil
	case CmdSecret:
		return interaction.SecretTaken{By: me, Flow: c.Flow}, nil
	case CmdSecretEnd:
		return interaction.SecretCancelled{By: me}, nil
	case CmdConsult, CmdTransfer:
		if c.Target == nil {
			return nil, fault.OneField("target", fault.Required, "Choose where to.")
		}
		target, err := ports.Target(ctx, *c.Target)
		if err != nil {
			return nil, err
		}
		if c.Kind == CmdTransfer {
			return interaction.Transfer{By: me, Target: target}, nil
		}
		return interaction.Consult{By: me, Target: target, Private: !c.On}, nil
	case CmdAbuse:
		return interaction.AbuseReported{By: me}, nil
	case CmdHelp:
		return interaction.HelpAsked{By: me, Word: c.Note}, nil
	case CmdHelpTake, CmdHelpSay, CmdHelpClose:
		return helpInput(ctx, ports, me, role, c)
	case CmdMoreTime:
		return interaction.MoreTimeAsked{Agent: me}, nil
	case CmdMoreTimeAnswer:
		if !access.May(role, access.Monitor) {
			return nil, fault.Denied.New("Supervisors answer requests for more time.")
		}
		if c.Target == nil || c.Target.ID == "" {
			return nil, fault.OneField("target", fault.Required, "Say which agent is answered.")
		}
		return interaction.MoreTimeAnswered{By: me, Agent: access.UserID(c.Target.ID), Grant: c.On}, nil
	case CmdPickUp:
		return interaction.PickUp{By: me}, ports.MayPickUp(me)
	case CmdMonitor, CmdMonitorEnd, CmdTakeOver:
		if !access.May(role, access.Monitor) {
			return nil, fault.Denied.New("Taking part in others' calls is for supervisors.")
		}
		return monitorInput(ctx, ports, me, c)
	}
	return nil, fault.OneField("kind", fault.Unknown, "There is no command %q.", c.Kind)
}

// helpInput is what leader or agent does with a call for help.
func helpInput(ctx context.Context, ports Control, me access.UserID, role access.Role, c Command) (interaction.Input, error) {
	leads := access.May(role, access.Monitor)
	if c.Kind == CmdHelpTake && !leads {
		return nil, fault.Denied.New("Calls for help are for supervisors.")
	}
	if err := ports.Helps(ctx, me, leads, interaction.ID(c.Interaction), c.Kind); err != nil {
		return nil, err
	}
	switch c.Kind {
	case CmdHelpTake:
		return interaction.HelpTaken{By: me}, nil
	case CmdHelpClose:
		return interaction.HelpClosed{By: me}, nil
	}
	return interaction.HelpSaid{By: me, Text: c.Note}, nil
}

func monitorInput(ctx context.Context, ports Control, me access.UserID, c Command) (interaction.Input, error) {
	if c.Kind == CmdMonitorEnd {
		return interaction.MonitorEnd{By: me}, nil
	}
	mode := c.Mode
	if c.Kind == CmdTakeOver {
		mode = "take_over"
	}
	announce, err := ports.Monitors(ctx, me, interaction.ID(c.Interaction), mode)
	if err != nil {
		return nil, err
	}
	if c.Kind == CmdTakeOver {
		return interaction.TakeOver{By: me}, nil
	}
	return interaction.Monitor{By: me, Mode: interaction.MonitorMode(c.Mode), Announce: announce}, nil
}
