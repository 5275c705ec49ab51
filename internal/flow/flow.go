package flow

import (
	"encoding/json"
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
	Version int64           `json:"version"` // grows by one with each change of the program; set by the store
	Program json.RawMessage `json:"program"` // see Compile
}

// Prompt is recorded or spoken text by language.
type Prompt struct {
	ID   PromptID `json:"id"`
	Key  string   `json:"key"` // unique within the tenant; programs name prompts by it
	Name string   `json:"name"`
	// Texts are spoken by an engine where there is no audio.
	Texts map[string]string `json:"texts,omitempty"`
	// Audio are WAV files below the data folder, or "shipped:" and the key of a shipped prompt.
	Audio map[string]string `json:"audio,omitempty"`
}
