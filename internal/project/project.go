// Package project is a client's line of business in this center: it owns queues, entries and
// dispositions. Storage works as in package tenant.
package project

import (
	"fmt"
	"slices"

	"linekeeper/internal/kit/fault"
	"linekeeper/internal/kit/number"
	"linekeeper/internal/trunk"
)

// ID identifies a project.
type ID string

// Project is a client's line of business.
type Project struct {
	ID   ID     `json:"id"`
	Key  string `json:"key"` // unique
	Name string `json:"name"`
	// Country is from where its people dial (ISO 3166), so that a number can be typed as at home;
	// empty: the country of its entries' numbers.
	Country string `json:"country"`
	// Trunks are those it calls out by, in its order of use; empty: all, in their own order.
	Trunks []trunk.ID `json:"trunks"`
	// RecordingDays is how long its recordings are kept; 0: for ever.
	RecordingDays int64 `json:"recording_days"`
	// RecordingFormat is what its recordings become after the call; empty: Opus.
	RecordingFormat Format `json:"recording_format"`
	// HangUpAfterMS is how long agents must not end a talk, so that nobody is cut off; 0: at once.
	HangUpAfterMS int64 `json:"hang_up_after_ms"`
	// HangUpReason asks agents who end a talk first for a reason, and puts the call on the review list.
	HangUpReason bool `json:"hang_up_reason"`
	// AnnounceMonitoring tells agents when a supervisor listens.
	AnnounceMonitoring bool `json:"announce_monitoring"`
	// HoldMusic is the key of the prompt that customers hear on hold; empty: the music that comes along.
	HoldMusic string `json:"hold_music"`
	// SafetyFlow is the key of the flow for customers whose own flow has failed; empty: the built-in one,
	// which apologizes and puts them in line of DefaultQueue.
	SafetyFlow string `json:"safety_flow"`
	// DefaultQueue is the key of the queue that takes customers when nothing else is known; empty: none.
	DefaultQueue string `json:"default_queue"`
	// Voices speak its texts, by language; a language without one is spoken by the server's first engine.
	Voices []Voice `json:"voices"`
	// Recognizers hear its customers, by language; a language without one is heard by the server's first recognizer.
	Recognizers []Recognizer `json:"recognizers"`
	// Callbacks are its terms for calling customers back.
	Callbacks Callbacks `json:"callbacks"`
	// Messaging says how its e-mail and SMS go out.
	Messaging Messaging `json:"messaging"`
	// Abuse are its terms for customers who insult agents.
	Abuse Abuse `json:"abuse"`
}

// Format is what a recording is kept in.
type Format string

// The formats. WAV holds what the telephone network brought, to the sample, and takes four times the
// room.
const (
	Opus Format = "opus" // where the server has an encoder; else WAV
	WAV  Format = "wav"
)

// MaxRecordingDays is a hundred years.
const MaxRecordingDays = 36_500

// Validate checks what can be checked without the database.
func (p Project) Validate() error {
	var f fault.Fields
	f.Key("key", p.Key)
	f.Text("name", p.Name, true, 200)
	if p.Country != "" && !number.IsCountry(p.Country) {
		f.Add("country", fault.Unknown, "%q is not the code of a country, such as TH", p.Country)
	}
	if len(p.Trunks) > 100 {
		f.Add("trunks", fault.TooLong, "must have at most 100 items")
	}
	for i, k := range p.Trunks {
		if slices.Index(p.Trunks, k) < i {
			f.Add(fmt.Sprintf("trunks[%d]", i), fault.Taken, "is listed twice")
		}
	}
	f.Range("recording_days", p.RecordingDays, 0, MaxRecordingDays)
	fault.OneOf(&f, "recording_format", p.RecordingFormat, "", Opus, WAV)
	f.Range("hang_up_after_ms", p.HangUpAfterMS, 0, 600_000)
	f.Text("hold_music", p.HoldMusic, false, 100)
	f.Text("safety_flow", p.SafetyFlow, false, 100)
	f.Text("default_queue", p.DefaultQueue, false, 100)
	checkVoices(&f, p.Voices)
	checkRecognizers(&f, p.Recognizers)
	p.Callbacks.check(&f)
	p.Messaging.check(&f)
	p.Abuse.check(&f)
	return f.Err()
}
