// Package world is the running product in fake time, with people one can command: callers through a
// carrier of their own on a network in memory, agents at their desks. A story reads like what
// happened: caller.Dials("+4420200"); ann.IsOffered(caller); ann.Accepts(). Every story ends by
// asserting that no seat, place, port, file or goroutine is left.
package world

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"linekeeper/internal/app"
	"linekeeper/internal/center"
	"linekeeper/internal/demo/carrier"
	"linekeeper/internal/flow"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/network"
	"linekeeper/internal/project"
	"linekeeper/test/vosk"
)

//go:embed center.yaml
var centerFile []byte

// World is the product and everything around it. Everything in it runs in one synctest bubble.
type World struct {
	T       *testing.T
	App     *app.App
	Net     *network.Memory
	Carrier *carrier.Carrier

	folder   string
	browsers *browsers
	logged   *logged
	agents   map[string]*Agent
	callers  int
	phones   []*carrier.Carrier // telephones on agents' tables
	poor     *atomic.Bool       // the carrier's line loses sound
	handsets sync.Map           // *Handset by address
	down     bool
	changed  bool // the set-up is the story's own
	closed   bool
	repairs  bool // the story is about repairs
	services []func()
	ears     *vosk.Server // hears callers' words; nil: nobody does
	hears    *http.Server // in front of it
	engines  []*Engine    // speak texts; none: each is a second of silence
}

// Run plays a story. Time stands still while anybody works and leaps when all wait.
func Run(t *testing.T, story func(w *World)) {
	t.Parallel()
	run(t, nil, nil, story)
}

func run(t *testing.T, ears *vosk.Server, engines []*Engine, story func(w *World)) {
	folder := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		w := &World{T: t, Net: network.NewMemory(), folder: folder, logged: &logged{}, agents: make(map[string]*Agent), poor: &atomic.Bool{}, ears: ears, engines: engines}
		w.Net.Drop = w.loses
		if ears != nil {
			w.serve()
		}
		defer w.close() // also after a failure, or the bubble has goroutines left
		w.Starts()
		story(w)
		w.ends()
	})
}

// sipAddr is where the product listens in every story; the network is the story's own.
var sipAddr = netip.MustParseAddrPort("127.0.0.1:5060")

// Starts starts the product, also again after Crashes or Stops.
func (w *World) Starts() {
	w.T.Helper()
	file, err := center.Parse(centerFile)
	if err != nil {
		w.T.Fatal(err)
	}
	cfg := app.Defaults()
	cfg.Data, cfg.HTTP, cfg.SIP, cfg.RTPPorts = w.folder, "127.0.0.1:8080", sipAddr.String(), "0"
	cfg.FlowSources, cfg.FlowHosts = "crm=sqlite:"+w.sourceFile(), "127.0.0.1"
	cfg.GatewayFile = w.gatewayFile()
	w.browsers = newBrowsers()
	speaker, engines := w.speaks()
	w.App, err = app.New(w.T.Context(), app.Options{
		Config: cfg, Version: "story", Network: w.Net, Browsers: w.browsers, Speaker: speaker, Engines: engines, Recognizers: w.recognizers(),
		Log: slog.New(slog.NewTextHandler(w.logged, nil)),
		Before: func(ctx context.Context, d *db.DB) error {
			if w.changed {
				return nil
			}
			return app.ApplyFile(ctx, cfg, d, file)
		},
	})
	if err != nil {
		w.T.Fatal(err)
	}
	w.App.Start(func(err error) { w.T.Errorf("the product failed: %v", err) })
	w.down = false
	if w.Carrier == nil {
		w.Carrier, err = carrier.New(carrier.Config{Network: w.Net, Target: sipAddr, Sparse: false})
		if err != nil {
			w.T.Fatal(err)
		}
	}
}

// Stops ends the product now, as a second Ctrl-C does.
func (w *World) Stops() {
	for _, a := range w.agents {
		a.Leaves()
	}
	w.App.Close()
	w.down = true
}

// Crashes ends the product without a word to anybody, as kill -9 does but for what is still to be closed
// in this process. Calls go on at the other sides; desks and browsers' phones are gone.
func (w *World) Crashes() {
	for _, a := range w.agents {
		a.Leaves()
	}
	w.App.Leave()
	w.down = true
}

// Passes lets time pass.
func (w *World) Passes(d time.Duration) {
	time.Sleep(d)
	w.Settles()
}

// Settles waits until everybody waits for something; no time passes.
func (w *World) Settles() {
	synctest.Wait()
	for _, a := range w.agents {
		a.look()
	}
}

// Eventually lets time pass, in small steps and at most so much, until something is so.
func (w *World) Eventually(d time.Duration, what string, so func() bool, but ...func() string) {
	w.T.Helper()
	const step = 20 * time.Millisecond
	for waited := time.Duration(0); ; waited += step {
		w.Settles()
		if so() {
			return
		}
		if waited >= d {
			for _, b := range but {
				what += ", " + b()
			}
			w.T.Fatalf("after %v still not: %s\n%s", d, what, w.logged)
		}
		time.Sleep(step)
	}
}

// ends asserts that nothing is left of what happened.
func (w *World) ends() {
	w.T.Helper()
	if !w.down {
		w.Eventually(2*time.Minute, "all interactions are over", func() bool { return w.App.Running() == 0 })
		if left := w.App.Left(); left != "" {
			w.T.Errorf("left behind: %s", left)
		}
		w.untouched()
	}
	w.close()
	if n := w.Net.Open(); n != 0 {
		w.T.Errorf("%d sockets are still open", n)
	}
	if s := w.logged.String(); strings.Contains(s, "panic") {
		w.T.Errorf("something panicked:\n%s", s)
	}
	// Goroutines: the bubble does not end while one is left. Files: nothing may be open below the
	// data folder.
	if open := openFiles(w.folder); len(open) > 0 {
		w.T.Errorf("files are still open: %q", open)
	}
}

// close ends product and carrier; a second time it does nothing.
func (w *World) close() {
	if w.closed {
		return
	}
	w.closed = true
	if w.T.Failed() {
		w.T.Logf("the product said:\n%s", w.logged)
	}
	if w.App != nil && !w.down {
		w.Stops()
	}
	for _, stop := range w.services {
		stop()
	}
	if w.hears != nil {
		if err := w.hears.Close(); err != nil {
			w.T.Error(err)
		}
	}
	if w.Carrier == nil {
		return
	}
	for _, k := range append(w.phones, w.Carrier) {
		if err := k.Close(); err != nil && !errors.Is(err, carrier.ErrClosed) {
			w.T.Error(err)
		}
	}
}

// Records reads every interaction from the database, oldest first.
func (w *World) Records() []interaction.State {
	w.T.Helper()
	states, err := w.App.History(w.T.Context())
	if err != nil {
		w.T.Fatal(err)
	}
	return states
}

// OneRecord is the only interaction there is.
func (w *World) OneRecord() interaction.State {
	w.T.Helper()
	all := w.Records()
	if len(all) != 1 {
		w.T.Fatalf("got %d records, want 1: %+v", len(all), all)
	}
	return all[0]
}

// Get asks the web server, without a browser.
func (w *World) Get(path string) (status int, body string) {
	r, err := http.NewRequestWithContext(w.T.Context(), http.MethodGet, "http://story"+path, nil)
	if err != nil {
		w.T.Fatal(err)
	}
	rec := &answer{header: http.Header{}}
	w.App.Handler().ServeHTTP(rec, r)
	return rec.status, rec.body.String()
}

// answer takes an HTTP answer.
type answer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (a *answer) Header() http.Header { return a.header }
func (a *answer) WriteHeader(code int) {
	if a.status == 0 {
		a.status = code
	}
}

func (a *answer) Write(b []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.body.Write(b)
}

// mute is a speaker that says a second of silence: stories use the shipped prompts.
type mute struct{}

// Voice implements flow.Speaker.
func (mute) Voice(project.ID, string) string { return "mute" }

// Speak implements flow.Speaker.
func (mute) Speak(context.Context, flow.Speech) (flow.Spoken, error) {
	return flow.Spoken{Voice: "mute", PCM: make([]int16, 8000)}, nil
}

// logged keeps what the product logs.
type logged struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// openFiles lists what this process has open below a folder.
func openFiles(folder string) []string {
	fds, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return nil // not on this system
	}
	var open []string
	for _, fd := range fds {
		if name, err := os.Readlink("/proc/self/fd/" + fd.Name()); err == nil && strings.HasPrefix(name, folder) {
			open = append(open, fmt.Sprint(strings.TrimPrefix(name, folder)))
		}
	}
	return open
}
