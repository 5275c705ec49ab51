package trunk

import (
	"cmp"
	"slices"

	"linekeeper/internal/kit/number"
)

// Ask is a call out that wants a trunk.
type Ask struct {
	Number    string // as number.Dialed gives it
	Country   string // where it is dialed from; empty: not known
	Emergency bool   // no cap and no list stands in its way
	Caller    string // number to show, as number.Dialed gives it; empty: the trunk's own
	Passed    bool   // Caller is a customer whose call we pass on
	Order     []ID   // the project's trunks in its order of use; empty: all, by their own order
}

// Now is what is known of a trunk at the moment.
type Now struct {
	Down   bool   // it does not answer, or is not registered: tried last
	Calls  int    // that run, both ways
	Fast   bool   // calls per second are used up
	Broke  bool   // money for the number's rate is used up for this hour
	Banned string // why nothing may go out, such as a password that cannot be read; empty: it may
}

// Choice is a trunk that may carry a call.
type Choice struct {
	Trunk  Trunk
	Caller string // number to show; empty: none
	Dialed string // number as the trunk's carrier wants it
	Down   bool
}

// Why says why a trunk is not asked.
type Why string

// Reasons.
const (
	TakesNone  Why = "takes_none" // it has no host
	NotOurs    Why = "not_ours"   // the project uses others
	Full       Why = "full"
	TooFast    Why = "too_fast"
	Spent      Why = "spent"
	Unreadable Why = "unreadable" // Now.Banned
)

// Passed is a trunk that is not asked, and why.
type Passed struct {
	ID  ID
	Why Why
}

// Route decides which trunks may carry a call, in which order and with which number shown. Trunks that
// are down come last: they may be up again.
func Route(a Ask, trunks []Trunk, now func(Trunk) Now) (choices []Choice, passed []Passed) {
	place := func(k Trunk) int64 {
		if len(a.Order) > 0 {
			return int64(slices.Index(a.Order, k.ID))
		}
		return k.Order
	}
	sorted := slices.Clone(trunks)
	slices.SortStableFunc(sorted, func(x, y Trunk) int {
		return cmp.Or(cmp.Compare(place(x), place(y)), cmp.Compare(x.Key, y.Key))
	})
	for _, k := range sorted {
		n := now(k)
		if why := refuses(a, k, n); why != "" {
			passed = append(passed, Passed{k.ID, why})
			continue
		}
		choices = append(choices, Choice{Trunk: k, Caller: k.Shows(a.Caller, a.Passed), Dialed: k.Dials(a.Number, a.Country), Down: n.Down})
	}
	slices.SortStableFunc(choices, func(x, y Choice) int {
		switch {
		case x.Down == y.Down:
			return 0
		case y.Down:
			return -1
		}
		return 1
	})
	return choices, passed
}

// refuses is the first reason against a trunk; empty: none.
func refuses(a Ask, k Trunk, n Now) Why {
	switch {
	case k.Host == "":
		return TakesNone
	case n.Banned != "":
		return Unreadable
	case a.Emergency:
		return "" // also by another project's trunk
	case len(a.Order) > 0 && !slices.Contains(a.Order, k.ID):
		return NotOurs
	case k.MaxCalls > 0 && int64(n.Calls) >= k.MaxCalls:
		return Full
	case n.Fast:
		return TooFast
	case n.Broke:
		return Spent
	}
	return ""
}

// Shows is the number to show on a trunk to whoever is called: the one that is wanted if its carrier
// lets us show it, else the trunk's own, never another.
func (k Trunk) Shows(wanted string, passed bool) string {
	if wanted != "" {
		if passed && k.PassCaller {
			return wanted
		}
		for _, p := range append(slices.Clone(k.Callers), k.Caller) {
			if _, ok := number.Match(p, wanted); ok {
				return wanted
			}
		}
	}
	return k.Caller
}

// Dials writes a number as the trunk's carrier wants it. Short numbers stay as they are.
func (k Trunk) Dials(called, country string) string {
	if len(called) == 0 || called[0] != '+' {
		return called
	}
	switch k.Format {
	case Digits:
		called = number.Digits(called)
	case National:
		if n := number.NationalDigits(country, called); n[0] != '+' {
			called = n
		} else {
			called = "00" + number.Digits(n)
		}
	}
	return k.Prefix + called
}

// Refuse says why a call that came in by this trunk is not taken; empty: it is. caller is in the form of
// number.Normalize, empty if it is withheld.
func (k Trunk) Refuse(caller string) Why {
	if caller == "" {
		if k.NoWithheld {
			return Withheld
		}
		return ""
	}
	if number.Emergency(caller, k.Country) {
		return "" // they ring back
	}
	for _, p := range k.Blocked {
		if _, ok := number.Match(p, caller); ok {
			return Blocked
		}
	}
	if len(k.Countries) > 0 {
		called := caller
		if called[0] != '+' && k.Country != "" {
			called, _ = number.Dialed(called, k.Country)
		}
		if c := number.Country(called); c != "" && !slices.Contains(k.Countries, c) {
			return Abroad
		}
	}
	return ""
}

// Reasons for not taking a call.
const (
	Blocked  Why = "blocked"
	Abroad   Why = "abroad"   // from a country that is not served
	Withheld Why = "withheld" // without a number
)
