// Package texts is a service outside of the product, for the demo: it takes e-mail and SMS as a gateway of a provider would,
// and shows on a page what arrived at the telephones and mailboxes of the demo's customers, who are made up.
package texts

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Message is what arrived.
type Message struct {
	To      string    `json:"to"`
	From    string    `json:"from"`
	Subject string    `json:"subject"` // of an e-mail
	Text    string    `json:"text"`
	At      time.Time `json:"-"`
}

const (
	kept       = 100
	maxMessage = 64 << 10 // bytes
	patience   = 10 * time.Second
)

// Service keeps the latest messages; the zero value has none. Safe for concurrent use.
type Service struct {
	mu    sync.Mutex
	all   []Message // the newest last
	count int
	seen  map[string]int // the number of a message by the identity its sender gave it
}

// Arrived are the messages, the newest first.
func (s *Service) Arrived() []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := slices.Clone(s.all)
	slices.Reverse(all)
	return all
}

// take keeps a message, once for each identity that is not empty, and gives its number.
func (s *Service) take(identity string, m Message) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n, again := s.seen[identity]; again && identity != "" {
		return n
	}
	s.count++
	if s.seen == nil || len(s.seen) > 10*kept {
		s.seen = map[string]int{}
	}
	s.seen[identity] = s.count
	s.all = append(s.all, m)
	if len(s.all) > kept {
		s.all = slices.Delete(s.all, 0, len(s.all)-kept)
	}
	return s.count
}

// Handler takes POST /send, a Message as JSON, and shows at GET / what arrived.
func (s *Service) Handler(now func() time.Time) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /send", func(w http.ResponseWriter, r *http.Request) {
		var m Message
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxMessage)).Decode(&m); err != nil || m.To == "" || m.Text == "" {
			http.Error(w, "send to and text as JSON", http.StatusBadRequest)
			return
		}
		m.At = now()
		n := s.take(r.Header.Get("Idempotency-Key"), m)
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprintf(w, `{"id":"demo-%d"}`, n) // who asked may be gone
	})
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if err := page.Execute(w, s.Arrived()); err != nil {
			slog.Debug("who looked at the demo's messages is gone", "error", err)
		}
	})
	return mux
}

// Serve answers on a listener, which it closes, until ctx ends.
func (s *Service) Serve(ctx context.Context, l net.Listener) error {
	h := &http.Server{Handler: s.Handler(time.Now), ReadHeaderTimeout: patience, ReadTimeout: patience, WriteTimeout: patience, IdleTimeout: time.Minute}
	stop := context.AfterFunc(ctx, func() { _ = h.Close() }) // what runs is a demo's answer
	defer stop()
	if err := h.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

var page = template.Must(template.New("page").Parse(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="3"><title>Messages of the demo's customers</title>
<style>
:root { color-scheme: light dark }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 40rem; margin: 2rem auto; padding: 0 1rem }
article { border: 1px solid #8888; border-radius: 12px; padding: .6rem 1rem; margin: 0 0 .8rem }
article p { margin: .2rem 0; white-space: pre-wrap; overflow-wrap: anywhere }
header { font-size: 14px }
</style></head><body><main>
<h1>Messages of the demo's customers</h1>
{{range .}}<article><header><b>{{.To}}</b> from {{or .From "the center"}}, {{.At.Format "15:04:05"}}</header>{{with .Subject}}<p><b>{{.}}</b></p>{{end}}<p>{{.Text}}</p></article>
{{else}}<p>Nothing has arrived yet. Key 5 of the demo's main number sends a code to who calls.</p>{{end}}
</main></body></html>
`))
