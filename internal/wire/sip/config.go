package sip

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"time"

	"linekeeper/internal/kit/network"
)

// Transport is how a message travels.
type Transport string

// Transports.
const (
	UDP Transport = "UDP"
	TCP Transport = "TCP"
	TLS Transport = "TLS"
	WS  Transport = "WS"  // WebSocket (RFC 7118)
	WSS Transport = "WSS" // the same over TLS
)

// Secure says that nobody on the way can read the messages.
func (t Transport) Secure() bool { return t == TLS || t == WSS }

// stream says whether messages travel on a connection.
func (t Transport) stream() bool { return t != UDP && t != "" }

// Config is what a Stack needs. One of UDP, TCP and TLS must be given; the Stack owns them from New
// on and closes them.
type Config struct {
	UDP     network.UDPConn // already bound; nil: no UDP
	TCP     net.Listener    // already bound; nil: no incoming TCP
	TLS     net.Listener    // already bound, plain TCP: the Stack does the handshake; nil: no incoming TLS
	Network network.Network // opens outgoing TCP and TLS connections; nil: none are opened

	// AcceptCertificate decides whether whoever has proved to hold a certificate on a TLS connection is
	// let in although Accept refuses its address; verified says that an authority of
	// ServerTLS.ClientCAs has signed it. ServerTLS must ask for certificates. It must be quick. nil:
	// nobody is let in so.
	AcceptCertificate func(c *x509.Certificate, verified bool, source netip.AddrPort) bool
	// ServerTLS must be given with TLS. GetCertificate is asked at each handshake with the name that
	// the peer has sent: that is how several names are served and certificates exchanged while
	// running. ClientAuth and ClientCAs ask peers for a certificate; Call.PeerCertificate has it.
	ServerTLS *tls.Config
	// ClientTLS is for connections that we open; nil: the machine's authorities, no certificate of
	// our own. ServerName is set to the host of the target, which the peer's certificate must
	// name. GetClientCertificate is asked at each handshake.
	ClientTLS *tls.Config

	// PublicHost is the host that others reach us at, put into Via and Contact. Empty: the bound
	// address, or if that is unspecified the local address that faces the peer.
	PublicHost string
	// UserAgent is the User-Agent and Server header; empty: none.
	UserAgent string

	// SessionExpires is the session interval we ask for (RFC 4028), so that a call whose peer has
	// vanished ends; 0: 30 minutes; negative: we ask for none, but grant what peers ask for.
	SessionExpires time.Duration
	// MinSessionExpires is the least interval that peers may ask for; 0: 90 s.
	MinSessionExpires time.Duration

	// Accept decides about a source before anything is parsed; false drops a datagram silently and
	// closes a TCP connection. It is called from the reading goroutines, concurrently, and must be
	// quick. nil: everyone. With a Registrar, a source that it refuses may send REGISTER within
	// narrow limits and nothing else; one that is registered may send anything.
	Accept func(source netip.AddrPort) bool
	// Busy is asked about each INVITE that would be a new call, before its description is read: more than
	// 0 refuses it with 503 and that many seconds of Retry-After, and nothing is kept of it. Calls that
	// take the place of others (Replaces) are not new. It is called in the reading goroutines and must be
	// quick. nil: never.
	Busy func(source netip.AddrPort) (retryAfter int)
	// Auth checks digests: of REGISTER (401), and of INVITEs of the sources that Challenge names (407).
	Auth *Authenticator
	// Challenge says whether calls from a source need a password; nil: none does. It is called in the
	// reading goroutines.
	Challenge func(source netip.AddrPort) bool
	// Registrar answers REGISTER, with Auth; nil: 405.
	Registrar *Registrar
	// Notices answer SUBSCRIBE, with Auth; nil: 405.
	Notices *Notices
	// Resolver finds SRV records and addresses of targets, all of them; nil: one address by Resolve.
	Resolver *Resolver
	// Resolve finds the addresses of a host name; nil: the machine's resolver. Names only: literal
	// addresses never reach it. A synctest bubble must give one, the machine's resolver breaks it.
	Resolve func(ctx context.Context, host string) ([]netip.Addr, error)

	// TraceBytes is how much is kept of the messages of each call, for Call.Trace; 0: nothing.
	TraceBytes int

	Log    *slog.Logger // nil: silent
	Limits Limits
}

// Limits bound what peers can make a Stack hold. A zero field takes the default in its comment.
type Limits struct {
	MessageBytes         int           // largest message taken; 65535
	UDPRequestBytes      int           // larger requests go by TCP if Network is given; 1300 (RFC 3261 18.1.1)
	Rate                 float64       // messages a second taken from one source IP (IPv6: /64); 2000
	Burst                int           // messages taken at once from one source IP; 4000
	Sources              int           // source IPs remembered for Rate; 4096
	StrangerRate         float64       // REGISTERs a second taken from one source IP (IPv6: /64) that Accept refuses; 5
	StrangerBurst        int           // the same at once; 20
	StrangersRate        float64       // the same from all these sources together; 500
	Transactions         int           // transactions held, beyond it 503; 200000
	Calls                int           // dialogs held, beyond it new INVITEs get 503; 20000
	Connections          int           // TCP connections; 4096
	ConnectionsPerSource int           // TCP connections of one source IP; 64
	ConnectionIdle       time.Duration // a TCP connection of no call that says nothing for so long is closed; 2 min
	MessageTime          time.Duration // a message begun on TCP must be complete after this; also the first one; 10 s
}

// Handler is told about new calls.
type Handler interface {
	// Invite is called in its own goroutine for each new INVITE outside a dialog; 100 Trying has
	// been sent. ctx ends when the call ends or the Stack closes. When Invite returns, the call
	// goes on if it was answered or is ringing through another goroutine that holds it; a call
	// that nobody answers or rejects ends by CANCEL or after 3 minutes with 480. A panic in it is
	// contained and rejects the call with 500. Close waits for it: it must return when ctx ends.
	Invite(ctx context.Context, call *Call)
}

// HandlerFunc makes a Handler of a function.
type HandlerFunc func(ctx context.Context, call *Call)

// Invite implements Handler.
func (f HandlerFunc) Invite(ctx context.Context, call *Call) { f(ctx, call) }

// Errors of this package that callers branch on.
var (
	// ErrEnded says that the call is over; Call.End tells why.
	ErrEnded = errors.New("call has ended")
	// ErrState says that the call is not in a phase in which this can be done.
	ErrState = errors.New("not possible in this phase of the call")
	// ErrClosed says that the Stack is closed.
	ErrClosed = errors.New("sip stack is closed")
	// ErrRefused is wrapped by a *Refusal: the peer answered with 300 or above.
	ErrRefused = errors.New("refused by peer")
	// ErrTimeout says that the peer did not answer in time.
	ErrTimeout = errors.New("no answer from peer")
)

// Header is one header field to add to a message.
type Header struct{ Name, Value string }

// Counters are totals since New. All are read together but not at one instant.
type Counters struct {
	MessagesIn     uint64 // parsed or not, after Accept and rate limits
	MessagesOut    uint64
	Refused        uint64 // dropped because Accept said no
	Limited        uint64 // dropped by a rate limit or a full table
	Malformed      uint64 // not understood as SIP, answered 400 or dropped
	Panics         uint64 // panics contained; tests fail when this is not 0
	CallsIn        uint64 // INVITEs that made a Call
	CallsOut       uint64 // Dials
	Calls          int    // dialogs now
	Transactions   int    // transactions now
	Connections    int    // TCP connections now
	Registrations  uint64 // REGISTERs that were carried out
	WrongPasswords uint64 // digests that did not match, of known accounts or not
	Paused         uint64 // requests whose password was not looked at, or that were dropped, for earlier wrong ones
	Retransmitted  uint64 // requests and 200s that we had to repeat
}
