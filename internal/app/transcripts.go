package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"linekeeper/internal/edge/speech"
	"linekeeper/internal/flow"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/transcript"
	"linekeeper/internal/voicemail"
)

// makeTranscripts makes what writes messages down; it stands still until Start.
func (a *App) makeTranscripts() {
	a.scribe = transcript.New(transcript.Ports{DB: a.db, Sound: a.soundOf, Recognize: a.writeDown, Log: a.log})
	a.onUndo(a.scribe.Close)
}

// toWriteDown has a message written down if its flow lets that be and somebody knows its language; nil: not.
func (a *App) toWriteDown(r voicemail.Recorded) func(*db.Tx, string) error {
	language := cmp.Or(r.Arrival.Language, string(a.dir.page().tenant.Language))
	if r.Arrival.Message.Unwritten || a.ear.Rate(r.Arrival.Project, language) == 0 {
		return nil
	}
	return func(tx *db.Tx, recording string) error {
		return a.scribe.Want(tx, transcript.Transcript{Tenant: r.Arrival.Tenant, Recording: recording, Interaction: r.Interaction,
			Project: r.Arrival.Project, Language: language, Wanted: r.Ended})
	}
}

// soundOf gives what a customer says in a recording.
func (a *App) soundOf(ctx context.Context, t transcript.Transcript) ([]int16, int, error) {
	f, err := a.recorder.Open(ctx, t.Tenant, t.Recording)
	if err != nil {
		return nil, 0, err
	}
	pcm, rate, err := f.Customer()
	return pcm, rate, errors.Join(err, f.Close())
}

// writeDown asks the recognizer of the project and language.
func (a *App) writeDown(ctx context.Context, t transcript.Transcript, pcm []int16, rate int) (string, error) {
	heard, err := a.ear.Transcribe(ctx, flow.Hearing{Project: t.Project, Language: t.Language, Rate: rate}, pcm)
	switch {
	case errors.Is(err, speech.ErrNoRecognizer):
		return "", fmt.Errorf("%w: %w", transcript.ErrNobody, err)
	case errors.Is(err, speech.ErrBusy):
		return "", fmt.Errorf("%w: %w", transcript.ErrBusy, err)
	case err != nil:
		return "", err
	case heard.Text == flow.Unclear: // words, but none that it could tell
		return "", nil
	}
	return heard.Text, nil
}
