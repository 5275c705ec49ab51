package voice

import (
	"context"
	"encoding/json"
	"net/netip"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"linekeeper/internal/kit/fault"
	"linekeeper/internal/project"
	"linekeeper/internal/tenant"
	"linekeeper/internal/trunk"
	"linekeeper/internal/wire/sip"
)

// Carriers is the configuration for calls out. Its methods answer from memory, from any goroutine.
type Carriers interface {
	// Trunks are all trunks.
	Trunks() []OutTrunk
	// Project is the country a project dials from (empty: not known) and its trunks in order of use
	// (none: all, in their own order).
	Project(t tenant.ID, p project.ID) (country string, order []trunk.ID)
}

// OutTrunk is a trunk with what only calls out need.
type OutTrunk struct {
	Tenant tenant.ID
	trunk.Trunk
	Secret     string `json:"-"` // the password, opened
	Unreadable string // why it could not be opened; empty: it could
}

// LineState is how a trunk is now.
type LineState string

// States of a line.
const (
	LineUnknown LineState = "unknown" // nobody asks
	LineUp      LineState = "up"
	LineDown    LineState = "down"
)

// Line is what is known of a trunk now.
type Line struct {
	Tenant tenant.ID
	Trunk  trunk.ID
	Key    string
	State  LineState
	Detail string    // what the carrier said last, or why it is down
	Since  time.Time // in this state; zero: since the start
	Calls  int       // that run, both ways
	SignIn []SignIn
	Spent  []Spent
}

// SignIn is our registration at one registrar.
type SignIn struct {
	Registrar string
	sip.Registered
	Tried bool // false: the first answer is awaited
}

// Tested is what came of an OPTIONS.
type Tested struct {
	Code   int // 0: no answer
	Detail string
	Peer   netip.AddrPort
	Server string
	Took   time.Duration
}

// lines are the trunks at work: registrations, whether they answer, rates, money.
type lines struct {
	edge   *Edge
	wg     sync.WaitGroup
	ctx    context.Context
	cancel context.CancelFunc

	mu      sync.Mutex // guards what follows and the fields of each line
	all     map[trunk.ID]*line
	met     map[netip.Addr]*line // whose answers and calls come from there, by name or registration
	purses  map[trunk.ID]*purse  // money outlives the changes of a trunk
	closed  bool
	earlier []trunk.Spend // by earlier processes, of trunks that have not begun yet

	spending chan struct{} // a call that costs has begun or ended
}

// line is one trunk at work.
type line struct {
	config  OutTrunk
	print   string // of the config: another one means a restart
	stop    context.CancelFunc
	rate    *rate.Limiter // calls out a second; nil: no limit
	state   LineState
	detail  string
	since   time.Time
	signIns map[string]*SignIn
	purse   *purse
	held    map[netip.Addr]func() // addresses let in
}

func newLines(e *Edge) *lines {
	l := &lines{edge: e, all: make(map[trunk.ID]*line), met: make(map[netip.Addr]*line), purses: make(map[trunk.ID]*purse), spending: make(chan struct{}, 1)}
	l.ctx, l.cancel = context.WithCancel(context.Background())
	return l
}

// Refresh takes over changed trunks: those that are as they were go on undisturbed.
func (e *Edge) Refresh() {
	if e.config.Carriers != nil {
		e.lines.refresh(e.config.Carriers.Trunks())
	}
}

func (l *lines) refresh(trunks []OutTrunk) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return
	}
	wanted := make(map[trunk.ID]bool)
	for _, k := range trunks {
		wanted[k.ID] = true
		text, err := json.Marshal(k) // the secret is in it by its seal
		if err != nil {
			l.edge.log.Error("comparing trunks", "err", err)
			continue
		}
		old := l.all[k.ID]
		if old != nil && old.print == string(text) && old.config.Secret == k.Secret {
			continue
		}
		if old != nil {
			l.end(old)
		}
		l.begin(k, string(text))
	}
	for id, old := range l.all {
		if !wanted[id] {
			l.end(old)
			delete(l.all, id)
		}
	}
}

// begin starts a line. The lock is held.
func (l *lines) begin(k OutTrunk, text string) {
	n := &line{config: k, print: text, state: LineUnknown, signIns: make(map[string]*SignIn), purse: l.purse(k.ID), held: make(map[netip.Addr]func())}
	l.owes(n)
	if k.CallsPerSecond > 0 {
		n.rate = rate.NewLimiter(rate.Limit(k.CallsPerSecond), int(k.CallsPerSecond))
	}
	ctx, stop := context.WithCancel(l.ctx)
	n.stop = stop
	l.all[k.ID] = n
	if k.Unreadable != "" {
		n.state, n.detail, n.since = LineDown, k.Unreadable, time.Now()
		return
	}
	for _, host := range k.SignsIn() {
		in := &SignIn{Registrar: host}
		n.signIns[host] = in
		l.wg.Go(func() {
			defer l.edge.rescue("a registration", nil)
			l.register(ctx, n, in)
		})
	}
	if k.OptionsS > 0 && k.Host != "" {
		l.wg.Go(func() {
			defer l.edge.rescue("asking a trunk", nil)
			l.watch(ctx, n)
		})
	}
}

// end stops a line; its goroutines end behind it. The lock is held.
func (l *lines) end(n *line) {
	n.stop()
	for address, release := range n.held {
		release()
		if l.met[address] == n {
			delete(l.met, address)
		}
	}
	n.held = nil
}

// close stops all lines and waits for them; registrations are taken back.
func (l *lines) close() {
	l.mu.Lock()
	l.closed = true
	for _, n := range l.all {
		l.end(n)
	}
	l.mu.Unlock()
	l.cancel()
	l.wg.Wait()
}

// meet lets in what an address of the line's carrier sends.
func (l *lines) meet(n *line) func(netip.AddrPort) {
	return func(a netip.AddrPort) {
		address := a.Addr().Unmap()
		l.mu.Lock()
		defer l.mu.Unlock()
		if n.held == nil {
			return // ended
		}
		if _, ok := n.held[address]; !ok {
			n.held[address] = l.edge.known.hold(address)
		}
		if other := l.met[address]; other == nil || other.held == nil {
			l.met[address] = n
		}
	}
}

// register keeps a line registered at one host until ctx ends.
func (l *lines) register(ctx context.Context, n *line, in *SignIn) {
	k := n.config
	user := k.AuthUser
	if user == "" {
		user = k.User
	}
	l.edge.stack.KeepRegistered(ctx, sip.Registration{
		Registrar: "sip:" + in.Registrar, Proxy: uriOfHost(k.Proxy), Address: "sip:" + k.AddressOfRecord(in.Registrar), Contact: k.User,
		Username: user, Password: k.Secret, Expires: time.Duration(k.ExpiresS) * time.Second, Met: l.meet(n),
		On: func(r sip.Registered) {
			l.mu.Lock()
			defer l.mu.Unlock()
			was := in.Until.IsZero()
			in.Registered, in.Tried = r, true
			if r.Until.IsZero() != was || was {
				l.edge.log.Info("registration with a carrier", "trunk", k.Key, "registrar", in.Registrar, "registered", !r.Until.IsZero(), "detail", r.Detail)
			}
			if k.OptionsS == 0 {
				l.judge(n)
			}
		},
	})
}

// judge derives the state of a line that only its registrations tell about. The lock is held.
func (l *lines) judge(n *line) {
	state, detail := LineDown, ""
	for _, in := range n.signIns {
		if in.Detail != "" {
			detail = in.Detail
		}
		if !in.Until.IsZero() {
			state = LineUp
			break
		}
	}
	l.enter(n, state, detail)
}

// enter notes a state. The lock is held.
func (l *lines) enter(n *line, state LineState, detail string) {
	n.detail = detail
	if n.state == state {
		return
	}
	level := l.edge.log.Info
	if state == LineDown {
		level = l.edge.log.Error
	}
	level("trunk is "+string(state), "trunk", n.config.Key, "detail", detail)
	n.state, n.since = state, time.Now()
}

// watchPatience is how long a carrier may take for an OPTIONS.
const watchPatience = 4 * time.Second

// watch asks again and again whether the carrier is there. One silence may be a lost packet; two are
// an outage. A line that is down is asked more often.
func (l *lines) watch(ctx context.Context, n *line) {
	interval := time.Duration(n.config.OptionsS) * time.Second
	silent := 0
	for {
		t := l.ask(ctx, n)
		if ctx.Err() != nil {
			return
		}
		pause := interval
		l.mu.Lock()
		switch {
		case t.Code != 0 && t.Code != 503 && t.Code != 408:
			silent = 0
			l.enter(n, LineUp, t.Detail)
		case silent >= 1 || n.state == LineDown:
			silent++
			l.enter(n, LineDown, t.Detail)
			pause = min(interval, 10*time.Second)
		default:
			silent++
			pause = min(interval, 2*time.Second)
		}
		l.mu.Unlock()
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return
		}
	}
}

// ask sends one OPTIONS.
func (l *lines) ask(ctx context.Context, n *line) Tested {
	k := n.config
	a := sip.Ask{Method: "OPTIONS", Target: "sip:" + k.Host, Expires: -1, Contact: k.User}
	if k.User != "" {
		a.From = "sip:" + k.AddressOfRecord("")
	}
	begun := time.Now()
	reply, err := l.edge.stack.AskFirst(ctx, a, uriOfHost(k.Proxy), watchPatience, l.meet(n))
	t := Tested{Code: reply.Code, Peer: reply.Peer, Took: time.Since(begun), Server: reply.Header("Server")}
	if t.Server == "" {
		t.Server = reply.Header("User-Agent")
	}
	t.Detail = reply.Reason
	if err != nil {
		t.Code, t.Detail = 0, err.Error()
	}
	return t
}

// TestTrunk asks a trunk's carrier now, and waits for the answer.
func (e *Edge) TestTrunk(ctx context.Context, id trunk.ID) (Tested, error) {
	e.lines.mu.Lock()
	n := e.lines.all[id]
	e.lines.mu.Unlock()
	if n == nil {
		return Tested{}, fault.NotFound.New("There is no such trunk.")
	}
	if n.config.Host == "" {
		return Tested{}, fault.Invalid.New("This trunk has no host to ask.")
	}
	return e.lines.ask(ctx, n), nil
}

// Lines are all trunks as they are now, in no order.
func (e *Edge) Lines() []Line {
	e.mu.Lock()
	calls := make(map[trunk.ID]int)
	for id, n := range e.calls {
		calls[id] = n
	}
	e.mu.Unlock()
	e.lines.mu.Lock()
	defer e.lines.mu.Unlock()
	var all []Line
	for id, n := range e.lines.all {
		one := Line{Tenant: n.config.Tenant, Trunk: id, Key: n.config.Key, State: n.state, Detail: n.detail, Since: n.since, Calls: calls[id],
			Spent: n.purse.spent(n.config.Trunk, time.Now())}
		for _, host := range n.config.SignsIn() {
			if in := n.signIns[host]; in != nil {
				one.SignIn = append(one.SignIn, *in)
			}
		}
		all = append(all, one)
	}
	return all
}

// callsFrom finds the trunk of an address that only a name or a registration led to, for a call to this
// number: of several accounts at one carrier the one that is called.
func (l *lines) callsFrom(source netip.Addr, dialed string) (Trunk, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, n := range l.all {
		if _, ok := n.held[source]; ok && n.config.Kind == trunk.ByRegistration && n.config.User == dialed {
			return n.config.incoming(), true
		}
	}
	if n := l.met[source]; n != nil && n.held != nil && n.config.Kind == trunk.ByRegistration {
		return n.config.incoming(), true
	}
	return Trunk{}, false
}

// refuses says why a trunk does not take a caller; empty: it does.
func (l *lines) refuses(id trunk.ID, caller string) trunk.Why {
	l.mu.Lock()
	defer l.mu.Unlock()
	if n := l.all[id]; n != nil {
		return n.config.Refuse(caller)
	}
	return ""
}

// incoming is what a call needs to know of the trunk.
func (k OutTrunk) incoming() Trunk {
	return Trunk{Tenant: k.Tenant, ID: k.ID, NAT: k.NAT, Codecs: k.Codecs, MaxCalls: int(k.MaxCalls), Encryption: EncryptionOf(k.Trunk)}
}

// uriOfHost is the SIP address of a host as trunks are given it; empty stays empty.
func uriOfHost(host string) string {
	if host == "" {
		return ""
	}
	return "sip:" + strings.TrimPrefix(host, "sip:")
}
