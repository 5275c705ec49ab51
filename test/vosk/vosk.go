// Package vosk is a service that speaks the WebSocket protocol of alphacep/vosk-server as its clients see it: a
// configuration, samples that are answered message by message, an end that is compared letter by letter. It knows no
// language: a tone of some pitch stands for each word, so that a test can say words over a telephone line.
package vosk

import (
	"encoding/binary"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/coder/websocket"

	"linekeeper/internal/media/tone"
)

// Server is the service; it is an http.Handler.
type Server struct {
	// Words are what tones stand for, by their pitch in Hz.
	Words map[float64]string
	// Confidence of every word; 0: 1.
	Confidence float64

	mu      sync.Mutex // guards what follows
	deaf    bool
	configs []Config
	open    int
}

// Config is what a client has sent first.
type Config struct {
	SampleRate int      `json:"sample_rate"`
	Phrases    []string `json:"phrase_list"`
}

// Deaf makes the service refuse those who come, or take them again.
func (s *Server) Deaf(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.deaf = on
}

// Configs are those sent so far, one for each connection.
func (s *Server) Configs() []Config {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.configs)
}

// Open is how many listen now.
func (s *Server) Open() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.open
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	deaf := s.deaf
	s.open++
	s.mu.Unlock()
	defer func() { s.mu.Lock(); s.open--; s.mu.Unlock() }()
	if deaf {
		http.Error(w, "no model is loaded", http.StatusServiceUnavailable)
		return
	}
	conn, err := websocket.Accept(w, r, nil)
	if err != nil {
		return
	}
	defer func() { _ = conn.CloseNow() }()
	e := &ear{server: s, rate: 8000}
	for {
		kind, b, err := conn.Read(r.Context())
		if err != nil {
			return
		}
		var answer any
		over := false
		switch {
		case kind == websocket.MessageText && strings.Contains(string(b), "config"):
			var in struct{ Config Config }
			if json.Unmarshal(b, &in) != nil {
				return
			}
			e.rate, e.phrases = max(in.Config.SampleRate, 1), in.Config.Phrases
			s.mu.Lock()
			s.configs = append(s.configs, in.Config)
			s.mu.Unlock()
			continue
		case string(b) == `{"eof" : 1}`:
			e.word()
			answer, over = e.result(), true
		case e.hears(b):
			answer = e.result()
		default:
			answer = map[string]string{"partial": strings.Join(e.said, " ")}
		}
		text, err := json.Marshal(answer)
		if err != nil || conn.Write(r.Context(), websocket.MessageText, text) != nil {
			return
		}
		if over {
			_ = conn.Close(websocket.StatusNormalClosure, "")
			return
		}
	}
}

// ear is one connection.
type ear struct {
	server  *Server
	rate    int
	phrases []string
	pcm     []int16
	pitch   float64 // that sounds; 0: none
	frames  int     // it has sounded for
	quiet   int     // frames of silence
	said    []string
}

const (
	perSecond = 25  // frames
	enough    = 2   // frames make a word
	pause     = 13  // frames of silence end a sentence
	loud      = 0.1 // level of a tone that is heard
)

// hears takes samples, 16 bits, little endian; true: a sentence is over.
func (e *ear) hears(b []byte) (over bool) {
	for ; len(b) >= 2; b = b[2:] {
		e.pcm = append(e.pcm, int16(binary.LittleEndian.Uint16(b)))
	}
	step := e.rate / 8000 // tone.Level is for 8 kHz
	for size := e.rate / perSecond; len(e.pcm) >= size; e.pcm = e.pcm[size:] {
		frame := make([]int16, 0, size)
		for i := 0; i < size; i += max(1, step) {
			frame = append(frame, e.pcm[i])
		}
		over = e.frame(frame) || over
	}
	return over
}

func (e *ear) frame(pcm []int16) (over bool) {
	pitch, best := 0.0, loud
	for hz := range e.server.Words {
		if level := tone.Level(pcm, hz); level > best {
			pitch, best = hz, level
		}
	}
	if pitch != e.pitch {
		e.word()
		e.pitch, e.frames = pitch, 0
	}
	e.frames++
	if pitch != 0 {
		e.quiet = 0
		return false
	}
	e.quiet++
	return e.quiet == pause && len(e.said) > 0
}

// word ends the word that sounds.
func (e *ear) word() {
	if e.pitch == 0 || e.frames < enough {
		return
	}
	word := e.server.Words[e.pitch]
	if len(e.phrases) > 0 && !slices.ContainsFunc(e.phrases, func(p string) bool { return strings.Contains(" "+p+" ", " "+word+" ") }) {
		word = "[unk]"
	}
	e.said = append(e.said, word)
	e.pitch = 0
}

// result is a sentence, as the server writes it.
func (e *ear) result() any {
	type word struct {
		Conf  float64 `json:"conf"`
		Start float64 `json:"start"`
		End   float64 `json:"end"`
		Word  string  `json:"word"`
	}
	confidence := e.server.Confidence
	if confidence == 0 {
		confidence = 1
	}
	words := []word{}
	for i, w := range e.said {
		words = append(words, word{confidence, float64(i), float64(i) + 0.5, w})
	}
	text := strings.Join(e.said, " ")
	e.said = nil
	return map[string]any{"result": words, "text": text}
}
