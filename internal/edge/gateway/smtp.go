package gateway

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/netip"
	"sync"
	"time"

	gomail "github.com/wneessen/go-mail"

	"linekeeper/internal/outgoing"
)

// The ways a connection to a mail server is protected.
const (
	StartTLS = "starttls" // begun in the open, then protected or nothing is sent (RFC 3207)
	FullTLS  = "tls"      // from the first byte on (RFC 8314)
	NoTLS    = "none"     // for a server on this machine
)

// Dialer opens connections; nil functions: the machine's.
type Dialer struct {
	// Dial connects to an address, as on a network in memory.
	Dial func(ctx context.Context, to netip.AddrPort) (net.Conn, error)
	// Roots are the authorities that are trusted; nil: the system's.
	Roots *x509.CertPool
}

// smtpServer is a mail server that takes messages.
type smtpServer struct {
	host                  string
	port                  int
	tls                   string
	user, password, hello string
	from                  string
	net                   Dialer
}

func (e Entry) smtp(password string, net Dialer) (*smtpServer, error) {
	s := &smtpServer{
		host: e.Host, port: e.Port, tls: cmp.Or(e.TLS, StartTLS), user: e.User, password: password, hello: e.Hello, from: e.From, net: net,
	}
	if e.URL != "" || e.Method != "" || e.Body != "" || len(e.Headers)+len(e.Status)+len(e.Refused) > 0 || e.Reference != "" || e.Inside {
		return nil, errors.New("kind: url, method, headers, body, status, refused, reference and inside belong to http")
	}
	if _, err := mail.ParseAddress(e.From); err != nil {
		return nil, errors.New("from: write an address of e-mail, such as Support <support@example.com>")
	}
	usual := map[string]int{StartTLS: 587, FullTLS: 465, NoTLS: 25}
	switch {
	case e.Host == "":
		return nil, errors.New("host: name the mail server")
	case usual[s.tls] == 0:
		return nil, fmt.Errorf("tls: write %s, %s or %s", StartTLS, FullTLS, NoTLS)
	case e.Port < 0 || e.Port > 65535:
		return nil, errors.New("port: write a number from 1 to 65535")
	case (e.User == "") != (password == ""):
		return nil, errors.New("user: it and the password go together")
	case e.User != "" && s.tls == NoTLS:
		return nil, errors.New("tls: a password is sent with starttls or tls only")
	}
	s.port = cmp.Or(s.port, usual[s.tls])
	return s, nil
}

// Send implements outgoing.Gateway.
func (s *smtpServer) Send(ctx context.Context, m outgoing.Message) (string, error) {
	message, err := s.message(m)
	if err != nil {
		return "", fmt.Errorf("%w: %w", outgoing.ErrRefused, err)
	}
	err = s.connected(ctx, func(c *gomail.Client) error { return c.Send(message) })
	var refused *gomail.SendError
	if errors.As(err, &refused) && refused.ErrorCode() >= 500 {
		return "", fmt.Errorf("%w: %s", outgoing.ErrRefused, s.plain(err))
	}
	if err != nil {
		return "", errors.New(s.plain(err))
	}
	return message.GetMessageID(), nil
}

// plain is an error without what must not be shown.
func (s *smtpServer) plain(err error) string { return masked(err.Error(), s.password) }

// Look signs in and out, for the doctor.
func (s *smtpServer) Look(ctx context.Context) error {
	if err := s.connected(ctx, func(*gomail.Client) error { return nil }); err != nil {
		return errors.New(s.plain(err))
	}
	return nil
}

// connected does something while the server listens. What it says to our goodbye is nobody's business: it has taken the
// message by then.
func (s *smtpServer) connected(ctx context.Context, do func(*gomail.Client) error) error {
	options := []gomail.Option{
		gomail.WithPort(s.port), gomail.WithTLSConfig(s.protection()), gomail.WithoutNoop(),
	}
	if until, ok := ctx.Deadline(); ok {
		options = append(options, gomail.WithTimeout(max(time.Millisecond, time.Until(until))))
	}
	if s.hello != "" {
		options = append(options, gomail.WithHELO(s.hello))
	}
	switch s.tls {
	case StartTLS:
		options = append(options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	case FullTLS:
		options = append(options, gomail.WithTLSPolicy(gomail.TLSOpportunistic)) // it is protected when the server says its first word
	default:
		options = append(options, gomail.WithTLSPolicy(gomail.NoTLS))
	}
	if s.user != "" {
		options = append(options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover), gomail.WithUsername(s.user), gomail.WithPassword(s.password))
	}
	var line held
	defer line.close()
	options = append(options, gomail.WithDialContextFunc(func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := s.net.open(ctx, network, address)
		if err != nil || !line.hold(c) || s.tls != FullTLS {
			return c, err
		}
		protected := tls.Client(c, s.protection())
		return protected, protected.HandshakeContext(ctx)
	}))
	client, err := gomail.NewClient(s.host, options...)
	if err != nil {
		return err
	}
	// A server that takes its time between two answers is not waited for longer than ctx says.
	defer context.AfterFunc(ctx, line.close)()
	if err := client.DialWithContext(ctx); err != nil {
		return err
	}
	err = do(client)
	_ = client.Close()
	return err
}

func (s *smtpServer) protection() *tls.Config {
	return &tls.Config{ServerName: s.host, MinVersion: tls.VersionTLS12, RootCAs: s.net.Roots}
}

// held is a connection that is closed for good, be it opened before or after.
type held struct {
	mu     sync.Mutex // guards what follows
	conn   net.Conn
	closed bool
}

// hold takes it; false: it was closed at once.
func (h *held) hold(c net.Conn) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.conn = c
	if h.closed {
		_ = c.Close()
	}
	return !h.closed
}

func (h *held) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	if h.conn != nil {
		_ = h.conn.Close()
	}
}

// open connects to a host and port.
func (d Dialer) open(ctx context.Context, network, address string) (net.Conn, error) {
	if at, err := netip.ParseAddrPort(address); err == nil && d.Dial != nil {
		return d.Dial(ctx, at)
	}
	var dialer net.Dialer
	return dialer.DialContext(ctx, network, address)
}

// message is an e-mail as it goes out. Its identity is ours, so that one sent twice can be told.
func (s *smtpServer) message(m outgoing.Message) (*gomail.Msg, error) {
	from, err := mail.ParseAddress(s.from)
	if err != nil {
		return nil, err
	}
	if own, err := mail.ParseAddress(m.From); err == nil {
		from = own
	} else if m.From != "" {
		from.Name = m.From
	}
	out := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	out.FromMailAddress(from)
	if err := out.To(m.To); err != nil {
		return nil, err
	}
	_, domain, _ := cutLast(from.Address)
	out.SetMessageIDWithValue(string(m.ID) + "@" + domain)
	out.SetDateWithValue(m.Created)
	out.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: nobody's absence is answered to us
	out.Subject(m.Subject)
	out.SetBodyString(gomail.TypeTextPlain, m.Body)
	return out, nil
}
