package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"
)

// Peaks is the waveform of a recording: loudness from 0 to 1 in equal stretches of time.
type Peaks struct {
	DurationMs int64     `json:"duration_ms"`
	Left       []float32 `json:"left" doc:"The customer"`
	Right      []float32 `json:"right" doc:"The agent"`
}

type recordingInput struct {
	ID string `path:"id" maxLength:"64"`
}

type peaksInput struct {
	ID     string `path:"id" maxLength:"64"`
	Points int    `query:"points" minimum:"10" maximum:"4000" default:"800"`
}

type peaksOutput struct {
	Body Peaks
}

func (s *server) listen(ctx context.Context, in *recordingInput) (*huma.StreamResponse, error) {
	return nil, errUnfinished
}

func (s *server) peaks(ctx context.Context, in *peaksInput) (*peaksOutput, error) {
	return nil, errUnfinished
}
