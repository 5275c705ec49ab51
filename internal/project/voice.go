package project

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"linekeeper/internal/kit/fault"
)

// Voice says which speech engine speaks a project's texts of a language, and with which of its voices.
type Voice struct {
	// Language is en, ru, th, ...; empty: every language that has no voice of its own.
	Language string `json:"language"`
	// Engine is its name in the configuration of the server.
	Engine string `json:"engine"`
	// Voice is what the engine calls it; empty: the engine's own choice for the language.
	Voice string `json:"voice"`
}

// maxVoices of one project.
const maxVoices = 50

var (
	languageForm = regexp.MustCompile(`^[a-z]{2,3}(-[A-Za-z0-9]{1,8})*$`)
	voiceForm    = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9 ._+/:-]{0,99}$`)
)

// VoiceFor finds the voice of a language: its own, that of the language without its region, or the one of all others.
func VoiceFor(all []Voice, language string) (Voice, bool) {
	base, _, _ := strings.Cut(language, "-")
	for _, want := range []string{language, base, ""} {
		if i := slices.IndexFunc(all, func(v Voice) bool { return v.Language == want }); i >= 0 {
			return all[i], true
		}
	}
	return Voice{}, false
}

// checkVoices does not look whether the engines are there: a center may be moved to a server that has others,
// and what is missing is told where it can be mended.
func checkVoices(f *fault.Fields, all []Voice) {
	if len(all) > maxVoices {
		f.Add("voices", fault.TooLong, "must have at most %d items", maxVoices)
		return
	}
	for i, v := range all {
		at := fmt.Sprintf("voices[%d]", i)
		if v.Language != "" && !languageForm.MatchString(v.Language) {
			f.Add(at+".language", fault.Malformed, "%q is not a language, such as th", v.Language)
		}
		if slices.ContainsFunc(all[:i], func(o Voice) bool { return o.Language == v.Language }) {
			f.Add(at+".language", fault.Taken, "this language has a voice already")
		}
		if !voiceForm.MatchString(v.Engine) {
			f.Add(at+".engine", fault.Required, "name an engine of the server's configuration, such as espeak-ng")
		}
		if v.Voice != "" && !voiceForm.MatchString(v.Voice) {
			f.Add(at+".voice", fault.Malformed, "must be letters, digits and . _ + / : -, 100 at most")
		}
	}
}

// voices is a list that is never nil, so that it compares equal to one that was read.
func voices(all []Voice) []Voice {
	if all == nil {
		return []Voice{}
	}
	return all
}
