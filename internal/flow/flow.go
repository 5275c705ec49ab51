package flow

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"linekeeper/internal/kit/fault"
)

// ID is the identity of a flow: time-ordered text made by kit/id.
type ID string

// PromptID is the identity of a prompt: time-ordered text made by kit/id.
type PromptID string

// Flow is a program with a name, as a tenant keeps it.
type Flow struct {
	ID      ID              `json:"id"`
	Key     string          `json:"key"` // unique within the tenant; the name in the center file
	Name    string          `json:"name"`
	Version int64           `json:"version"` // the published one; set by the store
	Program json.RawMessage `json:"program"` // the published one; see Compile
	// Draft is a program somebody works on, perhaps with mistakes; nil: none.
	Draft   json.RawMessage `json:"draft,omitempty"`
	DraftBy string          `json:"draft_by,omitempty"` // access.UserID of who saved it last
	// Revision grows by one with each change of program or draft, so that two who edit at once notice.
	Revision int64 `json:"revision"`
}

// Version is a program that was published.
type Version struct {
	Number  int64           `json:"version"`
	Program json.RawMessage `json:"program"`
	At      time.Time       `json:"at"`
	Author  string          `json:"author"` // access.UserID; empty: the system or the center file
	Note    string          `json:"note"`
}

// Validate checks what can be checked without the database, the program too.
func (f Flow) Validate() error {
	var found fault.Fields
	found.Key("key", f.Key)
	found.Text("name", f.Name, true, 200)
	_, err := Compile(f.Program)
	addProblems(&found, err)
	return found.Err()
}

// addProblems adds what Compile or Check found, below the field program.
func addProblems(found *fault.Fields, err error) {
	var problems Problems
	if errors.As(err, &problems) {
		for _, one := range problems.Fields() {
			one.Path = fault.Join("program", one.Path)
			*found = append(*found, one)
		}
	}
}

// sameProgram compares two programs whatever their white space.
func sameProgram(a, b json.RawMessage) bool { return bytes.Equal(compact(a), compact(b)) }

func compact(program json.RawMessage) json.RawMessage {
	var b bytes.Buffer
	if json.Compact(&b, program) != nil {
		return program
	}
	return b.Bytes()
}

// Prompt is recorded or spoken text by language.
type Prompt struct {
	ID   PromptID `json:"id"`
	Key  string   `json:"key"` // unique within the tenant; programs name prompts by it
	Name string   `json:"name"`
	// Texts are spoken by an engine where there is no audio.
	Texts map[string]string `json:"texts"`
	// Audio are WAV files below prompts/ in the data folder, or "shipped:" and the key of a shipped prompt.
	Audio map[string]string `json:"audio"`
}

// languages are those the prompt has audio or text in.
func (p Prompt) languages() map[string]bool {
	have := map[string]bool{}
	for in := range p.Audio {
		have[in] = true
	}
	for in := range p.Texts {
		have[in] = true
	}
	return have
}

// promptFolder holds the audio of prompts, in the data folder.
const promptFolder = "prompts/"

// Validate checks what can be checked without the database and the files.
func (p Prompt) Validate() error {
	var found fault.Fields
	found.Key("key", p.Key)
	found.Text("name", p.Name, true, 200)
	for _, l := range slices.Sorted(maps.Keys(p.Texts)) {
		checkLanguage(&found, "texts", l)
		found.Text("texts."+l, p.Texts[l], true, maxText)
	}
	for _, l := range slices.Sorted(maps.Keys(p.Audio)) {
		path := "audio." + l
		checkLanguage(&found, "audio", l)
		key, isShipped := strings.CutPrefix(p.Audio[l], ShippedPrefix)
		switch {
		case isShipped && !slices.Contains(ShippedPrompts(), key):
			found.Add(path, fault.Unknown, "nothing is shipped as %q%s", key, suggest(key, ShippedPrompts()))
		// Elsewhere in the data folder are recordings, which are not for callers.
		case !isShipped && !promptFile(p.Audio[l]):
			found.Add(path, fault.Malformed, "must be a file below %s in the data folder, or %s and a shipped prompt's key", promptFolder, ShippedPrefix)
		}
	}
	return found.Err()
}

func checkLanguage(found *fault.Fields, field, language string) {
	if !slices.Contains(Languages(), language) {
		found.Add(field+"."+language, fault.Unknown, "the languages are %s", strings.Join(Languages(), ", "))
	}
}
