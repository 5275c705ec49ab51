package voicemail

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"linekeeper/internal/interaction"
)

// told writes a turn down: what is said, then what is done.
func told(t Turn) string {
	var words []string
	for _, s := range t.Say {
		word := string(s.Saying)
		if s.Message != "" {
			word += " " + string(s.Message)
		}
		if s.Number != 0 {
			word += fmt.Sprint(" ", s.Number)
		}
		words = append(words, word)
	}
	text := strings.Join(words, ", ")
	if t.Do != Nothing {
		text += "do " + string(t.Do) + " " + string(t.Message)
	}
	if t.Call != "" {
		text += "; call " + string(t.Call)
	}
	if t.Over {
		text += "; over"
	}
	return text
}

func TestVisit(t *testing.T) {
	type step struct {
		in   string // a key, silence, or how it went
		want string
	}
	const first, second = "about a 1, message a, keys", "about b 2, message b, keys"
	for name, test := range map[string]struct {
		messages []interaction.ID
		begins   string
		steps    []step
	}{
		"nothing waits": {nil, "count, goodbye; over", nil},
		"hears all": {[]interaction.ID{"a", "b"}, "count 2, " + first, []step{
			{"1", first}, {"2", second}, {"2", "no_more, goodbye; over"}, {"1", "; over"},
		}},
		"one is done": {[]interaction.ID{"a", "b"}, "count 2, " + first, []step{
			{"3", "do finish a"}, {"done", "done, " + second}, {"3", "do finish b"}, {"outcome", "outcome, no_more, goodbye; over"},
		}},
		"cannot be done": {[]interaction.ID{"a", "b"}, "count 2, " + first, []step{
			{"3", "do finish a"}, {"busy", "busy, keys"}, {"3", "do finish a"}, {"offline", "offline, keys"},
			{"3", "do finish a"}, {"failed", "failed, keys"}, {"3", "do finish a"}, {"taken", "taken, " + second},
		}},
		"calls back": {[]interaction.ID{"a", "b"}, "count 2, " + first, []step{
			{"4", "do call_back a"}, {"no_call", "no_call, keys"}, {"4", "do call_back a"}, {"calling", "calling; call a; over"}, {"done", "; over"},
		}},
		"goes":             {[]interaction.ID{"a"}, "count 1, " + first, []step{{"#", "goodbye; over"}}},
		"goes by the star": {[]interaction.ID{"a"}, "count 1, " + first, []step{{"*", "goodbye; over"}}},
		"presses wrongly":  {[]interaction.ID{"a"}, "count 1, " + first, []step{{"9", "wrong, keys"}, {"A", "wrong, keys"}, {"1", first}}},
		"has put the receiver down beside": {[]interaction.ID{"a"}, "count 1, " + first, []step{
			{"silence", "keys"}, {"silence", "keys"}, {"1", first}, {"silence", "keys"}, {"silence", "keys"}, {"silence", "goodbye; over"},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			v, turn := BeginVisit(test.messages)
			if got := told(turn); got != test.begins {
				t.Fatalf("it begins with %q, want %q", got, test.begins)
			}
			for _, s := range test.steps {
				switch {
				case s.in == "silence":
					v, turn = v.Silent()
				case len(s.in) == 1:
					v, turn = v.Pressed(rune(s.in[0]))
				default:
					v, turn = v.Did(Saying(s.in))
				}
				if got := told(turn); got != s.want {
					t.Fatalf("%s: %q, want %q", s.in, got, s.want)
				}
			}
		})
	}
}

// TestVisitsEnd holds that whatever is pressed, something follows, and that who presses nothing more is gone soon.
func TestVisitsEnd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		messages := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) interaction.ID {
			return interaction.ID(rapid.StringN(1, 8, 8).Draw(t, "id"))
		}), 0, 5).Draw(t, "messages")
		v, turn := BeginVisit(messages)
		follows := func() {
			for turn.Do != Nothing {
				v, turn = v.Did(rapid.SampledFrom([]Saying{SayDone, SayOutcome, SayCalling, SayTaken, SayBusy, SayOffline, SayNoCall, SayFailed}).Draw(t, "how"))
			}
			if !turn.Over && len(turn.Say) == 0 {
				t.Fatal("nothing follows")
			}
		}
		for range rapid.IntRange(0, 20).Draw(t, "keys") {
			v, turn = v.Pressed(rapid.SampledFrom([]rune("1234567890*#ABCD")).Draw(t, "key"))
			follows()
		}
		for range VisitPatience {
			v, turn = v.Silent()
			follows()
		}
		if !turn.Over {
			t.Fatal("it does not end")
		}
	})
}
