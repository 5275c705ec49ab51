package app

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"time"

	"linekeeper/internal/edge/voice"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/network"
	"linekeeper/internal/kit/secret"
	"linekeeper/internal/trunk"
	"linekeeper/internal/wire/sip"
)

// trunkDoctor looks at the lines to carriers, as a server would use them. It signs in nowhere: a registrar is
// asked for what it knows of us, which needs the password and changes nothing.
type trunkDoctor struct {
	stack    *sip.Stack
	resolver *sip.Resolver
	network  network.Network
	client   *tls.Config   // for connections we open; nil: the machine's authorities
	patience time.Duration // for each place of a carrier
	now      func() time.Time
}

// trunkPatience is how long the doctor waits for a carrier's answer.
const trunkPatience = 4 * time.Second

// certificateSoon is how long before its end a carrier's certificate is pointed out.
const certificateSoon = 14 * 24 * time.Hour

// examineTrunks looks at the trunks of the center's database, if there is one.
func examineTrunks(ctx context.Context, cfg Config, n network.Network) []finding {
	trunks, err := storedTrunks(ctx, cfg)
	if err != nil {
		return []finding{{true, "trunks: the center cannot be read yet: " + err.Error(), "Start the server once; then look again."}}
	}
	if len(trunks) == 0 {
		return []finding{{true, "trunks: there are none", "Calls come from and go to carriers by trunks: set-up, Trunks."}}
	}
	udp, err := n.ListenUDP(netip.AddrPortFrom(netip.IPv4Unspecified(), 0))
	if err != nil {
		return []finding{{false, "trunks: " + err.Error(), "No UDP port can be opened on this machine."}}
	}
	authorities, err := authoritiesOf(cfg.TLSAuthorities)
	if err != nil {
		udp.Close()
		return []finding{{false, "trunks: " + err.Error(), "Name a readable file with --tls-authorities."}}
	}
	d := &trunkDoctor{
		resolver: sip.NewResolver(sip.Machine{}), network: n, patience: trunkPatience, now: time.Now,
		client: &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: authorities},
	}
	quiet := slog.New(slog.DiscardHandler)
	if cfg.TLSCertificate != "" {
		if pair, err := newKeyPair(cfg.TLSCertificate, cfg.TLSKey, quiet); err == nil { // else examineCertificate says so
			d.client.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return pair.current(), nil }
		}
	}
	if err := d.open(sip.Config{UDP: udp, Network: n, Resolver: d.resolver, ClientTLS: d.client, PublicHost: cfg.PublicIP, UserAgent: "linekeeper", Log: quiet}); err != nil {
		return []finding{{false, "trunks: " + err.Error(), "Look at --public-ip."}}
	}
	defer d.stack.Close()
	var all []finding
	for _, k := range trunks {
		all = append(all, d.examine(ctx, k)...)
	}
	return all
}

// open starts the stack that asks; everybody may answer it.
func (d *trunkDoctor) open(c sip.Config) (err error) {
	c.Accept = func(netip.AddrPort) bool { return true }
	d.stack, err = sip.New(c, sip.HandlerFunc(func(_ context.Context, call *sip.Call) { _ = call.Reject(503, "") }))
	if err != nil {
		c.UDP.Close()
		return err
	}
	go func() { _ = d.stack.Run(context.Background()) }() // until Close
	return nil
}

// storedTrunks reads the trunks with their passwords.
func storedTrunks(ctx context.Context, cfg Config) ([]voice.OutTrunk, error) {
	p, err := storedPage(ctx, cfg)
	if err != nil {
		return nil, err
	}
	return p.outside, nil
}

// storedPage is the set-up in the center's database.
func storedPage(ctx context.Context, cfg Config) (*page, error) {
	store, err := db.Open(ctx, db.Config{URL: cfg.Database, Folder: cfg.Data})
	if err != nil {
		return nil, err
	}
	defer store.Close()
	dir := &directory{db: store, box: func() (*secret.Box, error) { return openBox(cfg) }}
	if err := dir.refresh(ctx); err != nil {
		return nil, err
	}
	return dir.page(), nil
}

// examine looks at one trunk.
func (d *trunkDoctor) examine(ctx context.Context, k voice.OutTrunk) []finding {
	name := "trunk " + k.Key + ": "
	if k.Unreadable != "" {
		return []finding{{false, name + "its password cannot be read: " + k.Unreadable, "Give the password again in the set-up of the trunk, or bring secret.key back from the backup."}}
	}
	if k.Host == "" {
		return []finding{{true, name + "takes calls only; there is no host to ask", ""}}
	}
	target := "sip:" + k.Host
	if k.Proxy != "" {
		target = "sip:" + k.Proxy
	}
	places, err := d.resolver.Targets(ctx, target, "")
	if err != nil || len(places) == 0 {
		why := "no address"
		if err != nil {
			why = err.Error()
		}
		return []finding{{false, name + strings.TrimPrefix(target, "sip:") + " is not found: " + why,
			"Compare the host with what the carrier told you; a name without a port is looked for by its SRV records. Does this machine reach a DNS server?"}}
	}
	all := []finding{{true, name + "found at " + listed(places), ""}}
	secure := false
	for _, p := range places {
		if p.Transport.Secure() {
			secure = true
			all = append(all, d.certificate(ctx, name, target, p.Addr))
		}
	}
	if last := all[len(all)-1]; secure && !last.ok {
		return all // asking would only say the same again
	}
	all = append(all, d.options(ctx, name, k))
	if k.Kind == trunk.ByRegistration {
		for _, registrar := range k.SignsIn() {
			all = append(all, d.registration(ctx, name, k, registrar))
		}
	}
	return all
}

// listed names places, at most three.
func listed(places []sip.Target) string {
	var names []string
	for i, p := range places {
		if i == 3 {
			names = append(names, fmt.Sprintf("%d more", len(places)-i))
			break
		}
		names = append(names, fmt.Sprintf("%s by %s", p.Addr, p.Transport))
	}
	return strings.Join(names, ", ")
}

// options asks whether the carrier is there, and how long its answer takes.
func (d *trunkDoctor) options(ctx context.Context, name string, k voice.OutTrunk) finding {
	a := sip.Ask{Method: "OPTIONS", Target: "sip:" + k.Host, Expires: -1, Contact: k.User}
	if k.User != "" {
		a.From = "sip:" + k.AddressOfRecord("")
	}
	begun := d.now()
	reply, err := d.stack.AskFirst(ctx, a, proxyOf(k), d.patience, nil)
	took := d.now().Sub(begun).Milliseconds()
	switch {
	case errors.Is(err, sip.ErrTimeout):
		return finding{false, name + "no answer to OPTIONS",
			"Does a firewall let SIP out and its answers in? Does the carrier know this machine's address? Some answer only to their customers' addresses, or not to OPTIONS at all: then set options_s to 0."}
	case err != nil:
		return finding{false, name + "OPTIONS could not be sent: " + err.Error(), "Look at host, port and transport of the trunk, and at the way to the carrier."}
	case reply.Code == 403 || reply.Code == 401 || reply.Code == 407:
		return finding{true, fmt.Sprintf("%sit answers OPTIONS in %d ms, with %d %s", name, took, reply.Code, reply.Reason),
			"It is there, but may not know this machine: ask the carrier whether calls from this address are let in."}
	case reply.Code >= 500:
		return finding{false, fmt.Sprintf("%sit answers OPTIONS with %d %s", name, reply.Code, reply.Reason), "The carrier says that it cannot serve just now. Ask it, and have a second trunk in the order of use."}
	}
	return finding{true, fmt.Sprintf("%sit answers OPTIONS in %d ms", name, took), ""}
}

func proxyOf(k voice.OutTrunk) string {
	if k.Proxy == "" {
		return ""
	}
	return "sip:" + k.Proxy
}

// registration asks a registrar for what it knows of us: a REGISTER without a contact (RFC 3261, section
// 10.2.3), which is answered only with the right password.
func (d *trunkDoctor) registration(ctx context.Context, name string, k voice.OutTrunk, registrar string) finding {
	name += "registrar " + registrar + ": "
	user := k.AuthUser
	if user == "" {
		user = k.User
	}
	record := "sip:" + k.AddressOfRecord(registrar)
	reply, err := d.stack.AskFirst(ctx, sip.Ask{Method: "REGISTER", Target: "sip:" + registrar, From: record, To: record, Bare: true, Expires: -1,
		Username: user, Password: k.Secret}, proxyOf(k), d.patience, nil)
	switch {
	case errors.Is(err, sip.ErrTimeout):
		return finding{false, name + "no answer", "Compare the registrar with what the carrier told you; does a firewall let SIP through?"}
	case err != nil:
		return finding{false, name + "could not be asked: " + err.Error(), "Look at the registrar's name and port."}
	case reply.Code == 401 || reply.Code == 407 || reply.Code == 403:
		return finding{false, fmt.Sprintf("%srefuses user and password: %d %s", name, reply.Code, reply.Reason),
			"Compare user, auth_user, domain and password of the trunk with what the carrier told you; some want the number as user, some only their own domain."}
	case reply.Code == 404:
		return finding{false, name + "knows no user " + k.User, "Compare user and domain of the trunk with what the carrier told you."}
	case reply.Code >= 300:
		return finding{false, fmt.Sprintf("%sanswers %d %s", name, reply.Code, reply.Reason), "Ask the carrier what it means by that."}
	case len(reply.Headers("Contact")) == 0:
		return finding{true, name + "takes user and password; nobody is registered now", "A running server is registered: is it started, and does the trunk show as registered there?"}
	}
	return finding{true, name + "takes user and password, and has us registered", ""}
}

// certificate looks at what the carrier shows by TLS: whether it is good for the name we ask for, and until when.
func (d *trunkDoctor) certificate(ctx context.Context, name, target string, at netip.AddrPort) finding {
	name += fmt.Sprintf("certificate at %s: ", at)
	host := sip.HostOf(target)
	ctx, cancel := context.WithTimeout(ctx, d.patience)
	defer cancel()
	raw, err := d.network.DialTCP(ctx, at)
	if err != nil {
		return finding{false, name + "no connection: " + err.Error(), "Is this the carrier's port for TLS (usually 5061), and does a firewall let it through?"}
	}
	defer raw.Close()
	config := d.client.Clone()
	config.InsecureSkipVerify = true // looked at below, so that what is wrong can be said
	conn := tls.Client(raw, config)
	config.ServerName = host
	if err := conn.HandshakeContext(ctx); err != nil {
		return finding{false, name + "TLS does not begin: " + err.Error(), "Is this a port for TLS? A carrier that wants a certificate of ours gets the one of --tls-certificate."}
	}
	shown := conn.ConnectionState().PeerCertificates
	between := x509.NewCertPool()
	for _, c := range shown[1:] {
		between.AddCert(c)
	}
	leaf := shown[0]
	_, err = leaf.Verify(x509.VerifyOptions{Roots: d.client.RootCAs, Intermediates: between, DNSName: host, CurrentTime: d.now()})
	var wrongName x509.HostnameError
	var unknown x509.UnknownAuthorityError
	until := leaf.NotAfter.UTC().Format("2006-01-02")
	switch {
	case errors.As(err, &wrongName):
		return finding{false, fmt.Sprintf("%sit is for %s, not for %s", name, strings.Join(namesOf(leaf), ", "), host),
			"Write the trunk's host as the certificate has it, or ask the carrier which name to use. Calls are not made to somebody with another name."}
	case d.now().After(leaf.NotAfter):
		return finding{false, name + "it has expired on " + until, "The carrier must renew it; no call goes there until then."}
	case errors.As(err, &unknown):
		return finding{false, name + "no authority this machine trusts has signed it", "Name the carrier's authority with --tls-authorities."}
	case err != nil:
		return finding{false, name + err.Error(), "Ask the carrier for a certificate that is good for " + host + "."}
	case leaf.NotAfter.Sub(d.now()) < certificateSoon:
		return finding{true, name + "good for " + host + ", but only until " + until, "Ask the carrier whether it will be renewed in time."}
	}
	return finding{true, name + "good for " + host + " until " + until, ""}
}

func namesOf(c *x509.Certificate) []string {
	names := c.DNSNames
	for _, a := range c.IPAddresses {
		names = append(names, a.String())
	}
	if len(names) == 0 {
		names = []string{c.Subject.CommonName}
	}
	return names
}
