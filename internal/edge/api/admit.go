package api

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"linekeeper/internal/access"
	"linekeeper/internal/audit"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/report"
)

// The session's cookie. Over TLS the name's prefix makes browsers refuse one set by a neighbour or
// over plain HTTP; on http://localhost they would refuse the prefix itself.
const (
	cookieSecure = "__Host-lk_session"
	cookiePlain  = "lk_session"
)

// viewer is who is asking, and from where.
type viewer struct {
	access.Identity
	source  string // address
	device  string // the browser's own words
	secure  bool   // the browser's connection is TLS
	request *http.Request
}

func (v viewer) author() audit.Author { return v.Author(v.source) }

// reads is the viewer as package report knows him.
func (v viewer) reads() report.Viewer {
	return report.Viewer{Tenant: v.Tenant, User: v.User, SeesAll: v.May(access.SeeInteractions)}
}

type viewerKey struct{}

// viewerOf gives who is asking; an identity of zero on routes for anyone.
func viewerOf(ctx context.Context) viewer {
	v, _ := ctx.Value(viewerKey{}).(viewer)
	return v
}

// signedInto reports whether somebody is known to ask.
func signedInto(ctx context.Context) bool { return viewerOf(ctx).Role != "" }

// admit stands before every handler: it finds out who asks, checks the route's need, and reads the
// body within its limits.
func (s *server) admit(hctx huma.Context, next func(huma.Context)) {
	r, w := humago.Unwrap(hctx)
	op := hctx.Operation()
	n := op.Metadata[needKey].(need)
	ctx := context.WithValue(r.Context(), loggerKey{}, s.log.With("route", op.OperationID))
	v := viewer{source: s.source(r).String(), device: r.UserAgent(), secure: s.overTLS(r), request: r}
	var err error
	if n.allow == nil {
		err = s.sources.allow(s.source(r))
	} else if v.Identity, err = s.identify(r); err == nil && !n.allow(v.Identity) {
		err = fault.Denied.New("Your role does not allow this.")
	}
	ctx = context.WithValue(ctx, viewerKey{}, v)
	if err == nil {
		err = checkText(r)
	}
	if err == nil && op.RequestBody != nil {
		err = readBody(w, r, op.MaxBodyBytes, op.Metadata[bytesKey] == true)
	}
	if err != nil {
		writeProblem(w, problemOf(ctx, err))
		return
	}
	next(huma.WithContext(hctx, ctx))
}

// identify finds who sends a request. Attempts with tokens that were not good lately count against
// the source like requests without one.
func (s *server) identify(r *http.Request) (access.Identity, error) {
	token := tokenOf(r)
	if token == "" || !s.known.has(token) {
		if err := s.sources.allow(s.source(r)); err != nil {
			return access.Identity{}, err
		}
	}
	if token == "" {
		return access.Identity{}, fault.Denied.New("Please sign in.")
	}
	who, err := s.deps.Door.Identify(r.Context(), token)
	if err != nil {
		s.known.forget(token)
		return access.Identity{}, err
	}
	s.known.add(token)
	return who, nil
}

// tokenOf is the token of a request: of the header for programs, else of the cookie.
func tokenOf(r *http.Request) string {
	if h := r.Header.Get("Authorization"); h != "" {
		scheme, token, _ := strings.Cut(h, " ")
		if !strings.EqualFold(scheme, "Bearer") || !strings.HasPrefix(token, access.TokenPrefix) {
			return ""
		}
		return token
	}
	for _, name := range []string{cookieSecure, cookiePlain} {
		if c, err := r.Cookie(name); err == nil && c.Value != "" && !strings.HasPrefix(c.Value, access.TokenPrefix) {
			return c.Value
		}
	}
	return ""
}

// checkText refuses what no text of ours can hold: zero characters and broken UTF-8, which
// PostgreSQL takes for an error of ours.
func checkText(r *http.Request) error {
	query, err := url.QueryUnescape(r.URL.RawQuery)
	if err != nil || !clean(query) || !clean(r.URL.Path) {
		return fault.Invalid.New("The address holds characters that are no text.")
	}
	return nil
}

func clean(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) }

// readBody reads the body whole, within its size and time. Only a sound may hold what is no text.
func readBody(w http.ResponseWriter, r *http.Request, limit int64, sound bool) error {
	control, within := http.NewResponseController(w), bodyTime
	if sound {
		within = soundTime
	}
	_ = control.SetReadDeadline(time.Now().Add(within)) // not every writer of a test can
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit-1))
	_ = control.SetReadDeadline(time.Time{})
	var tooLarge *http.MaxBytesError
	var netErr net.Error
	switch {
	case errors.As(err, &tooLarge):
		return newProblem(http.StatusRequestEntityTooLarge, fault.Invalid, "The request's body is too large.")
	case errors.As(err, &netErr) && netErr.Timeout():
		return newProblem(http.StatusRequestTimeout, fault.Unavailable, "The request's body took too long.")
	case err != nil:
		return newProblem(http.StatusBadRequest, fault.Invalid, "The request's body could not be read.")
	case !sound && !isText(body):
		return errNoText()
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	return nil
}

// isText says that a body can be kept as text everywhere.
func isText(body []byte) bool {
	return !bytes.Contains(body, []byte(`\u0000`)) && bytes.IndexByte(body, 0) < 0 && utf8.Valid(body)
}

func errNoText() error { return fault.Invalid.New("The body holds characters that are no text.") }

// source is the address a request comes from: of the connection, or what a trusted proxy says.
func (s *server) source(r *http.Request) netip.Addr { return Source(r, s.deps.TrustedProxies) }

// Source is the address a request comes from: of the connection, or what one of the proxies says.
func Source(r *http.Request, proxies []netip.Prefix) netip.Addr {
	peer := peerOf(r)
	if !among(proxies, peer) {
		return peer
	}
	all := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(all) - 1; i >= 0; i-- {
		a, err := netip.ParseAddr(strings.TrimSpace(all[i]))
		if err != nil {
			return peer
		}
		if !among(proxies, a.Unmap()) {
			return a.Unmap()
		}
	}
	return peer
}

func peerOf(r *http.Request) netip.Addr {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return peer.Addr().Unmap()
}

func among(prefixes []netip.Prefix, a netip.Addr) bool {
	return slices.ContainsFunc(prefixes, func(p netip.Prefix) bool { return p.Contains(a) })
}

// overTLS reports whether the browser's own connection is TLS.
func (s *server) overTLS(r *http.Request) bool { return OverTLS(r, s.deps.TrustedProxies) }

// OverTLS reports whether the browser's own connection is TLS, as far as we or one of the proxies know.
func OverTLS(r *http.Request, proxies []netip.Prefix) bool {
	return r.TLS != nil || among(proxies, peerOf(r)) && r.Header.Get("X-Forwarded-Proto") == "https"
}
