package outbound

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// service is a server on this machine and a client that may ask it.
func service(t *testing.T, c Config, handle http.HandlerFunc) (*Client, string) {
	t.Helper()
	s := httptest.NewServer(handle)
	t.Cleanup(s.Close)
	at, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	c.Inside = append(c.Inside, at.Hostname())
	o := New(c)
	t.Cleanup(o.Close)
	return o, s.URL
}

const patience = 30 * time.Second // a loaded machine is slow

func TestDo(t *testing.T) {
	t.Parallel()
	o, at := service(t, Config{}, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/moved":
			http.Redirect(w, r, "/ok", http.StatusFound)
		case "/long":
			_, _ = w.Write(make([]byte, 64<<10+1))
		case "/missing":
			http.NotFound(w, r)
		default:
			_, _ = w.Write([]byte(r.Method + " " + r.Header.Get("X-Key") + " " + r.URL.RawQuery))
		}
	})
	tests := []struct {
		r      Request
		status int
		body   string
		err    string
	}{
		{Request{URL: at + "/ok?a=%20b", Header: http.Header{"x-key": {"k"}}}, 200, "GET k a=%20b", ""},
		{Request{URL: at + "/ok", Method: "POST", Body: "{}"}, 200, "POST  ", ""},
		{Request{URL: at + "/missing"}, 404, "404 page not found\n", ""},
		{Request{URL: at + "/moved"}, 302, "<a href=\"/ok\">Found</a>.\n\n", ""},
		{Request{URL: at + "/long"}, 0, "", "longer than 65536 bytes"},
		{Request{URL: "ftp://example.com/"}, 0, "", "must begin with https://"},
		{Request{URL: "http://a:b@example.com/"}, 0, "", "no user"},
		{Request{URL: "http:///x"}, 0, "", "must name a host"},
		{Request{URL: "http://%zz/?secret"}, 0, "", "cannot be read"},
	}
	for _, tt := range tests {
		tt.r.Timeout = patience
		a, err := o.Do(t.Context(), tt.r)
		if tt.err != "" {
			if err == nil || !strings.Contains(err.Error(), tt.err) || strings.Contains(err.Error(), "secret") {
				t.Errorf("%s: got %v, want %s", tt.r.URL, err, tt.err)
			}
			continue
		}
		if err != nil || a.Status != tt.status || string(a.Body) != tt.body {
			t.Errorf("%s: got %d %q, %v", tt.r.URL, a.Status, a.Body, err)
		}
	}
}

// TestInside: an address of the own network is refused even when a harmless name leads there.
func TestInside(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	t.Cleanup(s.Close)
	o := New(Config{Failures: 1000})
	t.Cleanup(o.Close)
	port := s.URL[strings.LastIndexByte(s.URL, ':'):]
	for _, name := range []string{"127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "2130706433", "127.1"} {
		if _, err := o.Do(t.Context(), Request{URL: "http://" + name + port + "/", Timeout: patience}); err == nil {
			t.Errorf("%s was asked", name)
		}
	}
	_, err := o.Do(t.Context(), Request{URL: s.URL, Retries: 3, Timeout: patience})
	if !errors.Is(err, ErrInside) || asked.Load() != 0 {
		t.Errorf("got %v, and it was asked %d times", err, asked.Load())
	}
}

func TestPublic(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"8.8.8.8": true, "2a00:1450:4001::5": true, "93.184.216.34": true, "172.32.0.1": true,
		"127.0.0.1": false, "10.1.2.3": false, "172.16.0.1": false, "192.168.1.1": false, "169.254.169.254": false, "100.64.0.1": false,
		"0.0.0.0": false, "255.255.255.255": false, "224.0.0.1": false, "240.0.0.1": false, "198.18.0.1": false, "192.0.0.1": false,
		"::": false, "::1": false, "fe80::1": false, "fd00::1": false, "ff02::1": false, "::ffff:10.0.0.1": false, "64:ff9b::a00:1": false,
		"2002:a00:1::": false, "2001::1": false, "fec0::1": false, "::7f00:1": false, "fe80::1%eth0": false,
	} {
		if got := public(netip.MustParseAddr(text)); got != want {
			t.Errorf("%s: got %t", text, got)
		}
	}
}

// TestRetries: only a GET is asked again.
func TestRetries(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	o, at := service(t, Config{Failures: 100}, func(w http.ResponseWriter, _ *http.Request) {
		if asked.Add(1)%3 != 0 {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	a, err := o.Do(t.Context(), Request{URL: at, Retries: 2, Timeout: patience})
	if err != nil || a.Status != 200 || asked.Load() != 3 {
		t.Errorf("GET: got %d, %v after %d", a.Status, err, asked.Load())
	}
	a, err = o.Do(t.Context(), Request{URL: at, Method: "POST", Retries: 2, Timeout: patience})
	if err != nil || a.Status != 503 || asked.Load() != 4 {
		t.Errorf("POST: got %d, %v after %d", a.Status, err, asked.Load())
	}
}

// TestBulkhead: those who ask a slow host keep nobody else from asking another, and the rest fail at once.
func TestBulkhead(t *testing.T) {
	t.Parallel()
	free, came := make(chan struct{}), make(chan struct{}, 2)
	o, at := service(t, Config{AtOnce: 2}, func(_ http.ResponseWriter, r *http.Request) {
		came <- struct{}{}
		<-free
	})
	var asking sync.WaitGroup
	for range 2 {
		asking.Go(func() {
			if _, err := o.Do(context.Background(), Request{URL: at, Timeout: patience}); err != nil {
				t.Error(err)
			}
		})
		<-came
	}
	if _, err := o.Do(t.Context(), Request{URL: at, Timeout: patience}); !errors.Is(err, ErrBusy) {
		t.Errorf("the third: got %v", err)
	}
	close(free)
	asking.Wait()
	if _, err := o.Do(t.Context(), Request{URL: at, Timeout: patience}); err != nil {
		t.Errorf("afterwards: got %v", err)
	}
}

// TestCircuit: a host that fails is left alone, then tried by one.
func TestCircuit(t *testing.T) {
	t.Parallel()
	var broken atomic.Bool
	var asked atomic.Int64
	var clock atomic.Int64
	broken.Store(true)
	o, at := service(t, Config{Failures: 3, Rest: time.Minute, Now: func() time.Time { return time.Unix(clock.Load(), 0) }}, func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		if broken.Load() {
			w.WriteHeader(http.StatusInternalServerError)
		}
	})
	ask := func() error { _, err := o.Do(t.Context(), Request{URL: at, Timeout: patience}); return err }
	for range 5 {
		_ = ask() // what it answers is counted below
	}
	if err := ask(); !errors.Is(err, ErrResting) || asked.Load() != 3 {
		t.Errorf("got %v after %d questions, want it to rest after 3", err, asked.Load())
	}
	clock.Add(61)
	if err := ask(); err != nil || asked.Load() != 4 {
		t.Errorf("the first to try: %v, %d", err, asked.Load())
	}
	if err := ask(); !errors.Is(err, ErrResting) {
		t.Errorf("still broken: got %v", err)
	}
	clock.Add(61)
	broken.Store(false)
	for range 3 {
		if err := ask(); err != nil {
			t.Errorf("well again: %v", err)
		}
	}
}

// TestGivingUpIsNoFailure: a customer who hangs up says nothing about the host; one that is slow does.
func TestGivingUpIsNoFailure(t *testing.T) {
	t.Parallel()
	free := make(chan struct{})
	o, at := service(t, Config{Failures: 1}, func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-free:
		case <-r.Context().Done():
		}
	})
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, cancel)
	if _, err := o.Do(ctx, Request{URL: at, Timeout: patience}); err == nil {
		t.Error("got an answer")
	}
	_, err := o.Do(t.Context(), Request{URL: at, Timeout: 20 * time.Millisecond})
	if err == nil || !strings.HasSuffix(err.Error(), "no answer in time") {
		t.Errorf("slow: got %v", err)
	}
	if _, err := o.Do(t.Context(), Request{URL: at}); !errors.Is(err, ErrResting) {
		t.Errorf("after one failure: got %v", err)
	}
	close(free)
}

func TestManyHosts(t *testing.T) {
	t.Parallel()
	h, c := hosts{all: map[string]*host{}}, Config{AtOnce: 1, Failures: 1, Now: time.Now}
	for i := range maxHosts + 50 {
		name := string(rune('a'+i%26)) + strings.Repeat("x", i)
		if err := h.enter(name, c); err != nil {
			t.Fatal(err)
		}
		h.leave(name, false, false, c)
	}
	if len(h.all) > maxHosts {
		t.Errorf("%d hosts are remembered", len(h.all))
	}
}
