// Package app puts the product together: it makes every part in order, plugs the parts into each
// other, starts and stops them, and holds the demo center. Rules live below; here is only wiring.
package app

import (
	"context"
	"errors"
	"fmt"

	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"linekeeper/internal/access"
	"linekeeper/internal/agent"
	"linekeeper/internal/alert"
	"linekeeper/internal/audit"
	"linekeeper/internal/callback"
	"linekeeper/internal/customer"
	"linekeeper/internal/disposition"
	"linekeeper/internal/edge/desk"
	"linekeeper/internal/edge/speech"
	"linekeeper/internal/edge/voice"
	"linekeeper/internal/flow"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/kit/network"
	"linekeeper/internal/kit/secret"
	"linekeeper/internal/ladder"
	"linekeeper/internal/live"
	"linekeeper/internal/media"
	"linekeeper/internal/media/plane"
	"linekeeper/internal/outgoing"
	"linekeeper/internal/overflow"
	"linekeeper/internal/plugin"
	"linekeeper/internal/recording"
	"linekeeper/internal/routing"
	"linekeeper/internal/schema"
	"linekeeper/internal/sound"
	"linekeeper/internal/task"
	"linekeeper/internal/tenant"
	"linekeeper/internal/transcript"
	"linekeeper/internal/trigger"
	"linekeeper/internal/voicemail"
	"linekeeper/internal/wire/rtc"
	"linekeeper/internal/wire/sip"
)

// Options are what New needs. Only Config must be filled in.
type Options struct {
	Config  Config
	Version string
	Network network.Network // nil: the machine's
	// Browsers opens agents' browsers; nil: wire/rtc on Config.WebRTC.
	Browsers voice.Engine
	// Speaker speaks texts; nil: as Config says.
	Speaker flow.Speaker
	// Engines speak texts where Speaker is nil; nil: as Config says.
	Engines []speech.Named
	// Recognizers hear customers; nil: as Config says.
	Recognizers []speech.NamedRecognizer
	// Gateways take outgoing messages; nil: as Config says.
	Gateways []outgoing.Named
	Client   http.Handler // serves the built web client; nil: none
	Log      *slog.Logger // nil: discarded
	// Before is called with the database after migrations and before anything reads the set-up.
	Before func(ctx context.Context, d *db.DB) error
	// Demo offers one-click sign-ins.
	Demo bool
	// Progress is told what is being prepared; nil: nobody.
	Progress func(string)
}

// App is the running product.
type App struct {
	opt Options
	cfg Config
	log *slog.Logger
	net network.Network

	db       *db.DB
	alive    *alive
	dir      *directory
	agents   *agent.Board
	registry *interaction.Registry
	router   *routing.Router
	live     *live.Board
	flows    *flow.Runner
	passed   *flow.Counter // nodes of flows, today
	library  *flow.Library
	sources  []string // that flows look up in
	programs *flow.Store
	recorder *recording.Engine
	ladders  *ladder.Keeper // nil: none are kept
	sounds   *sound.Keeper
	keys     keyRing // of the recordings
	voice    *voice.Edge
	plane    *plane.Plane // nil: without media workers
	rtc      *rtc.Engine  // nil when Options.Browsers was given
	hub      *desk.Hub
	duty     *duty
	lights   *lights
	control  *control
	bindings *bindings
	speaker  *speech.Speaker // nil when Options.Speaker was given
	engines  []speech.Named  // of the speaker
	ear      *speech.Listener
	hearers  []speech.NamedRecognizer // of the listener

	repairs   *repairs
	callbacks *callback.Engine
	overflow  *overflow.Engine
	messages  *voicemail.Engine
	tasks     *task.Engine
	scribe    *transcript.Engine
	outgoing  *outgoing.Engine
	triggers  *trigger.Engine
	alerts    *alert.Engine
	plugins   *plugin.Client
	notices   *notices

	hasher      *secret.Hasher
	handler     http.Handler
	promptFiles *flow.PromptFiles
	listener    net.Listener
	metrics     *prometheus.Registry
	server      *http.Server

	mu     sync.Mutex // guards failed and lost
	failed func(error)
	lost   error

	wg       sync.WaitGroup
	stopRun  context.CancelFunc
	closing  sync.Once
	draining sync.Once
	setup    string // the one-time link's token; empty: there is an administrator
	started  time.Time
	undo     []func()                 // what New has made, to be unmade in reverse
	died     time.Time                // when an earlier run was alive last
	restored *interaction.Restoration // what goes on of it, from Start on
	orphans  [][]byte                 // legs of an earlier run that are still to be hung up
}

// New makes everything and binds every socket; nothing is served before Start. On an error nothing
// is left running.
func New(ctx context.Context, opt Options) (_ *App, err error) {
	a := &App{opt: opt, cfg: opt.Config, log: opt.Log, net: opt.Network, started: time.Now()}
	if a.log == nil {
		a.log = slog.New(slog.DiscardHandler)
	}
	if a.net == nil {
		a.net = network.Machine{}
	}
	defer func() {
		if err != nil {
			a.unmake()
		}
	}()
	for _, step := range []struct {
		name string
		do   func(context.Context) error
	}{
		{"opening the database", a.openData},
		{"reading the set-up", a.readSetup},
		{"reading where an earlier run stopped", a.makeRegistry},
		{"preparing calls", a.makeEngines},
		{"opening the telephone ports", a.makeVoice},
		{"taking up what an earlier run left open", a.restore},
		{"opening the web server", a.makeWeb},
	} {
		if opt.Progress != nil {
			opt.Progress(step.name)
		}
		if err := step.do(ctx); err != nil {
			return nil, fmt.Errorf("%s: %w", step.name, err)
		}
	}
	return a, nil
}

// onUndo remembers how to unmake what was just made.
func (a *App) onUndo(f func()) { a.undo = append(a.undo, f) }

func (a *App) unmake() {
	for i := len(a.undo) - 1; i >= 0; i-- {
		a.undo[i]()
	}
	a.undo = nil
}

func (a *App) openData(ctx context.Context) error {
	if err := os.MkdirAll(a.cfg.Data, 0o700); err != nil {
		return fmt.Errorf("making the data folder: %w", err)
	}
	release, err := holdProcess(a.cfg.Data)
	if err != nil {
		return err
	}
	a.onUndo(release)
	d, err := db.Open(ctx, db.Config{URL: a.cfg.Database, Folder: a.cfg.Data, Log: a.log})
	if err != nil {
		return err
	}
	a.db = d
	a.onUndo(func() {
		if err := d.Close(); err != nil {
			a.log.Error("database not closed in order", "error", err)
		}
	})
	// Before anything is written: a second process would close the calls of the first.
	if err := d.Own(ctx, a.ownerLost); err != nil {
		return err
	}
	if err := d.Migrate(ctx, schema.Files()); err != nil {
		return err
	}
	if err := a.ensureTenant(ctx); err != nil {
		return err
	}
	if a.opt.Before != nil {
		return a.opt.Before(ctx, d)
	}
	return nil
}

// ownerLost ends the product: another process runs on the database and has closed our calls in it.
func (a *App) ownerLost(err error) {
	a.mu.Lock()
	a.lost = err
	failed := a.failed
	a.mu.Unlock()
	if failed != nil {
		failed(err)
	}
}

// ensureTenant makes the installation's tenant at the first start.
func (a *App) ensureTenant(ctx context.Context) error {
	return a.db.Write(ctx, func(tx *db.Tx) error {
		_, err := tenant.First(tx)
		if !fault.Is(err, fault.NotFound) {
			return err
		}
		zone := time.Local.String()
		if zone == "Local" || zone == "" {
			zone = "UTC"
		}
		by := audit.Author{Source: "system"}
		made, err := tenant.Create(tx, by, tenant.Tenant{Name: "My center", TimeZone: zone, Language: tenant.English})
		if err != nil {
			return err
		}
		by.Tenant = string(made.ID)
		return alert.CreateDefaults(tx, by)
	})
}

func (a *App) readSetup(ctx context.Context) error {
	a.dir = &directory{db: a.db, box: func() (*secret.Box, error) { return openBox(a.cfg) }}
	if err := a.dir.refresh(ctx); err != nil {
		return err
	}
	return a.db.Write(ctx, func(tx *db.Tx) error {
		needs, err := access.NeedsSetup(tx, a.dir.page().tenant.ID)
		if err != nil || !needs {
			return err
		}
		a.setup, err = access.CreateSetupLink(tx)
		return err
	})
}

// identify completes an arrival: the customer is found by number or made, a task gets its number.
func (a *App) identify(tx *db.Tx, arrival *interaction.Arrival) error {
	if err := task.Prepare(tx, arrival); err != nil || arrival.CustomerAddress == "" {
		return err
	}
	c, _, err := customer.FindOrCreate(tx, arrival.Tenant, arrival.CustomerAddress)
	if fault.Is(err, fault.Invalid) { // not a number, but a name or nonsense: nobody we know
		return nil
	}
	if err != nil {
		return err
	}
	arrival.Customer, arrival.CustomerName = c.ID, c.Name
	return nil
}

func (a *App) makeEngines(ctx context.Context) error {
	a.live = live.New(names{a.dir}, func() *time.Location { return a.dir.page().zone })
	a.onUndo(a.live.Close)
	queues, agents, err := live.ReadDay(ctx, a.db, a.live.Today())
	if err != nil {
		return err
	}
	a.live.Seed(queues, agents)
	if err := a.recallWaits(ctx); err != nil {
		return err
	}
	a.registry.Watch(a.live.Committed)

	if a.bindings, err = readBindings(ctx, a.db, a.dir.page().tenant.ID, a.log); err != nil {
		return err
	}
	a.onUndo(a.bindings.close)
	a.duty = newDuty(a.db, a.dir, a.agents, a.bindings, a.log)
	if err := a.duty.shifts.read(ctx, a.db, a.dir.page().tenant.ID); err != nil {
		return fmt.Errorf("reading what agents have done before their shifts: %w", err)
	}
	a.router = routing.New(routing.Ports{
		Offer: a.offer, Stranded: a.stranded,
		Refused:  func(id interaction.ID, in interaction.PlaceRefused) { a.registry.Tell(id, in) },
		NotReady: a.duty.Missed,
	}, a.log)
	a.onUndo(a.router.Close)
	if err := a.recallRouting(ctx); err != nil {
		return err
	}
	if err := a.makeCallbacks(ctx); err != nil {
		return err
	}
	a.makeOverflow()
	a.makeTasks()
	if err := a.makeMessages(ctx); err != nil {
		return err
	}
	a.notices = newNotices(a)
	a.duty.gates = append(a.duty.gates, a.notices.gate)
	a.duty.notices = a.notices.open
	a.duty.withdraw = func(u access.UserID) { a.control.withdraw(u) }
	a.duty.start(a.router, a.live)
	a.duty.countNotices()
	a.onUndo(a.duty.close)
	a.lights = newLights(a)
	a.onUndo(a.lights.close)

	if err := a.makeOutgoing(); err != nil {
		return err
	}
	if err := a.makeFlows(); err != nil {
		return err
	}
	a.makeTranscripts()
	a.makeAlerts()
	return a.makeTriggers(ctx)
}

// forever is longer than any call.
const forever = 10 * 365 * 24 * time.Hour

func (a *App) makeVoice(context.Context) error {
	at, err := parseAddr(a.cfg.SIP)
	if err != nil {
		return err
	}
	low, high, err := parsePorts(a.cfg.RTPPorts)
	if err != nil {
		return err
	}
	var public netip.Addr
	if a.cfg.PublicIP != "" {
		if public, err = netip.ParseAddr(a.cfg.PublicIP); err != nil {
			return err
		}
	}
	udp, tcp, err := bindBoth(a.net, at)
	if err != nil {
		return err
	}
	a.makePlane()
	ports, err := media.NewPorts(a.plane.Network(a.net), at.Addr(), low, high)
	if err != nil {
		return errors.Join(err, udp.Close(), tcp.Close())
	}
	browsers := a.opt.Browsers
	if browsers == nil {
		if err := a.makeWebRTC(public); err != nil {
			return errors.Join(err, udp.Close(), tcp.Close())
		}
		browsers = voice.WebRTC(a.rtc)
	}
	agentName := "Linekeeper"
	if a.opt.Version != "" {
		agentName += "/" + a.opt.Version
	}
	silence := a.cfg.MediaTimeout
	if silence <= 0 {
		silence = forever
	}
	alarm := a.cfg.SilenceAlarm
	if alarm <= 0 {
		alarm = -1
	}
	a.makeLadders()
	stack := sip.Config{UDP: udp, TCP: tcp, Network: a.net, Resolver: a.resolver(), PublicHost: a.cfg.PublicIP, UserAgent: agentName, Log: a.log}
	if err := a.secureSIP(&stack); err != nil {
		return errors.Join(err, udp.Close(), tcp.Close())
	}
	a.makeSounds()
	kept, err := a.openCalls()
	if err != nil {
		return errors.Join(err, udp.Close(), tcp.Close())
	}
	edge, err := voice.New(voice.Config{
		Keep: kept, Expenses: expenses{a.db, a.dir},
		Center: a.registry, Directory: a.dir, Accounts: a.accounts(), AcceptSound: a.acceptSound, Certified: a.dir.Certified,
		SIP:   stack,
		Ports: ports, PublicIP: public, Browsers: browsers, Log: a.log,
		Limit: voice.Limits{Silence: silence, Alarm: alarm}, Ladders: a.wantLadders(), Carriers: a.dir,
		Sounds: a.sounds, Trouble: a.live.Quality, Protected: a.live.Protected,
		Prompt: a.prompt, HoldMusic: a.control.holdMusic, Country: a.control.country, Handsets: a.control, Mailbox: messageBox{a},
	})
	if err != nil {
		if stack.TLS != nil {
			err = errors.Join(err, stack.TLS.Close())
		}
		return errors.Join(err, udp.Close(), tcp.Close())
	}
	a.voice = edge
	a.onUndo(func() {
		if err := edge.Close(); err != nil {
			a.log.Error("telephony not closed in order", "error", err)
		}
	})
	a.hub = desk.NewHub(desk.Ports{
		Board: a.live, Ask: a.registry.Ask, Phones: edge.Phones(), Agents: a.duty, Control: a.control,
		Disposition: a.choosable, Version: a.opt.Version, Notices: a.notices,
	}, a.log)
	a.onUndo(a.hub.Close)
	return nil
}

// choosable finds a disposition an agent has chosen.
func (a *App) choosable(ctx context.Context, id disposition.ID) (*disposition.Disposition, error) {
	var d disposition.Disposition
	err := a.db.Read(ctx, func(tx *db.Tx) (err error) {
		d, err = disposition.Choosable(tx, a.dir.page().tenant.ID, id)
		return err
	})
	return &d, err
}

func (a *App) makeWebRTC(public netip.Addr) error {
	at, err := parseAddr(a.cfg.WebRTC)
	if err != nil {
		return err
	}
	udp, tcp, err := bindBoth(a.net, at)
	if err != nil {
		return err
	}
	var ips []netip.Addr
	if public.IsValid() {
		ips = append(ips, public)
	}
	a.rtc, err = rtc.New(rtc.Config{UDP: udp, TCP: tcp, PublicIPs: ips, Log: a.log})
	if err != nil {
		return errors.Join(err, udp.Close(), tcp.Close())
	}
	a.onUndo(func() {
		if err := a.rtc.Close(); err != nil {
			a.log.Error("browsers' sound not closed in order", "error", err)
		}
	})
	return nil
}

// bindBoth binds UDP and TCP at an address; with port 0 both get the same free port.
func bindBoth(n network.Network, at netip.AddrPort) (network.UDPConn, net.Listener, error) {
	const tries = 20
	for try := 1; ; try++ {
		udp, err := n.ListenUDP(at)
		if err != nil {
			return nil, nil, fmt.Errorf("opening UDP %s: %w", at, err)
		}
		same := netip.AddrPortFrom(at.Addr(), network.AddrPort(udp.LocalAddr()).Port())
		tcp, err := n.ListenTCP(same)
		if err == nil {
			return udp, tcp, nil
		}
		closed := udp.Close()
		if at.Port() != 0 || try == tries {
			return nil, nil, errors.Join(fmt.Errorf("opening TCP %s: %w", same, err), closed)
		}
	}
}

// Refresh takes over a changed set-up: calls that run are not touched.
func (a *App) Refresh(ctx context.Context) error {
	if err := a.dir.refresh(ctx); err != nil {
		return err
	}
	a.duty.refresh()
	a.triggers.Refresh()
	a.alerts.Refresh()
	a.voice.Refresh()
	a.notices.look() // who serves another queue is reached by other notices
	return nil
}
