package rig

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Root is the repository's folder: the one with go.mod, at or above where the test or program was started.
func Root() string {
	from, err := os.Getwd()
	if err != nil {
		panic(err)
	}
	for at := from; ; at = filepath.Dir(at) {
		if _, err := os.Stat(filepath.Join(at, "go.mod")); err == nil {
			return at
		}
		if at == filepath.Dir(at) {
			panic("there is no go.mod at or above " + from + ": start it within the repository")
		}
	}
}

// Build builds the binary as it is delivered and says where it is; RIG_BINARY names one to take instead.
func Build(ctx context.Context, folder string) (string, error) {
	if ready := os.Getenv("RIG_BINARY"); ready != "" {
		return ready, nil
	}
	if _, err := os.Stat(filepath.Join(Root(), "web", "dist", "index.html")); err != nil {
		return "", errors.New("the client is not built: run `make client` first")
	}
	out := filepath.Join(folder, "linekeeper")
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w -X main.version=test", "-o", out, "./cmd/linekeeper")
	cmd.Dir = Root()
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if text, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the binary: %w\n%s", err, text)
	}
	return out, nil
}

// Options say how a server is started; the zero value of each means what the comment says.
type Options struct {
	Binary   string
	Data     string   // folder; required
	Center   string   // the center as YAML, applied before the start; empty: as it was
	HTTP     string   // 127.0.0.1:0
	SIP      string   // 127.0.0.1:0
	Ports    string   // RTP ports, "20000-20999"; empty: the server's default
	Args     []string // further arguments
	Env      []string
	Command  string        // serve
	Patience time.Duration // for the ready line; 60 s
}

// Server is a running process.
type Server struct {
	Ready   Ready
	Took    time.Duration // from start to ready
	Started time.Time
	cmd     *exec.Cmd
	log     *tail
	gone    chan struct{}
	err     error // of Wait; valid when gone is closed
}

// Ready is the line of JSON on standard output.
type Ready struct {
	Ready  bool   `json:"ready"`
	HTTP   string `json:"http"`
	SIPUDP string `json:"sip_udp"`
	SIPTCP string `json:"sip_tcp"`
	SIPTLS string `json:"sip_tls"`
}

// SIP is the UDP address of signalling.
func (r Ready) SIP() netip.AddrPort { return netip.MustParseAddrPort(r.SIPUDP) }

// Failed is a server that ended before it was ready.
type Failed struct {
	Err error
	Log string
}

func (f *Failed) Error() string {
	return fmt.Sprintf("the server ended before it was ready: %v\n%s", f.Err, f.Log)
}

// Start starts a server and waits until it is ready. Stop or Kill must be called. WEBRTC in the environment is where
// it takes browsers' sound, with port 0; Firefox sends none to 127.0.0.1.
func Start(ctx context.Context, o Options) (*Server, error) {
	if o.HTTP == "" {
		o.HTTP = "127.0.0.1:0"
	}
	if o.SIP == "" {
		o.SIP = "127.0.0.1:0"
	}
	if o.Patience == 0 {
		o.Patience = 60 * time.Second
	}
	if o.Command == "" {
		o.Command = "serve"
	}
	if o.Ports == "" {
		o.Ports = "0"
	}
	args := []string{o.Command, "--data", o.Data, "--http", o.HTTP, "--sip", o.SIP, "--webrtc", cmp.Or(os.Getenv("WEBRTC"), "127.0.0.1:0"), "--rtp-ports", o.Ports}
	if o.Center != "" {
		file := filepath.Join(o.Data, "..", filepath.Base(o.Data)+"-center.yaml")
		if err := os.WriteFile(file, []byte(o.Center), 0o600); err != nil {
			return nil, err
		}
		args = append(args, "--apply", file)
	}
	s := &Server{cmd: exec.Command(o.Binary, append(args, o.Args...)...), log: &tail{limit: 1 << 20}, gone: make(chan struct{})}
	s.cmd.Env = append(os.Environ(), o.Env...)
	s.cmd.Stderr = s.log
	// Its own group: a Ctrl-C of the tests is not also the server's.
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	// Pdeathsig follows the thread that started the process, which must not end before the test does.
	started := make(chan error, 1)
	lines := make(chan string, 64)
	go func() {
		runtime.LockOSThread()
		s.Started = time.Now()
		err := s.cmd.Start()
		started <- err
		if err != nil {
			return
		}
		in := bufio.NewScanner(out)
		in.Buffer(nil, 1<<20)
		for in.Scan() {
			select {
			case lines <- in.Text():
			default:
			}
		}
		_, _ = io.Copy(io.Discard, out)
		s.err = s.cmd.Wait()
		close(s.gone)
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("starting %s: %w", o.Binary, err)
	}
	late := time.NewTimer(o.Patience)
	defer late.Stop()
	for {
		select {
		case line := <-lines:
			if json.Unmarshal([]byte(line), &s.Ready) == nil && s.Ready.Ready {
				s.Took = time.Since(s.Started)
				return s, nil
			}
		case <-s.gone:
			return nil, &Failed{s.err, s.log.String()}
		case <-late.C:
			s.Kill()
			return nil, fmt.Errorf("not ready after %s\n%s", o.Patience, s.log.String())
		case <-ctx.Done():
			s.Kill()
			return nil, ctx.Err()
		}
	}
}

// Log is the end of what the server wrote to standard error.
func (s *Server) Log() string { return s.log.String() }

// Gone is closed when the process ended.
func (s *Server) Gone() <-chan struct{} { return s.gone }

// Stop asks the server to end and waits; after the patience it is killed.
func (s *Server) Stop(patience time.Duration) error {
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	t := time.NewTimer(patience)
	defer t.Stop()
	select {
	case <-s.gone:
		return s.err
	case <-t.C:
	}
	_ = s.cmd.Process.Signal(syscall.SIGTERM) // the second one means now
	t.Reset(patience)
	select {
	case <-s.gone:
		return s.err
	case <-t.C:
		s.Kill()
		return fmt.Errorf("the server did not stop within %s", 2*patience)
	}
}

// Kill ends it at once, as kill -9 does.
func (s *Server) Kill() {
	_ = s.cmd.Process.Kill()
	<-s.gone
}

// PID is the process.
func (s *Server) PID() int { return s.cmd.Process.Pid }

// CPU is the user and system time the process used so far.
func (s *Server) CPU() (time.Duration, error) { return CPU(s.PID()) }

// CPU is the user and system time a process used so far.
func CPU(pid int) (time.Duration, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	_, rest, ok := bytes.Cut(b, []byte(") "))
	f := strings.Fields(string(rest))
	if !ok || len(f) < 13 {
		return 0, fmt.Errorf("stat of process %d: %q", pid, b)
	}
	user, err1 := strconv.ParseInt(f[11], 10, 64)
	system, err2 := strconv.ParseInt(f[12], 10, 64)
	// A tick is 10 ms on every Linux that Go supports.
	return time.Duration(user+system) * 10 * time.Millisecond, errors.Join(err1, err2)
}

// Memory is the resident set of the process in bytes.
func (s *Server) Memory() (int64, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", s.PID()))
	if err != nil {
		return 0, err
	}
	f := strings.Fields(string(b))
	if len(f) < 2 {
		return 0, fmt.Errorf("statm of process %d: %q", s.PID(), b)
	}
	pages, err := strconv.ParseInt(f[1], 10, 64)
	return pages * int64(os.Getpagesize()), err
}

// Files is how many files and sockets the process has open.
func (s *Server) Files() (int, error) {
	all, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", s.PID()))
	return len(all), err
}

// tail keeps the end of what is written.
type tail struct {
	mu    sync.Mutex
	limit int
	b     []byte
}

func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.b = append(t.b, b...)
	if over := len(t.b) - 2*t.limit; over > 0 {
		t.b = append([]byte(nil), t.b[len(t.b)-t.limit:]...)
	}
	return len(b), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.b)
}
