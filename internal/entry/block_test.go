package entry

import (
	"strings"
	"testing"
)

func TestBlockedCallers(t *testing.T) {
	t.Parallel()
	list := []string{"+4930* all of Berlin", "+4930123 him", "withheld  who are you ", "broken", "1* short", "+49112* odd"}
	for _, c := range []struct {
		caller, country string
		want            string // the reason
		refused         bool
	}{
		{"+4930123", "DE", "him", true},
		{"4930123", "DE", "him", true},
		{"+49301234", "DE", "all of Berlin", true},
		{"+4940123", "DE", "", false},
		{"", "DE", "who are you", true},
		{"112", "DE", "", false},
		{"112", "", "", false},
		{"110", "DE", "", false},
		{"115", "DE", "short", true},
	} {
		got, refused := Refuses(list, c.caller, c.country)
		if refused != c.refused || got.Reason != c.want {
			t.Errorf("%q from %s: got %+v, %v; want %q, %v", c.caller, c.country, got, refused, c.want, c.refused)
		}
	}
	for _, bad := range []string{"", "nobody", "+49 30", "* ", "+4930* " + strings.Repeat("x", 201)} {
		if _, err := ParseBlock(bad); (err == nil) != (bad == "* " || bad == "+49 30") {
			t.Errorf("%q: %v", bad, err)
		}
	}
	for a, want := range map[Answer]int{"": 603, Declined: 603, Busy: 486, Unavailable: 480, Unwanted: 607} {
		if a.Code() != want {
			t.Errorf("%q is %d", a, a.Code())
		}
	}
}

func FuzzParseBlock(f *testing.F) {
	f.Add("+4930* nuisance calls", "+4930123")
	f.Add("withheld", "")
	f.Fuzz(func(t *testing.T, text, caller string) {
		b, err := ParseBlock(text)
		if err != nil {
			return
		}
		if again, err := ParseBlock(b.Numbers + " " + b.Reason); err != nil || again != b {
			t.Errorf("%q gives %+v, and that %+v, %v", text, b, again, err)
		}
		Refuses([]string{text}, caller, "DE")
	})
}
