package app

import (
	"context"
	_ "embed"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"linekeeper/internal/access"
	"linekeeper/internal/center"
	"linekeeper/internal/demo/ears"
	"linekeeper/internal/edge/api"
	"linekeeper/internal/edge/speech"
	"linekeeper/internal/kit/db"
	"linekeeper/web"
)

// demoFile is the demo center.
//
//go:embed demo.yaml
var demoFile []byte

// demoNumber is the one to dial by hand.
const demoNumber = "+442071231000"

// demoPeople are the one-click sign-ins, in the order shown.
func demoPeople() []string { return []string{"anna", "somchai", "vera", "olga", "admin"} }

func demoCommand(version string) *cobra.Command {
	var cfg Config
	cmd := &cobra.Command{
		Use: "demo", Short: "Run a seeded center with fake callers on a fresh data folder", Args: cobra.NoArgs,
		Long: "Run a seeded center on a fresh data folder. A fake carrier on this machine calls whenever an agent is\navailable; the calls are real SIP and RTP. Everything is thrown away at the next start, unless --data names a folder.",
	}
	load := withConfig(cmd, &cfg)
	quiet := cmd.Flags().Bool("no-callers", false, "Do not place calls; dial by hand.")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := load(); err != nil {
			return err
		}
		given := func(name string) bool {
			_, env := os.LookupEnv(option{name: name}.env())
			return cmd.Flags().Changed(name) || env
		}
		if !given("data") {
			cfg.Data = filepath.Join(os.TempDir(), fmt.Sprintf("linekeeper-demo-%d", os.Getuid()))
			if err := os.RemoveAll(cfg.Data); err != nil {
				return fmt.Errorf("clearing the old demo: %w", err)
			}
		}
		if !given("sip") {
			cfg.SIP = "127.0.0.1:5060" // the demo trusts this machine's callers and nobody else
		}
		if !given("webrtc") {
			cfg.WebRTC = "127.0.0.1:7882"
		}
		if !given("flow-hosts") {
			cfg.FlowHosts = demoBilling.Addr().String() // the demo's billing service
		}
		if !given("log") {
			cfg.Log = "warn"
		}
		return runDemo(cmd.Context(), cfg, version, !*quiet)
	}
	return cmd
}

// runDemo runs the product and, beside it, the carrier.
func runDemo(ctx context.Context, cfg Config, version string, callers bool) error {
	file, err := center.Parse(demoFile)
	if err != nil {
		return err
	}
	log := newLog(os.Stderr, cfg.Log)
	step := 0
	hearers, err := demoHearers(cfg)
	if err != nil {
		return err
	}
	gateways, err := demoGateways(cfg)
	if err != nil {
		return err
	}
	opt := Options{
		Config: cfg, Version: version, Gateways: gateways, Client: web.Handler(web.Files()), Log: log, Demo: true, Recognizers: hearers,
		Before: func(ctx context.Context, d *db.DB) error {
			fmt.Fprintln(os.Stderr, "    a demo center with a week of calls behind it ...")
			return seedDemo(ctx, cfg, d, file)
		},
		Progress: func(what string) {
			step++
			fmt.Fprintf(os.Stderr, "[%d] %s ...\n", step, what)
		},
	}
	var sip netip.AddrPort
	return serve(ctx, opt, func(r Ready) error {
		if sip, err = netip.ParseAddrPort(r.SIPUDP); err != nil {
			return err
		}
		fmt.Fprintf(os.Stderr, demoText, r.HTTP, demoNumber, r.SIPUDP)
		return nil
	}, func(ctx context.Context, a *App) {
		a.morning(ctx, log)
		billed := a.bills(ctx, log)
		defer func() { <-billed }()
		reached := a.texts(ctx, log)
		defer func() { <-reached }()
		if !callers {
			<-ctx.Done()
			return
		}
		if err := a.call(ctx, sip, log); err != nil {
			log.Error("the demo's carrier stopped", "error", err)
		}
	})
}

// demoHearers are the configured recognizers, and one that knows what the demo's callers say.
func demoHearers(cfg Config) ([]speech.NamedRecognizer, error) {
	all, err := speechRecognizers(cfg)
	if err != nil {
		return nil, err
	}
	e, err := ears.New()
	if err != nil {
		return nil, err
	}
	return append(all, speech.NamedRecognizer{Name: "demo", Kind: "demo", Engine: e}), nil
}

// seedDemo makes the demo center, and its past when it has none.
func seedDemo(ctx context.Context, cfg Config, d *db.DB, file center.File) error {
	if err := ApplyFile(ctx, cfg, d, file); err != nil {
		return err
	}
	empty := false
	err := d.Read(ctx, func(tx *db.Tx) error {
		n, err := db.One(tx, db.Scalar[int64], `SELECT COUNT(*) FROM (SELECT id FROM interaction ORDER BY id LIMIT 1) AS any_one`)
		empty = n == 0
		return err
	})
	if err != nil || !empty {
		return err
	}
	if err := d.Write(ctx, func(tx *db.Tx) error { return seedNotices(tx, time.Now()) }); err != nil {
		return err
	}
	return makePast(ctx, d, time.Now())
}

const demoText = `
The demo center is open:   http://%s
  Sign in with one click as Anna or Somchai (agents), Vera (an agent with voice messages and callbacks),
  Olga (supervisor) or Ada (administrator).
  As an agent: check the headset, press Available, and a caller rings.
  To call yourself, dial %s at sip:%[3]s with any SIP phone on this machine. Key 3 tells the balance
  of a contract: 100200 with the PIN 4711. Key 5 sends a code by SMS: see http://127.0.0.1:8091.
Ctrl-C lets running calls finish; a second Ctrl-C ends them.

`

// demoCenter is the demo's front page; nil outside the demo.
func (a *App) demoCenter() api.DemoCenter {
	if !a.opt.Demo {
		return nil
	}
	return demoFront{a}
}

type demoFront struct{ a *App }

// People implements api.DemoCenter.
func (f demoFront) People(context.Context) ([]access.User, error) {
	var people []access.User
	for _, login := range demoPeople() {
		for _, u := range f.a.dir.page().users {
			if u.Login == login && !u.Disabled {
				people = append(people, u)
			}
		}
	}
	return people, nil
}

// Number implements api.DemoCenter.
func (f demoFront) Number() (number, dial string) {
	return demoNumber, "sip:" + demoNumber + "@" + f.a.voice.UDPAddr().String()
}
