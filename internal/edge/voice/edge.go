package voice

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"linekeeper/internal/access"
	"linekeeper/internal/flow"
	"linekeeper/internal/interaction"
	"linekeeper/internal/media"
	"linekeeper/internal/project"
	"linekeeper/internal/sound"
	"linekeeper/internal/tenant"
	"linekeeper/internal/trunk"
	"linekeeper/internal/wire/sip"
	"linekeeper/internal/wire/srtp"
)

// Config is what an Edge needs. Center, Directory, Ports and a socket in SIP must be there.
type Config struct {
	Center    Center
	Directory Directory
	// Certified is whose call it is that comes from a source by TLS with a certificate; verified: an
	// authority that is trusted has signed it. nil: nobody's.
	Certified func(c *x509.Certificate, verified bool, source netip.Addr) (Trunk, bool)
	// SIP has the sockets and limits of the stack; its Accept is set by the Edge.
	SIP sip.Config
	// Accounts lets SIP phones register; nil: none does.
	Accounts *Accounts
	// AcceptSound is what an agent hears who must press 1 to accept an interaction, in his language. It
	// may block. nil, or nothing: silence.
	AcceptSound func(ctx context.Context, user access.UserID, id interaction.ID) []flow.Clip
	// Handsets lets agents hold, transfer, consult and pick up at their SIP phones; nil: they cannot
	// but hold.
	Handsets Handsets
	// Mailbox lets agents hear their messages at their SIP phones; nil: they cannot.
	Mailbox Mailbox
	// Ports gives the sockets for RTP, for customers' legs and SIP phones.
	Ports *media.Ports
	// PublicIP is the address carriers and phones send media to; the zero value: what the RTP socket
	// is bound to, or else the address the carrier reached us at.
	PublicIP netip.Addr
	// Browsers opens browsers' endpoints; nil: no agent can use a browser.
	Browsers Engine
	// Carriers has the trunks that calls go out by and that sign in at carriers; nil: no call goes out.
	Carriers Carriers
	// Expenses keeps what trunks spend over a restart; nil: it is forgotten.
	Expenses Expenses
	// Keep is where running calls are written down, so that the next process can go on with them. Nil:
	// no call outlives the process.
	Keep Keep
	// Ladders keeps what was signalled; nil: nobody wants it, and nothing is noted.
	Ladders Ladders
	// Sounds keeps how legs sounded; nil: nobody wants it.
	Sounds Sounds
	// Trouble is told when an agent's talk sounds wrong, or no longer does: an empty trouble. It must not
	// block. nil: nobody wants it.
	Trouble func(interaction.ID, access.UserID, sound.Trouble)
	// Protected is told how far an agent's talk is encrypted, when that changes. It must not block. nil:
	// nobody wants it.
	Protected func(interaction.ID, access.UserID, sound.Protection)
	// Prompt reads a prompt for music on hold and for playing into a talk, as a project's voices speak it. Nil: silence.
	Prompt func(ctx context.Context, t tenant.ID, p project.ID, key, language string) (flow.Clip, error)
	// HoldMusic is the prompt a project's customers hear on hold; nil or empty: "music".
	HoldMusic func(project.ID) string
	// Country is a project's, whose ringing tone is heard; nil or empty: the usual one.
	Country func(project.ID) string
	// Files is where recordings are written; nil: the machine's disk.
	Files media.FS
	Log   *slog.Logger // nil: slog.Default()
	Limit Limits
}

// Limits bound calls and waits. A zero field takes the default in its comment.
type Limits struct {
	Calls          int           // running at once over all trunks; 2000
	CallsPerSecond float64       // of one trunk; 200
	CallsAtOnce    int           // of one trunk, as a burst; 400
	Begin          time.Duration // for the arrival to be committed; 5 s
	Silence        time.Duration // nothing heard of the customer, or of a SIP phone, not on hold; 60 s
	Hold           time.Duration // a customer who has us on hold and sends nothing; 1 h
	// Alarm is how much silence of an agent or a customer who talk is told to the agents; 20 s, less than 0:
	// none is.
	Alarm        time.Duration
	PhoneSilence time.Duration // nothing heard of a joined browser; 2 s
	Connect      time.Duration // for an agent's phone to come up; 9 s, so that our detail comes before the interaction's own limit
	Check        time.Duration // a phone check; 60 s
	Checks       int           // phone checks and visits to mailboxes at once; 200
}

func (l Limits) withDefaults() Limits {
	set(&l.Calls, 2000)
	set(&l.CallsPerSecond, 200)
	set(&l.CallsAtOnce, 400)
	set(&l.Begin, 5*time.Second)
	set(&l.Silence, time.Minute)
	set(&l.Hold, time.Hour)
	set(&l.Alarm, sound.SilentAfter)
	set(&l.PhoneSilence, 2*time.Second)
	set(&l.Connect, 9*time.Second)
	set(&l.Check, time.Minute)
	set(&l.Checks, 200)
	return l
}

func set[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// hangupTime bounds the sending of a request that ends a call; over UDP it takes none.
const hangupTime = 2 * time.Second

// Edge is the telephone side of a center: its SIP stack, the legs of its customers and the phones of
// its agents. Its methods may be called from any goroutine.
type Edge struct {
	config     Config
	limit      Limits
	log        *slog.Logger
	stack      *sip.Stack
	figures    *figures
	gauge      gauge
	clips      *clips
	known      *peers
	phones     *Phones
	lines      *lines
	registrar  *sip.Registrar // nil: no phone registers
	notices    *sip.Notices   // nil: phones are told of no messages
	identity   srtp.Identity  // for DTLS-SRTP
	recordings media.Writer   // of all legs
	wg         sync.WaitGroup // goroutines that are not inside a call of the stack

	mu       sync.Mutex
	legs     map[interaction.ID]*Leg
	dialogs  map[interaction.ID][]*sip.Call // of interactions, until they are over
	calls    map[trunk.ID]int               // admitted and not over, by trunk
	all      int                            // the same over all trunks
	rates    map[trunk.ID]*rate.Limiter
	callers  map[access.UserID]*sip.Call // phones that wait for the parked call they pick up
	draining bool

	leaves atomic.Bool       // calls are left for the next process
	left   map[string][]byte // what an earlier process wrote down; nil after Revived
	rangMu sync.Mutex
	rang   map[string]keptRinging // calls out of it that rang, by Call-ID; nil after CancelRinging
}

// New makes an Edge; it takes no calls until Run.
func New(c Config) (*Edge, error) {
	if c.Center == nil || c.Directory == nil || c.Ports == nil {
		return nil, errors.New("a voice edge needs a center, a directory and RTP ports")
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.Files == nil {
		c.Files = media.NewDisk(0)
	}
	e := &Edge{
		config: c, limit: c.Limit.withDefaults(), log: c.Log,
		figures: newFigures(), clips: newClips(), known: newPeers(),
		legs: make(map[interaction.ID]*Leg), dialogs: make(map[interaction.ID][]*sip.Call),
		calls: make(map[trunk.ID]int), callers: make(map[access.UserID]*sip.Call), rates: make(map[trunk.ID]*rate.Limiter),
	}
	e.phones = newPhones(e)
	if c.Keep != nil {
		e.left = c.Keep.All()
		e.readRinging()
	}
	c.SIP.Accept, c.SIP.Busy = e.accept, e.busy
	e.lines = newLines(e)
	if c.Certified != nil {
		c.SIP.AcceptCertificate = func(cert *x509.Certificate, verified bool, source netip.AddrPort) bool {
			_, ok := c.Certified(cert, verified, source.Addr().Unmap())
			return ok
		}
	}
	if c.Ladders != nil {
		c.SIP.TraceBytes = traceBytes
	}
	if c.SIP.Log == nil {
		c.SIP.Log = c.Log
	}
	if c.Accounts != nil {
		e.admitPhones(&c.SIP)
	}
	stack, err := sip.New(c.SIP, sip.HandlerFunc(e.invite))
	if err != nil {
		return nil, fmt.Errorf("making the SIP stack: %w", err)
	}
	e.stack = stack
	return e, nil
}

// Run takes calls until ctx ends or Close is called, and returns when everything is released. Calls
// still running then are not told; end their interactions first.
func (e *Edge) Run(ctx context.Context) error {
	e.lines.recall(ctx)
	e.Refresh()
	watching, stop := context.WithCancel(ctx)
	defer stop()
	e.wg.Go(func() { e.watchPressure(watching) })
	e.wg.Go(func() { e.lines.keepExpenses(watching) })
	err := e.stack.Run(ctx)
	stop()
	e.giveUpCalling()
	e.lines.close()
	e.phones.close()
	e.wg.Wait()
	return err
}

// Drain refuses new calls from now on; running ones go on.
func (e *Edge) Drain() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.draining = true
}

// Close ends everything now and waits until it is released. It may be called more than once.
func (e *Edge) Close() error {
	e.Drain()
	e.lines.close()
	err := e.stack.Close()
	e.giveUpCalling()
	e.phones.close()
	e.wg.Wait()
	return err
}

// Running is the number of calls admitted that are not over.
func (e *Edge) Running() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.all
}

// UDPAddr is where SIP is listened for by UDP; the zero value: nowhere.
func (e *Edge) UDPAddr() netip.AddrPort { return e.stack.UDPAddr() }

// TCPAddr is the same for TCP.
func (e *Edge) TCPAddr() netip.AddrPort { return e.stack.TCPAddr() }

// TLSAddr is the same for TLS.
func (e *Edge) TLSAddr() netip.AddrPort { return e.stack.TLSAddr() }

// WebSocket takes in who speaks SIP over WebSocket; see sip.Stack.WebSocket.
func (e *Edge) WebSocket(from func(*http.Request) (source netip.AddrPort, secure bool)) http.Handler {
	return e.stack.WebSocket(from)
}

// Phones is the door for agents' browsers.
func (e *Edge) Phones() *Phones { return e.phones }

// Snapshot gives the figures as they are now.
func (e *Edge) Snapshot() Figures {
	f := e.figures.snapshot()
	e.mu.Lock()
	transports := make([]*media.UDPTransport, 0, len(e.legs))
	for _, l := range e.legs {
		if l.transport != nil {
			transports = append(transports, l.transport)
		}
	}
	e.mu.Unlock()
	for _, t := range transports {
		f.Strays = addStrays(f.Strays, t.Strays())
	}
	f.PortsOpen, f.PortsAll = e.config.Ports.Open(), e.config.Ports.Capacity()
	f.SIP, f.Shed = e.stack.Counters(), e.gauge.share()
	return f
}

// accept decides whose datagrams are looked at: trunks and phones that we are calling. The stack adds
// those that are registered, and lets strangers register.
func (e *Edge) accept(source netip.AddrPort) bool {
	address := source.Addr().Unmap()
	if e.known.has(address) {
		return true
	}
	_, ok := e.config.Directory.Trunk(address)
	return ok
}

// leg finds the leg of an interaction.
func (e *Edge) leg(id interaction.ID) *Leg {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.legs[id]
}

// rescue contains a panic, counts it and reports whether there was one. It is deferred at the top of
// each goroutine of the Edge.
func (e *Edge) rescue(where string, then func()) {
	what := recover()
	if what == nil {
		return
	}
	e.figures.count(func(f *Figures) { f.Rescued++ })
	e.log.Error("panic contained", "where", where, "what", fmt.Sprint(what), "stack", string(debug.Stack()))
	if then != nil {
		then()
	}
}

// phoneOf is an agent's phone; one the directory does not know is a browser, which then never
// connects.
func (e *Edge) phoneOf(user access.UserID) Phone {
	p, ok := e.config.Directory.Phone(user)
	if !ok {
		return Phone{Kind: Browser}
	}
	return p
}

// peers are addresses that may send us SIP although they are no trunk: phones being called.
type peers struct {
	mu   sync.Mutex
	held map[netip.Addr]peer
}

// peer is held while calls count, and until a while after, for repeated messages of ended calls.
type peer struct {
	calls int
	until time.Time
}

// peerLinger is how long messages of an ended call may still come: 64*T1 (RFC 3261, section 17).
const peerLinger = 32 * time.Second

func newPeers() *peers { return &peers{held: make(map[netip.Addr]peer)} }

func (p *peers) has(a netip.Addr) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	h, ok := p.held[a]
	return ok && (h.calls > 0 || time.Now().Before(h.until))
}

// hold lets an address in; release must be called once.
func (p *peers) hold(a netip.Addr) (release func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	for old, h := range p.held {
		if h.calls == 0 && now.After(h.until) {
			delete(p.held, old)
		}
	}
	h := p.held[a]
	h.calls++
	p.held[a] = h
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		h := p.held[a]
		h.calls--
		h.until = time.Now().Add(peerLinger)
		p.held[a] = h
	}
}
