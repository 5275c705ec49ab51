//go:build sphinx

package real

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"linekeeper/internal/demo/carrier"
	"linekeeper/internal/edge/api"
	"linekeeper/internal/edge/speech"
	"linekeeper/internal/media/tone"
	"linekeeper/test/rig"
	"linekeeper/test/sphinx"
)

// TestARealRecognizer: espeak-ng says a sentence into a real call, and pocketsphinx, to which it goes as to every server of
// Vosk's protocol, writes the message down. Its model is for wider sound than a telephone's and for people, so it is told which words there
// may be, and some of them are wanted.
func TestARealRecognizer(t *testing.T) {
	robot, ok := speech.FindEspeak()
	if !ok {
		t.Fatal("espeak-ng is not installed: run make deps")
	}
	said, err := robot.Engine.Speak(t.Context(), sentence, "en", robot.Engine.Voice("en"))
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: &sphinx.Server{Folder: t.TempDir(), Words: strings.Fields(sentence + others), Failed: func(err error) { t.Error(err) }}}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	file := filepath.Join(t.TempDir(), "speech.yaml")
	config := fmt.Sprintf("recognizers:\n  - {name: sphinx, kind: vosk, url: %q, languages: [en], rate: %d}\n", "ws://"+listener.Addr().String(), sphinx.Rate)
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	const message = `flows:
  - key: message
    program: {schema: 1, start: ask, nodes: {ask: {kind: voicemail, queue: sales, prompt: please_hold, silence: 60, review: false, next: end}, end: {kind: hangup}}}
`
	yaml := strings.NewReplacer("flows:\n", message, "entries:\n",
		"entries:\n  - {key: message, name: Message, number: \"1002\", project: shop, flow: message}\n").Replace(rig.Center{Users: people()}.YAML())
	s := start(t, rig.Center{}, rig.Options{Center: yaml, Args: []string{"--speech-file", file}})
	line, err := carrier.New(carrier.Config{Target: s.Ready.SIP()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = line.Close() })
	call := dial(t, line, "104", "1002")
	answered(t, call)
	<-call.Say(append(tone.Silence(8*time.Second), said...)) // the greeting and its tone come first
	call.HangUp()
	over(t, call)
	var text string
	within(t, 3*time.Minute, "the transcript", func() error {
		all := records(t, s)
		if len(all) != 2 || all[0].Channel != "voicemail" {
			return fmt.Errorf("%d interactions", len(all))
		}
		var d api.InteractionDetail
		if err := s.As(rig.AdminToken).Get(t.Context(), "/interactions/"+all[0].ID, &d); err != nil {
			return err
		}
		if len(d.Recordings) != 1 || d.Recordings[0].Transcript == nil || d.Recordings[0].Transcript.State != "written" {
			return fmt.Errorf("%+v", d.Recordings)
		}
		text = d.Recordings[0].Transcript.Text
		return nil
	})
	t.Logf("said was %q, heard %q", sentence, text)
	told := 0
	for word := range strings.FieldsSeq(sentence) {
		if slices.Contains(strings.Fields(text), word) {
			told++
		}
	}
	if told < enough {
		t.Errorf("%d of the words of %q were heard in %q, want %d", told, sentence, text, enough)
	}
}

const (
	sentence = "hello please call me back tomorrow morning thank you"
	others   = " one two three four five six seven eight nine"
	enough   = 4 // words
)
