package rig

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Baresip is a telephone of other people's making: it says a tone and records what it hears.
type Baresip struct {
	folder string
	cmd    *exec.Cmd
	log    *tail
	ctrl   net.Conn
	keys   net.Conn
	gone   chan struct{}

	mu      sync.Mutex
	events  []BaresipEvent
	light   string // the latest summary of messages
	changed chan struct{}
}

// BaresipEvent is what it tells of its calls.
type BaresipEvent struct {
	Type  string `json:"type"`
	Class string `json:"class"`
	Param string `json:"param"`
	Peer  string `json:"peeruri"`
}

// BaresipOptions say how the phone is set up.
type BaresipOptions struct {
	Folder string   // for its files; required, and its own
	User   string   // of its address
	IP     string   // 127.0.0.1
	Tone   float64  // Hz it says
	Codecs []string // of PCMU, PCMA, G722 ...; PCMU, PCMA
	TCP    bool     // signalling over TCP
	Server string   // where it registers as User; empty: nowhere
	Secret string   // with this
	// Authority is the file of who signed the server's certificate; with it signalling goes over TLS.
	Authority string
	// Encryption of the sound: srtp-mand (SDES) or dtls_srtp; empty: none.
	Encryption string
	// Light subscribes to the messages for User (RFC 3842) at Server.
	Light bool
}

// StartBaresip starts the program; Close must be called.
func StartBaresip(ctx context.Context, o BaresipOptions) (*Baresip, error) {
	if o.IP == "" {
		o.IP = "127.0.0.1"
	}
	if o.Tone == 0 {
		o.Tone = 440
	}
	if len(o.Codecs) == 0 {
		o.Codecs = []string{"PCMU", "PCMA"}
	}
	// It cannot take port 0: free ones are looked for, and if somebody was faster, again.
	var err error
	for range 5 {
		var b *Baresip
		if b, err = startBaresip(ctx, o); err == nil {
			return b, nil
		}
		if ctx.Err() != nil {
			break
		}
	}
	return nil, err
}

func startBaresip(ctx context.Context, o BaresipOptions) (*Baresip, error) {
	ports, err := freePorts(o.IP, 2)
	if err != nil {
		return nil, err
	}
	sip, err := neighbours(o.IP, 2) // it takes the next one for TLS
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Join(o.Folder, "heard"), 0o755); err != nil {
		return nil, err
	}
	wav := filepath.Join(o.Folder, "say.wav")
	if err := os.WriteFile(wav, ToneWAV(o.Tone, 0.5, 3*time.Minute), 0o600); err != nil {
		return nil, err
	}
	transport := "udp"
	if o.TCP {
		transport = "tcp"
	}
	config := strings.Join([]string{
		"poll_method epoll",
		fmt.Sprintf("sip_listen %s:%d", o.IP, sip),
		"net_interface " + o.IP,
		"call_local_timeout 120", "call_max_calls 10",
		"audio_source aufile," + wav, "audio_player none,none", "audio_alert none,none",
		"ausrc_srate 8000", "auplay_srate 8000", "ausrc_channels 1", "auplay_channels 1",
		"rtp_ports 30000-39998", "rtp_timeout 0", "jitter_buffer_delay 1-5",
		"module_path /usr/lib/baresip/modules",
		"module g711.so", "module g722.so", "module opus.so", "module aufile.so", "module sndfile.so", "module cons.so", "module ctrl_tcp.so",
		"module_app account.so", "module_app menu.so",
		fmt.Sprintf("cons_listen %s:%d", o.IP, ports[0]),
		fmt.Sprintf("ctrl_tcp_listen %s:%d", o.IP, ports[1]),
		"snd_path " + filepath.Join(o.Folder, "heard"), "",
	}, "\n")
	if o.Authority != "" {
		transport = "tls"
		config += "sip_cafile " + o.Authority + "\n"
	}
	if o.Encryption != "" {
		config = strings.Replace(config, "module g711.so\n", "module g711.so\nmodule srtp.so\nmodule dtls_srtp.so\n", 1)
	}
	if o.Light {
		config += "module_app mwi.so\n"
	}
	account := fmt.Sprintf("<sip:%s@%s:%d;transport=%s>;regint=0;ptime=20;audio_codecs=%s", o.User, o.IP, sip, transport, strings.Join(o.Codecs, ","))
	if o.Server != "" {
		account = fmt.Sprintf("<sip:%s@%s;transport=%s>;auth_user=%s;auth_pass=%s;regint=60;ptime=20;audio_codecs=%s",
			o.User, o.Server, transport, o.User, o.Secret, strings.Join(o.Codecs, ","))
	}
	if o.Encryption != "" {
		account += ";mediaenc=" + o.Encryption
	}
	account += "\n"
	accounts := account
	if o.Light {
		accounts = "" // signs in below
	}
	for name, text := range map[string]string{"config": config, "accounts": accounts, "contacts": ""} {
		if err := os.WriteFile(filepath.Join(o.Folder, name), []byte(text), 0o600); err != nil {
			return nil, err
		}
	}
	b := &Baresip{folder: o.Folder, log: &tail{limit: 1 << 18}, gone: make(chan struct{}), changed: make(chan struct{})}
	b.cmd = exec.Command("baresip", "-f", o.Folder)
	b.cmd.Stdout, b.cmd.Stderr = b.log, b.log
	b.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := b.cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting baresip: %w", err)
	}
	go func() { _ = b.cmd.Wait(); close(b.gone) }()
	for {
		err = errors.New("baresip is not ready")
		if text := b.log.String(); strings.Contains(text, "failed to listen") { // else we would talk to somebody else's
			_ = b.cmd.Process.Kill()
			<-b.gone
			return nil, fmt.Errorf("baresip's port was taken\n%s", text)
		} else if strings.Contains(text, "baresip is ready") {
			b.ctrl, err = net.Dial("tcp", net.JoinHostPort(o.IP, strconv.Itoa(ports[1])))
		}
		if err == nil {
			break
		}
		select {
		case <-b.gone:
			return nil, fmt.Errorf("baresip ended\n%s", b.log)
		case <-ctx.Done():
			b.Close()
			return nil, fmt.Errorf("reaching baresip: %w\n%s", ctx.Err(), b.log)
		case <-time.After(50 * time.Millisecond):
		}
	}
	if b.keys, err = net.Dial("udp", net.JoinHostPort(o.IP, strconv.Itoa(ports[0]))); err != nil {
		b.Close()
		return nil, err
	}
	go b.read()
	if o.Light { // mwi.so subscribes without end when somebody signs in before its first millisecond is over
		return b, b.command("uanew", strings.TrimSpace(account))
	}
	return b, nil
}

// read takes netstrings with JSON: events and answers to commands.
func (b *Baresip) read() {
	in := bufio.NewReader(b.ctrl)
	for {
		size, err := in.ReadString(':')
		if err != nil {
			return
		}
		n, err := strconv.Atoi(strings.TrimSuffix(size, ":"))
		if err != nil {
			return
		}
		buf := make([]byte, n+1) // and the comma
		if _, err := io.ReadFull(in, buf); err != nil {
			return
		}
		var e struct {
			BaresipEvent
			Event bool `json:"event"`
		}
		if json.Unmarshal(buf[:n], &e) != nil || !e.Event {
			continue
		}
		b.mu.Lock()
		if e.Type == "MWI_NOTIFY" {
			b.light = e.Param
		} else {
			b.events = append(b.events, e.BaresipEvent)
		}
		close(b.changed)
		b.changed = make(chan struct{})
		b.mu.Unlock()
	}
}

func (b *Baresip) command(name, params string) error {
	text, err := json.Marshal(map[string]string{"command": name, "params": params, "token": "t"})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(b.ctrl, "%d:%s,", len(text), text)
	return err
}

// Dial calls a number at an address such as 127.0.0.1:5060.
func (b *Baresip) Dial(number, at string, tcp bool) error {
	uri := "sip:" + number + "@" + at
	if tcp {
		uri += ";transport=tcp"
	}
	return b.command("dial", uri)
}

// DialTLS calls a number over TLS.
func (b *Baresip) DialTLS(number, at string) error {
	return b.command("dial", "sip:"+number+"@"+at+";transport=tls")
}

// HangUp ends the call.
func (b *Baresip) HangUp() error { return b.command("hangup", "") }

// Accept picks up.
func (b *Baresip) Accept() error { return b.command("accept", "") }

// Hold and Resume send an INVITE within the call.
func (b *Baresip) Hold() error { return b.command("hold", "") }

// Resume ends Hold.
func (b *Baresip) Resume() error { return b.command("resume", "") }

// Transfer asks for a blind transfer of the call (REFER).
func (b *Baresip) Transfer(uri string) error { return b.command("transfer", uri) }

// Press presses keys, one after the other.
func (b *Baresip) Press(keys string) error {
	for _, key := range keys {
		if _, err := b.keys.Write([]byte(string(key))); err != nil {
			return err
		}
		<-time.After(150 * time.Millisecond) // how long a person holds a key
		if _, err := b.keys.Write([]byte{4}); err != nil {
			return err
		}
		<-time.After(100 * time.Millisecond)
	}
	return nil
}

// Await waits for an event such as CALL_ESTABLISHED or CALL_CLOSED, among those from the first one on
// that was not awaited yet.
func (b *Baresip) Await(ctx context.Context, kind string) (BaresipEvent, error) {
	for {
		b.mu.Lock()
		for i, e := range b.events {
			if e.Type == kind {
				b.events = b.events[i+1:]
				b.mu.Unlock()
				return e, nil
			}
		}
		seen, changed := fmt.Sprint(b.events), b.changed
		b.mu.Unlock()
		select {
		case <-changed:
		case <-b.gone:
			return BaresipEvent{}, fmt.Errorf("baresip ended\n%s", b.log)
		case <-ctx.Done():
			return BaresipEvent{}, fmt.Errorf("waiting for baresip's %s: %w; it told %s\n%s", kind, ctx.Err(), seen, b.log)
		}
	}
}

// Messages is the latest summary of messages that it was told, as it came; empty: none came.
func (b *Baresip) Messages() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.light
}

// Heard is the newest recording of what came in, one channel at 8 kHz. Gaps are
// missing from it: it is no time line. It ends for good when the phone itself puts the call on hold: see Rates.
func (b *Baresip) Heard() ([]int16, error) {
	all, err := filepath.Glob(filepath.Join(b.folder, "heard", "*-dec.wav"))
	if err != nil || len(all) == 0 {
		return nil, errors.Join(err, fmt.Errorf("baresip recorded nothing\n%s", b.log))
	}
	newest := all[0] // they are named by their time
	for _, name := range all {
		newest = max(newest, name)
	}
	file, err := os.ReadFile(newest)
	if err != nil {
		return nil, err
	}
	if len(file) < 44 {
		return nil, nil
	}
	// The header is written at the end; while the call runs its length is not right, the data is.
	data := file[44:]
	channels, rate := int(binary.LittleEndian.Uint16(file[22:])), int(binary.LittleEndian.Uint32(file[24:]))
	step := 2 * max(channels, 1) * max(rate/8000, 1) // tones are far below half of 8 kHz
	s := make([]int16, len(data)/step)
	for i := range s {
		s[i] = int16(binary.LittleEndian.Uint16(data[step*i:]))
	}
	return s, nil
}

// Rates are the bits of sound per second that it last reported to have sent and taken, over three seconds of
// a call. What does not decrypt is not taken. After a hold this is what tells that it hears: its recording ends
// with the hold for good (version 1.0 drops the filter that records and sets up filters only when there are none).
func (b *Baresip) Rates() (sent, taken int) {
	text := b.log.String()
	text = text[max(0, strings.LastIndex(text, "Call established")):] // not those of an earlier call
	if i := strings.LastIndex(text, "] audio="); i >= 0 {
		_, _ = fmt.Sscanf(text[i:], "] audio=%d/%d", &sent, &taken)
	}
	return sent, taken
}

// Log is what it printed.
func (b *Baresip) Log() string { return b.log.String() }

// Close ends the program.
func (b *Baresip) Close() {
	if b.ctrl != nil {
		_ = b.command("quit", "")
	}
	t := time.NewTimer(2 * time.Second)
	defer t.Stop()
	select {
	case <-b.gone:
	case <-t.C:
		_ = b.cmd.Process.Kill()
		<-b.gone
	}
	for _, c := range []net.Conn{b.ctrl, b.keys} {
		if c != nil {
			_ = c.Close()
		}
	}
}

// ToneWAV is a WAV file: one channel, 16 bits, 8 kHz.
func ToneWAV(frequency, level float64, d time.Duration) []byte {
	return ToneWAVRate(frequency, level, d, 8000)
}

// ToneWAVRate is a tone at another rate in Hz.
func ToneWAVRate(frequency, level float64, d time.Duration, rate int) []byte {
	n := int(d * time.Duration(rate) / time.Second)
	b := make([]byte, 44+2*n)
	le := binary.LittleEndian
	copy(b, "RIFF")
	le.PutUint32(b[4:], uint32(36+2*n))
	copy(b[8:], "WAVEfmt ")
	le.PutUint32(b[16:], 16)
	le.PutUint16(b[20:], 1)
	le.PutUint16(b[22:], 1)
	le.PutUint32(b[24:], uint32(rate))
	le.PutUint32(b[28:], uint32(2*rate))
	le.PutUint16(b[32:], 2)
	le.PutUint16(b[34:], 16)
	copy(b[36:], "data")
	le.PutUint32(b[40:], uint32(2*n))
	for i := range n {
		le.PutUint16(b[44+2*i:], uint16(int16(level*32767*math.Sin(2*math.Pi*frequency*float64(i)/float64(rate)))))
	}
	return b
}
