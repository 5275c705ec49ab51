package speech

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"slices"
)

// KindVosk is the WebSocket protocol of alphacep/vosk-server. KindOpenAI is POST of a form, as OpenAI's
// /v1/audio/transcriptions, KindHTTP POST of a WAV file, whose answer is the text.
const KindVosk = "vosk"

// RecognizerEntry is a recognizer in the file.
type RecognizerEntry struct {
	Name      string   `yaml:"name"`
	Kind      string   `yaml:"kind"`
	URL       string   `yaml:"url"`
	Model     string   `yaml:"model"` // openai; missing: whisper-1
	Key       string   `yaml:"key"`   // sent as Bearer; missing: none
	KeyFile   string   `yaml:"key_file"`
	KeyEnv    string   `yaml:"key_env"`
	Languages []string `yaml:"languages"` // vosk: of the model, must be there; else missing: all
	Rate      int      `yaml:"rate"`      // of the samples: 8000 or 16000; missing: 8000, not vosk: 16000
	Timeout   string   `yaml:"timeout"`   // missing: 2s
	Parallel  int      `yaml:"parallel"`  // missing: 20
}

// ParseRecognizers reads a file as Parse does, and makes its recognizers.
func ParseRecognizers(text []byte, env func(string) (string, bool), read func(string) ([]byte, error)) ([]NamedRecognizer, error) {
	f, err := decodeFile(text)
	if err != nil {
		return nil, err
	}
	var all []NamedRecognizer
	for i, e := range f.Recognizers {
		n, err := e.recognizer(env, read)
		if err == nil && slices.ContainsFunc(all, func(o NamedRecognizer) bool { return o.Name == e.Name }) {
			err = errors.New("name: another recognizer has it already")
		}
		if err != nil {
			return nil, fmt.Errorf("recognizers[%d]: %w", i, err)
		}
		all = append(all, n)
	}
	return all, nil
}

func (e RecognizerEntry) recognizer(env func(string) (string, bool), read func(string) ([]byte, error)) (NamedRecognizer, error) {
	n := NamedRecognizer{Name: e.Name, Kind: e.Kind, Parallel: e.Parallel}
	if !nameForm.MatchString(e.Name) {
		return n, errors.New("name: write small letters, digits and . _ -")
	}
	if e.Parallel < 0 || e.Parallel > 1000 {
		return n, errors.New("parallel: write a number from 1 to 1000")
	}
	if e.Rate != 0 && e.Rate != 8000 && e.Rate != 16000 {
		return n, errors.New("rate: write 8000 or 16000")
	}
	var err error
	if n.Timeout, err = timeout(e.Timeout); err != nil {
		return n, err
	}
	key, err := secretOf(e.Key, e.KeyFile, e.KeyEnv, env, read)
	if err != nil {
		return n, err
	}
	calls := client(cmp.Or(e.Parallel, usualListeners))
	switch e.Kind {
	case KindVosk:
		if err := checkURL(e.URL, "wss", "ws"); err != nil {
			return n, err
		}
		if len(e.Languages) == 0 {
			return n, errors.New("languages: name the language of the server's model, such as en")
		}
		if e.Model != "" {
			return n, errors.New("kind: vosk has no model here, its server has one")
		}
		n.Engine = &Vosk{URL: e.URL, SampleRate: e.Rate, Languages: e.Languages, Token: key, Client: calls}
	case KindOpenAI, KindHTTP:
		if err := checkURL(e.URL, "https", "http"); err != nil {
			return n, err
		}
		n.Engine = &Transcriber{URL: e.URL, OpenAI: e.Kind == KindOpenAI, Token: key, Model: e.Model, Languages: e.Languages,
			SampleRate: e.Rate, Client: calls}
	default:
		return n, fmt.Errorf("kind: write %s, %s or %s", KindVosk, KindOpenAI, KindHTTP)
	}
	return n, nil
}

// OpenRecognizers reads a file of recognizers, and secrets from the machine's files and environment.
func OpenRecognizers(name string) ([]NamedRecognizer, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	all, err := ParseRecognizers(text, os.LookupEnv, os.ReadFile)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return all, nil
}
