// Package sphinx speaks the protocol of a Vosk server and has pocketsphinx, a real recognizer with a real English model,
// write down what it is sent: Debian's packages pocketsphinx and pocketsphinx-en-us. It hears when all was said.
package sphinx

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"

	"github.com/coder/websocket"

	"linekeeper/internal/media/wav"
)

// Rate is that of the samples the model wants, in Hz.
const Rate = 16000

// Server is the service; it is an http.Handler.
type Server struct {
	Folder string   // for the sound, while it is written down
	Words  []string // it knows no others: over all of English a telephone's robot is past the model, and takes minutes
	// Failed is told why a recording was not written down.
	Failed func(error)
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	conn, err := websocket.Accept(w, r, nil)
	if err != nil {
		return
	}
	defer func() { _ = conn.CloseNow() }()
	var sound []byte
	for {
		kind, b, err := conn.Read(r.Context())
		if err != nil {
			return
		}
		answer := map[string]string{"partial": ""}
		over := kind == websocket.MessageText && strings.Contains(string(b), "eof")
		switch {
		case over:
			text, err := s.hear(r.Context(), sound)
			if err != nil {
				s.Failed(err)
				return
			}
			answer = map[string]string{"text": text}
		case kind == websocket.MessageText:
			continue
		default:
			sound = append(sound, b...)
		}
		out, err := json.Marshal(answer)
		if err != nil || conn.Write(r.Context(), websocket.MessageText, out) != nil {
			return
		}
		if over {
			_ = conn.Close(websocket.StatusNormalClosure, "")
			return
		}
	}
}

// hear runs pocketsphinx over samples of 16 bits, little endian.
func (s *Server) hear(ctx context.Context, sound []byte) (string, error) {
	// The program finds speech by what it has learned of the silence before it.
	quiet := make([]byte, 2*Rate/2)
	b := make([]byte, wav.HeaderSize, wav.HeaderSize+len(sound)+2*len(quiet))
	for i := 0; i < len(quiet); i += 2 {
		binary.LittleEndian.PutUint16(quiet[i:], uint16(i/2%5))
	}
	b = append(append(append(b, quiet...), sound...), quiet...)
	wav.PutHeader(b, wav.Format{Encoding: wav.Linear, Channels: 1, Rate: Rate, Bits: 16}, int64(len(b)-wav.HeaderSize))
	f, err := os.CreateTemp(s.Folder, "said-*.wav")
	if err != nil {
		return "", err
	}
	name := f.Name()
	defer os.Remove(name)
	if _, err := f.Write(b); err != nil {
		return "", err
	}
	if err := f.Close(); err != nil {
		return "", err
	}
	grammar := name + ".gram"
	defer os.Remove(grammar)
	text := "#JSGF V1.0;\ngrammar known;\npublic <known> = (" + strings.Join(s.Words, " | ") + ")+;\n"
	if err := os.WriteFile(grammar, []byte(text), 0o600); err != nil {
		return "", err
	}
	cmd := exec.CommandContext(ctx, "pocketsphinx_continuous", "-infile", name, "-jsgf", grammar, "-logfn", os.DevNull)
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("pocketsphinx_continuous: %w", err)
	}
	return strings.Join(strings.Fields(string(out)), " "), nil
}
