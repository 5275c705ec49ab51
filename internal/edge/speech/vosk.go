package speech

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"strings"
	"time"

	"github.com/coder/websocket"

	"linekeeper/internal/flow"
)

// voskEnd asks for what is left. Servers compare it letter by letter, blank included.
const voskEnd = `{"eof" : 1}`

const (
	// voskPiece is how much sound goes in a message, in parts of a second: less makes more answers, not faster ones.
	voskPiece = 10
	// voskAnswer is the longest message that is read.
	voskAnswer = 1 << 20
	// voskUnknown is a word outside the phrases, as the models call it.
	voskUnknown = "[unk]"
)

// errLate means that the server has not answered the end in time.
var errLate = errors.New("no answer")

// Vosk is a server that speaks the WebSocket protocol of alphacep/vosk-server: a configuration, then samples, each
// message of which is answered, then the end. A server has one model, which knows one language.
type Vosk struct {
	URL        string   // ws:// or wss://
	SampleRate int      // that is sent; 0: 8000
	Languages  []string // the model's
	Token      string   // Bearer, for a proxy before it; empty: none
	Client     *http.Client
}

var _ Recognizer = (*Vosk)(nil)

// Hears implements Recognizer.
func (v *Vosk) Hears(language string) bool {
	return len(v.Languages) > 0 && speaks(v.Languages, language)
}

// Streams implements Recognizer.
func (v *Vosk) Streams() bool { return true }

// Rate implements Recognizer.
func (v *Vosk) Rate() int {
	if v.SampleRate == 0 {
		return 8000
	}
	return v.SampleRate
}

// Close gives back idle connections.
func (v *Vosk) Close() error {
	if v.Client != nil {
		v.Client.CloseIdleConnections()
	}
	return nil
}

// Recognize implements Recognizer. The server says where a sentence ends.
func (v *Vosk) Recognize(ctx context.Context, u Utterance) (flow.Heard, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	conn, err := v.dial(ctx, u)
	if err != nil {
		return flow.Heard{}, err
	}
	defer func() { _ = conn.CloseNow() }()
	ended := make(chan error, 1)
	over := make(chan struct{}) // the last samples were sent, and the end is
	go func() {
		err := v.send(ctx, conn, u, over)
		if err != nil {
			cancel(err)
		}
		ended <- err
	}()
	heard, err := v.hear(ctx, cancel, conn, u, over)
	cancel(nil)
	<-ended
	return heard, err
}

func (v *Vosk) dial(ctx context.Context, u Utterance) (*websocket.Conn, error) {
	within, cancel := context.WithTimeout(ctx, u.Patience)
	defer cancel()
	header := http.Header{}
	if v.Token != "" {
		header.Set("Authorization", "Bearer "+v.Token)
	}
	conn, res, err := websocket.Dial(within, v.URL, &websocket.DialOptions{HTTPClient: v.Client, HTTPHeader: header})
	if err != nil {
		switch {
		case ctx.Err() != nil:
			return nil, context.Cause(ctx)
		case within.Err() != nil:
			return nil, fmt.Errorf("no connection within %v", u.Patience)
		case res != nil:
			return nil, fmt.Errorf("the service answered %s instead of a WebSocket", res.Status)
		}
		return nil, bare(err)
	}
	conn.SetReadLimit(voskAnswer)
	return conn, nil
}

// voskConfig is the first message.
type voskConfig struct {
	Rate    int      `json:"sample_rate"`
	Words   bool     `json:"words"` // with confidence
	Phrases []string `json:"phrase_list,omitempty"`
}

func (v *Vosk) config(u Utterance) ([]byte, error) {
	c := voskConfig{Rate: v.Rate(), Words: true}
	// The list is a grammar: with it the model hears nothing else.
	if u.Only && len(u.Phrases) > 0 {
		for _, p := range u.Phrases {
			c.Phrases = append(c.Phrases, strings.ToLower(p))
		}
		c.Phrases = append(c.Phrases, voskUnknown)
	}
	return json.Marshal(map[string]voskConfig{"config": c})
}

// send sends the configuration and the samples to their end. over is closed before the end is sent, which may be
// answered at once.
func (v *Vosk) send(ctx context.Context, conn *websocket.Conn, u Utterance, over chan<- struct{}) error {
	write := func(kind websocket.MessageType, b []byte) error {
		within, cancel := context.WithTimeout(ctx, u.Patience)
		defer cancel()
		err := conn.Write(within, kind, b)
		if err != nil && ctx.Err() == nil && within.Err() != nil {
			return fmt.Errorf("it took no sound for %v", u.Patience)
		}
		return err
	}
	config, err := v.config(u)
	if err != nil {
		return err
	}
	if err := write(websocket.MessageText, config); err != nil {
		return err
	}
	var piece []byte
	for size := 2 * v.Rate() / voskPiece; ; {
		pcm, err := u.Audio.Next(ctx)
		for _, s := range pcm {
			piece = binary.LittleEndian.AppendUint16(piece, uint16(s))
		}
		for len(piece) >= size || err == io.EOF && len(piece) > 0 {
			n := min(size, len(piece))
			if err := write(websocket.MessageBinary, piece[:n]); err != nil {
				return err
			}
			piece = append(piece[:0], piece[n:]...)
		}
		if err == io.EOF {
			close(over)
			return write(websocket.MessageText, []byte(voskEnd))
		}
		if err != nil {
			return err
		}
	}
}

// hear reads answers until something was said, or to the last one if the whole is wanted. After the last samples
// the server has u.Patience for each answer.
func (v *Vosk) hear(ctx context.Context, cancel context.CancelCauseFunc, conn *websocket.Conn, u Utterance, over <-chan struct{}) (flow.Heard, error) {
	late := time.AfterFunc(math.MaxInt64, func() { cancel(fmt.Errorf("%w within %v", errLate, u.Patience)) })
	defer late.Stop()
	watched := make(chan struct{})
	defer close(watched)
	go func() {
		select {
		case <-over:
			late.Reset(u.Patience)
		case <-watched:
		}
	}()
	var said sentences
	ended := false // a sentence has come after the end: it may have been the last
	for {
		kind, b, err := conn.Read(ctx)
		if err != nil {
			if hungUp(err) && isClosed(over) || ended && errors.Is(context.Cause(ctx), errLate) {
				return said.heard(), nil // that was all, whether the server hangs up or not
			}
			return flow.Heard{}, whyEnded(ctx, err)
		}
		if kind != websocket.MessageText {
			continue
		}
		a, err := parseVosk(b)
		if err != nil {
			return flow.Heard{}, err
		}
		if isClosed(over) {
			late.Reset(u.Patience)
			ended = ended || a.final
		}
		switch {
		case a.final:
			said.add(a)
			if !u.Whole && said.heard().Text != "" {
				return said.heard(), nil
			}
		case u.Partial != nil && a.text != "":
			u.Partial(a.text)
		}
	}
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// hungUp says that the other side has closed the socket in order.
func hungUp(err error) bool {
	s := websocket.CloseStatus(err)
	return s == websocket.StatusNormalClosure || s == websocket.StatusGoingAway
}

func whyEnded(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case hungUp(err):
		return errors.New("the service hung up")
	}
	return bare(err)
}

// sentences are final answers one after the other.
type sentences struct {
	texts []string
	sum   float64
	sure  int // how many said how sure
}

func (s *sentences) add(a voskHeard) {
	if a.text == "" {
		return
	}
	s.texts = append(s.texts, a.text)
	if a.confidence > 0 {
		s.sum += a.confidence
		s.sure++
	}
}

func (s *sentences) heard() flow.Heard {
	h := flow.Heard{Text: strings.Join(s.texts, " ")}
	if s.sure > 0 {
		h.Confidence = s.sum / float64(s.sure)
	}
	return h
}

// voskHeard is an answer.
type voskHeard struct {
	text       string // may be empty
	confidence float64
	final      bool
}

// parseVosk reads an answer: {"partial"}, {"result", "text"}, or {"alternatives"} where the server is set so.
// What is none of them is a mistake.
func parseVosk(b []byte) (voskHeard, error) {
	var a struct {
		Partial *string `json:"partial"`
		Text    *string `json:"text"`
		Result  []struct {
			Confidence float64 `json:"conf"`
		} `json:"result"`
		Alternatives []struct {
			Text string `json:"text"`
		} `json:"alternatives"`
	}
	if err := json.Unmarshal(b, &a); err != nil {
		return voskHeard{}, errors.New("the answer is no JSON of a Vosk server")
	}
	switch {
	case a.Text != nil:
		h := voskHeard{text: known(*a.Text), final: true}
		sum, n := 0.0, 0
		for _, r := range a.Result {
			if r.Confidence > 0 && r.Confidence <= 1 {
				sum += r.Confidence
				n++
			}
		}
		if n > 0 {
			h.confidence = sum / float64(n)
		}
		return h, nil
	case len(a.Alternatives) > 0:
		// What stands there as confidence is a likelihood without bounds.
		return voskHeard{text: known(a.Alternatives[0].Text), final: true}, nil
	case a.Partial != nil:
		return voskHeard{text: known(*a.Partial)}, nil
	}
	return voskHeard{}, errors.New("the answer is none of a Vosk server: it has neither partial nor text")
}

// known is a text without the words outside the phrases; Unclear if those were all.
func known(text string) string {
	words := strings.Fields(strings.ToValidUTF8(text, ""))
	var kept []string
	for _, w := range words {
		if w != voskUnknown {
			kept = append(kept, w)
		}
	}
	if len(words) > 0 && len(kept) == 0 {
		return flow.Unclear
	}
	return strings.Join(kept, " ")
}
