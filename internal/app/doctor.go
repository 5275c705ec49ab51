package app

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/network"
	"linekeeper/internal/media/codec"
)

// finding is one line of the doctor's report.
type finding struct {
	ok   bool
	what string
	do   string // what to do; empty when it is well
}

func doctorCommand(version string) *cobra.Command {
	var cfg Config
	cmd := &cobra.Command{
		Use: "doctor", Short: "Look whether this machine can run the center, and say what to do", Args: cobra.NoArgs,
	}
	load := withConfig(cmd, &cfg)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := load(); err != nil {
			return err
		}
		return printFindings(cmd.OutOrStdout(), examine(cmd.Context(), cfg, network.Machine{}))
	}
	return cmd
}

// printFindings prints the findings; an error says how many are bad.
func printFindings(w io.Writer, all []finding) error {
	bad := 0
	for _, f := range all {
		mark := "ok  "
		if !f.ok {
			mark = "BAD "
			bad++
		}
		fmt.Fprintln(w, mark, f.what)
		if f.do != "" {
			fmt.Fprintln(w, "     →", f.do)
		}
	}
	if bad > 0 {
		return fmt.Errorf("%d of %d checks failed", bad, len(all))
	}
	return nil
}

// examine looks at everything the center needs, with the configuration it would run with.
func examine(ctx context.Context, cfg Config, n network.Network) []finding {
	var all []finding
	add := func(ok bool, what, do string) {
		if ok {
			do = ""
		}
		all = append(all, finding{ok, what, do})
	}
	hint := func(what, do string) { all = append(all, finding{true, what, do}) }

	all = append(all, examinePorts(cfg, n)...)
	all = append(all, examineDisk(cfg)...)
	all = append(all, examineClock()...)
	all = append(all, examineCertificate(cfg, time.Now())...)
	all = append(all, examineKeys(cfg)...)
	all = append(all, examineStore(ctx, cfg)...)

	d, err := db.Open(ctx, db.Config{URL: cfg.Database, Folder: cfg.Data})
	if err == nil {
		err = d.Close()
	}
	add(err == nil, "database: "+orText(err, "it opens"), "If another linekeeper runs on this folder, stop it or name another with --data; for PostgreSQL check the address and that the server runs.")

	at, err := parseAddr(cfg.HTTP)
	if err == nil {
		if at.Addr().IsLoopback() {
			hint("microphone: browsers on this machine may use it at http://"+at.String(),
				"For agents on other machines put a proxy with a certificate (HTTPS) in front: browsers give the microphone only to HTTPS or localhost.")
		} else {
			hint("microphone: "+at.String()+" is plain HTTP",
				"Agents' browsers will refuse the microphone. Put a proxy with a certificate (HTTPS) in front.")
		}
	}
	all = append(all, examineTrunks(ctx, cfg, n)...)
	all = append(all, examineNAT(cfg)...)
	if at, err := parseAddr(cfg.SIP); err == nil && at.Addr().IsLoopback() {
		hint("SIP phones: only those on this machine can sign in at "+at.String(), "Set --sip to an address of the network that the phones are in.")
	} else if err == nil {
		hint(fmt.Sprintf("SIP phones: they sign in at port %d, UDP or TCP", at.Port()),
			"Open it to where the phones are; their secrets are made at the users.")
	}
	if lib := codec.OpusLibrary(); lib == "" {
		hint("Opus: no encoder, the system has no libopus.so.0", "Calls have no Opus, and recordings stay WAV, 58 MB an hour. Install the package libopus0; a binary built with -tags static cannot use it.")
	} else {
		add(true, "Opus: "+lib+"; recordings are converted after the call", "")
	}
	all = append(all, examineSpeech(ctx, cfg)...)
	return append(all, examineGateways(ctx, cfg)...)
}

func orText(err error, well string) string {
	if err != nil {
		return err.Error()
	}
	return well
}

func examinePorts(cfg Config, n network.Network) []finding {
	var all []finding
	for name, v := range map[string]string{"web (--http)": cfg.HTTP, "SIP (--sip)": cfg.SIP, "browsers' sound (--webrtc)": cfg.WebRTC} {
		at, err := parseAddr(v)
		if err != nil {
			all = append(all, finding{false, name + ": " + err.Error(), "Write an address and a port."})
			continue
		}
		f := finding{true, fmt.Sprintf("%s: %s is free", name, v), ""}
		var closers []io.Closer
		if tcp, err := n.ListenTCP(at); err != nil {
			f = finding{false, name + ": " + err.Error(), "Another program has this port: stop it (ss -lntup shows which) or choose another."}
		} else {
			closers = append(closers, tcp)
		}
		if !strings.HasPrefix(name, "web") && f.ok {
			if udp, err := n.ListenUDP(at); err != nil {
				f = finding{false, name + ": " + err.Error(), "Another program has this UDP port: stop it (ss -lnup shows which) or choose another."}
			} else {
				closers = append(closers, udp)
			}
		}
		for _, c := range closers {
			c.Close()
		}
		all = append(all, f)
	}
	low, high, err := parsePorts(cfg.RTPPorts)
	switch {
	case err != nil:
		all = append(all, finding{false, err.Error(), "Write a range."})
	case low == 0:
		all = append(all, finding{true, "RTP ports: any free ones", "A firewall can only be opened for a range: set --rtp-ports."})
	default:
		calls := (int(high) - int(low) + 1) / 2
		f := finding{calls >= 20, fmt.Sprintf("RTP ports: %d-%d, enough for %d calls", low, high, calls), ""}
		if !f.ok {
			f.do = "Each call needs an even port: widen --rtp-ports."
		}
		all = append(all, f)
	}
	return all
}

func examineDisk(cfg Config) []finding {
	if err := os.MkdirAll(cfg.Data, 0o700); err != nil {
		return []finding{{false, "disk: " + err.Error(), "Make the folder yourself or name another with --data."}}
	}
	name := filepath.Join(cfg.Data, "doctor.tmp")
	began := time.Now()
	err := os.WriteFile(name, make([]byte, 1<<20), 0o600)
	if f, e := os.OpenFile(name, os.O_RDWR, 0); e == nil {
		err = f.Sync()
		f.Close()
	}
	took := time.Since(began)
	os.Remove(name)
	if err != nil {
		return []finding{{false, "disk: " + err.Error(), "The folder must be writable and have room."}}
	}
	free, ok := freeBytes(cfg.Data)
	all := []finding{{took < time.Second, fmt.Sprintf("disk: a megabyte is safe after %d ms", took.Milliseconds()), ""}}
	if took >= time.Second {
		all[0].do = "Every answer waits for the disk; use a faster one."
	}
	if ok {
		hours := free / (16_000 * 3600) // stereo G.711; Opus takes a quarter
		f := finding{free > 1<<30, fmt.Sprintf("disk: %d GB free, room for %d hours of recordings", free>>30, hours), ""}
		if !f.ok {
			f.do = "Make room: calls go on with a full disk, but nothing can be recorded or written down."
		}
		all = append(all, f)
	}
	return all
}

func examineClock() []finding {
	now := time.Now()
	if now.Year() < 2025 {
		return []finding{{false, "clock: it says " + now.Format(time.RFC3339), "Set the clock: records and reports would be wrong."}}
	}
	return []finding{{true, "clock: " + now.Format(time.RFC3339), "If this is not the time, set the clock and let NTP keep it."}}
}

// examineNAT compares the machine's addresses with what is told to others.
func examineNAT(cfg Config) []finding {
	if cfg.PublicIP != "" {
		return []finding{{true, "NAT: others are told " + cfg.PublicIP, "The router must forward the SIP, browsers' and RTP ports to this machine."}}
	}
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return []finding{{false, "NAT: the machine's addresses cannot be read: " + err.Error(), "Set --public-ip."}}
	}
	public, private := 0, ""
	for _, a := range addrs {
		p, err := netip.ParsePrefix(a.String())
		if err != nil || p.Addr().IsLoopback() || p.Addr().IsLinkLocalUnicast() {
			continue
		}
		if p.Addr().IsPrivate() {
			private = p.Addr().String()
		} else {
			public++
		}
	}
	switch {
	case public > 0:
		return []finding{{true, "NAT: this machine has a public address", ""}}
	case private != "":
		return []finding{{true, "NAT: this machine has only private addresses such as " + private,
			"If carriers or agents come from outside, set --public-ip to the router's address, or there will be no sound."}}
	}
	return []finding{{true, "NAT: this machine has no network but itself", "Fine for trying it; calls from outside cannot arrive."}}
}
