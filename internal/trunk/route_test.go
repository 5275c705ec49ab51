package trunk_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"linekeeper/internal/trunk"
)

// line is a trunk for tables.
func line(id string, order int64, change func(*trunk.Trunk)) trunk.Trunk {
	k := trunk.Trunk{ID: trunk.ID(id), Key: id, Settings: trunk.Settings{Host: id + ".example", Order: order, Caller: "+4930100"}}
	if change != nil {
		change(&k)
	}
	return k
}

func TestRoute(t *testing.T) {
	t.Parallel()
	a, b, c := line("a", 1, nil), line("b", 2, nil), line("c", 3, nil)
	nothing := func(trunk.Trunk) trunk.Now { return trunk.Now{} }
	is := func(id string, n trunk.Now) func(trunk.Trunk) trunk.Now {
		return func(k trunk.Trunk) trunk.Now {
			if string(k.ID) == id {
				return n
			}
			return trunk.Now{}
		}
	}
	capped := line("a", 1, func(k *trunk.Trunk) { k.MaxCalls = 2 })
	for name, tt := range map[string]struct {
		ask    trunk.Ask
		trunks []trunk.Trunk
		now    func(trunk.Trunk) trunk.Now
		want   string // ids, then what is passed over and why
	}{
		"by their order":              {trunk.Ask{}, []trunk.Trunk{c, b, a}, nothing, "a b c"},
		"equals by key":               {trunk.Ask{}, []trunk.Trunk{line("z", 0, nil), line("y", 0, nil)}, nothing, "y z"},
		"by the project's order":      {trunk.Ask{Order: []trunk.ID{"c", "a"}}, []trunk.Trunk{a, b, c}, nothing, "c a -b:not_ours"},
		"one is down":                 {trunk.Ask{}, []trunk.Trunk{a, b, c}, is("a", trunk.Now{Down: true}), "b c a"},
		"one is full":                 {trunk.Ask{}, []trunk.Trunk{capped, b}, is("a", trunk.Now{Calls: 2}), "b -a:full"},
		"one is not full":             {trunk.Ask{}, []trunk.Trunk{capped, b}, is("a", trunk.Now{Calls: 1}), "a b"},
		"too many a second":           {trunk.Ask{}, []trunk.Trunk{a, b}, is("a", trunk.Now{Fast: true}), "b -a:too_fast"},
		"money is spent":              {trunk.Ask{}, []trunk.Trunk{a, b}, is("a", trunk.Now{Broke: true}), "b -a:spent"},
		"only for calls in":           {trunk.Ask{}, []trunk.Trunk{line("a", 1, func(k *trunk.Trunk) { k.Host = "" }), b}, nothing, "b -a:takes_none"},
		"password cannot be read":     {trunk.Ask{}, []trunk.Trunk{a, b}, is("a", trunk.Now{Banned: "key"}), "b -a:unreadable"},
		"emergency: no cap":           {trunk.Ask{Emergency: true}, []trunk.Trunk{capped, b}, is("a", trunk.Now{Calls: 2, Fast: true, Broke: true}), "a b"},
		"emergency: others' too":      {trunk.Ask{Emergency: true, Order: []trunk.ID{"b"}}, []trunk.Trunk{a, b}, nothing, "a b"},
		"emergency: not without host": {trunk.Ask{Emergency: true}, []trunk.Trunk{line("a", 1, func(k *trunk.Trunk) { k.Host = "" })}, nothing, "-a:takes_none"},
		"there is none":               {trunk.Ask{}, nil, nothing, ""},
	} {
		choices, passed := trunk.Route(tt.ask, tt.trunks, tt.now)
		var got []string
		for _, c := range choices {
			got = append(got, string(c.Trunk.ID))
		}
		for _, p := range passed {
			got = append(got, fmt.Sprintf("-%s:%s", p.ID, p.Why))
		}
		if s := strings.Join(got, " "); s != tt.want {
			t.Errorf("%s: got %q, want %q", name, s, tt.want)
		}
	}
}

func TestShows(t *testing.T) {
	t.Parallel()
	k := line("a", 0, func(k *trunk.Trunk) { k.Callers = []string{"+4930200", "+49403*"} })
	passes := line("b", 0, func(k *trunk.Trunk) { k.PassCaller = true })
	nobody := line("c", 0, func(k *trunk.Trunk) { k.Caller = "" })
	for _, tt := range []struct {
		trunk  trunk.Trunk
		wanted string
		passed bool
		want   string
	}{
		{k, "", false, "+4930100"}, {k, "+4930100", false, "+4930100"}, {k, "4930200", false, "4930200"}, {k, "+494031", false, "+494031"},
		{k, "+4930201", false, "+4930100"}, {k, "+74951234567", true, "+4930100"},
		{passes, "+74951234567", true, "+74951234567"}, {passes, "+74951234567", false, "+4930100"}, {passes, "", true, "+4930100"},
		{nobody, "", false, ""}, {nobody, "+4930100", false, ""},
	} {
		if got := tt.trunk.Shows(tt.wanted, tt.passed); got != tt.want {
			t.Errorf("%s shows for %q, passed %t: got %q, want %q", tt.trunk.Key, tt.wanted, tt.passed, got, tt.want)
		}
	}
}

func TestDials(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		format                        trunk.Format
		prefix, country, number, want string
	}{
		{"", "", "RU", "+74951234567", "+74951234567"}, {trunk.Digits, "", "RU", "+74951234567", "74951234567"},
		{trunk.National, "", "RU", "+74951234567", "84951234567"}, {trunk.National, "", "TH", "+74951234567", "0074951234567"},
		{trunk.National, "9", "TH", "+6621234567", "9021234567"}, {trunk.E164, "12", "", "+74951234567", "12+74951234567"},
		{trunk.National, "9", "TH", "191", "191"}, {trunk.Digits, "", "", "", ""},
	} {
		k := trunk.Trunk{Settings: trunk.Settings{Format: tt.format, Prefix: tt.prefix}}
		if got := k.Dials(tt.number, tt.country); got != tt.want {
			t.Errorf("%+v: got %q", tt, got)
		}
	}
}

func TestRefuse(t *testing.T) {
	t.Parallel()
	k := trunk.Trunk{Settings: trunk.Settings{Blocked: []string{"+4930666", "+882*"}, Countries: []string{"DE", "TH"}, Country: "DE", NoWithheld: true}}
	for caller, want := range map[string]trunk.Why{
		"+4930111": "", "+4930666": trunk.Blocked, "4930666": trunk.Blocked, "+88213": trunk.Blocked, "+6621234567": "", "+74951234567": trunk.Abroad,
		"": trunk.Withheld, "030901820": "", "200": "",
	} {
		if got := k.Refuse(caller); got != want {
			t.Errorf("%q: got %q, want %q", caller, got, want)
		}
	}
	if got := (trunk.Trunk{}).Refuse(""); got != "" {
		t.Errorf("withheld by default: got %q", got)
	}
}

func TestRates(t *testing.T) {
	t.Parallel()
	k := trunk.Trunk{Settings: trunk.Settings{Rates: []string{"* 0.5", "+7* 0.05 100", "+7495* 0.01", "broken"}}}
	for called, want := range map[string]int64{"+4930": 500_000, "+7812": 50_000, "+74951": 10_000} {
		r, ok := k.RateFor(called)
		if !ok || r.PerMinute != want {
			t.Errorf("%s: got %+v, want %d", called, r, want)
		}
	}
	r, _ := k.RateFor("+7812")
	if r.PerHour != 100_000_000 || r.Cost(90*time.Second) != 75_000 {
		t.Errorf("got %+v, %d", r, r.Cost(90*time.Second))
	}
	if _, ok := (trunk.Trunk{}).RateFor("+7"); ok {
		t.Error("a rate of no table")
	}
	for _, bad := range []string{"", "+7*", "7x 1", "+7* -1", "+7* NaN", "+7* 1 1e10", "+7* 1 1 1", "+7* x"} {
		if _, err := trunk.ParseRate(bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

func FuzzParseRate(f *testing.F) {
	f.Add("+7* 0.05 100")
	f.Fuzz(func(t *testing.T, text string) {
		if r, err := trunk.ParseRate(text); err == nil && (r.PerMinute < 0 || r.PerHour < 0) {
			t.Errorf("%q: got %+v", text, r)
		}
	})
}
