package flow

import (
	"context"
	"io/fs"

	"linekeeper/internal/tenant"
)

// Languages are those the shipped prompts speak; the first is used when nothing else is known.
func Languages() []string { return []string{"en", "ru", "th"} }

// Prompts finds a tenant's own prompts; Store implements it.
type Prompts interface {
	// PromptByKey gives false when the tenant has none of that key.
	PromptByKey(ctx context.Context, t tenant.ID, key string) (Prompt, bool, error)
}

// LibraryConfig is what a Library needs; everything may be nil: then only shipped prompts sound.
type LibraryConfig struct {
	Prompts Prompts
	Files   fs.FS   // the data folder, for prompts' audio
	Speaker Speaker // nil: no engine
	// MaxBytes of sound kept in memory; 0: 64 MB.
	MaxBytes int
}

// Library finds the sound of prompts and texts and keeps it.
type Library struct{}

// NewLibrary makes a library.
func NewLibrary(c LibraryConfig) *Library { panic("not yet") }

// Prompt gives the prompt's sound in the language or, if it has none there, in the nearest it has.
func (l *Library) Prompt(ctx context.Context, t tenant.ID, key, language string) (Clip, error) {
	panic("not yet")
}

// Text gives spoken text.
func (l *Library) Text(ctx context.Context, text, language string) (Clip, error) { panic("not yet") }

// ShippedPrompts are the keys of the prompts in the binary, sorted.
func ShippedPrompts() []string { panic("not yet") }
