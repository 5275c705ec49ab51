package billing

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
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
		{"POST", `{"pin":"` + strings.Repeat("1", 5000) + `"}`, 400, "send contract and pin as JSON\n"},
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
