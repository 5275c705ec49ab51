package said

import (
	"slices"
	"strings"
	"testing"
)

func TestDigits(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"en: one two three":              "123",
		"en: Four, seven, one one.":      "4711",
		"en: oh double seven":            "077",
		"en: triple five two":            "5552",
		"en: twenty three":               "23",
		"en: twenty-three forty five":    "2345",
		"en: twenty thirty":              "2030",
		"en: nineteen eighty four":       "1984",
		"en: one hundred twenty three":   "123",
		"en: two hundred":                "200",
		"en: two hundred and five":       "205",
		"en: my number is 4711":          "4711",
		"en: 47 eleven":                  "4711",
		"en: ten oh five":                "1005",
		"en: thirteen two":               "132",
		"en-GB: zero":                    "0",
		"ru: один два три":               "123",
		"ru: Двадцать три сорок":         "2340",
		"ru: сто двадцать пять":          "125",
		"ru: сто пять":                   "105",
		"ru: двести":                     "200",
		"ru: ноль ноль семь":             "007",
		"ru: номер триста двадцать один": "321",
		"ru: дважды пять":                "55",
		"ru: одиннадцать двенадцать":     "1112",
		"th: หนึ่ง สอง สาม":              "123",
		"th: ศูนย์แปดหนึ่งโท":            "0812",
		"th: ๐๘๑":                        "081",
		"th: 08 หนึ่ง":                   "081",
		"fr: 12 34":                      "1234",
		"en: one hundred hundred":        "",
		"en: hello":                      "",
		"en: one apple":                  "",
		"en:":                            "",
		"en: um":                         "",
		"ru: алло":                       "",
		"th: สวัสดี":                     "",
		"th: หนึ่งครับ":                  "1",
		"fr: un deux":                    "",
		"en: …":                          "",
	} {
		language, words, _ := strings.Cut(text, ":")
		got, ok := Digits(words, language)
		if ok != (want != "") || ok && got != want {
			t.Errorf("%s: got %q, %t, want %q", text, got, ok, want)
		}
	}
}

func TestChoose(t *testing.T) {
	t.Parallel()
	shop := []Choice{{"1", []string{"sales", "buy"}}, {"2", []string{"support", "my line is down"}}, {"3", []string{"sales support"}}, {"4", []string{"yes"}}, {"5", []string{"no"}}}
	ru := []Choice{{"1", []string{"да"}}, {"2", []string{"нет"}}, {"3", []string{"счёт"}}}
	th := []Choice{{"1", []string{"ใช่"}}, {"2", []string{"ไม่ใช่"}}, {"3", []string{"ช่าง", "ซ่อม"}}}
	for _, test := range []struct {
		text, language string
		choices        []Choice
		want           string
	}{
		{"sales", "en", shop, "1"},
		{"I would like to buy something.", "en", shop, "1"},
		{"sales support please", "en", shop, "3"}, // the longest phrase
		{"Support!", "en", shop, "2"},
		{"buy or support", "en", shop, ""}, // nobody knows
		{"sales, sales", "en", shop, "1"},
		{"my line is down", "en", shop, "2"},
		{"yeah", "en", shop, "4"},
		{"nope", "en-US", shop, "5"},
		{"two", "en", shop, "2"},
		{"number two", "en", shop, "2"},
		{"2", "en", shop, "2"},
		{"seven", "en", shop, ""},
		{"one of you", "en", shop, ""},
		{"wholesales", "en", shop, ""},
		{"", "en", shop, ""},
		{"…", "en", shop, ""},
		{"ага", "ru", ru, "1"},
		{"СЧЕТ, пожалуйста", "ru", ru, "3"},
		{"не надо", "ru", ru, "2"},
		{"два", "ru", ru, "2"},
		{"ไม่ใช่ค่ะ", "th", th, "2"}, // the longer one, although it holds the other
		{"ใช่ครับ", "th", th, "1"},
		{"ขอ ซ่อม", "th", th, "3"},
		{"สอง", "th", th, "2"},
		{"ไม่ค่ะ", "th", th, "2"},
		{"ครับ", "th", th, "1"},
		{"oui", "fr", []Choice{{"1", []string{"oui"}}}, "1"},
	} {
		got, ok := Choose(test.text, test.language, test.choices)
		if ok != (test.want != "") || ok && got != test.want {
			t.Errorf("%q: got %q, %t, want %q", test.text, got, ok, test.want)
		}
	}
	if got := (Choice{"2", []string{"No", "maybe"}}).Whole("en"); !slices.Contains(got, "nope") || !slices.Contains(got, "two") || !slices.Contains(got, "maybe") || slices.Contains(got, "yes") {
		t.Errorf("got %q", got)
	}
	if got := Phrases(" my  line, ,help "); !slices.Equal(got, []string{"my line", "help"}) {
		t.Errorf("got %q", got)
	}
}

func FuzzDigits(f *testing.F) {
	f.Add("one hundred double five", "en")
	f.Add("ศูนย์๐8", "th")
	f.Fuzz(func(t *testing.T, text, language string) {
		digits, ok := Digits(text, language)
		if ok != (digits != "") && ok || ok && strings.Trim(digits, "0123456789") != "" {
			t.Errorf("%q: got %q, %t", text, digits, ok)
		}
		Choose(text, language, []Choice{{"1", []string{text}}, {"2", YesNo("1", "2", language)[0].Phrases}})
	})
}
