package app

import (
	"fmt"
	"net/netip"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// Config is everything that is set outside the product; what people set inside it is in the center.
// Each field is a flag, an environment variable (LINEKEEPER_ and the name in capitals) and a line of
// the configuration file, in this order of precedence. The tags are the documentation: the sample
// file and the help are made from them.
type Config struct {
	Data           string `name:"data" default:"data" doc:"Folder for the database, recordings and everything else that must not be lost. One process at a time may use it."`
	HTTP           string `name:"http" default:"127.0.0.1:8080" doc:"Address and port of the web pages and the API. Browsers give the microphone only to HTTPS or localhost: put a proxy with a certificate in front for others. Port 0 takes a free one."`
	SIP            string `name:"sip" default:"0.0.0.0:5060" doc:"Address and port for SIP over UDP and TCP. Port 0 takes free ones."`
	RTPPorts       string `name:"rtp-ports" default:"20000-29999" doc:"UDP ports for the sound of phone lines, two a call at most; 0 takes free ones."`
	WebRTC         string `name:"webrtc" default:"0.0.0.0:7882" doc:"Address and port, UDP and TCP, for the sound of all agents' browsers, which send nothing to 5060 and 5061. Port 0 takes free ones."`
	PublicIP       string `name:"public-ip" default:"" doc:"The address others reach this machine by, when it is behind NAT. Empty: the machine's own."`
	Proxies        string `name:"trusted-proxies" default:"127.0.0.1,::1" doc:"Addresses and prefixes, separated by commas, of HTTPS proxies in front of us: from them X-Forwarded-For and X-Forwarded-Proto are believed. Empty: none."`
	SIPTLS         string `name:"sip-tls" default:"" doc:"Address and port for SIP over TLS, such as 0.0.0.0:5061. It needs tls-certificate and tls-key. Empty: none. Port 0 takes a free one."`
	SIPWebSocket   string `name:"sip-websocket" default:"" doc:"Path of the web port, such as /sip, where phones may speak SIP over WebSocket (RFC 7118). Empty: none."`
	TLSCertificate string `name:"tls-certificate" default:"" doc:"PEM file with the certificate for SIP over TLS, and those between it and its authority. We show it to carriers that ask, too. A changed file is used at once."`
	TLSKey         string `name:"tls-key" default:"" doc:"PEM file with the key of tls-certificate."`
	TLSAuthorities string `name:"tls-authorities" default:"" doc:"PEM file with authorities whose certificates of carriers are trusted, besides the system's."`
	Database       string `name:"database" default:"" doc:"postgres://user:password@host:5432/name; empty: SQLite in the data folder."`
	Log            string `name:"log" default:"info" doc:"debug, info, warn or error. Logs go to standard error as JSON."`
	Apply          string `name:"apply" default:"" doc:"A center file applied before the server is ready; see linekeeper apply."`

	SecretKey           string        `name:"secret-key" default:"" secret:"yes" doc:"What locks passwords that must be read again, such as those of carriers; 16 characters or more. Empty: secret.key in the data folder, made at the first start. A backup of the database is of use only with it."`
	RecordingKeys       string        `name:"recording-keys" default:"" doc:"File with the keys recordings are sealed with; made at the first start. Empty: recordings.txt in a folder beside the data folder, with its name and -keys. Keep a copy: without it no recording can be heard."`
	RecordingPassphrase string        `name:"recording-keys-passphrase" default:"" secret:"yes" doc:"Protects the file with keys; it must be the one the file was made with. Empty: the file is plain text that only its user can read."`
	RecordingKeyAge     time.Duration `name:"recording-key-age" default:"2160h" doc:"After this a new key is made and used for new recordings; earlier keys are kept. 0: only by linekeeper keys rotate."`
	RecordingPlace      string        `name:"recording-place" default:"folder" doc:"Where sealed recordings are kept: folder, in the data folder, or s3, an S3-compatible service; then those made before are brought there as well. What cannot be brought there stays in the folder and is tried again."`
	RecordingLocalDays  int           `name:"recording-local-days" default:"0" doc:"With s3: how many days a copy stays in the data folder, where it is heard sooner. 0: it goes at once."`
	S3Endpoint          string        `name:"recording-s3-endpoint" default:"" doc:"Address of the S3-compatible service: https://, host and perhaps port. Plain http only inside your own network."`
	S3Region            string        `name:"recording-s3-region" default:"us-east-1" doc:"Its region; what the service says, or anything where it has none."`
	S3Bucket            string        `name:"recording-s3-bucket" default:"" doc:"The bucket. It must be there."`
	S3Prefix            string        `name:"recording-s3-prefix" default:"" doc:"Before the name of each object, so that a bucket can be shared. Empty: none."`
	S3KeyID             string        `name:"recording-s3-key-id" default:"" doc:"Id of the access key, which may get, put and delete objects."`
	S3Secret            string        `name:"recording-s3-secret" default:"" secret:"yes" doc:"Its secret. Give it by the environment or the file."`
	S3Address           string        `name:"recording-s3-address" default:"auto" doc:"How the bucket is named in requests: path (endpoint/bucket), host (bucket.endpoint), or auto: by the service."`

	SpeechFile   string        `name:"speech-file" default:"" doc:"YAML file with the engines that speak texts and the recognizers that hear customers, in the order in which they stand in for each other; projects choose among them. See docs/operating. Empty: speech-url, then espeak-ng if installed."`
	SpeechURL    string        `name:"speech-url" default:"" doc:"An HTTP engine that speaks texts (POST text, answer WAV, or OpenAI-compatible). Empty: espeak-ng if installed."`
	SpeechKey    string        `name:"speech-key" default:"" secret:"yes" doc:"Key for the HTTP engine."`
	GatewayFile  string        `name:"gateway-file" default:"" doc:"YAML file with the gateways that take outgoing e-mail and SMS; projects choose among them. See docs/operating. Empty: nothing is sent."`
	FlowHosts    string        `name:"flow-hosts" default:"" doc:"Hosts of the own network that flows may ask by HTTP, as they stand in URLs, with commas in between. Empty: none, only addresses of the internet."`
	FlowSources  string        `name:"flow-sources" default:"" secret:"yes" doc:"Databases that flows may look up in by SQL, read only: name=postgres://user:password@host/db or name=sqlite:/path/of/file.db, with spaces in between. Give passwords by the environment or the file. Empty: none."`
	MediaWorkers int           `name:"media-workers" default:"0" doc:"Workers that carry the sound of phone lines, on Linux. 0: one per processor. -1: none, a goroutine per line, as on other systems; it costs more."`
	MediaTimeout time.Duration `name:"media-timeout" default:"60s" doc:"A caller whose sound is missing for this long is taken as gone. 0: never."`
	SilenceAlarm time.Duration `name:"silence-alarm" default:"20s" doc:"An agent is told when nothing but silence comes from the agent's microphone or from the customer for this long, and the time line has it. 0: nobody is."`
	SIPTraceDays int           `name:"sip-trace-days" default:"30" doc:"How many days the SIP messages of each call (its ladder) are kept, with digits and secrets masked. 0: none are."`
	RestoreLimit time.Duration `name:"restore-limit" default:"2m" doc:"A process that starts within this time after the former one ended, killed or not, goes on with its calls. Later, they are closed. 0: they always are."`
	DrainTimeout time.Duration `name:"drain-timeout" default:"10m" doc:"How long running calls may finish after the first Ctrl-C or SIGTERM."`
}

// option is a field of Config with its tags.
type option struct {
	field               reflect.Value
	name, fallback, doc string
	secret              bool
}

func (c *Config) options() []option {
	v := reflect.ValueOf(c).Elem()
	var all []option
	for i := range v.NumField() {
		tag := v.Type().Field(i).Tag
		all = append(all, option{v.Field(i), tag.Get("name"), tag.Get("default"), tag.Get("doc"), tag.Get("secret") == "yes"})
	}
	return all
}

func (o option) env() string {
	return "LINEKEEPER_" + strings.ToUpper(strings.ReplaceAll(o.name, "-", "_"))
}

// set gives the field a value from text.
func (o option) set(text string) error {
	switch o.field.Interface().(type) {
	case string:
		o.field.SetString(text)
	case int:
		n, err := strconv.Atoi(text)
		if err != nil {
			return fmt.Errorf("%q is not a whole number", text)
		}
		o.field.SetInt(int64(n))
	case time.Duration:
		d, err := time.ParseDuration(text)
		if err != nil {
			return fmt.Errorf("%q is not a duration; write one like 30s or 10m", text)
		}
		o.field.SetInt(int64(d))
	}
	return nil
}

// Defaults is the configuration when nothing is set.
func Defaults() Config {
	var c Config
	for _, o := range c.options() {
		if err := o.set(o.fallback); err != nil {
			panic("app: default of " + o.name + ": " + err.Error())
		}
	}
	return c
}

// Flags are how a command line offers the options: it is asked for each flag that was given.
type Flags interface {
	StringVar(p *string, name, value, usage string)
	IntVar(p *int, name string, value int, usage string)
	DurationVar(p *time.Duration, name string, value time.Duration, usage string)
}

// Register offers every option as a flag.
func (c *Config) Register(f Flags) {
	for _, o := range c.options() {
		switch p := o.field.Addr().Interface().(type) {
		case *string:
			f.StringVar(p, o.name, *p, o.doc)
		case *int:
			f.IntVar(p, o.name, *p, o.doc)
		case *time.Duration:
			f.DurationVar(p, o.name, *p, o.doc)
		}
	}
}

// Load completes a configuration whose flags were parsed: what no flag set comes from the
// environment, then from the file (its text may be empty), then from the defaults. Errors name the
// place.
func (c *Config) Load(given func(flag string) bool, file string, text []byte, env func(string) (string, bool)) error {
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	inFile := map[string]*yaml.Node{}
	if len(doc.Content) > 0 {
		root := doc.Content[0]
		if root.Kind != yaml.MappingNode {
			return fmt.Errorf("%s:%d: this must be lines of name: value", file, root.Line)
		}
		for i := 0; i+1 < len(root.Content); i += 2 {
			inFile[root.Content[i].Value] = root.Content[i]
			inFile[root.Content[i].Value+"="] = root.Content[i+1]
		}
	}
	known := map[string]bool{}
	for _, o := range c.options() {
		known[o.name] = true
		if given(o.name) {
			continue
		}
		if v, ok := env(o.env()); ok {
			if err := o.set(v); err != nil {
				return fmt.Errorf("environment variable %s: %w", o.env(), err)
			}
			continue
		}
		if key, ok := inFile[o.name]; ok {
			value := inFile[o.name+"="]
			if value.Kind != yaml.ScalarNode {
				return fmt.Errorf("%s:%d: %s: this must be a single value", file, value.Line, o.name)
			}
			if err := o.set(value.Value); err != nil {
				return fmt.Errorf("%s:%d: %s: %w", file, key.Line, o.name, err)
			}
		}
	}
	for name, key := range inFile {
		if !strings.HasSuffix(name, "=") && !known[name] {
			return fmt.Errorf("%s:%d: there is no setting %q", file, key.Line, name)
		}
	}
	err := c.Validate()
	for _, o := range c.options() {
		_, fromEnv := env(o.env())
		if key, ok := inFile[o.name]; err != nil && ok && !fromEnv && !given(o.name) && strings.HasPrefix(err.Error(), o.name+": ") {
			return fmt.Errorf("%s:%d: %w", file, key.Line, err)
		}
	}
	return err
}

// browsersRefuse are ports from 1024 to which browsers connect with nothing, sound included ("bad ports" of the
// Fetch standard; Chromium 156 drops its ICE checks to them without a word). Below 1024 only some are.
var browsersRefuse = []uint16{1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080}

// Validate checks everything before anything is started.
func (c *Config) Validate() error {
	for name, v := range map[string]string{"http": c.HTTP, "sip": c.SIP, "webrtc": c.WebRTC} {
		if _, err := parseAddr(v); err != nil {
			return fmt.Errorf("%s: %q is not an address with a port; write one like 0.0.0.0:5060", name, v)
		}
	}
	if at, _ := parseAddr(c.WebRTC); slices.Contains(browsersRefuse, at.Port()) {
		return fmt.Errorf("webrtc: browsers send nothing to port %d, which they keep for another protocol; take another one, such as 7882", at.Port())
	}
	if _, _, err := parsePorts(c.RTPPorts); err != nil {
		return err
	}
	if c.MediaWorkers < noWorkers || c.MediaWorkers > maxWorkers {
		return fmt.Errorf("media-workers: %d is not between %d and %d", c.MediaWorkers, noWorkers, maxWorkers)
	}
	if c.SIPTraceDays < 0 || c.SIPTraceDays > 100_000 {
		return fmt.Errorf("sip-trace-days: %d is not a number from 0 to 100000", c.SIPTraceDays)
	}
	if c.PublicIP != "" {
		if _, err := netip.ParseAddr(c.PublicIP); err != nil {
			return fmt.Errorf("public-ip: %q is not an IP address", c.PublicIP)
		}
	}
	if _, err := parsePrefixes(c.Proxies); err != nil {
		return err
	}
	if err := c.validateTLS(); err != nil {
		return err
	}
	switch c.Log {
	case "debug", "info", "warn", "error":
	default:
		return fmt.Errorf("log: %q is none of debug, info, warn, error", c.Log)
	}
	if c.Database != "" && !strings.HasPrefix(c.Database, "postgres://") && !strings.HasPrefix(c.Database, "postgresql://") {
		return fmt.Errorf("database: this must be empty or begin with postgres://")
	}
	if err := c.validateRecordings(); err != nil {
		return err
	}
	if c.Data == "" {
		return fmt.Errorf("data: name a folder")
	}
	return nil
}

// parseAddr reads host:port; an empty host means every address, localhost the loopback.
func parseAddr(s string) (netip.AddrPort, error) {
	s = strings.Replace(s, "localhost:", "127.0.0.1:", 1)
	if strings.HasPrefix(s, ":") {
		s = "0.0.0.0" + s
	}
	return netip.ParseAddrPort(s)
}

// parsePrefixes reads addresses and prefixes separated by commas.
func parsePrefixes(s string) ([]netip.Prefix, error) {
	var all []netip.Prefix
	for _, item := range strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' }) {
		p, err := netip.ParsePrefix(item)
		if a, ok := netip.ParseAddr(item); ok == nil {
			p, err = a.Prefix(a.BitLen())
		}
		if err != nil {
			return nil, fmt.Errorf("trusted-proxies: %q is not an address or prefix; write 192.0.2.7 or 192.0.2.0/24", item)
		}
		all = append(all, p)
	}
	return all, nil
}

// parsePorts reads "low-high" or "0".
func parsePorts(s string) (low, high uint16, err error) {
	if s == "0" || s == "0-0" {
		return 0, 0, nil
	}
	a, b, ok := strings.Cut(s, "-")
	l, err1 := strconv.ParseUint(strings.TrimSpace(a), 10, 16)
	h, err2 := strconv.ParseUint(strings.TrimSpace(b), 10, 16)
	if !ok || err1 != nil || err2 != nil || l > h || l == 0 {
		return 0, 0, fmt.Errorf("rtp-ports: %q is not a range; write one like 20000-29999, or 0 for any free ports", s)
	}
	return uint16(l), uint16(h), nil
}

// Sample is the commented configuration file with every default.
func Sample() string {
	var b strings.Builder
	b.WriteString("# Linekeeper's configuration. Every line can also be a flag (--data) or an environment\n")
	b.WriteString("# variable (LINEKEEPER_DATA); flags win over the environment, the environment over this file.\n")
	c := Defaults()
	for _, o := range c.options() {
		b.WriteString("\n")
		for _, line := range wrap(o.doc, 96) {
			b.WriteString("# " + line + "\n")
		}
		b.WriteString("#" + o.name + ": " + strconv.Quote(o.fallback) + "\n")
	}
	return b.String()
}

func wrap(text string, width int) []string {
	var lines []string
	line := ""
	for _, w := range strings.Fields(text) {
		if line != "" && len(line)+1+len(w) > width {
			lines = append(lines, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += w
	}
	return append(lines, line)
}

// ReadFile is os.ReadFile, but an empty name gives an empty file.
func ReadFile(name string) ([]byte, error) {
	if name == "" {
		return nil, nil
	}
	return os.ReadFile(name)
}
