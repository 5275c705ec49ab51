package rig

import (
	"cmp"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"math"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// SIPp is one run of the load generator.
type SIPp struct {
	Folder   string  // for its files; required, and its own
	Scenario string  // XML; TONE in it is replaced by a raw mu-law file of 440 Hz
	Target   string  // host:port
	Number   string  // [service]
	Calls    int     // 1
	Rate     float64 // calls per second; 10
	AtOnce   int     // 10
	TCP      bool
	At       string        // IP:port to wait for calls at, as a carrier does; empty: it calls Target
	From     string        // IP:port to call from; empty: any
	Patience time.Duration // 60 s
}

// SIPpResult counts its calls.
type SIPpResult struct {
	Succeeded, Failed int
	Output            string // errors and the screen
}

// Run runs it to the end. A failed call is no error here.
func (p SIPp) Run(ctx context.Context) (SIPpResult, error) {
	p.Calls, p.AtOnce = max(p.Calls, 1), max(p.AtOnce, 10)
	if p.Rate == 0 {
		p.Rate = 10
	}
	if p.Patience == 0 {
		p.Patience = time.Minute
	}
	if err := os.MkdirAll(p.Folder, 0o755); err != nil {
		return SIPpResult{}, err
	}
	tone := filepath.Join(p.Folder, "tone.ulaw")
	if err := os.WriteFile(tone, rawTone(440, 5*time.Second), 0o600); err != nil {
		return SIPpResult{}, err
	}
	file := filepath.Join(p.Folder, "scenario.xml")
	if err := os.WriteFile(file, []byte(strings.ReplaceAll(p.Scenario, "TONE", tone)), 0o600); err != nil {
		return SIPpResult{}, err
	}
	place, err := p.place()
	if err != nil {
		return SIPpResult{}, err
	}
	args := append([]string{"-sf", file, "-m", strconv.Itoa(p.Calls)}, place...)
	args = append(args,
		"-timeout", strconv.Itoa(int(p.Patience.Seconds())), "-timeout_error", "-recv_timeout", "30000",
		"-nostdin", "-trace_err", "-error_file", filepath.Join(p.Folder, "errors.log"),
		"-trace_stat", "-stf", filepath.Join(p.Folder, "stat.csv"), "-fd", "1")
	if p.TCP {
		args = append(args, "-t", "t1")
	}
	if p.At == "" {
		args = append(args, p.Target)
	}
	cmd := exec.CommandContext(ctx, "sipp", args...)
	cmd.Dir = p.Folder
	cmd.Env = append(os.Environ(), "TERM=dumb")
	screen, err := cmd.CombinedOutput()
	var r SIPpResult
	faults, _ := os.ReadFile(filepath.Join(p.Folder, "errors.log"))
	r.Output = string(faults) + "\n" + string(screen[max(0, len(screen)-3000):])
	if code := (*exec.ExitError)(nil); err != nil && !errors.As(err, &code) {
		return r, fmt.Errorf("running sipp: %w", err)
	}
	if err := r.count(filepath.Join(p.Folder, "stat.csv")); err != nil {
		return r, fmt.Errorf("reading sipp's figures: %w\n%s", err, r.Output)
	}
	return r, nil
}

// place says where it is, and how fast it calls.
func (p SIPp) place() ([]string, error) {
	ip, port := "127.0.0.1", ""
	if own := p.At + p.From; own != "" {
		var err error
		if ip, port, err = net.SplitHostPort(own); err != nil {
			return nil, err
		}
	} else {
		ports, err := freePorts(ip, 1)
		if err != nil {
			return nil, err
		}
		port = strconv.Itoa(ports[0])
	}
	media, err := neighbours(ip, 4) // a second port of sound is two above the first
	if err != nil {
		return nil, err
	}
	args := []string{"-i", ip, "-p", port, "-mi", ip, "-mp", strconv.Itoa(media)}
	if p.At != "" {
		return args, nil
	}
	args = append(args, "-s", cmp.Or(p.Number, "service"), "-r", strconv.FormatFloat(math.Max(1, p.Rate), 'f', 0, 64), "-l", strconv.Itoa(p.AtOnce))
	if p.Number != "" { // the digest is about the request URI, which SIPp takes for the host alone
		args = append(args, "-auth_uri", p.Number+"@"+p.Target)
	}
	return args, nil
}

// count reads the last line of the statistics.
func (r *SIPpResult) count(file string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	in := csv.NewReader(f)
	in.Comma, in.FieldsPerRecord, in.LazyQuotes = ';', -1, true
	rows, err := in.ReadAll()
	if err != nil {
		return err
	}
	if len(rows) < 2 {
		return errors.New("no figures")
	}
	for i, name := range rows[0] {
		n, _ := strconv.Atoi(rows[len(rows)-1][i])
		switch name {
		case "SuccessfulCall(C)":
			r.Succeeded = n
		case "FailedCall(C)":
			r.Failed = n
		}
	}
	return nil
}

// rawTone is mu-law without a header, as rtp_stream wants it.
func rawTone(frequency float64, d time.Duration) []byte {
	b := make([]byte, d*8000/time.Second)
	for i := range b {
		b[i] = mulaw(int(16384 * math.Sin(2*math.Pi*frequency*float64(i)/8000)))
	}
	return b
}

// mulaw encodes a sample (G.711).
func mulaw(v int) byte {
	sign := 0
	if v < 0 {
		sign, v = 0x80, -v
	}
	v = min(v, 32635) + 132
	segment := 7
	for mask := 0x4000; v&mask == 0 && segment > 0; mask >>= 1 {
		segment--
	}
	return ^byte(sign | segment<<4 | v>>(segment+3)&15)
}
