package web

import (
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
)

func TestHandler(t *testing.T) {
	t.Parallel()
	built := fstest.MapFS{
		"index.html":         {Data: []byte(`<meta name="csp-nonce" content="__CSP_NONCE__">`)},
		"assets/app-1.js":    {Data: []byte("plain")},
		"assets/app-1.js.gz": {Data: []byte("packed")},
		"icon.svg":           {Data: []byte("<svg/>")},
		".keep":              {},
	}
	tests := []struct {
		name, path, accept string
		code               int
		body, header, want string
	}{
		{"page", "/", "", 200, "csp-nonce", "Cache-Control", "no-store"},
		{"page of the client's own", "/interactions/01", "", 200, "csp-nonce", "Content-Type", "text/html; charset=utf-8"},
		{"the page by its name has a nonce too", "/index.html", "", 200, "csp-nonce", "Cache-Control", "no-store"},
		{"asset", "/assets/app-1.js", "", 200, "plain", "Cache-Control", "public, max-age=31536000, immutable"},
		{"asset packed", "/assets/app-1.js", "gzip, br", 200, "packed", "Content-Encoding", "gzip"},
		{"no such asset", "/assets/app-0.js", "", 404, "not found", "Cache-Control", ""},
		{"other file", "/icon.svg", "", 200, "<svg/>", "Cache-Control", "no-cache"},
		{"hidden file is not served", "/.keep", "", 200, "csp-nonce", "Cache-Control", "no-store"},
		{"outside", "/../embed.go", "", 200, "csp-nonce", "Cache-Control", "no-store"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w, r := httptest.NewRecorder(), httptest.NewRequest("GET", tt.path, nil)
			r.Header.Set("Accept-Encoding", tt.accept)
			Handler(built).ServeHTTP(w, r)
			if w.Code != tt.code || !strings.Contains(w.Body.String(), tt.body) {
				t.Errorf("got %d %q, want %d with %q", w.Code, w.Body, tt.code, tt.body)
			}
			if got := w.Header().Get(tt.header); got != tt.want {
				t.Errorf("%s: got %q, want %q", tt.header, got, tt.want)
			}
		})
	}
}

func TestNonceIsTheOneOfThePolicy(t *testing.T) {
	t.Parallel()
	files := fstest.MapFS{"index.html": {Data: []byte("<__CSP_NONCE__>")}}
	seen := map[string]bool{}
	for range 3 {
		w := httptest.NewRecorder()
		Handler(files).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
		nonce := strings.Trim(w.Body.String(), "<>")
		if !strings.Contains(w.Header().Get("Content-Security-Policy"), "'nonce-"+nonce+"'") {
			t.Errorf("got policy %q, want nonce %q in it", w.Header().Get("Content-Security-Policy"), nonce)
		}
		seen[nonce] = true
	}
	if len(seen) != 3 {
		t.Errorf("got %d nonces in 3 answers, want 3", len(seen))
	}
}

func TestNotBuilt(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	Handler(fstest.MapFS{".keep": {}}).ServeHTTP(w, httptest.NewRequest("GET", "/desk", nil))
	if w.Code != 503 || !strings.Contains(w.Body.String(), "make build") {
		t.Errorf("got %d %q, want 503 with what to run", w.Code, w.Body)
	}
}
