package rig

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// ProxyOptions are those of a proxy.
type ProxyOptions struct {
	Folder string // for its files; its own
	Target string // host:port that calls from elsewhere are sent to
	Relay  bool   // the sound passes rtpengine
}

// Proxy is kamailio as a carrier's edge: it stays in the path of every dialog (Record-Route, loose
// routing) and relays the sound by rtpengine, in user space, if it is told to.
type Proxy struct {
	Addr  string // host:port for SIP over UDP
	cmds  []*exec.Cmd
	ended []chan struct{}
	log   *tail
}

// kamailioConfig: everything in a dialog goes where its Route headers say, a new call to the target.
const kamailioConfig = `
debug=2
log_stderror=yes
fork=yes
children=2
auto_aliases=no
disable_tcp=yes
listen=udp:ADDR
mpath="/usr/lib/x86_64-linux-gnu/kamailio/modules:/usr/lib/aarch64-linux-gnu/kamailio/modules"
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "maxfwd.so"
RELAYMODULE
request_route {
	if (!mf_process_maxfwd_header("10")) { sl_send_reply("483", "Too Many Hops"); exit; }
	if (is_method("CANCEL")) {
		if (t_check_trans()) { t_relay(); }
		exit;
	}
	if (has_totag()) {
		if (loose_route()) {
			RELAY
			t_on_reply("ANSWERED");
			t_relay();
		} else if (is_method("ACK") && t_check_trans()) {
			t_relay();
		} else if (!is_method("ACK")) {
			sl_send_reply("404", "No Route");
		}
		exit;
	}
	t_check_trans();
	if (is_method("INVITE")) {
		record_route();
		RELAY
		t_on_reply("ANSWERED");
	}
	$du = "sip:TARGET";
	t_relay();
	exit;
}
onreply_route[ANSWERED] {
	RELAY
	return;
}
`

// StartProxy starts kamailio, and rtpengine if asked for. Close must be called.
func StartProxy(ctx context.Context, o ProxyOptions) (*Proxy, error) {
	ports, err := freePorts("127.0.0.1", 2)
	if err != nil {
		return nil, err
	}
	p := &Proxy{Addr: net.JoinHostPort("127.0.0.1", strconv.Itoa(ports[0])), log: &tail{limit: 1 << 18}}
	module, relay := "", ""
	if o.Relay {
		control := net.JoinHostPort("127.0.0.1", strconv.Itoa(ports[1]))
		module = "loadmodule \"rtpengine.so\"\nmodparam(\"rtpengine\", \"rtpengine_sock\", \"udp:" + control + "\")"
		relay = `if (has_body("application/sdp")) { rtpengine_manage("replace-origin replace-session-connection ICE=remove"); }
	if (is_method("BYE")) { rtpengine_manage(); }`
		if err := p.start("rtpengine", "--foreground", "--log-stderr", "--log-level=4", "--table=-1", "--interface=127.0.0.1",
			"--listen-ng="+control, "--port-min=40000", "--port-max=44999", "--pidfile="+filepath.Join(o.Folder, "rtpengine.pid")); err != nil {
			return nil, err
		}
		if err := p.answers(ctx, control, "1_1 d7:command4:pinge"); err != nil {
			p.Close()
			return nil, fmt.Errorf("rtpengine: %w", err)
		}
	}
	config := strings.NewReplacer("ADDR", p.Addr, "TARGET", o.Target, "RELAYMODULE", module, "RELAY", relay).Replace(kamailioConfig)
	file := filepath.Join(o.Folder, "kamailio.cfg")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		p.Close()
		return nil, err
	}
	if err := p.start("kamailio", "-f", file, "-DD", "-E", "-m", "32", "-M", "8", "-Y", o.Folder, "-w", o.Folder); err != nil {
		p.Close()
		return nil, err
	}
	ping := "OPTIONS sip:ping@" + p.Addr + " SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:9;rport;branch=z9hG4bKping\r\nMax-Forwards: 0\r\n" +
		"From: <sip:a@b>;tag=1\r\nTo: <sip:a@b>\r\nCall-ID: ping\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
	if err := p.answers(ctx, p.Addr, ping); err != nil {
		p.Close()
		return nil, fmt.Errorf("kamailio: %w", err)
	}
	return p, nil
}

func (p *Proxy) start(name string, args ...string) error {
	cmd := exec.Command(name, args...)
	cmd.Stdout, cmd.Stderr = p.log, p.log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("starting %s: %w; tools/test/deps installs it", name, err)
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	p.cmds, p.ended = append(p.cmds, cmd), append(p.ended, ended)
	return nil
}

// answers asks by UDP until something answers.
func (p *Proxy) answers(ctx context.Context, at, question string) error {
	conn, err := net.Dial("udp", at)
	if err != nil {
		return err
	}
	defer conn.Close()
	for buffer := make([]byte, 2048); ; {
		_, _ = conn.Write([]byte(question)) // refused until it listens
		_ = conn.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
		began := time.Now()
		if _, err := conn.Read(buffer); err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("it does not answer: %w\n%s", ctx.Err(), p.Log())
		case <-p.ended[len(p.ended)-1]:
			return fmt.Errorf("it ended\n%s", p.Log())
		case <-time.After(time.Until(began.Add(100 * time.Millisecond))):
		}
	}
}

// Log is what both have said.
func (p *Proxy) Log() string { return p.log.String() }

// Close ends both.
func (p *Proxy) Close() {
	for i, cmd := range p.cmds {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM)
		select {
		case <-p.ended[i]:
		case <-time.After(3 * time.Second):
			_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
			<-p.ended[i]
		}
	}
}
