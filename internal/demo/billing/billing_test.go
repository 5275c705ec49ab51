package billing

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"linekeeper/internal/plugin"
)

var accounts = []Account{{"100200", "4711", 20.5, "USD", 10}, {"100300", "0815", 0, "RUB", 0}}

func TestHandler(t *testing.T) {
	t.Parallel()
	h := Handler(accounts, func() time.Time { return time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC) })
	for _, tt := range []struct {
		method, body string
		status       int
		want         string
	}{
		{"POST", `{"contract":"100200","pin":"4711"}`, 200, `{"right":true,"balance":20.5,"currency":"USD","due":"2026-12-02"}`},
		{"POST", `{"contract":"100300","pin":"0815"}`, 200, `{"right":true,"currency":"RUB"}`},
		{"POST", `{"contract":"100200","pin":"0815"}`, 200, `{"right":false}`},
		{"POST", `{"contract":"1","pin":""}`, 200, `{"right":false}`},
		{"POST", `contract=1`, 400, "send contract and pin as JSON\n"},
		{"POST", `{"pin":"` + strings.Repeat("1", 20000) + `"}`, 400, "send contract and pin as JSON\n"},
		{"GET", "", 405, "Method Not Allowed\n"},
	} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(tt.method, "/balance", strings.NewReader(tt.body)))
		if w.Code != tt.status || w.Body.String() != tt.want {
			t.Errorf("%s %.40s: got %d %s, want %d %s", tt.method, tt.body, w.Code, w.Body, tt.status, tt.want)
		}
	}
}

func TestServe(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	over := make(chan error, 1)
	go func() { over <- Serve(ctx, l, accounts) }()
	a, err := http.Post("http://"+l.Addr().String()+"/balance", "application/json", strings.NewReader(`{"contract":"100200","pin":"4711"}`))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(a.Body)
	if err != nil || !strings.Contains(string(text), `"balance":20.5`) {
		t.Errorf("got %s, %v", text, err)
	}
	if err := a.Body.Close(); err != nil {
		t.Error(err)
	}
	stop()
	select {
	case err := <-over:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(20 * time.Second):
		t.Error("it does not end")
	}
}

// TestPromise leads talks by the plug-in's own contract: every answer is one that a center takes.
func TestPromise(t *testing.T) {
	t.Parallel()
	h := Handler(nil, time.Now)
	whether := `"state":"whether","heard":{"action":"menu",`
	when := `"state":"when","parameters":{"longest":30},"heard":{"action":"digits",`
	for question, want := range map[string]string{
		`{"state":null}`:                         `menu`,
		`{` + whether + `"key":"1"}}`:            `digits`,
		`{` + whether + `"key":"2"}}`:            `finish`,
		`{` + whether + `"nothing":"no_input"}}`: `finish`,
		`{` + when + `"digits":"7"}}`:            `set 7, finish promised`,
		`{` + when + `"digits":"31"}}`:           `say, digits`,
		`{` + when + `"digits":"0"}}`:            `say, digits`,
		`{` + when + `"nothing":"invalid"}}`:     `finish`,
	} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("POST", "/promise", strings.NewReader(question)))
		a, err := plugin.ParseAnswer(w.Body.Bytes())
		if err != nil {
			t.Errorf("%s: %v", question, err)
		}
		var did []string
		for _, one := range a.Do {
			text := one.Action
			if days, ok := one.Values["days"]; ok {
				text += fmt.Sprint(" ", days)
			}
			did = append(did, strings.TrimSpace(text+" "+one.Branch))
		}
		if got := strings.Join(did, ", "); got != want {
			t.Errorf("%s: got %s, want %s", question, got, want)
		}
	}
	w := httptest.NewRecorder()
	if h.ServeHTTP(w, httptest.NewRequest("POST", "/promise", strings.NewReader("what"))); w.Code != 400 {
		t.Errorf("no question: got %d", w.Code)
	}
	w = httptest.NewRecorder()
	if h.ServeHTTP(w, httptest.NewRequest("GET", "/promise/manifest", nil)); w.Body.String() != Manifest {
		t.Errorf("the manifest is %s", w.Body)
	}
}
