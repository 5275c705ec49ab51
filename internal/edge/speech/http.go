package speech

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"

	"linekeeper/internal/flow"
)

// What is said in OpenAI's form when nothing is configured; other servers of it take these names too.
const (
	usualModel = "tts-1"
	usualVoice = "alloy"
)

// openAIRate is the rate of raw samples when the answer does not name one, as OpenAI's interface has it.
const openAIRate = 24000

// HTTP is an engine behind an address. In OpenAI's form a JSON object with model, voice and input is
// posted; else the text itself, with the language in Content-Language and the voice as a query
// parameter. The answer is a WAV file or raw 16-bit little-endian samples (audio/pcm or audio/L16;
// rate in the content type's parameter "rate").
type HTTP struct {
	URL       string
	OpenAI    bool              // its form
	Token     string            // Bearer; empty: none
	Model     string            // OpenAI's form only; empty: tts-1
	Voices    map[string]string // language to voice; "": for all others; none: OpenAI's form says alloy
	Languages []string          // that it is asked for; none: all
	MaxBytes  int64             // of an answer; 0: 16 MB
	Client    *http.Client      // nil: http.DefaultClient
}

var _ Engine = (*HTTP)(nil)

// Identity implements Engine.
func (h *HTTP) Identity() string { return h.URL + " " + h.model() }

// Speaks implements Engine.
func (h *HTTP) Speaks(language string) bool { return speaks(h.Languages, language) }

func (h *HTTP) model() string { return cmp.Or(h.Model, usualModel) }

// Voice is the voice of a language.
func (h *HTTP) Voice(language string) string {
	return cmp.Or(h.Voices[language], h.Voices[""])
}

// Close gives back idle connections.
func (h *HTTP) Close() error {
	if h.Client != nil {
		h.Client.CloseIdleConnections()
	}
	return nil
}

// Speak asks the service.
func (h *HTTP) Speak(ctx context.Context, text, language, voice string) ([]int16, error) {
	req, err := h.request(ctx, text, language, voice)
	if err != nil {
		return nil, bare(err)
	}
	client := h.Client
	if client == nil {
		client = http.DefaultClient
	}
	res, err := client.Do(req)
	if err != nil {
		return nil, bare(err)
	}
	defer res.Body.Close()
	most := h.MaxBytes
	if most == 0 {
		most = 16 << 20
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, most+1))
	switch {
	case err != nil:
		return nil, err
	case res.StatusCode/100 != 2:
		return nil, fmt.Errorf("the service answered %s: %.200q", res.Status, masked(h.Token, body))
	case int64(len(body)) > most:
		return nil, fmt.Errorf("the answer is longer than %d bytes", most)
	}
	return decode(res.Header.Get("Content-Type"), body)
}

// bare is what went wrong without the address, which may hold a secret.
func bare(err error) error {
	var at *url.Error
	if errors.As(err, &at) {
		return at.Err
	}
	return err
}

// masked keeps a key that a service repeats out of the time line and the log.
func masked(key string, body []byte) []byte {
	if key == "" {
		return body
	}
	return bytes.ReplaceAll(body, []byte(key), []byte("***"))
}

func (h *HTTP) request(ctx context.Context, text, language, voice string) (*http.Request, error) {
	at, err := url.Parse(h.URL)
	if err != nil {
		return nil, err
	}
	kind, body := "text/plain; charset=utf-8", []byte(text)
	if h.OpenAI {
		kind = "application/json"
		body, err = json.Marshal(map[string]string{
			"model": h.model(), "voice": cmp.Or(voice, usualVoice), "input": text, "response_format": "wav",
		})
		if err != nil {
			return nil, err
		}
	} else if voice != "" {
		q := at.Query()
		q.Set("voice", voice)
		at.RawQuery = q.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, at.String(), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", kind)
	req.Header.Set("Content-Language", language)
	req.Header.Set("Accept", "audio/wav, audio/pcm, audio/L16")
	if h.Token != "" {
		req.Header.Set("Authorization", "Bearer "+h.Token)
	}
	return req, nil
}

// decode reads WAV by its first bytes, whatever the service calls it, and raw samples by their type.
func decode(contentType string, body []byte) ([]int16, error) {
	if bytes.HasPrefix(body, []byte("RIFF")) {
		return flow.DecodeWAV(body)
	}
	kind, params, _ := mime.ParseMediaType(contentType)
	rate := openAIRate
	if given := params["rate"]; given != "" {
		var err error
		if rate, err = strconv.Atoi(given); err != nil || rate < 4000 || rate > 192000 {
			return nil, fmt.Errorf("the answer's rate %q is no rate", given)
		}
	}
	pcm := make([]int16, len(body)/2)
	switch kind {
	case "audio/pcm", "audio/x-pcm":
		for i := range pcm {
			pcm[i] = int16(binary.LittleEndian.Uint16(body[2*i:]))
		}
	case "audio/l16": // RFC 2586: network byte order
		for i := range pcm {
			pcm[i] = int16(binary.BigEndian.Uint16(body[2*i:]))
		}
	default:
		return nil, fmt.Errorf("the answer is neither WAV nor samples: %q", contentType)
	}
	return flow.Resample(pcm, rate), nil
}
