package gateway

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"linekeeper/internal/kit/outbound"
	"linekeeper/internal/outgoing"
)

// httpService takes each message as a request.
type httpService struct {
	entry    Entry
	password string
	web      *outbound.Client
}

var headerName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]{0,63}$`)

func (e Entry) http(password string, net Dialer) (*httpService, error) {
	if e.Host != "" || e.Port != 0 || e.TLS != "" || e.User != "" || e.Hello != "" {
		return nil, errors.New("kind: host, port, tls, user and hello belong to smtp")
	}
	at, err := url.Parse(fill(e.URL, nil, func(string) string { return "x" }))
	if err != nil || at.Scheme != "https" && at.Scheme != "http" || at.Host == "" || strings.Contains(e.URL[:hostEnd(e.URL)], "{") {
		return nil, errors.New("url: write an address that begins with https:// or http:// and a host")
	}
	if at.User != nil {
		return nil, errors.New("url: write the password as password, password_file or password_env, and {password} in a header")
	}
	e.Method = strings.ToUpper(cmp.Or(e.Method, http.MethodPost))
	if !slices.Contains([]string{http.MethodGet, http.MethodPost, http.MethodPut}, e.Method) {
		return nil, errors.New("method: write GET, POST or PUT")
	}
	for name, value := range e.Headers {
		if !headerName.MatchString(name) || strings.ContainsAny(value, "\r\n") {
			return nil, fmt.Errorf("headers: %q cannot be set", name)
		}
	}
	for _, s := range slices.Concat(e.Status, e.Refused) {
		if s < 100 || s > 599 {
			return nil, errors.New("status: write numbers from 100 to 599")
		}
	}
	if !strings.Contains(e.URL+e.Body, "{text}") || !strings.Contains(e.URL+e.Body, "{to}") && !strings.Contains(e.URL+e.Body, "{digits}") {
		return nil, errors.New("body: it or the url must hold {text}, and {to} or {digits}")
	}
	s := &httpService{entry: e, password: password}
	if s.contentType() == jsonType && e.Body != "" && !json.Valid([]byte(fill(e.Body, nil, func(string) string { return "0" }))) {
		return nil, errors.New("body: it is not JSON; texts stand in quotes, as {\"to\": \"{to}\"}")
	}
	c := outbound.Config{AtOnce: 1000, Failures: 1 << 30, Dial: net.Dial} // who waits and rests is decided by package outgoing
	if e.Inside {
		c.Inside = []string{at.Hostname()}
	}
	s.web = outbound.New(c)
	return s, nil
}

const (
	jsonType = "application/json"
	formType = "application/x-www-form-urlencoded"
)

// hostEnd is where the host of an address ends.
func hostEnd(address string) int {
	_, rest, ok := strings.Cut(address, "://")
	if !ok {
		return 0
	}
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		return len(address) - len(rest) + i
	}
	return len(address)
}

// contentType is how the body is escaped.
func (s *httpService) contentType() string {
	for name, value := range s.entry.Headers {
		if strings.EqualFold(name, "Content-Type") {
			kind, _, _ := strings.Cut(value, ";")
			return strings.ToLower(strings.TrimSpace(kind))
		}
	}
	return jsonType
}

var wordForm = regexp.MustCompile(`\{(to|digits|from|text|subject|id|password)\}`)

// fill puts values in the place of {words}, escaped.
func fill(template string, values map[string]string, escape func(string) string) string {
	return wordForm.ReplaceAllStringFunc(template, func(word string) string { return escape(values[word[1:len(word)-1]]) })
}

func escapeJSON(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		return ""
	}
	return string(b[1 : len(b)-1])
}

func plainValue(s string) string { return s }

// escape is how values stand in a body.
func (s *httpService) escape() func(string) string {
	switch s.contentType() {
	case jsonType:
		return escapeJSON
	case formType:
		return url.QueryEscape
	}
	return plainValue
}

// Send implements outgoing.Gateway.
func (s *httpService) Send(ctx context.Context, m outgoing.Message) (string, error) {
	values := map[string]string{
		"to": m.To, "digits": strings.TrimPrefix(m.To, "+"), "from": cmp.Or(m.From, s.entry.From), "text": m.Body, "subject": m.Subject,
		"id": string(m.ID), "password": s.password,
	}
	r := outbound.Request{
		Method: s.entry.Method, Header: http.Header{}, Timeout: time.Minute,
		URL: fill(s.entry.URL, values, func(v string) string { return strings.ReplaceAll(url.QueryEscape(v), "+", "%20") }),
	}
	if s.entry.Body != "" {
		r.Body = fill(s.entry.Body, values, s.escape())
		r.Header.Set("Content-Type", jsonType)
	}
	for name, value := range s.entry.Headers {
		value = fill(value, values, plainValue)
		if strings.ContainsFunc(value, func(c rune) bool { return c < ' ' || c == 0x7f }) {
			return "", fmt.Errorf("%w: header %s: its value holds a control character", outgoing.ErrRefused, name)
		}
		r.Header.Set(name, value)
	}
	r.Header.Set("Idempotency-Key", string(m.ID))
	if until, ok := ctx.Deadline(); ok {
		r.Timeout = max(time.Millisecond, time.Until(until))
	}
	answer, err := s.web.Do(ctx, r)
	if err != nil {
		return "", errors.New(masked(err.Error(), s.password))
	}
	if err := s.judge(answer, m); err != nil {
		return "", err
	}
	return reference(answer.Body, s.entry.Reference), nil
}

// judge says whether an answer means that the message was taken.
func (s *httpService) judge(a outbound.Answer, m outgoing.Message) error {
	taken := a.Status/100 == 2
	if len(s.entry.Status) > 0 {
		taken = slices.Contains(s.entry.Status, a.Status)
	}
	if taken {
		return nil
	}
	again := a.Status/100 != 4 || slices.Contains([]int{401, 403, 408, 425, 429}, a.Status)
	if len(s.entry.Refused) > 0 {
		again = !slices.Contains(s.entry.Refused, a.Status)
	}
	said := fmt.Sprintf("the gateway answered %d", a.Status)
	if !m.Secret { // a gateway may repeat the text
		said = fmt.Sprintf("%s: %.200q", said, masked(string(a.Body), s.password))
	}
	if again {
		return errors.New(said)
	}
	return fmt.Errorf("%w: %s", outgoing.ErrRefused, said)
}

// Look asks whether somebody is there, for the doctor: any answer says so. Nothing is sent.
func (s *httpService) Look(ctx context.Context) error {
	r := outbound.Request{Method: http.MethodHead, URL: s.entry.URL[:hostEnd(s.entry.URL)] + "/", Timeout: 5 * time.Second, Header: http.Header{}}
	if _, err := s.web.Do(ctx, r); err != nil {
		return errors.New(masked(err.Error(), s.password))
	}
	return nil
}

// Close frees idle connections.
func (s *httpService) Close() error {
	s.web.Close()
	return nil
}

// reference finds what is at a path of an answer's JSON, such as messages.0.id; empty: nothing is.
func reference(body []byte, path string) string {
	var at any
	dec := json.NewDecoder(strings.NewReader(string(body)))
	dec.UseNumber()
	if path == "" || dec.Decode(&at) != nil {
		return ""
	}
	for _, step := range strings.Split(path, ".") {
		switch v := at.(type) {
		case map[string]any:
			at = v[step]
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i < 0 || i >= len(v) {
				return ""
			}
			at = v[i]
		default:
			return ""
		}
	}
	switch v := at.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	}
	return ""
}

// cutLast cuts an address of e-mail at its last @.
func cutLast(address string) (name, domain string, ok bool) {
	i := strings.LastIndexByte(address, '@')
	if i < 0 {
		return address, "localhost", false
	}
	return address[:i], address[i+1:], true
}
