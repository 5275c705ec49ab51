package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"linekeeper/internal/kit/fault"
)

// outer is around everything: it contains panics, refuses requests other sites make in a user's name,
// sets headers for safety, and counts.
func (s *server) outer(mux *http.ServeMux) http.Handler {
	cross := http.NewCrossOriginProtection()
	cross.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		writeProblem(w, newProblem(http.StatusForbidden, fault.Denied, "This request comes from another site."))
	}))
	inner := cross.Handler(mux)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begin := time.Now()
		seen := &watched{ResponseWriter: w}
		defer func() {
			if p := recover(); p != nil {
				s.rescue(seen, r, p)
			}
			s.figures.count(r, seen.code, time.Since(begin))
		}()
		if strings.HasPrefix(r.URL.Path, prefix) {
			h := w.Header()
			h.Set("Cache-Control", "no-store")
			h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
			h.Set("Referrer-Policy", "no-referrer")
		}
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("X-Frame-Options", "DENY")
		// Streams and sockets move it on themselves.
		_ = http.NewResponseController(w).SetWriteDeadline(begin.Add(answerTime))
		inner.ServeHTTP(seen, r)
	})
}

// rescue answers for a handler that panicked. The connection is given up when an answer had begun.
func (s *server) rescue(w *watched, r *http.Request, p any) {
	if p == http.ErrAbortHandler {
		panic(p)
	}
	s.figures.panics.Inc()
	s.log.Error("panic in a handler", "route", r.Pattern, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
	if w.code != 0 {
		panic(http.ErrAbortHandler)
	}
	writeProblem(w, newProblem(http.StatusInternalServerError, fault.Internal, "Something went wrong on our side."))
}

// writeProblem answers with a problem where huma has no part.
func writeProblem(w http.ResponseWriter, p *Problem) {
	body, err := json.Marshal(p)
	if err != nil {
		panic(err) // texts and numbers only
	}
	w.Header().Set("Content-Type", "application/problem+json")
	if p.Status == http.StatusTooManyRequests {
		w.Header().Set("Retry-After", strconv.Itoa(p.retryAfter()))
	}
	w.WriteHeader(p.Status)
	_, _ = w.Write(body) // who asked went away
}

// watched remembers the answer's code. It lets http.ResponseController through to the connection.
type watched struct {
	http.ResponseWriter
	code int
}

// Unwrap is for http.ResponseController.
func (w *watched) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// WriteHeader notes the code.
func (w *watched) WriteHeader(code int) {
	if w.code == 0 {
		w.code = code
	}
	w.ResponseWriter.WriteHeader(code)
}

// Write notes the code when none was set.
func (w *watched) Write(b []byte) (int, error) {
	if w.code == 0 {
		w.code = http.StatusOK
	}
	return w.ResponseWriter.Write(b)
}

// figures are the edge's own metrics.
type figures struct {
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
	panics   prometheus.Counter
}

func newFigures(r prometheus.Registerer) *figures {
	f := &figures{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "linekeeper_http_requests_total", Help: "Requests answered, by route and status code."}, []string{"route", "code"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "linekeeper_http_request_seconds", Help: "Time to answer, by route.",
			Buckets: []float64{0.001, 0.005, 0.02, 0.1, 0.5, 2, 10}}, []string{"route"}),
		panics: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "linekeeper_http_panics_total", Help: "Panics contained in handlers."}),
	}
	r.MustRegister(f.requests, f.duration, f.panics)
	return f
}

// count notes a request by its route, never by its path: there are too many of these.
func (f *figures) count(r *http.Request, code int, took time.Duration) {
	route := r.Pattern
	if route == "" {
		route = "none"
	}
	if code == 0 {
		code = http.StatusOK
	}
	f.requests.WithLabelValues(route, strconv.Itoa(code)).Inc()
	f.duration.WithLabelValues(route).Observe(took.Seconds())
}
