package interaction

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"linekeeper/internal/access"
)

var talk = []Input{arrived, queued, OfferMade{Agent: "ann"}, AgentAccepted{"ann"}, PhoneConnected{Agent: "ann"}}

// heard writes an arrangement as "who<-whom,...; ...", music as *.
func heard(a Arrangement) string {
	var ears []string
	for _, e := range a {
		names := []string{}
		for _, h := range e.Hears {
			other, _ := a.Ear(h)
			if !other.Muted {
				names = append(names, string(h))
			}
		}
		slices.Sort(names)
		if e.Music {
			names = append(names, "*")
		}
		ears = append(ears, string(e.Of)+"<-"+strings.Join(names, ","))
	}
	return strings.Join(ears, "; ")
}

func TestControl(t *testing.T) {
	bob := Consult{By: "ann", Target: Target{Kind: ToAgent, Agent: "bob"}, Private: true}
	taxi := Consult{By: "ann", Target: Target{Kind: ToOutside, Address: "+7999"}, Private: true}
	bobUp := []Input{bob, OfferMade{"bob", "p1"}, AgentAccepted{"bob"}, PhoneConnected{Agent: "bob"}}
	join := func(parts ...[]Input) (all []Input) {
		for _, p := range parts {
			all = append(all, p...)
		}
		return all
	}
	tests := []struct {
		name   string
		inputs []Input
		phase  Phase
		agent  access.UserID
		heard  string
	}{
		{"a talk", nil, Connected, "ann", "customer<-agent; agent<-customer"},
		{"hold", []Input{HoldSet{By: "ann", On: true}}, Connected, "ann", "customer<-*; agent<-"},
		{"hold and back", []Input{HoldSet{By: "ann", On: true}, HoldSet{By: "ann"}}, Connected, "ann", "customer<-agent; agent<-customer"},
		{"muted", []Input{MuteSet{"ann", true}}, Connected, "ann", "customer<-; agent<-customer"},
		{"a stranger holds", []Input{HoldSet{By: "bob", On: true}}, Connected, "ann", "customer<-agent; agent<-customer"},
		{"consult, asked", []Input{bob, OfferMade{"bob", "p1"}}, Connected, "ann", "customer<-*; agent<-"},
		{"consult, up", bobUp, Connected, "ann", "customer<-*; agent<-p1; p1<-agent"},
		{"consult, busy", []Input{bob, PlaceRefused{"p1"}}, Connected, "ann", "customer<-agent; agent<-customer"},
		{"consult, no answer", []Input{bob, OfferMade{"bob", "p1"}, TimerFired{PartyTimer("p1")}}, Connected, "ann", "customer<-agent; agent<-customer"},
		{"consult, declined", []Input{bob, OfferMade{"bob", "p1"}, AgentDeclined{"bob"}}, Connected, "ann", "customer<-agent; agent<-customer"},
		{"swap", join(bobUp, []Input{Swap{"ann"}}), Connected, "ann", "customer<-agent; agent<-customer; p1<-*"},
		{"swap twice", join(bobUp, []Input{Swap{"ann"}, Swap{"ann"}}), Connected, "ann", "customer<-*; agent<-p1; p1<-agent"},
		{"merge", join(bobUp, []Input{Merge{"ann"}}), Connected, "ann", "customer<-agent,p1; agent<-customer,p1; p1<-agent,customer"},
		{"merge after hold", join([]Input{HoldSet{By: "ann", On: true}}, bobUp, []Input{Merge{"ann"}}), Connected, "ann",
			"customer<-agent,p1; agent<-customer,p1; p1<-agent,customer"},
		{"leave after consult", join(bobUp, []Input{Leave{"ann"}}), Connected, "bob", "customer<-agent; agent<-customer"},
		{"hang up after consult", join(bobUp, []Input{AgentHungUp{Agent: "ann"}}), Connected, "bob", "customer<-agent; agent<-customer"},
		{"hang up while asking", []Input{bob, OfferMade{"bob", "p1"}, AgentHungUp{Agent: "ann"}}, Connected, "ann", "customer<-agent; agent<-customer"},
		{"the phone is hung up while asking", []Input{bob, AgentHungUp{Agent: "ann", Device: true}}, WrappingUp, "ann", ""},
		{"leave with nobody", []Input{Leave{"ann"}}, Connected, "ann", "customer<-agent; agent<-customer"},
		{"the other leaves", join(bobUp, []Input{Leave{"bob"}}), Connected, "ann", "customer<-agent; agent<-customer"},
		{"the other's phone ends", join(bobUp, []Input{AgentHungUp{Agent: "bob", Device: true}}), Connected, "ann", "customer<-agent; agent<-customer"},
		{"the other drops the agent", join(bobUp, []Input{DropParty{"bob", TheAgent}}), Connected, "bob", "customer<-agent; agent<-customer"},
		{"the other holds the customer", join(bobUp, []Input{Merge{"ann"}, HoldSet{By: "bob", On: true}}), Connected, "ann",
			"customer<-*; agent<-p1; p1<-agent"},
		{"the agent's phone is lost in a conference", join(bobUp, []Input{Merge{"ann"}, PhoneLost{"ann"}}), Interrupted, "ann",
			"customer<-p1; p1<-customer"},
		{"and does not come back", join(bobUp, []Input{Merge{"ann"}, PhoneLost{"ann"}, TimerFired{InterruptTimer}}), Connected, "bob",
			"customer<-agent; agent<-customer"},
		{"outside, ringing", []Input{taxi}, Connected, "ann", "customer<-*; agent<-"},
		{"outside, up, merged", []Input{taxi, OutsideAnswered{Party: "p1"}, Merge{"ann"}}, Connected, "ann",
			"customer<-agent,p1; agent<-customer,p1; p1<-agent,customer"},
		{"outside, failed", []Input{taxi, OutsideEnded{Party: "p1", Detail: "busy"}}, Connected, "ann", "customer<-agent; agent<-customer"},
		{"outside, left to it", []Input{taxi, OutsideAnswered{Party: "p1"}, Leave{"ann"}}, Forwarded, "", "customer<-p1; p1<-customer"},
		{"outside ends then", []Input{taxi, OutsideAnswered{Party: "p1"}, Leave{"ann"}, OutsideEnded{Party: "p1", Detail: ""}}, WrappingUp, "", ""},
		{"three", join(bobUp, []Input{Merge{"ann"}, Consult{By: "ann", Target: Target{Kind: ToOutside, Address: "+1"}, Private: true}, OutsideAnswered{Party: "p2"}}),
			Connected, "ann", "customer<-p1; agent<-p2; p1<-customer; p2<-agent"},
		{"blind to a number", []Input{Transfer{"ann", Target{Kind: ToOutside, Address: "+1"}}}, Forwarded, "", "customer<-*"},
		{"which answers", []Input{Transfer{"ann", Target{Kind: ToOutside, Address: "+1"}}, OutsideAnswered{Party: "p1"}}, Forwarded, "", "customer<-p1; p1<-customer"},
		{"which does not", []Input{Transfer{"ann", Target{Kind: ToOutside, Address: "+1"}}, OutsideEnded{Party: "p1", Detail: "busy"}}, Waiting, "", ""},
		{"blind to an agent", []Input{Transfer{"ann", Target{Kind: ToAgent, Agent: "bob"}}}, Waiting, "", ""},
		{"who does not answer", []Input{Transfer{"ann", Target{Kind: ToAgent, Agent: "bob"}}, TimerFired{OnlyTimer}}, Waiting, "", ""},
		{"blind to a queue", []Input{Transfer{"ann", Target{Kind: ToQueue, Queue: &sales}}, OfferMade{Agent: "bob"}}, Offered, "bob", ""},
		{"blind to an entry", []Input{Transfer{"ann", Target{Kind: ToEntry, Flow: "other"}}}, InFlow, "", ""},
		{"parked", []Input{Park{"ann"}}, Parked, "", "customer<-*"},
		{"picked up", []Input{Park{"ann"}, PickUp{"bob"}, OfferMade{Agent: "bob"}, PhoneConnected{Agent: "bob"}}, Connected, "bob", "customer<-agent; agent<-customer"},
		{"picked up in vain", []Input{Park{"ann"}, PickUp{"bob"}, OfferMade{Agent: "bob"}, PhoneFailed{"bob", ""}}, Waiting, "", ""},
		{"parked too long", []Input{Park{"ann"}, TimerFired{ParkTimer}, TimerFired{ParkTimer}}, Waiting, "", ""},
		{"listen", []Input{Monitor{"eve", Listen, false}, PhoneConnected{Agent: "eve"}}, Connected, "ann",
			"customer<-agent; agent<-customer; p1<-agent,customer"},
		{"whisper", []Input{Monitor{"eve", Whisper, false}, PhoneConnected{Agent: "eve"}}, Connected, "ann",
			"customer<-agent; agent<-customer,p1; p1<-agent,customer"},
		{"barge", []Input{Monitor{"eve", Whisper, false}, PhoneConnected{Agent: "eve"}, Monitor{"eve", Barge, false}}, Connected, "ann",
			"customer<-agent,p1; agent<-customer,p1; p1<-agent,customer"},
		{"listening follows the agent", join([]Input{Monitor{"eve", Listen, false}, PhoneConnected{Agent: "eve"}, Consult{By: "ann",
			Target: Target{Kind: ToOutside, Address: "+1"}, Private: true}, OutsideAnswered{Party: "p2"}}), Connected, "ann",
			"customer<-*; agent<-p2; p1<-agent,p2; p2<-agent"},
		{"take over", []Input{Monitor{"eve", Listen, false}, PhoneConnected{Agent: "eve"}, TakeOver{"eve"}}, Connected, "eve", "customer<-agent; agent<-customer"},
		{"secret", []Input{SecretTaken{"ann", "card"}}, Connected, "ann", "agent<-"},
		{"secret ends", []Input{SecretTaken{"ann", "card"}, FlowEnded{"taken"}}, Connected, "ann", "customer<-agent; agent<-customer"},
		{"restored", join(bobUp, []Input{Restored{}}), Interrupted, "ann", "customer<-*"},
		{"restored, back", join(bobUp, []Input{Restored{}, PhoneConnected{Agent: "bob"}, PhoneConnected{Agent: "ann"}}), Connected, "ann",
			"customer<-*; agent<-p1; p1<-agent"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, told := life(t, append(slices.Clone(talk), tt.inputs...)...)
			if s.Phase != tt.phase || s.Agent != tt.agent {
				t.Errorf("got phase %s with %q, want %s with %q; %q", s.Phase, s.Agent, tt.phase, tt.agent, told)
			}
			if got := heard(s.Arrange()); got != tt.heard {
				t.Errorf("who hears whom:\n got %s\nwant %s", got, tt.heard)
			}
		})
	}
}

func TestSegmentsOfATransfer(t *testing.T) {
	s, _ := life(t, append(slices.Clone(talk), // connected at second 4
		Consult{By: "ann", Target: Target{Kind: ToAgent, Agent: "bob"}, Private: true}, // talk 1 s
		OfferMade{"bob", "p1"}, AgentAccepted{"bob"}, PhoneConnected{Agent: "bob"},
		Leave{"ann"}, // hold 4 s
		CustomerLeft{Cause: ByCustomer})...)
	if s.Talk != 2*time.Second || s.Hold != 4*time.Second || s.Segment.Talk != time.Second || s.Segment.Agent != "bob" || !s.Segment.Handed || s.Segment.Seq != 2 {
		t.Errorf("talk %v, hold %v, segment %+v", s.Talk, s.Hold, s.Segment)
	}
	if s.Agent != "bob" || s.Phase != WrappingUp {
		t.Errorf("%s wraps up in phase %s, want bob", s.Agent, s.Phase)
	}
}

// model is who is where, told by hand: the naive side of TestRandomTalks.
type model struct {
	owner   string
	room    map[string]string // main or side; of those who are up
	held    map[string]bool
	muted   map[string]bool
	monitor map[string]MonitorMode
}

// hears is the naive rule for one pair.
func (m model) hears(a, b string) bool {
	_, aMonitors := m.monitor[a]
	_, bMonitors := m.monitor[b]
	place := func(x string) string {
		if mode, ok := m.monitor[x]; ok {
			if mode == Barge {
				return m.room[m.owner]
			}
			return "nowhere"
		}
		if m.held[x] {
			return "nowhere"
		}
		return m.room[x]
	}
	switch {
	case a == b || m.muted[b]:
		return false
	case bMonitors && m.monitor[b] == Listen:
		return false
	case bMonitors && m.monitor[b] == Whisper:
		return a == m.owner
	case aMonitors && m.monitor[a] != Barge:
		return place(b) == m.room[m.owner]
	}
	return place(a) == place(b) && place(a) != "nowhere" && place(a) != ""
}

// TestRandomTalks plays random call control and holds it against the naive model, and against what router,
// phones and lines would hold.
func TestRandomTalks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := State{ID: "i1"}
		now := noon
		var journal []Recorded
		seats := map[access.UserID]bool{} // reserved for this interaction
		legs := map[string]bool{}         // phones being connected or up, numbers outside called
		places := map[PartyID]Place{}
		play := func(in Input) bool {
			events, effects, err := Decide(s, in, now)
			if err != nil {
				effects = Undo(s.ID, in)
			}
			for _, e := range events {
				r := Recorded{s.Seq + 1, now, e}
				journal, s = append(journal, r), Apply(s, r)
			}
			for _, e := range effects {
				switch e := e.(type) {
				case Enqueue:
					places[e.Place.Party] = e.Place
				case Withdraw:
					delete(places, e.Party)
				case ReleaseSeat:
					delete(seats, e.Release.Agent)
				case KeepSeat:
					seats[e.Agent] = true
				case ConnectAgent:
					legs[string(e.Agent)] = true
				case DropAgent:
					delete(legs, string(e.Agent))
				case CallOutside:
					legs[string(e.Party)] = true
				case DropOutside:
					delete(legs, string(e.Party))
				}
			}
			return err == nil
		}
		for _, in := range talk {
			if o, ok := in.(OfferMade); ok {
				seats[o.Agent] = true
				delete(places, o.Party)
			}
			play(in)
		}
		m := model{owner: "ann", room: map[string]string{"customer": "main", "ann": "main"},
			held: map[string]bool{}, muted: map[string]bool{}, monitor: map[string]MonitorMode{}}
		users := []access.UserID{"ann", "bob", "cid", "eve"}
		who := func() access.UserID { return rapid.SampledFrom(users).Draw(t, "who") }
		party := func() PartyID {
			ids := []PartyID{TheCustomer, TheAgent, "p1", "p2", "p3", "p4"}
			return rapid.SampledFrom(ids).Draw(t, "party")
		}
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			if s.Phase != Connected {
				break
			}
			now = now.Add(time.Duration(rapid.IntRange(0, 5000).Draw(t, "pause")) * time.Millisecond)
			before := s
			var in Input
			switch rapid.IntRange(0, 16).Draw(t, "input") {
			case 0, 1:
				in = HoldSet{who(), party(), rapid.Bool().Draw(t, "on")}
			case 2:
				in = PartyMuteSet{who(), party(), rapid.Bool().Draw(t, "on")}
			case 3, 4:
				colleague := rapid.SampledFrom(users[:3]).Draw(t, "colleague") // eve only monitors
				in = Consult{s.Agent, Target{Kind: ToAgent, Agent: colleague}, rapid.Bool().Draw(t, "private")}
			case 5:
				in = Consult{s.Agent, Target{Kind: ToOutside, Address: "+7"}, rapid.Bool().Draw(t, "private")}
			case 6, 7: // the router finds somebody, or nobody
				for _, id := range slices.Sorted(maps.Keys(places)) {
					u := places[id].Only
					delete(places, id)
					if seats[u] || rapid.Bool().Draw(t, "refused") {
						in = PlaceRefused{id}
					} else {
						seats[u] = true
						in = OfferMade{u, id}
					}
					break
				}
			case 8:
				in = AgentAccepted{who()}
			case 9:
				in = PhoneConnected{Agent: who()}
			case 10:
				in = OutsideAnswered{Party: party()}
			case 11:
				in = rapid.SampledFrom([]Input{Swap{s.Agent}, Merge{s.Agent}}).Draw(t, "two")
			case 12:
				in = rapid.SampledFrom([]Input{Leave{who()}, Disposed{Agent: who(), Disposition: "sold"}}).Draw(t, "goes")
			case 13:
				in = DropParty{who(), party()}
			case 14:
				in = rapid.SampledFrom([]Input{OutsideEnded{Party: party()}, AgentDeclined{who()}, TimerFired{PartyTimer(party())}}).Draw(t, "fails")
			case 15, 16:
				in = Monitor{"eve", rapid.SampledFrom([]MonitorMode{Listen, Whisper, Barge}).Draw(t, "mode"), false}
			}
			if in == nil || !play(in) {
				continue
			}
			m.follow(before, s, in)
			compare(t, s, m)
			holds(t, s, seats, legs, places)
		}
		play(Stopped{})
		if s.Phase != Done || len(seats)+len(legs)+len(places) > 0 {
			t.Fatalf("at the end: phase %s, seats %v, legs %v, places %v", s.Phase, seats, legs, places)
		}
		if diff := cmp.Diff(s, Fold(s.ID, reread(t, journal))); diff != "" {
			t.Fatalf("the journal folds to another state (-live +folded):\n%s", diff)
		}
	})
}

// name is how the model calls a party.
func name(s State, id PartyID) string {
	switch id {
	case TheCustomer:
		return "customer"
	case TheAgent:
		return string(s.Agent)
	}
	p, _ := s.party(id)
	if p.User != "" {
		return string(p.User)
	}
	return string(id)
}

// follow does in the model what an accepted input means; who is up, and who has it in hand, is taken from the
// states, everything else is decided here.
func (m *model) follow(before, after State, in Input) {
	up := map[string]bool{"customer": true, string(after.Agent): true}
	for _, p := range after.Parties {
		if p.State == PartyUp {
			up[name(after, p.ID)] = true
		}
	}
	for x := range m.room {
		if !up[x] {
			delete(m.room, x)
			delete(m.held, x)
			delete(m.muted, x)
			delete(m.monitor, x)
		}
	}
	for x := range m.muted { // who was muted before he was up, and went
		if !up[x] && !slices.ContainsFunc(after.Parties, func(p Party) bool { return name(after, p.ID) == x }) {
			delete(m.muted, x)
		}
	}
	together := func() {
		for x := range m.room {
			if m.room[x] == "side" {
				m.held[x] = x == string(after.Agent) && m.held[x] && m.owner == string(after.Agent)
			}
			m.room[x] = "main"
		}
		m.held["customer"] = false
	}
	switch in := in.(type) {
	case HoldSet:
		m.held[name(before, in.Party)] = in.On
	case PartyMuteSet:
		m.muted[name(before, in.Party)] = in.On
	case Swap:
		if m.room[m.owner] == "side" {
			m.room[m.owner], m.held["customer"] = "main", false
		} else {
			m.room[m.owner] = "side"
		}
	case Merge:
		together()
	case Consult:
		if in.Private && len(after.Parties) > len(before.Parties) {
			m.room[m.owner] = "side"
		}
	case Monitor:
		for _, p := range after.Parties {
			if p.User == in.By && p.State == PartyUp {
				m.monitor["eve"] = in.Mode
			}
		}
	}
	for _, p := range after.Parties {
		if x := name(after, p.ID); p.State == PartyUp && m.room[x] == "" {
			m.room[x] = "main"
			if p.Side {
				m.room[x] = "side"
			}
			if was, _ := before.party(p.ID); was.Muted {
				m.muted[x] = true
			}
			if p.Kind == PartySupervisor {
				m.monitor[x] = p.Mode
			}
		}
	}
	if after.Agent != access.UserID(m.owner) {
		m.held[string(after.Agent)] = false
		m.owner = string(after.Agent)
		together()
	}
	side := false
	for _, p := range after.talkers() {
		side = side || p.Side
	}
	if m.room[m.owner] == "side" && !side { // nobody is left beside
		m.room[m.owner], m.held["customer"] = "main", false
	}
}

// compare holds the arrangement against the model, pair by pair.
func compare(t *rapid.T, s State, m model) {
	if s.Phase != Connected {
		return
	}
	arranged := s.Arrange()
	for _, a := range arranged {
		for _, b := range arranged {
			got := slices.Contains(a.Hears, b.Of) && !b.Muted
			if want := m.hears(name(s, a.Of), name(s, b.Of)); got != want {
				t.Fatalf("%s hears %s: %t, want %t\n%s\n%+v", a.Of, b.Of, got, want, heard(arranged), m)
			}
		}
		if a.Of == TheCustomer && a.Music != (len(a.Hears) == 0) {
			t.Fatalf("the customer hears neither somebody nor music: %s", heard(arranged))
		}
	}
}

// holds checks what others hold for the talk.
func holds(t *rapid.T, s State, seats map[access.UserID]bool, legs map[string]bool, places map[PartyID]Place) {
	wantSeats, wantLegs, wantPlaces := map[access.UserID]bool{}, map[string]bool{}, 0
	for _, h := range s.openHandovers() { // who is back in the talk with his phone keeps one seat for both
		wantSeats[h.Agent] = true
	}
	if s.Agent != "" && s.Agent != "eve" {
		wantSeats[s.Agent] = true
	}
	if s.Agent != "" {
		wantLegs[string(s.Agent)] = true
	}
	for _, p := range s.Parties {
		switch {
		case p.State == PartySeeking:
			wantPlaces++
		case p.Kind == PartyOutside:
			wantLegs[string(p.ID)] = true
		default:
			if p.Kind == PartyAgent {
				wantSeats[p.User] = true
			}
			if p.State != PartyRinging {
				wantLegs[string(p.User)] = true
			}
		}
	}
	if fmt.Sprint(seats) != fmt.Sprint(wantSeats) || fmt.Sprint(legs) != fmt.Sprint(wantLegs) || s.Phase == Connected && len(places) > wantPlaces {
		t.Fatalf("seats %v, want %v; legs %v, want %v; places %v, want %d", seats, wantSeats, legs, wantLegs, places, wantPlaces)
	}
}
