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

// File is the configuration of speech engines and recognizers, in YAML. Secrets may stand in it, or in files and
// environment variables that it names.
type File struct {
	Engines     []Entry           `yaml:"engines"`
	Recognizers []RecognizerEntry `yaml:"recognizers"`
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
	f, err := decodeFile(text)
	if err != nil {
		return nil, err
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

func decodeFile(text []byte) (f File, err error) {
	if len(text) > maxFile {
		return f, fmt.Errorf("it is longer than %d bytes", maxFile)
	}
	dec := yaml.NewDecoder(bytes.NewReader(text))
	dec.KnownFields(true)
	if err := dec.Decode(&f); err != nil && !errors.Is(err, io.EOF) {
		return f, withoutValues(err)
	}
	return f, nil
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
	var err error
	if n.Timeout, err = timeout(e.Timeout); err != nil {
		return Named{}, err
	}
	voices := make(map[string]string, len(e.Voices))
	for language, v := range e.Voices {
		if language == "*" {
			language = ""
		}
		voices[language] = v
	}
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
	if err := checkURL(e.URL, "https", "http"); err != nil {
		return nil, err
	}
	if e.Rate != 0 || e.Program != "" {
		return nil, errors.New("kind: rate and program belong to espeak")
	}
	key, err := secretOf(e.Key, e.KeyFile, e.KeyEnv, env, read)
	if err != nil {
		return nil, err
	}
	h := &HTTP{URL: e.URL, OpenAI: e.Kind == KindOpenAI, Model: e.Model, Token: key, Voices: voices, Languages: e.Languages}
	h.Client = client(cmp.Or(e.Parallel, usualParallel))
	return h, nil
}

func client(parallel int) *http.Client {
	return &http.Client{Transport: &http.Transport{
		Proxy: http.ProxyFromEnvironment, MaxIdleConnsPerHost: parallel, IdleConnTimeout: time.Minute, ForceAttemptHTTP2: true,
	}}
}

// timeout reads a duration; zero: none is written.
func timeout(text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 100*time.Millisecond || d > 30*time.Second {
		return 0, errors.New("timeout: write a duration from 100ms to 30s")
	}
	return d, nil
}

func checkURL(text, secure, plain string) error {
	at, err := url.Parse(text)
	if err != nil || at.Scheme != secure && at.Scheme != plain || at.Host == "" {
		return fmt.Errorf("url: write an address that begins with %s:// or %s://", secure, plain)
	}
	if at.User != nil {
		return errors.New("url: write the password as key, key_file or key_env")
	}
	return nil
}

// secretOf finds the key where the file says.
func secretOf(key, keyFile, keyEnv string, env func(string) (string, bool), read func(string) ([]byte, error)) (string, error) {
	given := 0
	for _, v := range []string{key, keyFile, keyEnv} {
		if v != "" {
			given++
		}
	}
	switch {
	case given > 1:
		return "", errors.New("key: write one of key, key_file and key_env")
	case keyEnv != "":
		v, ok := env(keyEnv)
		if !ok || v == "" {
			return "", fmt.Errorf("key_env: the environment has no %s", keyEnv)
		}
		return v, nil
	case keyFile != "":
		b, err := read(keyFile)
		if err != nil {
			return "", fmt.Errorf("key_file: %w", err)
		}
		return strings.TrimSpace(string(b)), nil
	}
	return key, nil
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
