package plugin

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// Contract is the version of the contract this package speaks.
const Contract = 1

// Question is what a plug-in is asked at each turn of a talk.
type Question struct {
	Contract int `json:"contract"`
	// Run is the interaction, Talk this visit of the node, Step the turn within it, from 1. A question that is asked
	// again, because nobody knows what became of the first, has the same three.
	Run        string         `json:"run"`
	Talk       string         `json:"talk"`
	Step       int            `json:"step"`
	Kind       string         `json:"kind"`
	Channel    string         `json:"channel"` // voice, chat, none
	Language   string         `json:"language"`
	Parameters map[string]any `json:"parameters"`
	Variables  map[string]any `json:"variables"` // those it wants, by name; unset ones are not there
	// State is what the answer before had; nil at first.
	State json.RawMessage `json:"state"`
	// Heard is what came of the last action of the answer before; nil at first.
	Heard *Heard `json:"heard,omitempty"`
}

// Heard is what the customer did.
type Heard struct {
	Action string `json:"action"`        // menu, digits or wait
	Key    string `json:"key,omitempty"` // of a menu
	Digits string `json:"digits,omitempty"`
	// Nothing says why there is neither: no_input or invalid.
	Nothing string `json:"nothing,omitempty"`
	// Secret says that the digits are nobody else's.
	Secret bool `json:"secret,omitempty"`
}

// Answer is what a plug-in wants done: actions, of which the last asks, waits or finishes.
type Answer struct {
	Do    []Action        `json:"do"`
	State json.RawMessage `json:"state,omitempty"`
}

// The actions.
const (
	Say    = "say"    // Text is said
	Play   = "play"   // Prompt is played
	Set    = "set"    // Values are results
	Menu   = "menu"   // one of Choices is asked for
	Digits = "digits" // digits are asked for
	Wait   = "wait"   // Seconds pass, then it is asked again
	Finish = "finish" // the node is left by Branch
)

// Action is one thing a plug-in wants done. Which fields it has depends on what it is; zero values mean those of the
// nodes menu and collect.
type Action struct {
	Action  string           `json:"action"`
	Text    Words            `json:"text,omitempty"`
	Prompt  string           `json:"prompt,omitempty"` // in place of Text
	BargeIn *bool            `json:"barge_in,omitempty"`
	Values  map[string]any   `json:"values,omitempty"`
	Choices map[string]Words `json:"choices,omitempty"` // by key: what its button says
	Least   int              `json:"least,omitempty"`   // digits
	Most    int              `json:"most,omitempty"`
	Ends    string           `json:"terminator,omitempty"` // #, * or none
	Confirm bool             `json:"confirm,omitempty"`
	Secret  bool             `json:"secret,omitempty"`
	Timeout float64          `json:"timeout,omitempty"` // seconds
	Tries   int              `json:"tries,omitempty"`
	Seconds float64          `json:"seconds,omitempty"`
	Branch  string           `json:"branch,omitempty"` // empty: the plain way
}

// Words are a text by language; under "" for every language. In JSON a text alone is for every language.
type Words map[string]string

// UnmarshalJSON implements json.Unmarshaler.
func (w *Words) UnmarshalJSON(raw []byte) error {
	var one string
	if len(raw) > 0 && raw[0] == '"' {
		err := json.Unmarshal(raw, &one)
		*w = Words{"": one}
		return err
	}
	var all map[string]string
	err := json.Unmarshal(raw, &all)
	*w = all
	return err
}

// MarshalJSON implements json.Marshaler.
func (w Words) MarshalJSON() ([]byte, error) {
	if one, ok := w[""]; ok && len(w) == 1 {
		return json.Marshal(one)
	}
	return json.Marshal(map[string]string(w))
}

// Limits of an answer.
const (
	MaxAnswer   = 32 << 10 // bytes
	maxState    = 8 << 10
	mostActions = 50
	maxWords    = 2000
	maxDepth    = 20
)

// fields are those each action may have, and whether it ends an answer.
var fields = map[string]struct {
	may  []string
	ends bool
}{
	Say:    {[]string{"text", "barge_in"}, false},
	Play:   {[]string{"prompt", "barge_in"}, false},
	Set:    {[]string{"values"}, false},
	Menu:   {[]string{"text", "prompt", "barge_in", "choices", "timeout", "tries"}, true},
	Digits: {[]string{"text", "prompt", "barge_in", "least", "most", "terminator", "confirm", "secret", "timeout", "tries"}, true},
	Wait:   {[]string{"seconds"}, true},
	Finish: {[]string{"branch"}, true},
}

// ParseAnswer reads an answer. The error says what is wrong where, for the person who writes the plug-in.
func ParseAnswer(text []byte) (Answer, error) {
	var raw struct {
		Do    []json.RawMessage `json:"do"`
		State json.RawMessage   `json:"state"`
	}
	if len(text) > MaxAnswer {
		return Answer{}, fmt.Errorf("the answer is longer than %d bytes", MaxAnswer)
	}
	if err := strict(text, &raw); err != nil {
		return Answer{}, fmt.Errorf("the answer is not as it should be: %w", err)
	}
	switch {
	case len(raw.Do) == 0 || len(raw.Do) > mostActions:
		return Answer{}, fmt.Errorf("do: must be a list of 1 to %d actions", mostActions)
	case len(raw.State) > maxState || !shallow(raw.State):
		return Answer{}, fmt.Errorf("state: must be at most %d bytes, not nested deeper than %d", maxState, maxDepth)
	}
	a := Answer{State: raw.State}
	for i, one := range raw.Do {
		action, err := parseAction(one)
		if err == nil && fields[action.Action].ends != (i == len(raw.Do)-1) {
			err = fmt.Errorf("menu, digits, wait and finish end the list, and one of them must")
		}
		if err != nil {
			return Answer{}, fmt.Errorf("do.%d: %w", i, err)
		}
		a.Do = append(a.Do, action)
	}
	return a, nil
}

func parseAction(text []byte) (a Action, err error) {
	var have map[string]json.RawMessage
	if err := json.Unmarshal(text, &have); err != nil || have == nil {
		return a, fmt.Errorf("must be an object with the field action")
	}
	if err := strict(text, &a); err != nil {
		return a, err
	}
	rule, known := fields[a.Action]
	if !known {
		return a, fmt.Errorf("action: must be one of %s", strings.Join(slices.Sorted(maps.Keys(fields)), ", "))
	}
	for _, name := range slices.Sorted(maps.Keys(have)) {
		if name != "action" && !slices.Contains(rule.may, name) {
			return a, fmt.Errorf("%s: %s has no such field", name, a.Action)
		}
	}
	return a, a.check()
}

func (a Action) check() error {
	within := func(name string, have, least, most float64) error {
		if have != 0 && (have < least || have > most) {
			return fmt.Errorf("%s: must be from %g to %g", name, least, most)
		}
		return nil
	}
	var err error
	switch a.Action {
	case Say:
		err = a.Text.check("text")
	case Play:
		err = a.said()
	case Set:
		if len(a.Values) == 0 || len(a.Values) > mostItems {
			return fmt.Errorf("values: must be 1 to %d", mostItems)
		}
		for name := range a.Values {
			if !itemName.MatchString(name) {
				return fmt.Errorf("values: %q is not a name: small letters, digits and _", name)
			}
		}
	case Menu:
		err = a.checkMenu()
	case Digits:
		err = a.checkDigits(within)
	case Wait:
		if a.Seconds == 0 {
			return fmt.Errorf("seconds: must be there")
		}
		err = within("seconds", a.Seconds, 0.5, 60)
	case Finish:
		if a.Branch != "" && !itemName.MatchString(a.Branch) {
			return fmt.Errorf("branch: must be the name of one")
		}
	}
	if err == nil {
		err = within("timeout", a.Timeout, 0.5, 60)
	}
	if err == nil {
		err = within("tries", float64(a.Tries), 1, 10)
	}
	return err
}

func (a Action) checkMenu() error {
	if err := a.said(); err != nil {
		return err
	}
	if len(a.Choices) == 0 {
		return fmt.Errorf("choices: must be there, by key")
	}
	for key, words := range a.Choices {
		if len(key) != 1 || !strings.Contains("0123456789*#", key) {
			return fmt.Errorf("choices: %q is not a key: 0-9, * or #", key)
		}
		if err := words.check("choices." + key); err != nil {
			return err
		}
	}
	return nil
}

func (a Action) checkDigits(within func(string, float64, float64, float64) error) error {
	if err := a.said(); err != nil {
		return err
	}
	if err := within("least", float64(a.Least), 1, 64); err != nil {
		return err
	}
	if err := within("most", float64(a.Most), 1, 64); err != nil {
		return err
	}
	switch {
	case a.Least > max(a.Most, 20) || a.Most != 0 && a.Least > a.Most:
		return fmt.Errorf("most: must not be less than least")
	case !slices.Contains([]string{"", "#", "*", "none"}, a.Ends):
		return fmt.Errorf("terminator: must be #, * or none")
	case a.Secret && a.Confirm:
		return fmt.Errorf("confirm: secret digits are not read back")
	}
	return nil
}

// said checks the words of an action: a text or a prompt.
func (a Action) said() error {
	switch {
	case (len(a.Text) > 0) == (a.Prompt != ""):
		return fmt.Errorf("%s needs either a text or a prompt", a.Action)
	case a.Prompt != "":
		if len(a.Prompt) > 64 || !utf8.ValidString(a.Prompt) {
			return fmt.Errorf("prompt: must be the key of a prompt")
		}
		return nil
	}
	return a.Text.check("text")
}

func (w Words) check(name string) error {
	if len(w) == 0 || len(w) > 10 {
		return fmt.Errorf("%s: must be a text, or texts by language", name)
	}
	for language, text := range w {
		if len(language) > 16 || strings.TrimSpace(text) == "" || len(text) > maxWords {
			return fmt.Errorf("%s: must be 1 to %d bytes of text", name, maxWords)
		}
	}
	return nil
}

// strict reads one JSON value whose fields are all known.
func strict(text []byte, into any) error {
	if !utf8.Valid(text) {
		return fmt.Errorf("it is not UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return fmt.Errorf("something follows its end")
	}
	return nil
}

// shallow says whether JSON is not nested too deep.
func shallow(text []byte) bool {
	depth, d := 0, json.NewDecoder(bytes.NewReader(text))
	for {
		t, err := d.Token()
		if err != nil {
			return err == io.EOF
		}
		if mark, ok := t.(json.Delim); ok && (mark == '{' || mark == '[') {
			depth++
		} else if ok {
			depth--
		}
		if depth > maxDepth {
			return false
		}
	}
}
