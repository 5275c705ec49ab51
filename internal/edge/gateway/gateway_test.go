package gateway

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"linekeeper/internal/outgoing"
)

func noEnv(string) (string, bool) { return "", false }

func noFile(name string) ([]byte, error) { return nil, fmt.Errorf("there is no %s", name) }

// TestParse holds what a file may say, and that errors never repeat a secret.
func TestParse(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"nothing":           {"", ""},
		"a mail server":     {"gateways: [{name: mail, kind: smtp, host: mail.example.com, user: u, password: hush, from: Shop <shop@example.com>}]", ""},
		"an SMS service":    {"gateways: [{name: sms, kind: http, url: 'https://sms.example.com/send?to={digits}', body: '{\"t\": \"{text}\"}', countries: [TH, RU]}]", ""},
		"a form":            {"gateways: [{name: sms, kind: http, url: 'https://sms.example.com/', headers: {Content-Type: application/x-www-form-urlencoded}, body: 'to={to}&text={text}&key={password}', password: hush}]", ""},
		"two of a name":     {"gateways: [{name: a, kind: smtp, host: h, from: a@b.c}, {name: a, kind: smtp, host: h, from: a@b.c}]", "gateways[1]: name: another"},
		"no name":           {"gateways: [{kind: smtp, host: h, from: a@b.c}]", "gateways[0]: name:"},
		"another kind":      {"gateways: [{name: a, kind: fax}]", "kind: write"},
		"a field too many":  {"gateways: [{name: a, kind: smtp, hots: hush}]", "hots"},
		"not YAML":          {"gateways: hush", "a value"},
		"no sender":         {"gateways: [{name: a, kind: smtp, host: h}]", "from:"},
		"open password":     {"gateways: [{name: a, kind: smtp, host: h, from: a@b.c, tls: none, user: u, password: hush}]", "tls:"},
		"no password":       {"gateways: [{name: a, kind: smtp, host: h, from: a@b.c, user: u}]", "user:"},
		"two passwords":     {"gateways: [{name: a, kind: smtp, host: h, from: a@b.c, user: u, password: hush, password_env: HUSH}]", "password: write one"},
		"no such variable":  {"gateways: [{name: a, kind: smtp, host: h, from: a@b.c, user: u, password_env: NONE}]", "NONE"},
		"no such file":      {"gateways: [{name: a, kind: smtp, host: h, from: a@b.c, user: u, password_file: none}]", "password_file"},
		"a text by SMTP":    {"gateways: [{name: a, kind: smtp, carries: sms, host: h, from: a@b.c}]", "carries:"},
		"no text":           {"gateways: [{name: a, kind: http, url: 'https://sms.example.com/{to}'}]", "body:"},
		"nobody":            {"gateways: [{name: a, kind: http, url: 'https://sms.example.com/', body: '\"{text}\"'}]", "body:"},
		"no JSON":           {"gateways: [{name: a, kind: http, url: 'https://sms.example.com/', body: '{{to}: {text}}'}]", "body: it is not JSON"},
		"the host is said":  {"gateways: [{name: a, kind: http, url: 'https://{to}.example.com/', body: '\"{text}\"'}]", "url:"},
		"a user in the URL": {"gateways: [{name: a, kind: http, url: 'https://u:hush@example.com/', body: '\"{to}{text}\"'}]", "url:"},
		"a wrong country":   {"gateways: [{name: a, kind: http, url: 'https://e.com/', body: '\"{to}{text}\"', countries: [XX]}]", "countries:"},
		"a long time":       {"gateways: [{name: a, kind: http, url: 'https://e.com/', body: '\"{to}{text}\"', timeout: 1h}]", "timeout:"},
		"a header's name":   {"gateways: [{name: a, kind: http, url: 'https://e.com/', body: '\"{to}{text}\"', headers: {'a b': hush}}]", "headers:"},
	} {
		_, err := Parse([]byte(test.text), noEnv, noFile, Dialer{})
		switch {
		case test.want == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
			t.Errorf("%s: %v, want %q", name, err, test.want)
		case err != nil && strings.Contains(err.Error(), "hush"):
			t.Errorf("%s: the error says a secret: %v", name, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("gateways: [{name: mail, kind: smtp, host: mail.example.com, from: shop@example.com}]")
	f.Add("gateways: [{name: a, kind: http, url: 'https://e.com/{to}', body: '\"{text}\"', reference: a.0.b}]")
	f.Fuzz(func(t *testing.T, text string) {
		all, err := Parse([]byte(text), noEnv, noFile, Dialer{})
		for _, g := range all {
			if g.Gateway == nil || g.Name == "" {
				t.Errorf("%+v, %v", g, err)
			}
		}
	})
}

func FuzzReference(f *testing.F) {
	f.Add(`{"messages":[{"id":17}]}`, "messages.0.id")
	f.Add(`[1e999]`, "0")
	f.Fuzz(func(_ *testing.T, body, path string) { reference([]byte(body), path) })
}

func one(t *testing.T, text string, net Dialer) outgoing.Named {
	t.Helper()
	all, err := Parse([]byte(text), noEnv, noFile, net)
	if err != nil || len(all) != 1 {
		t.Fatalf("%d gateways, %v", len(all), err)
	}
	return all[0]
}

var text = outgoing.Message{ID: "m-1", Way: outgoing.SMS, To: "+66812345678", From: "Bank", Body: "5 < 6 & \"so\" on\nสวัสดี", Created: time.Now()}

// TestHTTP: what a service gets, and what its answers mean.
func TestHTTP(t *testing.T) {
	var status int
	var got, said string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		got = fmt.Sprintf("%s %s %s %s %s", r.Method, r.URL.RequestURI(), r.Header.Get("Authorization"), r.Header.Get("Idempotency-Key"), body)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, said)
	}))
	defer server.Close()
	for name, test := range map[string]struct {
		entry   string
		status  int
		said    string
		secret  bool
		want    string // that is asked
		ref     string
		err     string
		refused bool
	}{
		"JSON": {
			entry:  `headers: {Authorization: 'Bearer {password}'}, password: hush-hush, reference: messages.0.id, body: '{"to":"{to}","from":"{from}","text":"{text}"}'`,
			status: 201, said: `{"messages":[{"id":9007199254740993}]}`, ref: "9007199254740993",
			want: `POST /send Bearer hush-hush m-1 {"to":"+66812345678","from":"Bank","text":"5 \u003c 6 \u0026 \"so\" on\nสวัสดี"}`,
		},
		"a form": {
			entry:  `headers: {Content-Type: application/x-www-form-urlencoded}, body: 'to={digits}&text={text}'`,
			status: 200, said: "OK 17", want: "POST /send  m-1 to=66812345678&text=5+%3C+6+%26+%22so%22+on%0A%E0%B8%AA%E0%B8%A7%E0%B8%B1%E0%B8%AA%E0%B8%94%E0%B8%B5",
		},
		"a status of its own": {entry: `status: [202], body: '"{to}{text}"'`, status: 200, err: "answered 200"},
		"wrong":               {entry: `body: '"{to}{text}"'`, status: 400, said: "no such number", err: "no such number", refused: true},
		"too much":            {entry: `body: '"{to}{text}"'`, status: 429, err: "answered 429"},
		"no credit":           {entry: `refused: [400], body: '"{to}{text}"'`, status: 402, err: "answered 402"},
		"broken":              {entry: `password: hush-hush, body: '"{to}{text}{password}"'`, status: 500, said: "who is hush-hush?", err: "who is ***?"},
		"a secret":            {entry: `body: '"{to}{text}"'`, status: 400, said: "your code is 123456", secret: true, err: "answered 400", refused: true},
	} {
		t.Run(name, func(t *testing.T) {
			status, said = test.status, test.said
			g := one(t, "gateways: [{name: sms, kind: http, inside: true, url: '"+server.URL+"/send', "+test.entry+"}]", Dialer{})
			m := text
			m.Secret = test.secret
			ref, err := g.Gateway.Send(t.Context(), m)
			if (err == nil) != (test.err == "") || ref != test.ref || errors.Is(err, outgoing.ErrRefused) != test.refused {
				t.Errorf("%q, %v", ref, err)
			}
			if err != nil && (!strings.Contains(err.Error(), test.err) || strings.Contains(err.Error(), "hush-hush") || test.secret && strings.Contains(err.Error(), "123456")) {
				t.Errorf("the error: %v", err)
			}
			if test.want != "" && got != test.want {
				t.Errorf("asked\n%s, want\n%s", got, test.want)
			}
		})
	}
	// In the URL, and nothing to the own network unless it is said.
	g := one(t, "gateways: [{name: sms, kind: http, method: get, url: '"+server.URL+"/send?to={digits}&text={text}'}]", Dialer{})
	if _, err := g.Gateway.Send(t.Context(), text); err == nil || errors.Is(err, outgoing.ErrRefused) || !strings.Contains(err.Error(), "own network") {
		t.Errorf("to the own network: %v", err)
	}
}

// TestHTTPSlow: a service that does not answer is waited for as long as ctx says.
func TestHTTPSlow(t *testing.T) {
	over := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-over }))
	defer server.Close()
	defer close(over)
	g := one(t, "gateways: [{name: sms, kind: http, inside: true, url: '"+server.URL+"', body: '\"{to}{text}\"'}]", Dialer{})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := g.Gateway.Send(ctx, text); err == nil || errors.Is(err, outgoing.ErrRefused) {
		t.Errorf("a slow service: %v", err)
	}
}

// mailbox is a mail server in the test, of another make than our client.
type mailbox struct {
	mu   sync.Mutex
	mail []string
	rcpt error
	slow chan struct{} // it takes no mail before this is closed; nil: at once
}

func (m *mailbox) NewSession(*smtp.Conn) (smtp.Session, error) { return &visit{box: m}, nil }

type visit struct {
	box    *mailbox
	signed bool
	from   string
}

func (v *visit) AuthMechanisms() []string { return []string{sasl.Plain} }

func (v *visit) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if v.signed = user == "shop" && password == "hush-hush"; !v.signed {
			return smtp.ErrAuthFailed
		}
		return nil
	}), nil
}

func (v *visit) Mail(from string, _ *smtp.MailOptions) error {
	if !v.signed {
		return smtp.ErrAuthRequired
	}
	v.from = from
	return nil
}

func (v *visit) Rcpt(string, *smtp.RcptOptions) error { return v.box.rcpt }

func (v *visit) Data(r io.Reader) error {
	if v.box.slow != nil {
		<-v.box.slow
	}
	b, err := io.ReadAll(r)
	v.box.mu.Lock()
	defer v.box.mu.Unlock()
	v.box.mail = append(v.box.mail, v.from+"\n"+string(b))
	return err
}

func (v *visit) Reset()        {}
func (v *visit) Logout() error { return nil }

// open starts the server, with the certificate of httptest for example.com.
func (m *mailbox) open(t *testing.T, full bool) (port int, net_ Dialer) {
	t.Helper()
	web := httptest.NewTLSServer(nil)
	defer web.Close()
	roots := x509.NewCertPool()
	roots.AddCert(web.Certificate())
	s := smtp.NewServer(m)
	s.TLSConfig = &tls.Config{Certificates: web.TLS.Certificates, MinVersion: tls.VersionTLS12}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port = l.Addr().(*net.TCPAddr).Port
	if full {
		l = tls.NewListener(l, s.TLSConfig)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = s.Serve(l)
	}()
	t.Cleanup(func() { _ = s.Close(); <-done })
	return port, Dialer{Roots: roots}
}

var letter = outgoing.Message{
	ID: "m-2", Way: outgoing.Email, To: "anna@example.com", From: "Банк", Subject: "Ваш платёж", Body: "Здравствуйте!\n.\nFrom us: " + strings.Repeat("слово ", 40),
	Created: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC),
}

// TestSMTP: a letter arrives whole, protected from the first byte on or by STARTTLS.
func TestSMTP(t *testing.T) {
	for _, mode := range []string{StartTLS, FullTLS} {
		t.Run(mode, func(t *testing.T) {
			box := &mailbox{}
			port, net := box.open(t, mode == FullTLS)
			g := one(t, fmt.Sprintf("gateways: [{name: mail, kind: smtp, host: 127.0.0.1, port: %d, tls: %s, user: shop, password: hush-hush, hello: shop.example.com, from: Shop <shop@example.com>}]", port, mode), net)
			if err := g.Gateway.(*smtpServer).Look(t.Context()); err != nil {
				t.Fatal(err)
			}
			ref, err := g.Gateway.Send(t.Context(), letter)
			if err != nil || ref != "<m-2@example.com>" {
				t.Fatalf("%q, %v", ref, err)
			}
			box.mu.Lock()
			defer box.mu.Unlock()
			from, raw, _ := strings.Cut(box.mail[0], "\n")
			got, err := mail.ReadMessage(strings.NewReader(raw))
			if err != nil || from != "shop@example.com" {
				t.Fatal(from, err)
			}
			subject, err := new(mime.WordDecoder).DecodeHeader(got.Header.Get("Subject"))
			if err != nil || subject != letter.Subject {
				t.Errorf("the subject is %q, %v", subject, err)
			}
			sender, err := mail.ParseAddress(got.Header.Get("From"))
			if err != nil || sender.Name != "Банк" || sender.Address != "shop@example.com" {
				t.Errorf("from %v, %v", sender, err)
			}
			body, err := io.ReadAll(quotedprintable.NewReader(got.Body))
			if err != nil || strings.TrimSpace(strings.ReplaceAll(string(body), "\r\n", "\n")) != strings.TrimSpace(letter.Body) {
				t.Errorf("the body is %q, %v", body, err)
			}
			if got.Header.Get("Message-Id") != ref || got.Header.Get("Auto-Submitted") != "auto-generated" {
				t.Errorf("headers: %v", got.Header)
			}
		})
	}
}

// TestSMTPTrouble: what is refused for good, what is tried again, and a server that does not answer.
func TestSMTPTrouble(t *testing.T) {
	box := &mailbox{}
	port, net := box.open(t, false)
	file := "gateways: [{name: mail, kind: smtp, host: 127.0.0.1, port: %d, user: shop, password: %s, from: shop@example.com}]"
	g := one(t, fmt.Sprintf(file, port, "hush-hush"), net)
	for _, test := range []struct {
		err     error
		refused bool
	}{
		{&smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "No such user"}, true},
		{&smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "Come back later"}, false},
	} {
		box.rcpt = test.err
		if _, err := g.Gateway.Send(t.Context(), letter); err == nil || errors.Is(err, outgoing.ErrRefused) != test.refused {
			t.Errorf("after %v: %v", test.err, err)
		}
	}
	box.rcpt = nil
	for name, g := range map[string]outgoing.Named{
		"a wrong password":      one(t, fmt.Sprintf(file, port, "wrong-wrong"), net),
		"an unknown authority":  one(t, fmt.Sprintf(file, port, "hush-hush"), Dialer{}),
		"nobody at the address": one(t, fmt.Sprintf(file, 1, "hush-hush"), net),
	} {
		_, err := g.Gateway.Send(t.Context(), letter)
		if err == nil || errors.Is(err, outgoing.ErrRefused) || strings.Contains(err.Error(), "wrong-wrong") {
			t.Errorf("%s: %v", name, err)
		}
	}
	box.slow = make(chan struct{})
	defer close(box.slow)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := g.Gateway.Send(ctx, letter); err == nil || errors.Is(err, outgoing.ErrRefused) {
		t.Errorf("a slow server: %v", err)
	}
}
