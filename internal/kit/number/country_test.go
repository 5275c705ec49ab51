package number_test

import (
	"strings"
	"testing"

	"linekeeper/internal/kit/number"
)

func TestDialed(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ text, country, want string }{
		{"8 495 123-45-67", "RU", "+74951234567"},
		{"84951234567", "RU", "+74951234567"},
		{"02-123-4567", "TH", "+6621234567"},
		{"๐๘๑ ๒๓๔ ๕๖๗๘", "TH", "+66812345678"},
		{"030 901820", "DE", "+4930901820"},
		{"+44 20 7946 0958", "DE", "+442079460958"},
		{"0044 20 7946 0958", "DE", "+442079460958"},
		{"112", "DE", "112"},
		{"191", "TH", "191"},
		{"1155", "TH", "1155"},
		{"*100#", "RU", "*100#"},
		{"0900", "RU", "0900"},
		{"4930901820", "", "4930901820"},
		{"+1", "", ""},
		{"123456", "DE", "+49123456"},
		{"anna", "DE", ""},
		{"", "DE", ""},
		{"12345678901234567890", "DE", ""},
	} {
		got, ok := number.Dialed(tt.text, tt.country)
		if got != tt.want && ok || ok != (tt.want != "") {
			t.Errorf("%q in %q: got %q, %t; want %q", tt.text, tt.country, got, ok, tt.want)
		}
	}
}

func TestEmergency(t *testing.T) {
	t.Parallel()
	for country, all := range map[string]string{
		"TH": "112 191 199 1155 1669", "RU": "112 101 102 103", "DE": "112 110", "US": "911 112", "GB": "999 112", "": "112 911",
	} {
		for _, n := range strings.Fields(all) {
			if !number.Emergency(n, country) {
				t.Errorf("%s in %q is not known", n, country)
			}
		}
	}
	for _, n := range []string{"+112", "1120", "113456", "", "+49112", "100"} {
		if number.Emergency(n, "DE") {
			t.Errorf("%q is taken for an emergency number", n)
		}
	}
}

func TestCountry(t *testing.T) {
	t.Parallel()
	for n, want := range map[string]string{"+74951234567": "RU", "+77271234567": "KZ", "+6621234567": "TH", "+12125550100": "US", "4930": "", "+800": "", "+999123": ""} {
		if got := number.Country(n); got != want {
			t.Errorf("%s: got %q, want %q", n, got, want)
		}
	}
	for _, tt := range [][3]string{
		{"RU", "+74951234567", "8 (495) 123-45-67"}, {"TH", "+6621234567", "02 123 4567"}, {"DE", "+6621234567", "+66 2 123 4567"},
		{"", "+6621234567", "+66 2 123 4567"}, {"TH", "191", "191"},
	} {
		if got := number.For(tt[0], tt[1]); got != tt[2] {
			t.Errorf("%s in %s: got %q, want %q", tt[1], tt[0], got, tt[2])
		}
	}
	if got := number.NationalDigits("RU", "+74951234567"); got != "84951234567" {
		t.Errorf("dialed in Russia: got %q", got)
	}
	if got := number.NationalDigits("TH", "+74951234567"); got != "+74951234567" {
		t.Errorf("dialed in Thailand: got %q", got)
	}
	if number.IsCountry("XX") || number.IsCountry("") || !number.IsCountry("TH") {
		t.Error("IsCountry does not tell")
	}
}

func TestMatch(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		pattern, number string
		want            int // -1: no match
	}{
		{"+4930*", "+49301", 4}, {"+4930*", "49301", 4}, {"+4930", "+49301", -1}, {"+49301", "49301", 6}, {"*", "1", 0}, {"*", "", -1}, {"+49*", "", -1},
	} {
		got, ok := number.Match(tt.pattern, tt.number)
		if ok != (tt.want >= 0) || ok && got != tt.want {
			t.Errorf("%s, %s: got %d, %t; want %d", tt.pattern, tt.number, got, ok, tt.want)
		}
	}
	for p, want := range map[string]bool{"+4930*": true, "112": true, "*": true, "+49 30": false, "": false, "a*": false, "+4*9": false, "**": false, "+": false} {
		if number.IsPattern(p) != want {
			t.Errorf("IsPattern(%q): want %t", p, want)
		}
	}
}

func FuzzDialed(f *testing.F) {
	f.Add("8 495 123-45-67", "RU")
	f.Add("+1", "")
	f.Add("112", "XX")
	f.Fuzz(func(t *testing.T, text, country string) {
		got, ok := number.Dialed(text, country)
		if ok && (got == "" || number.Normalize(got) != got) {
			t.Errorf("%q in %q: got %q", text, country, got)
		}
		_ = number.Emergency(text, country)
		_ = number.For(country, got)
	})
}
