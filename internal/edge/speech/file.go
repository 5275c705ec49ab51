package speech

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// The kinds of engines in a file.
const (
	KindEspeak = "espeak" // espeak-ng as a process
	KindOpenAI = "openai" // POST of JSON, as OpenAI's /v1/audio/speech
	KindHTTP   = "http"   // POST of the text, the answer is a WAV file
)

// File is the configuration of speech engines, in YAML. Secrets may stand in it, or in files and environment
// variables that it names.
type File struct {
	Engines []Entry `yaml:"engines"`
}

// Entry is an engine in the file.
type Entry struct {
	Name      string            `yaml:"name"`
	Kind      string            `yaml:"kind"`
	URL       string            `yaml:"url"`
	Model     string            `yaml:"model"`    // openai; missing: tts-1
	Key       string            `yaml:"key"`      // sent as Bearer; missing: none
	KeyFile   string            `yaml:"key_file"` // where the key stands instead
	KeyEnv    string            `yaml:"key_env"`
	Languages []string          `yaml:"languages"` // missing: all; espeak: all but th
	Voices    map[string]string `yaml:"voices"`    // by language; "*": for all others
	Rate      int               `yaml:"rate"`      // espeak: words a minute; missing: 150
	Program   string            `yaml:"program"`   // espeak: its path; missing: espeak-ng
	Timeout   string            `yaml:"timeout"`   // missing: 2s, espeak: 5s
	Parallel  int               `yaml:"parallel"`  // missing: 4
}

// espeakTimeout is longer than for a service outside: the process is on this machine, and mostly the last
// that could speak.
const espeakTimeout = 5 * time.Second

// maxFile is the longest configuration that is read.
const maxFile = 1 << 20

var nameForm = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,63}$`)

// Parse reads a file and makes its engines; nothing is asked or started. env and read find secrets. Errors name
// the engine and the field, never a secret.
func Parse(text []byte, env func(string) (string, bool), read func(string) ([]byte, error)) ([]Named, error) {
	if len(text) > maxFile {
		return nil, fmt.Errorf("it is longer than %d bytes", maxFile)
	}
	var f File
	dec := yaml.NewDecoder(bytes.NewReader(text))
	dec.KnownFields(true)
	if err := dec.Decode(&f); err != nil && !errors.Is(err, io.EOF) {
		return nil, withoutValues(err)
	}
	var all []Named
	for i, e := range f.Engines {
		n, err := e.engine(env, read)
		if err == nil && slices.ContainsFunc(all, func(o Named) bool { return o.Name == e.Name }) {
			err = errors.New("name: another engine has it already")
		}
		if err != nil {
			return nil, fmt.Errorf("engines[%d]: %w", i, err)
		}
		all = append(all, n)
	}
	return all, nil
}

// withoutValues keeps what the YAML library quotes of the file out of logs: it may be a key.
func withoutValues(err error) error {
	return errors.New(regexp.MustCompile("`[^`]*`").ReplaceAllString(err.Error(), "a value"))
}

func (e Entry) engine(env func(string) (string, bool), read func(string) ([]byte, error)) (Named, error) {
	if !nameForm.MatchString(e.Name) {
		return Named{}, errors.New("name: write small letters, digits and . _ -")
	}
	n := Named{Name: e.Name, Kind: e.Kind, Parallel: e.Parallel}
	if e.Parallel < 0 || e.Parallel > 1000 {
		return Named{}, errors.New("parallel: write a number from 1 to 1000")
	}
	if e.Timeout != "" {
		d, err := time.ParseDuration(e.Timeout)
		if err != nil || d < 100*time.Millisecond || d > 30*time.Second {
			return Named{}, errors.New("timeout: write a duration from 100ms to 30s")
		}
		n.Timeout = d
	}
	voices := make(map[string]string, len(e.Voices))
	for language, v := range e.Voices {
		if language == "*" {
			language = ""
		}
		voices[language] = v
	}
	var err error
	switch e.Kind {
	case KindEspeak:
		n.Timeout = cmp.Or(n.Timeout, espeakTimeout)
		n.Engine, err = e.espeak(voices)
	case KindOpenAI, KindHTTP:
		n.Engine, err = e.http(voices, env, read)
	default:
		err = fmt.Errorf("kind: write %s, %s or %s", KindEspeak, KindOpenAI, KindHTTP)
	}
	return n, err
}

func (e Entry) espeak(voices map[string]string) (*Espeak, error) {
	if e.URL != "" || e.Key != "" || e.KeyFile != "" || e.KeyEnv != "" || e.Model != "" {
		return nil, errors.New("kind: espeak has no url, key and model")
	}
	if e.Rate != 0 && (e.Rate < 80 || e.Rate > 450) {
		return nil, errors.New("rate: write words a minute, 80 to 450")
	}
	out := newEspeak(cmp.Or(e.Program, "espeak-ng"))
	out.WordsRate, out.Languages = e.Rate, e.Languages
	for language, v := range voices {
		if !isVoice(v) {
			return nil, fmt.Errorf("voices: %q is not a voice of espeak-ng", v)
		}
		out.Voices[language] = v
	}
	return out, nil
}

func (e Entry) http(voices map[string]string, env func(string) (string, bool), read func(string) ([]byte, error)) (*HTTP, error) {
	at, err := url.Parse(e.URL)
	if err != nil || at.Scheme != "http" && at.Scheme != "https" || at.Host == "" {
		return nil, errors.New("url: write an address that begins with https:// or http://")
	}
	if at.User != nil {
		return nil, errors.New("url: write the password as key, key_file or key_env")
	}
	if e.Rate != 0 || e.Program != "" {
		return nil, errors.New("kind: rate and program belong to espeak")
	}
	key, err := e.secret(env, read)
	if err != nil {
		return nil, err
	}
	h := &HTTP{URL: e.URL, OpenAI: e.Kind == KindOpenAI, Model: e.Model, Token: key, Voices: voices, Languages: e.Languages}
	h.Client = &http.Client{Transport: &http.Transport{
		Proxy: http.ProxyFromEnvironment, MaxIdleConnsPerHost: cmp.Or(e.Parallel, usualParallel), IdleConnTimeout: time.Minute,
		ForceAttemptHTTP2: true,
	}}
	return h, nil
}

// secret finds the key where the file says.
func (e Entry) secret(env func(string) (string, bool), read func(string) ([]byte, error)) (string, error) {
	given := 0
	for _, v := range []string{e.Key, e.KeyFile, e.KeyEnv} {
		if v != "" {
			given++
		}
	}
	switch {
	case given > 1:
		return "", errors.New("key: write one of key, key_file and key_env")
	case e.KeyEnv != "":
		v, ok := env(e.KeyEnv)
		if !ok || v == "" {
			return "", fmt.Errorf("key_env: the environment has no %s", e.KeyEnv)
		}
		return v, nil
	case e.KeyFile != "":
		b, err := read(e.KeyFile)
		if err != nil {
			return "", fmt.Errorf("key_file: %w", err)
		}
		return strings.TrimSpace(string(b)), nil
	}
	return e.Key, nil
}

// FromURL is an engine with nothing but an address, which says its kind: a path that ends in /audio/speech is
// spoken to as OpenAI's.
func FromURL(name, address, key string) (Named, error) {
	e := Entry{Name: name, Kind: KindHTTP, URL: address, Key: key}
	if at, err := url.Parse(address); err == nil && strings.HasSuffix(at.Path, "/audio/speech") {
		e.Kind = KindOpenAI
	}
	return e.engine(nil, nil)
}

// Open reads a file of engines, and secrets from the machine's files and environment.
func Open(name string) ([]Named, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	all, err := Parse(text, os.LookupEnv, os.ReadFile)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return all, nil
}
