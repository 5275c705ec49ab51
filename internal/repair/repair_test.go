package repair

import (
	"reflect"
	"slices"
	"testing"

	"linekeeper/internal/access"
	"linekeeper/internal/interaction"
)

// talk is a state of the interaction "i".
func talk(phase interaction.Phase, agent access.UserID) interaction.State {
	s := interaction.State{ID: "i", Phase: phase, Agent: agent}
	s.Arrival.Channel = interaction.Voice
	s.Segment.Rules.Queue = "q"
	return s
}

// whole is a look at which nothing is wrong.
func whole(s interaction.State) Look {
	l := Look{
		States: map[interaction.ID]interaction.State{"i": s}, Running: map[interaction.ID]bool{"i": true},
		Records: []interaction.ID{"i"}, Places: s.Places(), Shown: map[access.UserID][]interaction.ID{},
	}
	if s.HasCustomer() {
		l.Legs, l.Calls = []interaction.ID{"i"}, []Call{{"call", "i"}}
	}
	for _, u := range s.Users() {
		if s.InHand(u) {
			l.Seats = append(l.Seats, Seat{u, "i"})
			l.Shown[u] = append(l.Shown[u], "i")
		}
	}
	return l
}

func left(s interaction.State) interaction.State {
	s.Left = s.Left.AddDate(1, 0, 0)
	return s
}

func with(s interaction.State, p interaction.Party) interaction.State {
	s.Parties = []interaction.Party{p}
	return s
}

func TestCompare(t *testing.T) {
	connected, waiting := talk(interaction.Connected, "ann"), talk(interaction.Waiting, "")
	q := interaction.QueueRules{Queue: "q2"}
	seeking := with(connected, interaction.Party{ID: "p1", Kind: interaction.PartyAgent, State: interaction.PartySeeking, Queue: &q})
	for _, c := range []struct {
		name   string
		state  interaction.State
		break_ func(*Look)
		want   []Difference
	}{
		{name: "a flow", state: talk(interaction.InFlow, "")},
		{name: "waiting", state: waiting},
		{name: "offered", state: talk(interaction.Offered, "ann")},
		{name: "a talk", state: connected},
		{name: "somebody is sought", state: seeking},
		{name: "wrapping up", state: left(talk(interaction.WrappingUp, "ann"))},
		{name: "forwarded", state: talk(interaction.Forwarded, "")},
		{name: "parked", state: talk(interaction.Parked, "")},

		{"a seat for what is over", connected, func(l *Look) { l.Seats = append(l.Seats, Seat{"bob", "old"}) },
			[]Difference{{Kind: SeatKept, Interaction: "old", Agent: "bob"}}},
		{"a seat for somebody else's", connected, func(l *Look) { l.Seats = append(l.Seats, Seat{"bob", "i"}) },
			[]Difference{{Kind: SeatKept, Interaction: "i", Agent: "bob"}}},
		{"a leg of nobody", connected, func(l *Look) { l.Legs = append(l.Legs, "old") },
			[]Difference{{Kind: LegAstray, Interaction: "old"}}},
		{"a leg of who has left", left(talk(interaction.WrappingUp, "ann")), func(l *Look) { l.Legs = append(l.Legs, "i") },
			[]Difference{{Kind: LegAstray, Interaction: "i"}}},
		{"a call without a leg", connected, func(l *Look) { l.Calls = append(l.Calls, Call{"x", "old"}, Call{"y", "i"}) },
			[]Difference{{Kind: CallAstray, Interaction: "old", Call: "x"}}},
		{"no leg", connected, func(l *Look) { l.Legs, l.Calls = nil, nil },
			[]Difference{{Kind: LegLost, Interaction: "i"}}},
		{"a place in a talk", connected, func(l *Look) { l.Places = append(l.Places, interaction.Place{Interaction: "i"}) },
			[]Difference{{Kind: PlaceAstray, Interaction: "i"}}},
		{"a place of nobody", waiting, func(l *Look) { l.Places = append(l.Places, interaction.Place{Interaction: "old", Party: "p1"}) },
			[]Difference{{Kind: PlaceAstray, Interaction: "old", Party: "p1"}}},
		{"no place", waiting, func(l *Look) { l.Places = nil },
			[]Difference{{Kind: PlaceLost, Interaction: "i"}}},
		{"no place of who is sought", seeking, func(l *Look) { l.Places = nil },
			[]Difference{{Kind: PlaceLost, Interaction: "i", Party: "p1"}}},
		{"shown with what is over", connected, func(l *Look) { l.Shown["bob"] = []interaction.ID{"old"} },
			[]Difference{{Kind: ShownWrong, Interaction: "old", Agent: "bob"}}},
		{"not shown", connected, func(l *Look) { l.Shown = nil },
			[]Difference{{Kind: ShownWrong, Interaction: "i", Agent: "ann"}}},
		{"an open record", connected, func(l *Look) { l.Records = append(l.Records, "old", "old") },
			[]Difference{{Kind: RecordOpen, Interaction: "old"}}},
		{"no actor", connected, func(l *Look) { l.Running = nil }, []Difference{
			{Kind: SeatKept, Interaction: "i", Agent: "ann"}, {Kind: LegAstray, Interaction: "i"},
			{Kind: ShownWrong, Interaction: "i", Agent: "ann"}, {Kind: RecordOpen, Interaction: "i"},
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := whole(c.state)
			if c.break_ != nil {
				c.break_(&l)
			}
			if got := Compare(l); !reflect.DeepEqual(got, c.want) {
				t.Errorf("got  %+v\nwant %+v", got, c.want)
			}
			l.Busy = map[interaction.ID]bool{"i": true}
			want := slices.DeleteFunc(slices.Clone(c.want), func(d Difference) bool { return d.Interaction == "i" })
			if got := Compare(l); !slices.Equal(got, want) {
				t.Errorf("while it works on inputs: got  %+v\nwant %+v", got, want)
			}
		})
	}
}

func TestWatchWantsToSeeItTwice(t *testing.T) {
	var w Watch
	a, b := Difference{Kind: SeatKept, Interaction: "a"}, Difference{Kind: SeatKept, Interaction: "b"}
	for i, c := range []struct{ now, due []Difference }{
		{[]Difference{a}, nil},
		{[]Difference{b}, nil},                // a has gone by itself
		{[]Difference{a, b}, []Difference{b}}, // b is there twice in a row
		{[]Difference{a, b}, []Difference{a}}, // b was just seen to
		{[]Difference{b}, []Difference{b}},    // and is still there
		{nil, nil},
		{[]Difference{b}, nil},
	} {
		if got := w.Due(c.now); !reflect.DeepEqual(got, c.due) {
			t.Errorf("look %d: got %+v, want %+v", i, got, c.due)
		}
	}
}
