package project

import (
	"fmt"
	"slices"
	"strings"

	"linekeeper/internal/kit/fault"
)

// Recognizer says what hears a project's customers who speak a language.
type Recognizer struct {
	// Language is en, ru, th, ...; empty: every language that has no recognizer of its own.
	Language string `json:"language"`
	// Engine is its name in the configuration of the server.
	Engine string `json:"engine"`
}

// RecognizerFor finds the recognizer of a language: its own, that of the language without its region, or the one of
// all others.
func RecognizerFor(all []Recognizer, language string) (Recognizer, bool) {
	base, _, _ := strings.Cut(language, "-")
	for _, want := range []string{language, base, ""} {
		if i := slices.IndexFunc(all, func(r Recognizer) bool { return r.Language == want }); i >= 0 {
			return all[i], true
		}
	}
	return Recognizer{}, false
}

// checkRecognizers does not look whether they are there; see checkVoices.
func checkRecognizers(f *fault.Fields, all []Recognizer) {
	if len(all) > maxVoices {
		f.Add("recognizers", fault.TooLong, "must have at most %d items", maxVoices)
		return
	}
	for i, r := range all {
		at := fmt.Sprintf("recognizers[%d]", i)
		if r.Language != "" && !languageForm.MatchString(r.Language) {
			f.Add(at+".language", fault.Malformed, "%q is not a language, such as th", r.Language)
		}
		if slices.ContainsFunc(all[:i], func(o Recognizer) bool { return o.Language == r.Language }) {
			f.Add(at+".language", fault.Taken, "this language has a recognizer already")
		}
		if !voiceForm.MatchString(r.Engine) {
			f.Add(at+".engine", fault.Required, "name a recognizer of the server's configuration, such as vosk-en")
		}
	}
}

// recognizers is a list that is never nil, so that it compares equal to one that was read.
func recognizers(all []Recognizer) []Recognizer {
	if all == nil {
		return []Recognizer{}
	}
	return all
}
