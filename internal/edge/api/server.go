package api

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"linekeeper/internal/access"
	"linekeeper/internal/kit/fault"
)

// Limits of what is read from a request.
const (
	maxBody    = 1 << 20 // bytes
	maxCenter  = 8 << 20 // bytes of a center's file
	maxHeader  = 64 << 10
	headerTime = 10 * time.Second // to send the header
	bodyTime   = 20 * time.Second // to send the body
	soundTime  = 2 * time.Minute  // to send a body that is a sound
	answerTime = time.Minute      // to take an answer that is not a stream
	streamTime = 30 * time.Minute // to take a stream
	idleTime   = 30 * time.Second // a connection without requests
)

const needKey = "need"

// bytesKey marks operations whose body may be other than text.
const bytesKey = "bytes"

type server struct {
	deps    Deps
	log     *slog.Logger
	sources *sources
	known   *knownTokens
	heard   *heard
	figures *figures

	previews *previews
	socket   http.Handler
	whatIfs  whatIfs
}

// New makes the handler of everything HTTP: the API, the operator's pages and the client.
func New(d Deps) http.Handler { return newServer(&d).handler() }

func newServer(d *Deps) *server {
	if d.Log == nil {
		d.Log = slog.Default()
	}
	if d.Metrics == nil {
		d.Metrics = prometheus.NewRegistry()
	}
	s := &server{deps: *d, log: d.Log, sources: newSources(), known: newKnownTokens(), heard: newHeard(), previews: newPreviews(), figures: newFigures(d.Metrics)}
	if d.Desk != nil {
		s.socket = d.Desk(s.identify)
	}
	return s
}

func (s *server) handler() http.Handler {
	mux := http.NewServeMux()
	register(mux, s)
	s.operators(mux)
	mux.HandleFunc(prefix+"/", func(w http.ResponseWriter, r *http.Request) {
		writeProblem(w, newProblem(http.StatusNotFound, fault.NotFound, "There is no such route."))
	})
	if s.deps.Client != nil {
		mux.Handle("/", s.deps.Client)
	}
	return s.outer(mux)
}

// Server wraps the handler with the deadlines that keep idle and half-open connections from staying.
// The caller listens, serves and shuts down.
func Server(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: headerTime,
		IdleTimeout:       idleTime,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}

// OpenAPI is the description of the API, as kept in docs/openapi.json.
func OpenAPI() ([]byte, error) {
	return json.MarshalIndent(register(http.NewServeMux(), &server{}).OpenAPI(), "", "  ")
}

// register puts every route on the mux.
func register(mux *http.ServeMux, s *server) huma.API {
	useProblems()
	config := huma.DefaultConfig("Linekeeper", "1")
	config.CreateHooks = nil // no $schema in answers
	config.OpenAPIPath, config.DocsPath, config.SchemasPath = "", "", ""
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"session": {Type: "apiKey", In: "cookie", Name: cookiePlain, Description: "Over TLS its name is " + cookieSecure},
		"token":   {Type: "http", Scheme: "bearer", Description: "An API token: lk_..."},
	}
	api := humago.New(mux, config)
	api.UseMiddleware(s.admit)
	for _, r := range s.routes() {
		r.add(api, r.op)
	}
	return api
}

// operators adds what is for the operator and his tools, outside the API.
func (s *server) operators(mux *http.ServeMux) {
	plainText := func(w http.ResponseWriter, code int, text string) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.WriteHeader(code)
		_, _ = w.Write([]byte(text + "\n")) // who asked went away
	}
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, r *http.Request) {
		plainText(w, http.StatusOK, "ok")
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		if s.deps.Ready != nil {
			if err := s.deps.Ready(r.Context()); err != nil {
				plainText(w, http.StatusServiceUnavailable, fault.Message(err))
				return
			}
		}
		plainText(w, http.StatusOK, "ready")
	})
	mux.HandleFunc("GET /version", func(w http.ResponseWriter, r *http.Request) {
		plainText(w, http.StatusOK, s.deps.Version)
	})
	figures := promhttp.HandlerFor(s.deps.Metrics, promhttp.HandlerOpts{})
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, r *http.Request) {
		if err := s.mayScrape(r); err != nil {
			writeProblem(w, problemOf(r.Context(), err))
			return
		}
		figures.ServeHTTP(w, r)
	})
	doc := sync.OnceValues(OpenAPI)
	mux.HandleFunc("GET /openapi.json", func(w http.ResponseWriter, r *http.Request) {
		text, err := doc()
		if err != nil {
			writeProblem(w, problemOf(r.Context(), err))
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(text) // who asked went away
	})
}

// mayScrape lets this machine read the metrics, and from elsewhere who may see the set-up. What a
// proxy passes on does not come from this machine.
func (s *server) mayScrape(r *http.Request) error {
	if peerOf(r).IsLoopback() && r.Header.Get("X-Forwarded-For") == "" && r.Header.Get("Forwarded") == "" {
		return nil
	}
	who, err := s.identify(r)
	if err != nil {
		return err
	}
	return who.Require(access.SeeSetup)
}

// changed tells the app of a committed change of set-up.
func (s *server) changed(kind string, err error) error {
	if kind == "prompt" {
		s.tidyPrompts()
	}
	if err == nil && s.deps.Changed != nil {
		s.deps.Changed(kind)
	}
	return err
}

type loggerKey struct{}

// noteFailure logs an error that is our fault, once, at the top.
func noteFailure(ctx context.Context, err error) {
	if log, ok := ctx.Value(loggerKey{}).(*slog.Logger); ok {
		log.ErrorContext(ctx, "request failed", "error", err)
	}
}
