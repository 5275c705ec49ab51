// Package gateway takes outgoing messages to mail servers and SMS services, which the server's configuration names in a file.
package gateway

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"linekeeper/internal/kit/number"
	"linekeeper/internal/outgoing"
)

// The kinds of gateways in a file.
const (
	KindSMTP = "smtp" // a mail server, RFC 5321
	KindHTTP = "http" // a request for each message
)

// File is the configuration of gateways, in YAML. Secrets may stand in it, or in files and environment variables that it
// names.
type File struct {
	Gateways []Entry `yaml:"gateways"`
}

// Entry is a gateway in the file.
type Entry struct {
	Name    string `yaml:"name"`
	Kind    string `yaml:"kind"`
	Carries string `yaml:"carries"` // email, sms; missing: email for smtp, sms for http
	From    string `yaml:"from"`    // the sender when a project names none

	Host     string `yaml:"host"`     // smtp
	Port     int    `yaml:"port"`     // smtp; missing: 587, tls: 465, none: 25
	TLS      string `yaml:"tls"`      // smtp: starttls, tls, none; missing: starttls
	User     string `yaml:"user"`     // smtp; missing: nobody signs in
	Hello    string `yaml:"hello"`    // smtp: our name; missing: the machine's
	Password string `yaml:"password"` // smtp: of the user; http: {password} in headers, url and body
	// PasswordFile and PasswordEnv say where the password stands instead.
	PasswordFile string `yaml:"password_file"`
	PasswordEnv  string `yaml:"password_env"`

	URL     string            `yaml:"url"`     // http
	Method  string            `yaml:"method"`  // http; missing: POST
	Headers map[string]string `yaml:"headers"` // http
	Body    string            `yaml:"body"`    // http: {to} {digits} {from} {text} {subject} {id} {password}, escaped for its content type
	Status  []int             `yaml:"status"`  // http: of an answer that says it is taken; missing: 200 to 299
	// Refused are statuses after which another try changes nothing; missing: 400 to 499 but 401, 403, 408, 425 and 429.
	Refused []int `yaml:"refused"`
	// Reference is where the answer's JSON has the message's identity, as messages.0.id; missing: none is kept.
	Reference string `yaml:"reference"`
	// Inside lets its host have an address of the own network.
	Inside bool `yaml:"inside"`

	Timeout    string   `yaml:"timeout"`     // missing: 15s
	Parallel   int      `yaml:"parallel"`    // missing: 2
	PerMinute  int      `yaml:"per_minute"`  // missing: any number
	PerAddress int      `yaml:"per_address"` // within an hour; missing: 10
	Countries  []string `yaml:"countries"`   // of SMS; missing: all
}

// maxFile is the longest configuration that is read.
const maxFile = 1 << 20

var nameForm = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,63}$`)

// Parse reads a file and makes its gateways; nothing is asked. env and read find secrets, net opens connections. Errors name the
// gateway and the field, never a secret.
func Parse(text []byte, env func(string) (string, bool), read func(string) ([]byte, error), net Dialer) ([]outgoing.Named, error) {
	if len(text) > maxFile {
		return nil, fmt.Errorf("it is longer than %d bytes", maxFile)
	}
	var f File
	dec := yaml.NewDecoder(bytes.NewReader(text))
	dec.KnownFields(true)
	if err := dec.Decode(&f); err != nil && !errors.Is(err, io.EOF) {
		return nil, errors.New(regexp.MustCompile("`[^`]*`").ReplaceAllString(err.Error(), "a value")) // it may be a password
	}
	var all []outgoing.Named
	for i, e := range f.Gateways {
		n, err := e.gateway(env, read, net)
		if err == nil && slices.ContainsFunc(all, func(o outgoing.Named) bool { return o.Name == e.Name }) {
			err = errors.New("name: another gateway has it already")
		}
		if err != nil {
			return nil, fmt.Errorf("gateways[%d]: %w", i, err)
		}
		all = append(all, n)
	}
	return all, nil
}

// Open reads a file of gateways, and secrets from the machine's files and environment.
func Open(name string, net Dialer) ([]outgoing.Named, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	all, err := Parse(text, os.LookupEnv, os.ReadFile, net)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return all, nil
}

func (e Entry) gateway(env func(string) (string, bool), read func(string) ([]byte, error), net Dialer) (outgoing.Named, error) {
	n := outgoing.Named{Name: e.Name, Kind: e.Kind, Parallel: e.Parallel, PerMinute: e.PerMinute, PerAddress: e.PerAddress, Countries: e.Countries}
	if !nameForm.MatchString(e.Name) {
		return n, errors.New("name: write small letters, digits and . _ -")
	}
	if err := e.limits(&n); err != nil {
		return n, err
	}
	password, err := e.secret(env, read)
	if err != nil {
		return n, err
	}
	switch e.Kind {
	case KindSMTP:
		n.Carries = outgoing.Way(cmp.Or(e.Carries, string(outgoing.Email)))
		if n.Carries != outgoing.Email {
			return n, errors.New("carries: a gateway of the kind smtp carries email")
		}
		n.Gateway, err = e.smtp(password, net)
	case KindHTTP:
		n.Carries = outgoing.Way(cmp.Or(e.Carries, string(outgoing.SMS)))
		if n.Carries != outgoing.Email && n.Carries != outgoing.SMS {
			return n, errors.New("carries: write email or sms")
		}
		n.Gateway, err = e.http(password, net)
	default:
		err = fmt.Errorf("kind: write %s or %s", KindSMTP, KindHTTP)
	}
	return n, err
}

func (e Entry) limits(n *outgoing.Named) error {
	for name, v := range map[string]int{"parallel": e.Parallel, "per_minute": e.PerMinute, "per_address": e.PerAddress} {
		if v < 0 || v > 100_000 {
			return fmt.Errorf("%s: write a number from 1 to 100000", name)
		}
	}
	for _, c := range e.Countries {
		if !number.IsCountry(c) {
			return fmt.Errorf("countries: %q is not the code of a country, such as TH", c)
		}
	}
	if e.Timeout == "" {
		return nil
	}
	d, err := time.ParseDuration(e.Timeout)
	if err != nil || d < 100*time.Millisecond || d > 2*time.Minute {
		return errors.New("timeout: write a duration from 100ms to 2m")
	}
	n.Timeout = d
	return nil
}

// secret finds the password where the file says.
func (e Entry) secret(env func(string) (string, bool), read func(string) ([]byte, error)) (string, error) {
	given := slices.DeleteFunc([]string{e.Password, e.PasswordFile, e.PasswordEnv}, func(s string) bool { return s == "" })
	switch {
	case len(given) > 1:
		return "", errors.New("password: write one of password, password_file and password_env")
	case e.PasswordEnv != "":
		v, ok := env(e.PasswordEnv)
		if !ok || v == "" {
			return "", fmt.Errorf("password_env: the environment has no %s", e.PasswordEnv)
		}
		return v, nil
	case e.PasswordFile != "":
		b, err := read(e.PasswordFile)
		if err != nil {
			return "", fmt.Errorf("password_file: %w", err)
		}
		return strings.TrimSpace(string(b)), nil
	}
	return e.Password, nil
}

// masked keeps a secret that a server repeats out of time lines and logs.
func masked(text string, secrets ...string) string {
	for _, s := range secrets {
		if len(s) > 2 {
			text = strings.ReplaceAll(text, s, "***")
		}
	}
	return text
}
