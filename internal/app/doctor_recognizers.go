package app

import (
	"context"
	"fmt"
	"time"

	"linekeeper/internal/edge/speech"
	"linekeeper/internal/flow"
)

// examineRecognizers has each recognizer hear a phrase in each language it knows, spoken by the first engine that can.
func examineRecognizers(ctx context.Context, engines []speech.Named, hearers []speech.NamedRecognizer) []finding {
	if len(hearers) == 0 {
		return nil
	}
	speaker, err := speech.New(speech.Config{Engines: engines})
	if err != nil {
		return []finding{{false, "speech: " + err.Error(), ""}}
	}
	defer speaker.Close()
	var all []finding
	for _, h := range hearers {
		known := false
		for _, language := range flow.Languages() {
			if h.Engine.Hears(language) {
				known = true
				all = append(all, examineRecognizer(ctx, speaker, h, language))
			}
		}
		if !known {
			all = append(all, finding{true, fmt.Sprintf("speech: %s (%s) hears none of our languages", h.Name, h.Kind), ""})
		}
	}
	return all
}

func examineRecognizer(ctx context.Context, speaker *speech.Speaker, h speech.NamedRecognizer, language string) finding {
	listener := speech.NewListener(speech.ListenerConfig{Engines: []speech.NamedRecognizer{h}})
	defer listener.Close()
	phrase := examinePhrases[language]
	said, err := speaker.Speak(ctx, flow.Speech{Text: phrase, Language: language})
	pcm := said.PCM
	if err != nil {
		phrase, pcm = "", make([]int16, flow.SampleRate) // a second of silence tells whether it answers
	}
	within, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	began := time.Now()
	heard, err := listener.Transcribe(within, flow.Hearing{Language: language, Rate: flow.SampleRate}, pcm)
	took := time.Since(began).Milliseconds()
	switch {
	case err != nil:
		return finding{false, fmt.Sprintf("speech: %s does not hear %s: %v", h.Name, language, err),
			"Look at its address, key and languages in the file of --speech-file, and whether the service runs; until then the next recognizer stands in, or customers press keys."}
	case phrase == "":
		return finding{true, fmt.Sprintf("speech: %s (%s) answers after %d ms; no engine here speaks %s, so it was given silence", h.Name, h.Kind, took, language), ""}
	case heard.Text == "" || heard.Text == flow.Unclear:
		return finding{false, fmt.Sprintf("speech: %s understood nothing of %q in %s", h.Name, phrase, language),
			"Look whether the model of the service is for this language and for the rate of samples that the file says."}
	}
	return finding{true, fmt.Sprintf("speech: %s (%s) heard %q in %s after %d ms", h.Name, h.Kind, heard.Text, language, took), ""}
}
