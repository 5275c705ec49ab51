package number_test

import (
	"testing"

	"linekeeper/internal/kit/number"
)

func TestNormalize(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"+74951234567":                       "+74951234567",
		"+7 (495) 123-45-67":                 "+74951234567",
		" 0074951234567 ":                    "+74951234567",
		"8 495 123 45 67":                    "84951234567",
		"+66 2 123 4567":                     "+6621234567",
		"+44 (0)20 7946 0958":                "+442079460958",
		"02-123-4567":                        "021234567",
		"๐๒ ๑๒๓ ๔๕๖๗":                        "021234567",
		"＋７ ４９５ 1234567":                     "+74951234567",
		"tel:+7-495-123;ext=1":               "+7495123",
		"sip:74951234567@carrier":            "74951234567",
		"SIPS:+7495@x;user=phone":            "+7495",
		"*43#":                               "*43#",
		"100":                                "100",
		"001":                                "001",
		"anonymous":                          "",
		"":                                   "",
		"+":                                  "",
		"12+34":                              "",
		"123 ext 4":                          "",
		"1234567890123456789012345678901234": "",
	} {
		got := number.Normalize(in)
		if got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
		if again := number.Normalize(got); again != got {
			t.Errorf("%q: normalised again: %q", got, again)
		}
	}
	if !number.Same("+7 495 1234567", "74951234567") || number.Same("1", "2") || number.Same("x", "x") {
		t.Error("Same does not tell")
	}
	if got := number.International("+74951234567"); got != "+7 495 123-45-67" {
		t.Errorf("International: got %q", got)
	}
}

func FuzzNormalize(f *testing.F) {
	f.Add("+44 (0)20 7946 0958")
	f.Add("sip:00123456789@x")
	f.Fuzz(func(t *testing.T, in string) {
		got := number.Normalize(in)
		if len(got) > number.MaxLength || number.Normalize(got) != got {
			t.Errorf("%q: got %q, then %q", in, got, number.Normalize(got))
		}
	})
}
