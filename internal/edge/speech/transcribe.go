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
	"mime/multipart"
	"net/http"
	"net/textproto"
	"strings"
	"unicode/utf8"

	"linekeeper/internal/flow"
	"linekeeper/internal/media/wav"
)

// usualRecognizer is the model in OpenAI's form when nothing is configured.
const usualRecognizer = "whisper-1"

// maxTranscript is the longest answer that is read.
const maxTranscript = 1 << 20

// Transcriber is a service that takes a recording by POST and answers what was said. In OpenAI's form
// (/v1/audio/transcriptions) the file is a part of a form; else the body is a WAV file, with the language in
// Content-Language, and the answer is plain text or {"text", "confidence"}.
type Transcriber struct {
	URL        string
	OpenAI     bool     // its form
	Token      string   // Bearer; empty: none
	Model      string   // OpenAI's form only; empty: whisper-1
	Languages  []string // that it is asked for; none: all
	SampleRate int      // that is sent; 0: 16000
	Client     *http.Client
}

var _ Recognizer = (*Transcriber)(nil)

// Hears implements Recognizer.
func (t *Transcriber) Hears(language string) bool { return speaks(t.Languages, language) }

// Streams implements Recognizer.
func (t *Transcriber) Streams() bool { return false }

// Rate implements Recognizer.
func (t *Transcriber) Rate() int { return cmp.Or(t.SampleRate, 16000) }

// Close gives back idle connections.
func (t *Transcriber) Close() error {
	if t.Client != nil {
		t.Client.CloseIdleConnections()
	}
	return nil
}

// Recognize implements Recognizer.
func (t *Transcriber) Recognize(ctx context.Context, u Utterance) (flow.Heard, error) {
	var pcm []int16
	for {
		more, err := u.Audio.Next(ctx)
		pcm = append(pcm, more...)
		if err == io.EOF {
			break
		}
		if err != nil {
			return flow.Heard{}, err
		}
	}
	if len(pcm) == 0 {
		return flow.Heard{}, nil
	}
	within, cancel := context.WithTimeout(ctx, u.Patience)
	defer cancel()
	heard, err := t.post(within, u, waveFile(pcm, t.Rate()))
	if err != nil && ctx.Err() == nil && within.Err() != nil {
		err = fmt.Errorf("no answer within %v", u.Patience)
	}
	return heard, err
}

func (t *Transcriber) post(ctx context.Context, u Utterance, file []byte) (flow.Heard, error) {
	body, kind := file, "audio/wav"
	if t.OpenAI {
		var err error
		if body, kind, err = t.form(u, file); err != nil {
			return flow.Heard{}, err
		}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, t.URL, bytes.NewReader(body))
	if err != nil {
		return flow.Heard{}, bare(err)
	}
	req.Header.Set("Content-Type", kind)
	req.Header.Set("Content-Language", u.Language)
	req.Header.Set("Accept", "application/json, text/plain")
	if t.Token != "" {
		req.Header.Set("Authorization", "Bearer "+t.Token)
	}
	client := t.Client
	if client == nil {
		client = http.DefaultClient
	}
	res, err := client.Do(req)
	if err != nil {
		return flow.Heard{}, bare(err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, maxTranscript+1))
	switch {
	case err != nil:
		return flow.Heard{}, err
	case res.StatusCode/100 != 2:
		return flow.Heard{}, fmt.Errorf("the service answered %s: %.200q", res.Status, masked(t.Token, answer))
	case len(answer) > maxTranscript:
		return flow.Heard{}, fmt.Errorf("the answer is longer than %d bytes", maxTranscript)
	}
	return parseTranscript(res.Header.Get("Content-Type"), answer)
}

// form is the file with what belongs to it as multipart/form-data (RFC 7578).
func (t *Transcriber) form(u Utterance, file []byte) (body []byte, kind string, err error) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	part, err := w.CreatePart(textproto.MIMEHeader{
		"Content-Disposition": {`form-data; name="file"; filename="speech.wav"`}, "Content-Type": {"audio/wav"},
	})
	if err == nil {
		_, err = part.Write(file)
	}
	base, _, _ := strings.Cut(u.Language, "-")
	for _, f := range [][2]string{
		{"model", cmp.Or(t.Model, usualRecognizer)}, {"language", base}, {"response_format", "json"}, {"prompt", strings.Join(u.Phrases, ", ")},
	} {
		if err == nil && f[1] != "" {
			err = w.WriteField(f[0], f[1])
		}
	}
	err = errors.Join(err, w.Close())
	return b.Bytes(), w.FormDataContentType(), err
}

// waveFile is samples as a WAV file.
func waveFile(pcm []int16, rate int) []byte {
	b := make([]byte, wav.HeaderSize, wav.HeaderSize+2*len(pcm))
	wav.PutHeader(b, wav.Format{Encoding: wav.Linear, Channels: 1, Rate: rate, Bits: 16}, int64(2*len(pcm)))
	for _, s := range pcm {
		b = binary.LittleEndian.AppendUint16(b, uint16(s))
	}
	return b
}

// parseTranscript reads what a service says was said.
func parseTranscript(contentType string, body []byte) (flow.Heard, error) {
	kind, _, _ := mime.ParseMediaType(contentType)
	if !utf8.Valid(body) {
		return flow.Heard{}, errors.New("the answer is not UTF-8")
	}
	var a struct {
		Text       *string `json:"text"`
		Confidence float64 `json:"confidence"`
	}
	if json.Unmarshal(body, &a) != nil || a.Text == nil { // JSON is told by its look: some call it text/plain
		if kind == "text/plain" {
			return flow.Heard{Text: strings.Join(strings.Fields(string(body)), " ")}, nil
		}
		return flow.Heard{}, fmt.Errorf("the answer is neither text nor JSON with a text: %q", contentType)
	}
	if !(a.Confidence >= 0 && a.Confidence <= 1) {
		a.Confidence = 0
	}
	return flow.Heard{Text: strings.Join(strings.Fields(*a.Text), " "), Confidence: a.Confidence}, nil
}
