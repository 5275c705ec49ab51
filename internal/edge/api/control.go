package api

import (
	"context"

	"linekeeper/internal/access"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/live"
	"linekeeper/internal/queue"
)

// Control is one thing done to a running call: what a button of the desk does.
type Control struct {
	Action string `json:"action" enum:"accept,decline,hang_up,mute,digits,hold,mute_party,consult,swap,merge,leave,drop_party,transfer,park,pick_up,record,pause_recording,play_prompt,stop_prompt,secret,secret_end,monitor,monitor_end,take_over,abuse,help,help_take,help_say,help_close,more_time,more_time_answer"`
	// Agent is in whose name it is done.
	Agent  string         `json:"agent,omitempty" maxLength:"64" doc:"Id of the user in whose name it is done; empty: the asker. Another's needs the permission monitor"`
	On     bool           `json:"on,omitempty" doc:"mute, hold, mute_party, record, pause_recording; consult: at once with the customer; more_time_answer: yes"`
	Party  string         `json:"party,omitempty" maxLength:"16" doc:"hold, mute_party, drop_party: customer, agent, p1 …; empty: the customer"`
	Target *ControlTarget `json:"target,omitempty" doc:"consult, transfer; more_time_answer: the agent who has asked"`
	Digits string         `json:"digits,omitempty" maxLength:"64" doc:"digits: 0-9 * # A-D"`
	Mode   string         `json:"mode,omitempty" enum:"listen,whisper,barge" doc:"monitor"`
	Reason string         `json:"reason,omitempty" maxLength:"200" doc:"hang_up: why the agent ends first; pause_recording: card, private"`
	Prompt string         `json:"prompt,omitempty" maxLength:"64" doc:"play_prompt: its key"`
	Flow   string         `json:"flow,omitempty" maxLength:"64" doc:"secret: id of the flow that takes the digits"`
	Note   string         `json:"note,omitempty" maxLength:"1000" doc:"help: a word for the leaders; help_say: a line to agent or leader"`
}

// ControlTarget is where a call is sent, or who is asked to it.
type ControlTarget struct {
	Kind   string `json:"kind" enum:"agent,queue,entry,outside"`
	ID     string `json:"id,omitempty" maxLength:"64" doc:"Of an agent, a queue or an entry"`
	Number string `json:"number,omitempty" maxLength:"64" doc:"Outside, as typed"`
}

// Controller carries out call control; the interaction decides whether it fits the moment.
type Controller interface {
	Control(ctx context.Context, by access.UserID, role access.Role, id interaction.ID, c Control) error
	// Dial calls a customer for a user who has no call in hand.
	// Message is one in his hand that the call answers; empty: none.
	Dial(ctx context.Context, by access.UserID, from queue.ID, number string, message interaction.ID) (interaction.ID, error)
}

// NewCall is a call that an agent makes.
type NewCall struct {
	Number string   `json:"number,omitempty" maxLength:"64" doc:"As people of the project's country dial it, or with + and the country's code; empty: of the message"`
	Queue  queue.ID `json:"queue,omitempty" maxLength:"64" doc:"Id of a queue the agent serves: recording and wrap-up are as it says; empty: the first by project and name"`
	Agent  string   `json:"agent,omitempty" maxLength:"64" doc:"Id of the user who calls; empty: the asker. Another's needs the permission monitor"`
	// Message is what the call answers.
	Message interaction.ID `json:"message,omitempty" maxLength:"64" doc:"Id of the voice message in the agent's hand that the call answers: it stays there, and its number and queue are taken where none is given"`
}

// BegunCall is a call that was begun.
type BegunCall struct {
	Interaction interaction.ID `json:"interaction"`
}

type newCallInput struct{ Body NewCall }

type begunCallOutput struct{ Body BegunCall }

// call has an agent call a customer: first his phone is connected, then the customer is called.
func (s *server) call(ctx context.Context, in *newCallInput) (*begunCallOutput, error) {
	by, err := s.inNameOf(ctx, in.Body.Agent)
	if err != nil {
		return nil, err
	}
	id, err := s.deps.Control.Dial(ctx, by, in.Body.Queue, in.Body.Number, in.Body.Message)
	if err != nil {
		return nil, err
	}
	return &begunCallOutput{BegunCall{id}}, nil
}

// inNameOf is who acts: the asker, or for a supervisor somebody else.
func (s *server) inNameOf(ctx context.Context, agent string) (access.UserID, error) {
	v := viewerOf(ctx)
	by := v.User
	if other := access.UserID(agent); other != "" && other != by {
		if !v.May(access.Monitor) {
			return "", fault.Denied.New("Only a supervisor acts in somebody else's name.")
		}
		by = other
	}
	if by == "" {
		return "", fault.OneField("agent", fault.Required, "Say in whose name: an API token is nobody.")
	}
	if s.deps.Control == nil {
		return "", fault.Unavailable.New("This server controls no calls.")
	}
	return by, nil
}

type controlInput struct {
	ID   string `path:"id" maxLength:"64"`
	Body Control
}

// control does to a call what a button of the desk does.
func (s *server) control(ctx context.Context, in *controlInput) (*struct{}, error) {
	by, err := s.inNameOf(ctx, in.Body.Agent)
	if err != nil {
		return nil, err
	}
	return nil, s.deps.Control.Control(ctx, by, viewerOf(ctx).Role, interaction.ID(in.ID), in.Body)
}

// Parked are the customers who wait for somebody to pick up.
type Parked struct {
	Items []live.ParkedView `json:"items"`
}

type parkedOutput struct {
	Body Parked
}

func (s *server) parked(context.Context, *nothing) (*parkedOutput, error) {
	all := s.deps.Board.Present().Parked
	if all == nil {
		all = []live.ParkedView{}
	}
	return &parkedOutput{Parked{all}}, nil
}
