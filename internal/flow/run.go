package flow

import (
	"log/slog"

	"linekeeper/internal/interaction"
)

// RunnerConfig is what a Runner needs; only Tell and Library must be there.
type RunnerConfig struct {
	Tell     func(interaction.ID, interaction.Input) // never blocks
	Programs Programs                                // nil: only built-in flows
	Library  *Library
	Queues   Queues
	Hours    Hours
	Places   Places
	Log      *slog.Logger
	// Rescued is told of every panic of a node, for the alarm; nil: only logged.
	Rescued func(what any, stack []byte)
}

// Runner runs flows, one goroutine each. It is the interaction.FlowRunner.
type Runner struct{}

var _ interaction.FlowRunner = (*Runner)(nil)

// NewRunner makes a runner; Close ends it.
func NewRunner(c RunnerConfig) *Runner { panic("not yet") }

// Start runs a flow, replacing the one that runs.
func (r *Runner) Start(run interaction.FlowRun) { panic("not yet") }

// Resume goes on from a position, in case the process was restarted in between.
func (r *Runner) Resume(run interaction.FlowRun, from Position) { panic("not yet") }

// Stop ends the interaction's flow; nothing is told. It is harmless when none runs.
func (r *Runner) Stop(id interaction.ID) { panic("not yet") }

// Running is the number of flows that run now.
func (r *Runner) Running() int { panic("not yet") }

// Close stops all flows and waits until their goroutines have ended.
func (r *Runner) Close() { panic("not yet") }

// Position is where a flow stands, enough to go on after a restart. It is written at each wait.
type Position struct {
	Flow     ID                `json:"flow,omitempty"`
	Version  int64             `json:"version,omitempty"`
	Node     string            `json:"node"`
	Tries    int               `json:"tries,omitempty"` // of a menu: how often it was asked before
	Language string            `json:"language"`
	Vars     map[string]string `json:"vars,omitempty"`
}

// ParsePosition reads a Position from a FlowStepped whose What is StepWaits; false: it is none.
func ParsePosition(s interaction.FlowStepped) (Position, bool) { panic("not yet") }

// What FlowStepped says of a node, in its field What; Text is given behind.
const (
	StepWaits    = "waits"          // Position as JSON; not for people
	StepPlayed   = "played"         // the prompt's key or the text spoken
	StepChose    = "chose"          // the digit
	StepInvalid  = "invalid"        // the digit that is no choice
	StepNoInput  = "no_input"       // nothing
	StepTook     = "took"           // the edge a decision took: open, closed
	StepLanguage = "language"       // the language from here on
	StepPlace    = "place"          // the number in line the customer was told
	StepMissing  = "prompt_missing" // the prompt's key and language, and why
	StepFailed   = "failed"         // why
)
