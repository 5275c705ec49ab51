package carrier

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"

	"linekeeper/internal/kit/network"
)

// Config says where a carrier lives and whom it calls.
type Config struct {
	// Network opens the sockets; nil: the machine's.
	Network network.Network
	// At is our SIP address; the zero value is 127.0.0.1 with any free port. RTP uses the same IP.
	At netip.AddrPort
	// Target is where calls are sent to.
	Target netip.AddrPort
	// Codecs are offered in this order; nil: PCMU, PCMA.
	Codecs []Codec
	// Sparse sends RTP only while something is said, which saves time in stories; otherwise silence
	// is sent too, as carriers do.
	Sparse bool
	// Noise says that a sparse sender begins its pauses with comfort noise (RFC 3389), which it never offers.
	Noise bool
	// Reports sends reports (RTCP) every 5 s.
	Reports bool
	// Deaf counts what is heard without decoding it, for load.
	Deaf bool
	// Pump, when set, is the sound of all calls, which then say and hear nothing else.
	Pump *Pump
	// Memory is how much of what was heard a call remembers; 0: 30 s.
	Memory time.Duration
	// Refuse is the status every call that arrives is refused with at once, as a carrier does that has
	// trouble; 0: none is.
	Refuse int
	// Early answers calls that arrive with 183 and a description too, so that what is said before the answer is heard.
	Early bool
	// Loses says of which requests nothing arrives, as if the network had lost them; nil: of none. It is asked on
	// the reader's goroutine.
	Loses func(method string) bool
	// Incoming is told each call that arrives, while it rings; nil: they are refused with 405. It must
	// not block.
	Incoming func(*Call)
	// Log is for what a tester should know; nil: nothing is logged.
	Log *slog.Logger
}

// Carrier places calls. All methods are safe for concurrent use.
type Carrier struct {
	conf   Config
	conn   network.UDPConn
	at     netip.AddrPort
	parser *sip.Parser
	done   chan struct{} // closed by Close
	wg     sync.WaitGroup

	mu     sync.Mutex
	calls  map[string]*Call // by Call-ID
	closed bool
}

// ErrClosed means that the carrier was closed.
var ErrClosed = errors.New("carrier closed")

// New opens the SIP socket. Close must be called.
func New(c Config) (*Carrier, error) {
	if c.Network == nil {
		c.Network = network.Machine{}
	}
	if !c.At.IsValid() {
		c.At = netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), 0)
	}
	if len(c.Codecs) == 0 {
		c.Codecs = []Codec{PCMU, PCMA}
	}
	if c.Memory == 0 {
		c.Memory = 30 * time.Second
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	conn, err := c.Network.ListenUDP(c.At)
	if err != nil {
		return nil, fmt.Errorf("opening the carrier's SIP socket: %w", err)
	}
	k := &Carrier{
		conf: c, conn: conn, at: network.AddrPort(conn.LocalAddr()), parser: sip.NewParser(),
		done: make(chan struct{}), calls: make(map[string]*Call),
	}
	k.wg.Add(1)
	go k.read()
	return k, nil
}

// Addr is our SIP address, which a trunk of the center must allow.
func (k *Carrier) Addr() netip.AddrPort { return k.at }

// Calls is how many calls are not over.
func (k *Carrier) Calls() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	n := 0
	for _, c := range k.calls {
		select {
		case <-c.done:
		default:
			n++
		}
	}
	return n
}

// Close ends all calls without a word, as a carrier does that loses power, and waits for all
// goroutines. Hang up first to be polite.
func (k *Carrier) Close() error {
	k.mu.Lock()
	if !k.closed {
		k.closed = true
		close(k.done)
	}
	k.mu.Unlock()
	err := k.conn.Close()
	k.wg.Wait()
	return err
}

// Dial sends an INVITE and returns at once; the context ends the call (CANCEL or BYE) when it ends.
func (k *Carrier) Dial(ctx context.Context, n Numbers) (*Call, error) {
	c, err := k.newCall(n)
	if err != nil {
		return nil, err
	}
	c.callID = token() + "@" + k.at.Addr().String()
	c.localTag = token()
	c.peer = k.conf.Target
	c.remoteURI = fmt.Sprintf("sip:%s@%s", n.To, k.conf.Target)
	c.target = c.remoteURI
	c.localURI = fmt.Sprintf("sip:%s@%s", n.From, k.at.Addr())
	if err := k.add(c, func() { c.dial(ctx) }); err != nil {
		c.sound.close()
		return nil, err
	}
	return c, nil
}

// add registers a call and starts its owner.
func (k *Carrier) add(c *Call, own func()) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.closed {
		return ErrClosed
	}
	k.calls[c.callID] = c
	k.wg.Add(1)
	go func() {
		defer k.wg.Done()
		own()
		k.mu.Lock()
		delete(k.calls, c.callID)
		k.mu.Unlock()
	}()
	return nil
}

func (k *Carrier) read() {
	defer k.wg.Done()
	buf := make([]byte, 65536)
	for {
		n, from, err := k.conn.ReadFromUDPAddrPort(buf)
		if err != nil {
			select {
			case <-k.done:
				return
			default:
			}
			k.conf.Log.Debug("carrier: reading", "error", err)
			continue // for example an ICMP refusal of something sent earlier
		}
		if n < 8 { // keep-alive
			continue
		}
		msg, err := k.parser.ParseSIP(append([]byte(nil), buf[:n]...))
		if err != nil {
			k.conf.Log.Warn("carrier: unreadable message", "from", from, "error", err)
			continue
		}
		k.dispatch(msg, netip.AddrPortFrom(from.Addr().Unmap(), from.Port()))
	}
}

// message is what arrived for a call.
type message struct {
	req  *sip.Request
	res  *sip.Response
	from netip.AddrPort
}

func (k *Carrier) dispatch(msg sip.Message, from netip.AddrPort) {
	m := message{from: from}
	var id string
	switch msg := msg.(type) {
	case *sip.Request:
		m.req = msg
		if msg.CallID() == nil || msg.Via() == nil || msg.CSeq() == nil || msg.From() == nil || msg.To() == nil {
			return
		}
		id = msg.CallID().Value()
		if k.conf.Loses != nil && k.conf.Loses(string(msg.Method)) {
			return
		}
	case *sip.Response:
		m.res = msg
		if msg.CallID() == nil || msg.CSeq() == nil {
			return
		}
		id = msg.CallID().Value()
	}
	k.mu.Lock()
	c := k.calls[id]
	k.mu.Unlock()
	if c != nil {
		select {
		case c.in <- m:
		default: // lost, as on a network; the sender repeats
		}
		return
	}
	if m.req == nil {
		return
	}
	switch {
	case m.req.Method == sip.ACK:
	case m.req.Method == sip.OPTIONS:
		k.respond(m, 200, "OK", "", nil)
	case m.req.Method == sip.INVITE && !m.req.To().Params.Has("tag"):
		k.accept(m)
	default:
		k.respond(m, 481, "Call Does Not Exist", "", nil)
	}
}

// accept makes a call of an INVITE from the other side.
func (k *Carrier) accept(m message) {
	if k.conf.Refuse != 0 {
		k.respond(m, k.conf.Refuse, "Refused", token(), nil)
		return
	}
	if k.conf.Incoming == nil {
		k.respond(m, 405, "Method Not Allowed", "", nil)
		return
	}
	c, err := k.newCall(Numbers{From: m.req.From().Address.User, Display: m.req.From().DisplayName, To: m.req.Recipient.User})
	if err != nil {
		k.respond(m, 500, "No Socket", "", nil)
		return
	}
	c.callID = m.req.CallID().Value()
	c.localTag = token()
	c.peer = m.from
	c.learn(m.req.From(), m.req.Contact())
	c.localURI = m.req.To().Address.String()
	if err := k.add(c, func() { c.ring(m) }); err != nil {
		c.sound.close()
	}
}

// respond answers a request; body is a session description or nil.
func (k *Carrier) respond(m message, code int, reason, tag string, body []byte) {
	res := sip.NewResponseFromRequest(m.req, code, reason, body)
	if to := res.To(); to != nil && tag != "" && !m.req.To().Params.Has("tag") {
		to.Params.Add("tag", tag) // instead of the one that sipgo made up
	}
	if code < 300 {
		res.AppendHeader(sip.NewHeader("Contact", fmt.Sprintf("<sip:%s>", k.at)))
	}
	if body != nil {
		res.AppendHeader(sip.NewHeader("Content-Type", "application/sdp"))
	}
	k.send([]byte(res.String()), m.from)
}

func (k *Carrier) send(b []byte, to netip.AddrPort) {
	if _, err := k.conn.WriteToUDPAddrPort(b, to); err != nil {
		k.conf.Log.Debug("carrier: sending", "to", to, "error", err)
	}
}

// token is random text for tags, branches and Call-IDs.
func token() string {
	var b [9]byte
	_, _ = rand.Read(b[:])
	return hex.EncodeToString(b[:])
}
