package api

import (
	"context"
	"net/http"

	"linekeeper/internal/access"
	"linekeeper/internal/project"
)

// SpeechState are the engines that speak texts, those that hear customers, and what is wrong with projects' choice
// of them.
type SpeechState struct {
	Engines     []SpeechEngine     `json:"engines" doc:"In the order in which they stand in for each other"`
	Recognizers []SpeechRecognizer `json:"recognizers" doc:"In the order in which they stand in for each other"`
	Problems    []SpeechProblem    `json:"problems"`
}

// SpeechRecognizer is one that the server's configuration names.
type SpeechRecognizer struct {
	Name      string   `json:"name"`
	Kind      string   `json:"kind" enum:"vosk,openai,http,demo" doc:"demo: the demo's own, which knows what its callers say"`
	Languages []string `json:"languages" doc:"Of those prompts have, the ones it hears"`
	Resting   bool     `json:"resting" doc:"It failed several times in a row and is left alone for some seconds"`
	Heard     uint64   `json:"heard" doc:"Answers and recordings, since the start of the server"`
	Failed    uint64   `json:"failed"`
}

// SpeechEngine is one that the server's configuration names.
type SpeechEngine struct {
	Name      string   `json:"name"`
	Kind      string   `json:"kind" enum:"espeak,openai,http"`
	Languages []string `json:"languages" doc:"Of those prompts have, the ones it speaks"`
	Resting   bool     `json:"resting" doc:"It failed several times in a row and is left alone for some seconds"`
	Spoken    uint64   `json:"spoken" doc:"Texts, since the start of the server"`
	Failed    uint64   `json:"failed"`
}

// SpeechProblem is a language of a project that is not spoken as it should be.
type SpeechProblem struct {
	ProjectID string `json:"project_id"`
	Language  string `json:"language"`
	Engine    string `json:"engine" doc:"The one the project names; empty: none"`
	Problem   string `json:"problem" enum:"nobody_speaks,unknown_engine,other_language,unknown_recognizer,recognizer_other_language,nobody_hears" doc:"nobody_speaks: texts without a recording are a beep; nobody_hears: what customers say is not understood, they press keys; else another engine stands in"`
}

// ProjectVoice says who speaks a language of a project.
type ProjectVoice struct {
	Language string `json:"language" required:"false" maxLength:"35" doc:"en, ru, th, ...; empty: every language that has no voice of its own"`
	Engine   string `json:"engine" maxLength:"100" doc:"As the server's configuration names it; one it has not is stood in for"`
	Voice    string `json:"voice,omitempty" maxLength:"100" doc:"As the engine calls it; empty: its own choice"`
}

// ProjectRecognizer says what hears the customers of a project who speak a language.
type ProjectRecognizer struct {
	Language string `json:"language" required:"false" maxLength:"35" doc:"en, ru, th, ...; empty: every language that has no recognizer of its own"`
	Engine   string `json:"engine" maxLength:"100" doc:"As the server's configuration names it; one it has not is stood in for"`
}

func shownRecognizers(all []project.Recognizer) []ProjectRecognizer {
	out := make([]ProjectRecognizer, 0, len(all))
	for _, v := range all {
		out = append(out, ProjectRecognizer(v))
	}
	return out
}

func takenRecognizers(all []ProjectRecognizer) []project.Recognizer {
	out := make([]project.Recognizer, 0, len(all))
	for _, v := range all {
		out = append(out, project.Recognizer(v))
	}
	return out
}

func shownVoices(all []project.Voice) []ProjectVoice {
	out := make([]ProjectVoice, 0, len(all))
	for _, v := range all {
		out = append(out, ProjectVoice(v))
	}
	return out
}

func takenVoices(all []ProjectVoice) []project.Voice {
	out := make([]project.Voice, 0, len(all))
	for _, v := range all {
		out = append(out, project.Voice(v))
	}
	return out
}

func (s *server) speechRoutes() []route {
	return []route{
		rt(http.MethodGet, "/speech", "readSpeech", may(access.SeeSetup), "Speech engines, recognizers, and projects that want others", s.readSpeech),
	}
}

func (s *server) readSpeech(context.Context, *struct{}) (*oneOutput[SpeechState], error) {
	out := SpeechState{Engines: []SpeechEngine{}, Recognizers: []SpeechRecognizer{}, Problems: []SpeechProblem{}}
	if s.deps.Speech != nil {
		out = s.deps.Speech()
	}
	return &oneOutput[SpeechState]{out}, nil
}
