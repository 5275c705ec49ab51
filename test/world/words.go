package world

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"testing"
	"time"

	"linekeeper/internal/edge/speech"
	"linekeeper/internal/media/tone"
	"linekeeper/test/vosk"
)

// hearsAt is where the recognizer of Hearing is.
var hearsAt = netip.MustParseAddrPort("127.0.0.1:2700")

// pitches stand for words.
var pitches = map[string]float64{"one": 500, "two": 600, "three": 700, "yes": 800, "no": 900, "billing": 1000, "repair": 1100, "hello": 1200}

// Hearing plays a story in which there is a recognizer, for English, that knows some words.
func Hearing(t *testing.T, story func(w *World, ears *vosk.Server)) {
	t.Parallel()
	ears := &vosk.Server{Words: map[float64]string{}}
	for word, hz := range pitches {
		ears.Words[hz] = word
	}
	run(t, ears, nil, func(w *World) { story(w, ears) })
}

// recognizers are what the product is told of.
func (w *World) recognizers() []speech.NamedRecognizer {
	if w.hears == nil {
		return []speech.NamedRecognizer{}
	}
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) { return w.Net.DialTCP(ctx, hearsAt) }
	return []speech.NamedRecognizer{{Name: "vosk", Kind: speech.KindVosk, Engine: &speech.Vosk{
		URL: "ws://" + hearsAt.String(), Languages: []string{"en"}, Client: &http.Client{Transport: &http.Transport{DialContext: dial}},
	}}}
}

// serve has the recognizer listen, until close.
func (w *World) serve() {
	w.T.Helper()
	listener, err := w.Net.ListenTCP(hearsAt)
	if err != nil {
		w.T.Fatal(err)
	}
	w.hears = &http.Server{Handler: w.ears}
	go func() { _ = w.hears.Serve(listener) }()
}

// Says says words, each a tone of a quarter of a second, and waits until they are said.
func (c *Caller) Says(words ...string) {
	c.w.T.Helper()
	var pcm []int16
	for _, word := range words {
		if pitches[word] == 0 {
			c.w.T.Fatalf("nobody can say %q", word)
		}
		pcm = slices.Concat(pcm, tone.Sine(pitches[word], 0.4, 250*time.Millisecond), tone.Silence(150*time.Millisecond))
	}
	c.Call.Say(pcm)
	c.w.Passes(time.Duration(len(words)) * 400 * time.Millisecond)
}
