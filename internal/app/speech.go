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

func (a *App) makeSpeaker() (flow.Speaker, error) {
	if a.opt.Speaker != nil {
		return a.opt.Speaker, nil
	}
	engines, err := speechEngines(a.cfg)
	if err != nil {
		return nil, err
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
	for _, p := range a.speechProblems() {
		a.log.Warn("speech: "+p.text(), "project", p.project.Key)
	}
	return s, nil
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
	return fmt.Sprintf("project %s has callers in %s, and no engine speaks it: texts without a recording are a beep", p.project.Key, p.Language)
}

// speechProblems looks at every project: its entries' languages and its voices.
func (a *App) speechProblems() []speechProblem { return a.dir.page().speechProblems(a.engines) }

func (p *page) speechProblems(engines []speech.Named) []speechProblem {
	var found []speechProblem
	for _, j := range slices.SortedFunc(maps.Values(p.projects), func(a, b project.Project) int { return strings.Compare(a.Key, b.Key) }) {
		var languages []string
		for _, e := range p.byID {
			if e.ProjectID == j.ID {
				language := e.Language
				if language == "" {
					language = p.tenant.Language
				}
				languages = append(languages, string(language))
			}
		}
		for _, one := range speech.Problems(engines, j.Voices, languages) {
			found = append(found, speechProblem{j, one})
		}
	}
	return found
}

// speechState is what the API tells of speech.
func (a *App) speechState() api.SpeechState {
	s := api.SpeechState{Engines: []api.SpeechEngine{}, Problems: []api.SpeechProblem{}}
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
		return []finding{{true, "speech: no engine", "Texts without a recording are not spoken. Install espeak-ng, or name engines in a file with --speech-file."}}
	}
	var all []finding
	for _, e := range engines {
		all = append(all, examineEngine(ctx, e))
	}
	stored, err := storedPage(ctx, cfg)
	if err != nil {
		return all // examineTrunks has told
	}
	for _, p := range stored.speechProblems(engines) {
		all = append(all, finding{false, "speech: " + p.text(), "Name an engine that speaks it in the file of --speech-file, and choose it at the project; or record the prompts. espeak-ng cannot read Thai."})
	}
	return all
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
