package speech

import (
	"iter"
	"slices"

	"linekeeper/internal/project"
)

// ProblemKind is a kind of trouble with a language of a project.
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
	named := make([]string, 0, len(voices))
	for _, v := range voices {
		named = append(named, v.Language)
	}
	return problems(slices.Concat(languages, named), troubles{NobodySpeaks, UnknownEngine, OtherLanguage},
		func(language string) (string, bool, bool) {
			v, chosen := project.VoiceFor(voices, language)
			return v.Engine, chosen, v.Language != ""
		},
		func(yield func(string, func(string) bool) bool) {
			for _, e := range engines {
				if !yield(e.Name, e.Engine.Speaks) {
					return
				}
			}
		})
}

// RecognizerProblems looks at the languages in which a project's flows listen, and those it names recognizers for.
func RecognizerProblems(engines []NamedRecognizer, choices []project.Recognizer, languages []string) []Problem {
	named := make([]string, 0, len(choices))
	for _, c := range choices {
		named = append(named, c.Language)
	}
	return problems(slices.Concat(languages, named), troubles{NobodyHears, UnknownRecognizer, RecognizerOtherLanguage},
		func(language string) (string, bool, bool) {
			c, chosen := project.RecognizerFor(choices, language)
			return c.Engine, chosen, c.Language != ""
		},
		func(yield func(string, func(string) bool) bool) {
			for _, e := range engines {
				if !yield(e.Name, e.Engine.Hears) {
					return
				}
			}
		})
}

// troubles are the kinds of problems engines of one sort have: nobody knows the language, the engine that was chosen is
// unknown, or was chosen for a language it does not know.
type troubles struct{ nobody, unknown, other ProblemKind }

// problems looks at each language once; the empty one is left out. Choice tells the engine of a language, whether one
// was chosen, and whether for this language alone; engines are names with what tells whether they know a language.
func problems(languages []string, kinds troubles, choice func(language string) (engine string, chosen, alone bool),
	engines iter.Seq2[string, func(language string) bool]) []Problem {
	slices.Sort(languages)
	var found []Problem
	for _, language := range slices.Compact(languages) {
		if language == "" {
			continue
		}
		name, chosen, alone := choice(language)
		there, knows, anybody := false, false, false
		for n, k := range engines {
			anybody = anybody || k(language)
			if n == name && !there {
				there, knows = true, k(language)
			}
		}
		p := Problem{Language: language, Engine: name}
		switch {
		case !anybody:
			p.Kind = kinds.nobody
		case chosen && !there:
			p.Kind = kinds.unknown
		case chosen && alone && !knows:
			p.Kind = kinds.other
		default:
			continue
		}
		found = append(found, p)
	}
	return found
}
