package app

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"linekeeper/internal/edge/api"
	"linekeeper/internal/edge/speech"
	"linekeeper/internal/flow"
	"linekeeper/internal/project"
)

// speechURLName is what the engine of --speech-url is called.
const speechURLName = "speech-url"

// speechEngines are all there are, in the order in which they stand in for each other: those of the file, the
// one of --speech-url, and espeak-ng if it is installed and the file has none of its kind.
func speechEngines(cfg Config) ([]speech.Named, error) {
	var all []speech.Named
	if cfg.SpeechFile != "" {
		var err error
		if all, err = speech.Open(cfg.SpeechFile); err != nil {
			return nil, fmt.Errorf("speech-file: %w", err)
		}
	}
	has := func(test func(speech.Named) bool) bool { return slices.ContainsFunc(all, test) }
	if cfg.SpeechURL != "" && !has(func(e speech.Named) bool { return e.Name == speechURLName }) {
		e, err := speech.FromURL(speechURLName, cfg.SpeechURL, cfg.SpeechKey)
		if err != nil {
			return nil, fmt.Errorf("speech-url: %w", err)
		}
		all = append(all, e)
	}
	if e, ok := speech.FindEspeak(); ok && !has(func(o speech.Named) bool { return o.Kind == e.Kind || o.Name == e.Name }) {
		all = append(all, e)
	}
	return all, nil
}

// speechRecognizers are those of the file, in the order in which they stand in for each other.
func speechRecognizers(cfg Config) ([]speech.NamedRecognizer, error) {
	if cfg.SpeechFile == "" {
		return nil, nil
	}
	all, err := speech.OpenRecognizers(cfg.SpeechFile)
	if err != nil {
		return nil, fmt.Errorf("speech-file: %w", err)
	}
	return all, nil
}

// makeListener makes what hears customers, with what the project has chosen.
func (a *App) makeListener() (err error) {
	if a.hearers = a.opt.Recognizers; a.hearers == nil {
		if a.hearers, err = speechRecognizers(a.cfg); err != nil {
			return err
		}
	}
	choices := func(p project.ID) []project.Recognizer { return a.dir.page().projects[p].Recognizers }
	a.ear = speech.NewListener(speech.ListenerConfig{Engines: a.hearers, Choices: choices})
	a.onUndo(func() {
		if err := a.ear.Close(); err != nil {
			a.log.Error("recognizers not closed in order", "error", err)
		}
	})
	return nil
}

func (a *App) makeSpeaker() (flow.Speaker, error) {
	if a.opt.Speaker != nil {
		return a.opt.Speaker, nil
	}
	engines, err := a.opt.Engines, error(nil)
	if engines == nil {
		if engines, err = speechEngines(a.cfg); err != nil {
			return nil, err
		}
	}
	voices := func(p project.ID) []project.Voice { return a.dir.page().projects[p].Voices }
	s, err := speech.New(speech.Config{Engines: engines, Voices: voices, Dir: filepath.Join(a.cfg.Data, "speech")})
	if err != nil {
		return nil, err
	}
	a.speaker, a.engines = s, engines
	a.onUndo(func() {
		if err := s.Close(); err != nil {
			a.log.Error("speech not closed in order", "error", err)
		}
	})
	return s, nil
}

// warnOfSpeech tells the log what is wrong with projects' choices.
func (a *App) warnOfSpeech() {
	if a.speaker == nil { // a test speaks
		return
	}
	for _, p := range a.speechProblems() {
		a.log.Warn("speech: "+p.text(), "project", p.project.Key)
	}
}

// speechProblem is what is wrong with how a project speaks.
type speechProblem struct {
	project project.Project
	speech.Problem
}

// text says it for operators.
func (p speechProblem) text() string {
	switch p.Kind {
	case speech.UnknownEngine:
		return fmt.Sprintf("project %s wants the engine %q for %s, which is not configured; another one stands in", p.project.Key, p.Engine, p.Language)
	case speech.OtherLanguage:
		return fmt.Sprintf("project %s wants the engine %q for %s, which it does not speak; another one stands in", p.project.Key, p.Engine, p.Language)
	}
	switch p.Kind {
	case speech.UnknownRecognizer:
		return fmt.Sprintf("project %s wants the recognizer %q for %s, which is not configured; another one stands in", p.project.Key, p.Engine, p.Language)
	case speech.RecognizerOtherLanguage:
		return fmt.Sprintf("project %s wants the recognizer %q for %s, which it does not know; another one stands in", p.project.Key, p.Engine, p.Language)
	case speech.NobodyHears:
		return fmt.Sprintf("project %s listens to callers in %s, and no recognizer knows it: they press keys", p.project.Key, p.Language)
	}
	return fmt.Sprintf("project %s has callers in %s, and no engine speaks it: texts without a recording are a beep", p.project.Key, p.Language)
}

// help says what to do about it.
func (p speechProblem) help() string {
	switch p.Kind {
	case speech.UnknownRecognizer, speech.RecognizerOtherLanguage, speech.NobodyHears:
		return "Name a recognizer for it in the file of --speech-file, and choose it at the project. Keys go on working without."
	}
	return "Name an engine that speaks it in the file of --speech-file, and choose it at the project; or record the prompts. espeak-ng cannot read Thai."
}

// speechProblems looks at every project: its entries' languages and its voices.
func (a *App) speechProblems() []speechProblem {
	return a.dir.page().speechProblems(a.engines, a.hearers)
}

func (p *page) speechProblems(engines []speech.Named, hearers []speech.NamedRecognizer) []speechProblem {
	var found []speechProblem
	for _, j := range slices.SortedFunc(maps.Values(p.projects), func(a, b project.Project) int { return strings.Compare(a.Key, b.Key) }) {
		var languages, listened []string
		for _, e := range p.byID {
			if e.ProjectID == j.ID {
				language := e.Language
				if language == "" {
					language = p.tenant.Language
				}
				languages = append(languages, string(language))
				if p.listens[flow.ID(e.FlowID)] {
					listened = append(listened, string(language))
				}
			}
		}
		for _, one := range speech.Problems(engines, j.Voices, languages) {
			found = append(found, speechProblem{j, one})
		}
		for _, one := range speech.RecognizerProblems(hearers, j.Recognizers, listened) {
			found = append(found, speechProblem{j, one})
		}
	}
	return found
}

// speechState is what the API tells of speech.
func (a *App) speechState() api.SpeechState {
	s := api.SpeechState{Engines: []api.SpeechEngine{}, Recognizers: []api.SpeechRecognizer{}, Problems: []api.SpeechProblem{}}
	for i, e := range a.ear.Recognizers() {
		hears := slices.DeleteFunc(flow.Languages(), func(l string) bool { return !a.hearers[i].Engine.Hears(l) })
		s.Recognizers = append(s.Recognizers, api.SpeechRecognizer{
			Name: e.Name, Kind: e.Kind, Languages: hears, Resting: e.Resting, Heard: e.Counts.Heard, Failed: e.Counts.Failed,
		})
	}
	if a.speaker == nil {
		return s
	}
	for i, e := range a.speaker.Engines() {
		speaks := slices.DeleteFunc(flow.Languages(), func(l string) bool { return !a.engines[i].Engine.Speaks(l) })
		s.Engines = append(s.Engines, api.SpeechEngine{
			Name: e.Name, Kind: e.Kind, Languages: speaks, Resting: e.Resting, Spoken: e.Counts.Spoken, Failed: e.Counts.Failed,
		})
	}
	for _, p := range a.speechProblems() {
		s.Problems = append(s.Problems, api.SpeechProblem{ProjectID: string(p.project.ID), Language: p.Language, Engine: p.Engine, Problem: string(p.Kind)})
	}
	return s
}

// examinePhrases are what the doctor has engines say.
var examinePhrases = map[string]string{"en": "One, two, three.", "ru": "Один, два, три.", "th": "หนึ่ง สอง สาม"}

// examineSpeech has each engine say something in each language it speaks, and looks at the projects.
func examineSpeech(ctx context.Context, cfg Config) []finding {
	engines, err := speechEngines(cfg)
	if err != nil {
		return []finding{{false, "speech: " + err.Error(), "Correct the file, or take --speech-file away: the server does not start with it."}}
	}
	if len(engines) == 0 {
		all := []finding{{true, "speech: no engine", "Texts without a recording are not spoken. Install espeak-ng, or name engines in a file with --speech-file."}}
		if stored, err := storedPage(ctx, cfg); err == nil { // else examineTrunks has told
			for _, p := range stored.speechProblems(nil, nil) {
				all = append(all, stored.examineCallbacks(nil, p)...)
			}
		}
		return all
	}
	var all []finding
	for _, e := range engines {
		all = append(all, examineEngine(ctx, e))
	}
	hearers, err := speechRecognizers(cfg)
	if err != nil {
		return append(all, finding{false, "speech: " + err.Error(), "Correct the file: the server does not start with it."})
	}
	all = append(all, examineRecognizers(ctx, engines, hearers)...)
	stored, err := storedPage(ctx, cfg)
	if err != nil {
		return all // examineTrunks has told
	}
	for _, p := range stored.speechProblems(engines, hearers) {
		all = append(all, finding{false, "speech: " + p.text(), p.help()})
		all = append(all, stored.examineCallbacks(engines, p)...)
	}
	return all
}

// examineCallbacks looks whether queues of a project call back customers whose language nobody speaks: the dialogue
// about that is spoken text, in English where the customer's language is not to be had.
func (p *page) examineCallbacks(engines []speech.Named, problem speechProblem) []finding {
	var queues []string
	for _, q := range p.queues {
		if q.ProjectID == problem.project.ID && q.Callback.On {
			queues = append(queues, q.Key)
		}
	}
	if problem.Kind != speech.NobodySpeaks || len(queues) == 0 {
		return nil
	}
	slices.Sort(queues)
	heard := "beeps in place of the dialogue about it"
	if slices.ContainsFunc(engines, func(e speech.Named) bool { return e.Engine.Speaks(flow.Languages()[0]) }) {
		heard = "the dialogue about it in English"
	}
	return []finding{{false, fmt.Sprintf("speech: project %s calls back (%s), and nothing speaks %s: customers hear %s", problem.project.Key, strings.Join(queues, ", "), problem.Language, heard),
		"Only the offer and the greeting of a called customer can be recorded; their number, its confirmation and the promise need an engine. Name one for the language in the file of --speech-file, or turn callbacks off at the queues."}}
}

func examineEngine(ctx context.Context, e speech.Named) finding {
	s, err := speech.New(speech.Config{Engines: []speech.Named{e}})
	if err != nil {
		return finding{false, "speech: " + err.Error(), ""}
	}
	defer s.Close()
	var said []string
	for _, language := range flow.Languages() {
		if !e.Engine.Speaks(language) {
			continue
		}
		began := time.Now()
		_, err := s.Speak(ctx, flow.Speech{Text: examinePhrases[language], Language: language})
		if err != nil {
			return finding{false, fmt.Sprintf("speech: %s does not speak %s: %v", e.Name, language, err),
				"Look at its address, key, voice and languages in the file of --speech-file, and whether the service runs; until then the next engine stands in."}
		}
		said = append(said, fmt.Sprintf("%s after %d ms", language, time.Since(began).Milliseconds()))
	}
	if len(said) == 0 {
		return finding{true, fmt.Sprintf("speech: %s (%s) speaks none of our languages", e.Name, e.Kind), ""}
	}
	return finding{true, fmt.Sprintf("speech: %s (%s) speaks %s", e.Name, e.Kind, strings.Join(said, ", ")), ""}
}
