package flow

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestHowPromptsAreHeard(t *testing.T) {
	t.Parallel()
	a := audible{
		prompts: map[string]Prompt{
			"recorded": {Audio: map[string]string{"en": "prompts/a.wav"}},
			"spoken":   {Texts: map[string]string{"en": "Hello", "th": "สวัสดี"}},
			"thai":     {Texts: map[string]string{"th": "สวัสดี"}},
			"nothing":  {},
			"closed":   {Texts: map[string]string{"th": "ปิด"}},
		},
		shipped: map[string]bool{"closed": true, "sorry": true},
		speaks:  func(language string) bool { return language != "th" },
	}
	for _, c := range []struct{ key, language, want string }{
		{"recorded", "en", "en"}, {"recorded", "en-GB", "en"}, {"recorded", "ru", "en"},
		{"spoken", "en", "en"}, {"spoken", "th", "en"}, {"spoken", "ru", "en"},
		{"thai", "th", ""}, {"thai", "en", ""}, {"nothing", "en", ""},
		{"closed", "th", "th"}, {"closed", "en", "en"}, {"sorry", "ru", "ru"},
	} {
		if got := a.heard(c.key, c.language); got != c.want {
			t.Errorf("%s in %s is heard in %q, want %q", c.key, c.language, got, c.want)
		}
	}
	p, err := Compile([]byte(`{"schema":1,"start":"a","nodes":{
		"a":{"kind":"say","prompt":"recorded","next":"b"},"b":{"kind":"say","prompt":"thai","next":"c"},
		"c":{"kind":"say","text":"Hello","next":"d"},"d":{"kind":"say","text":{"en":"Hello"},"next":"e"},
		"e":{"kind":"say","prompt":"not_there","next":"f"},"f":{"kind":"hangup"}}}`))
	if err != nil {
		t.Fatal(err)
	}
	var found Problems
	a.check(p, []string{"en", "th"}, &found)
	want := []string{
		`warning a.prompt: the prompt "recorded" is not there in Thai: customers hear it in English`,
		`b.prompt: the prompt "thai" cannot be heard: it has neither a recording nor a text that an engine speaks`,
		`warning c.text: no engine speaks Thai: customers hear a beep in place of the text`,
		`warning d.text: the text is not there in Thai: customers hear it in English`,
	}
	var got []string
	for _, one := range found {
		got = append(got, strings.TrimPrefix(map[bool]string{true: "warning "}[one.Warning]+one.String(), " "))
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("problems (-want +got):\n%s", d)
	}
	if grave := found.grave(); len(grave) != 1 || grave[0].Node != "b" {
		t.Errorf("those that keep from publishing: %v", grave)
	}
}
