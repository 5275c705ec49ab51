package alert

import (
	"testing"
	"time"

	"linekeeper/internal/project"
	"linekeeper/internal/queue"
)

func at(seconds int) time.Time {
	return time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC).Add(time.Duration(seconds) * time.Second)
}

// TestStep follows verdicts through time: each row is a second and what is thought then.
func TestStep(t *testing.T) {
	t.Parallel()
	type look struct {
		at   int
		v    Verdict
		want Turn
	}
	plain := Terms{HoldMS: 20_000, CalmMS: 30_000, RepeatMS: 600_000}
	for name, c := range map[string]struct {
		terms Terms
		seen  int // from then on somebody has seen it; 0: nobody
		looks []look
	}{
		"at once, and over at once": {terms: Terms{}, looks: []look{{0, Bad, Raise}, {5, Bad, Nothing}, {10, Well, Clear}, {15, Bad, Raise}}},
		"it must hold":              {terms: plain, looks: []look{{0, Bad, Nothing}, {15, Bad, Nothing}, {20, Bad, Raise}, {25, Bad, Nothing}}},
		"a blip is none":            {terms: plain, looks: []look{{0, Bad, Nothing}, {15, Well, Nothing}, {20, Bad, Nothing}, {35, Bad, Nothing}, {40, Bad, Raise}}},
		"between is not bad":        {terms: plain, looks: []look{{0, Bad, Nothing}, {15, Between, Nothing}, {20, Bad, Nothing}, {40, Bad, Raise}}},
		"it must be calm": {terms: plain, looks: []look{{0, Bad, Nothing}, {20, Bad, Raise}, {30, Well, Nothing}, {50, Bad, Nothing},
			{60, Well, Nothing}, {85, Well, Nothing}, {90, Well, Clear}, {95, Well, Nothing}}},
		"between is not calm": {terms: plain, looks: []look{{0, Bad, Nothing}, {20, Bad, Raise}, {30, Between, Nothing}, {90, Between, Nothing},
			{100, Well, Nothing}, {110, Between, Nothing}, {130, Well, Nothing}, {160, Well, Clear}}},
		"no news changes nothing": {terms: plain, looks: []look{{0, NoNews, Nothing}, {5, Bad, Nothing}, {10, NoNews, Nothing}, {25, Bad, Raise},
			{100, NoNews, Nothing}, {500, NoNews, Nothing}, {510, Well, Nothing}, {520, NoNews, Nothing}, {540, Well, Clear}}},
		"it is repeated":        {terms: plain, looks: []look{{0, Bad, Nothing}, {20, Bad, Raise}, {619, Bad, Nothing}, {620, Bad, Repeat}, {1000, Bad, Nothing}, {1220, Between, Repeat}}},
		"not while it is well":  {terms: plain, looks: []look{{0, Bad, Nothing}, {20, Bad, Raise}, {619, Well, Nothing}, {625, Well, Nothing}, {649, Well, Clear}}},
		"not when it was seen":  {terms: plain, seen: 100, looks: []look{{0, Bad, Nothing}, {20, Bad, Raise}, {620, Bad, Nothing}, {5000, Bad, Nothing}, {5010, Well, Nothing}, {5040, Well, Clear}, {5050, Bad, Nothing}, {5070, Bad, Raise}}},
		"never without a pause": {terms: Terms{}, looks: []look{{0, Bad, Raise}, {100_000, Bad, Nothing}}},
		"a clock set back":      {terms: plain, looks: []look{{100, Bad, Nothing}, {50, Bad, Nothing}, {120, Bad, Raise}, {60, Well, Nothing}, {90, Well, Clear}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var s State
			for _, l := range c.looks {
				if c.seen > 0 && l.at >= c.seen && s.Raised {
					s.Seen = true
				}
				var turn Turn
				if s, turn = c.terms.Step(s, l.v, at(l.at)); turn != l.want {
					t.Errorf("second %d, verdict %d: got turn %d, want %d", l.at, l.v, turn, l.want)
				}
				if s.Raised && turn == Clear {
					t.Errorf("second %d: cleared and raised", l.at)
				}
			}
		})
	}
}

// TestSamples asks each kind of rule about one present.
func TestSamples(t *testing.T) {
	t.Parallel()
	now := at(1000)
	sales := Queue{ID: "sales", Name: "Sales", Project: "p", ProjectName: "Net", Open: true, Waiting: 2, Longest: at(850), Members: 3, SignedIn: 1, Offered: 21, Abandoned: 5, Short: 1}
	night := Queue{ID: "night", Name: "Night", Project: "p", Open: false, Members: 1}
	always := Queue{ID: "always", Name: "Always", Project: "other", Open: true, Always: true, Members: 2}
	p := Present{
		Queues: []Queue{sales, night, always},
		Agents: []Agent{
			{ID: "ann", Name: "Ann", Queues: []queue.ID{"sales"}, Break: at(300), Limit: 10 * time.Minute},
			{ID: "bob", Name: "Bob", Queues: []queue.ID{"always"}, Break: at(300)},
			{ID: "cat", Name: "Cat", Queues: []queue.ID{"sales"}},
		},
		Services: []Outside{{Kind: Trunk, Key: "a", Name: "Carrier", State: Fails, Detail: "silent"}, {Kind: Speech, Key: "e", State: Works}, {Kind: Gateway, Key: "g"}},
	}
	for name, c := range map[string]struct {
		rule Rule
		want map[string]Verdict
	}{
		"long wait":              {Rule{Terms: Terms{What: LongWait, LimitMS: 120_000}}, map[string]Verdict{"sales": Bad, "night": Well, "always": Well}},
		"not so long":            {Rule{Terms: Terms{What: LongWait, LimitMS: 150_000}}, map[string]Verdict{"sales": Well, "night": Well, "always": Well}},
		"one queue":              {Rule{Queue: "night", Terms: Terms{What: LongWait, LimitMS: 1000}}, map[string]Verdict{"night": Well}},
		"one project":            {Rule{Project: "other", Terms: Terms{What: LongWait, LimitMS: 1000}}, map[string]Verdict{"always": Well}},
		"queue of another":       {Rule{Project: "other", Queue: "sales", Terms: Terms{What: LongWait, LimitMS: 1000}}, map[string]Verdict{}},
		"abandoned":              {Rule{Queue: "sales", Terms: Terms{What: Abandoned, Percent: 24, Least: 20}}, map[string]Verdict{"sales": Bad}},
		"at the limit":           {Rule{Queue: "sales", Terms: Terms{What: Abandoned, Percent: 25, Least: 20}}, map[string]Verdict{"sales": Between}},
		"well below":             {Rule{Queue: "sales", Terms: Terms{What: Abandoned, Percent: 32, Least: 20}}, map[string]Verdict{"sales": Well}},
		"too few to say":         {Rule{Queue: "sales", Terms: Terms{What: Abandoned, Percent: 1, Least: 21}}, map[string]Verdict{"sales": Well}},
		"break over its reason":  {Rule{Terms: Terms{What: LongBreak}}, map[string]Verdict{"ann": Bad, "bob": Well, "cat": Well}},
		"break over a limit":     {Rule{Terms: Terms{What: LongBreak, LimitMS: 690_000}}, map[string]Verdict{"ann": Bad, "bob": Bad, "cat": Well}},
		"break in a project":     {Rule{Project: "other", Terms: Terms{What: LongBreak}}, map[string]Verdict{"bob": Well}},
		"nobody available":       {Rule{Terms: Terms{What: NobodyAvailable}}, map[string]Verdict{"sales": Bad, "night": Well, "always": Well}},
		"nobody signed in":       {Rule{Terms: Terms{What: NobodySignedIn}}, map[string]Verdict{"sales": Well, "night": Well, "always": Well}},
		"services":               {Rule{Terms: Terms{What: ServiceFails}}, map[string]Verdict{"trunk:a": Bad, "speech:e": Well, "gateway:g": NoNews}},
		"services of a kind":     {Rule{Terms: Terms{What: ServiceFails, Service: Speech}}, map[string]Verdict{"speech:e": Well}},
		"a queue that is not":    {Rule{Queue: "gone", Terms: Terms{What: LongWait, LimitMS: 1000}}, map[string]Verdict{}},
		"a project that is none": {Rule{Project: project.ID("gone"), Terms: Terms{What: LongBreak}}, map[string]Verdict{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := map[string]Verdict{}
			for _, s := range c.rule.Samples(p, now) {
				got[s.Subject.ID] = s.Verdict
			}
			if len(got) != len(c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
			for id, v := range c.want {
				if g, ok := got[id]; !ok || g != v {
					t.Errorf("%s: got %d (%v), want %d", id, g, ok, v)
				}
			}
		})
	}
	// Without hours a queue counts as open only while somebody waits.
	always.Waiting = 1
	nobody := Rule{Terms: Terms{What: NobodySignedIn}}
	if all := nobody.Samples(Present{Queues: []Queue{always}}, now); all[0].Verdict != Bad || all[0].Value != 1 {
		t.Errorf("somebody waits where nobody has signed in: got %+v", all[0])
	}
	if all := (Rule{Terms: Terms{What: LongWait, LimitMS: 1000}}).Samples(p, now); !all[0].Since.Equal(at(850)) || all[0].Value != 150_000 {
		t.Errorf("a wait begins when the customer came: got %+v", all[0])
	}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	for _, r := range Defaults() {
		if err := r.Validate(); err != nil {
			t.Errorf("%s: %v", r.Key, err)
		}
	}
	good := Rule{Key: "k", Name: "n", Terms: Terms{What: LongWait, LimitMS: 60_000}}
	for name, change := range map[string]func(*Rule){
		"no key":           func(r *Rule) { r.Key = "" },
		"no name":          func(r *Rule) { r.Name = " " },
		"no kind":          func(r *Rule) { r.Terms.What = "" },
		"no limit":         func(r *Rule) { r.Terms.LimitMS = 0 },
		"a share of all":   func(r *Rule) { r.Terms = Terms{What: Abandoned, Percent: 100, Least: 1} },
		"of nobody":        func(r *Rule) { r.Terms = Terms{What: Abandoned, Percent: 10} },
		"unknown service":  func(r *Rule) { r.Terms = Terms{What: ServiceFails, Service: "moon"} },
		"service of queue": func(r *Rule) { r.Queue = "q"; r.Terms = Terms{What: ServiceFails} },
		"held a year":      func(r *Rule) { r.Terms.HoldMS = 365 * day },
		"calm below zero":  func(r *Rule) { r.Terms.CalmMS = -1 },
		"every second":     func(r *Rule) { r.Terms.RepeatMS = 1000 },
		"no address":       func(r *Rule) { r.Terms.Emails = []string{"ann"} },
		"a file":           func(r *Rule) { r.Terms.Hook = "file:///etc/passwd" },
		"with a password":  func(r *Rule) { r.Terms.Hook = "https://a:b@example.com/" },
		"no host":          func(r *Rule) { r.Terms.Hook = "https:///x" },
	} {
		bad := good
		change(&bad)
		if bad.Validate() == nil {
			t.Errorf("%s: taken", name)
		}
	}
	good.Terms.Emails, good.Terms.Hook, good.Terms.RepeatMS = []string{"ann@example.com"}, "http://127.0.0.1:8080/alerts?x=1", 600_000
	if err := good.Validate(); err != nil {
		t.Error(err)
	}
}
