package speech

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func testEnv(name string) (string, bool) {
	v, ok := map[string]string{"NEURAL_KEY": "hunter2"}[name]
	return v, ok
}

func testRead(name string) ([]byte, error) {
	if name == "/run/secrets/key" {
		return []byte("hunter3\n"), nil
	}
	return nil, errors.New("no such file")
}

func TestParseFile(t *testing.T) {
	t.Parallel()
	all, err := Parse([]byte(`
engines:
  - name: neural
    kind: openai
    url: https://speech.example/v1/audio/speech
    model: good
    key_env: NEURAL_KEY
    voices: {th: nok, "*": alloy}
    timeout: 3s
    parallel: 8
  - {name: house, kind: http, url: "http://10.0.0.7/say", key_file: /run/secrets/key, languages: [th]}
  - {name: robot, kind: espeak, voices: {en: en-gb}, rate: 120}
`), testEnv, testRead)
	if err != nil || len(all) != 3 {
		t.Fatalf("got %d engines, %v", len(all), err)
	}
	neural, house, robot := all[0].Engine.(*HTTP), all[1].Engine.(*HTTP), all[2].Engine.(*Espeak)
	if !neural.OpenAI || neural.Token != "hunter2" || neural.Voice("th") != "nok" || neural.Voice("ru") != "alloy" || all[0].Timeout != 3*time.Second || all[0].Parallel != 8 {
		t.Errorf("got %+v", all[0])
	}
	if house.OpenAI || house.Token != "hunter3" || !house.Speaks("th") || house.Speaks("en") {
		t.Errorf("got %+v", house)
	}
	if robot.Voice("en") != "en-gb" || robot.Voice("ru") != "ru+f2" || robot.WordsRate != 120 || robot.Speaks("th") || !robot.Speaks("en") || all[2].Timeout != espeakTimeout {
		t.Errorf("got %+v", robot)
	}
	if all, err := Parse(nil, testEnv, testRead); err != nil || len(all) != 0 {
		t.Errorf("an empty file: got %v, %v", all, err)
	}
	if e, err := FromURL("x", "https://speech.example/v1/audio/speech", "k"); err != nil || e.Kind != KindOpenAI {
		t.Errorf("got %+v, %v", e, err)
	}
	if e, err := FromURL("x", "https://speech.example/say", ""); err != nil || e.Kind != KindHTTP {
		t.Errorf("got %+v, %v", e, err)
	}
}

func TestParseFileMistakes(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`engines: [{name: "A B", kind: espeak}]`:                                                "engines[0]: name:",
		`engines: [{name: a, kind: festival}]`:                                                  "engines[0]: kind: write espeak, openai or http",
		`engines: [{name: a, kind: espeak}, {name: a, kind: espeak}]`:                           "engines[1]: name: another engine has it",
		`engines: [{name: a, kind: http, url: "speech.example"}]`:                               "url: write an address",
		`engines: [{name: a, kind: http, url: "http://u:hunter2@h/"}]`:                          "url: write the password as key",
		`engines: [{name: a, kind: http, url: "http://h/", key: hunter2, key_env: NEURAL_KEY}]`: "key: write one of",
		`engines: [{name: a, kind: http, url: "http://h/", key_env: NOTHING}]`:                  "the environment has no NOTHING",
		`engines: [{name: a, kind: http, url: "http://h/", key_file: /none}]`:                   "key_file: no such file",
		`engines: [{name: a, kind: http, url: "http://h/", timeout: 1h}]`:                       "timeout:",
		`engines: [{name: a, kind: http, url: "http://h/", parallel: -1}]`:                      "parallel:",
		`engines: [{name: a, kind: http, url: "http://h/", rate: 100}]`:                         "belong to espeak",
		`engines: [{name: a, kind: espeak, key: hunter2}]`:                                      "espeak has no url, key",
		`engines: [{name: a, kind: espeak, rate: 9}]`:                                           "rate:",
		`engines: [{name: a, kind: espeak, voices: {en: "-w x"}}]`:                              "voices:",
		`engines: [{name: a, kind: espeak, colour: red}]`:                                       "colour",
		"engines:\n  - {name: a, kind: http, timeout: 1s, parallel: hunter2}":                   "line 2",
		`engines: 7`: "line 1", `{`: "yaml",
	} {
		if _, err := Parse([]byte(text), testEnv, testRead); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: got %v, want %q and no secret", text, err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`engines: [{name: a, kind: http, url: "http://h/", voices: {th: x}, timeout: 1s}]`))
	f.Add([]byte(`engines: [{name: a, kind: espeak, rate: 100}]`))
	f.Add([]byte("engines: &a [*a]"))
	f.Fuzz(func(t *testing.T, text []byte) {
		all, err := Parse(text, testEnv, testRead)
		if err != nil && all != nil {
			t.Errorf("engines beside an error: %v", err)
		}
		for _, e := range all {
			if e.Engine == nil || e.Name == "" || e.Engine.Identity() == "" {
				t.Errorf("got %+v", e)
			}
		}
	})
}
