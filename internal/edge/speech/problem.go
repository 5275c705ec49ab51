package speech

import (
	"slices"

	"linekeeper/internal/project"
)

// The problems of a project's speech.
type ProblemKind string

const (
	// NobodySpeaks: texts of the language are not spoken; who has no recording hears a beep.
	NobodySpeaks ProblemKind = "nobody_speaks"
	// UnknownEngine: the project names an engine that the server's configuration has not; another stands in.
	UnknownEngine ProblemKind = "unknown_engine"
	// OtherLanguage: the project's engine does not speak the language; another stands in.
	OtherLanguage ProblemKind = "other_language"
	// NobodyHears: flows listen in the language and nobody understands it; customers press keys.
	NobodyHears ProblemKind = "nobody_hears"
	// UnknownRecognizer: the project names a recognizer that the server's configuration has not; another stands in.
	UnknownRecognizer ProblemKind = "unknown_recognizer"
	// RecognizerOtherLanguage: the project's recognizer does not know the language; another stands in.
	RecognizerOtherLanguage ProblemKind = "recognizer_other_language"
)

// Problem is what is wrong with a language of a project. Kind is how it will be heard.
type Problem struct {
	Language string
	Engine   string // that the project names; empty: none
	Kind     ProblemKind
}

// Problems looks at the languages a project speaks, and those it names voices for.
func Problems(engines []Named, voices []project.Voice, languages []string) []Problem {
	for _, v := range voices {
		if v.Language != "" {
			languages = append(languages[:len(languages):len(languages)], v.Language)
		}
	}
	languages = slices.Clone(languages)
	slices.Sort(languages)
	var found []Problem
	for _, language := range slices.Compact(languages) {
		v, chosen := project.VoiceFor(voices, language)
		i := slices.IndexFunc(engines, func(e Named) bool { return e.Name == v.Engine })
		p := Problem{Language: language, Engine: v.Engine}
		switch {
		case !slices.ContainsFunc(engines, func(e Named) bool { return e.Engine.Speaks(language) }):
			p.Kind = NobodySpeaks
		case chosen && i < 0:
			p.Kind = UnknownEngine
		case chosen && v.Language != "" && !engines[i].Engine.Speaks(language):
			p.Kind = OtherLanguage
		default:
			continue
		}
		found = append(found, p)
	}
	return found
}

// RecognizerProblems looks at the languages in which a project's flows listen, and those it names recognizers for.
func RecognizerProblems(engines []NamedRecognizer, choices []project.Recognizer, languages []string) []Problem {
	languages = slices.Clone(languages)
	for _, c := range choices {
		if c.Language != "" {
			languages = append(languages, c.Language)
		}
	}
	slices.Sort(languages)
	var found []Problem
	for _, language := range slices.Compact(languages) {
		c, chosen := project.RecognizerFor(choices, language)
		i := slices.IndexFunc(engines, func(e NamedRecognizer) bool { return e.Name == c.Engine })
		p := Problem{Language: language, Engine: c.Engine}
		switch {
		case !slices.ContainsFunc(engines, func(e NamedRecognizer) bool { return e.Engine.Hears(language) }):
			p.Kind = NobodyHears
		case chosen && i < 0:
			p.Kind = UnknownRecognizer
		case chosen && c.Language != "" && !engines[i].Engine.Hears(language):
			p.Kind = RecognizerOtherLanguage
		default:
			continue
		}
		found = append(found, p)
	}
	return found
}
