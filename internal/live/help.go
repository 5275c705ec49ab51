package live

import (
	"slices"
	"strings"

	"linekeeper/internal/access"
	"linekeeper/internal/interaction"
)

// HelpView is an agent's call to the leaders, in a talk that goes on.
type HelpView struct {
	Interaction     interaction.ID `json:"interaction"`
	Agent           access.UserID  `json:"agent"`
	AgentName       string         `json:"agent_name"`
	CustomerAddress string         `json:"customer_address"`
	CustomerName    string         `json:"customer_name"`
	ProjectName     string         `json:"project_name"`
	QueueName       string         `json:"queue_name"`
	Answered        int64          `json:"answered"`
	Since           int64          `json:"since"`
	Word            string         `json:"word"`     // what it is about; may be empty
	Insulted        bool           `json:"insulted"` // the customer insults the agent
	Ending          bool           `json:"ending"`   // the call ends with the farewell that is played
	Taken           access.UserID  `json:"taken"`    // the leader who cares; empty: nobody yet
	TakenName       string         `json:"taken_name"`
	Lines           []HelpLineView `json:"lines"` // the last of what the two have written
}

// HelpLineView is what agent or leader has written to the other.
type HelpLineView struct {
	User access.UserID `json:"user"`
	Name string        `json:"name"`
	At   int64         `json:"at"`
	Text string        `json:"text"`
}

// Leads has the subscription follow all calls for help, requests for more time and alerts from now on; they come at once.
func (s *Subscription) Leads() {
	s.b.box.Put(func() {
		s.lead = true
		all, asks, alerts := s.b.helps(), s.b.asks(), s.b.alerts
		s.put(func(p *pending) {
			p.helps, p.helpsNew, p.asks, p.asksNew = all, true, asks, true
			p.alerts, p.alertsNew = alerts, true
		})
		s.rouse()
	})
}

// helped tells leaders of a call for help that has changed.
func (b *Board) helped(before, after interaction.State) {
	if !before.HelpOpen() && !after.HelpOpen() {
		return
	}
	all := b.helps()
	for s := range b.subs {
		if s.lead {
			s.put(func(p *pending) { p.helps, p.helpsNew = all, true })
			s.rouse() // an agent waits
		}
	}
}

// helps are the calls for help, the oldest first.
func (b *Board) helps() []HelpView {
	all := []HelpView{}
	for _, s := range b.work {
		if s.HelpOpen() {
			all = append(all, b.helpView(s))
		}
	}
	slices.SortFunc(all, func(x, y HelpView) int {
		if x.Since != y.Since {
			return int(x.Since - y.Since)
		}
		return strings.Compare(string(x.Interaction), string(y.Interaction))
	})
	return all
}

func (b *Board) helpView(s interaction.State) HelpView {
	a, h := s.Arrival, s.Help
	v := HelpView{
		Interaction: s.ID, Agent: h.By, AgentName: b.names.User(h.By),
		CustomerAddress: a.CustomerAddress, CustomerName: a.CustomerName, ProjectName: b.names.Project(string(a.Project)),
		QueueName: b.names.Queue(s.Segment.Rules.Queue), Answered: millis(s.Segment.Answered), Since: millis(h.Since),
		Word: h.Word, Insulted: h.Insulted, Ending: s.AbuseEnding, Taken: h.Taken, Lines: []HelpLineView{},
	}
	if h.Taken != "" {
		v.TakenName = b.names.User(h.Taken)
	}
	for _, l := range h.Lines {
		v.Lines = append(v.Lines, HelpLineView{User: l.By, Name: b.names.User(l.By), At: millis(l.At), Text: l.Text})
	}
	return v
}
