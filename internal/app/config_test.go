package app

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the sample configuration anew")

// TestSample keeps docs/operating/linekeeper.sample.yaml what the config struct says.
func TestSample(t *testing.T) {
	const name = "../../docs/operating/linekeeper.sample.yaml"
	if *update {
		if err := os.WriteFile(name, []byte(Sample()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != Sample() {
		t.Errorf("%s is not what the config struct says: run make gen", name)
	}
	// Uncommented, the sample is the defaults.
	var lines []string
	for _, l := range strings.Split(Sample(), "\n") {
		if strings.HasPrefix(l, "#") && !strings.HasPrefix(l, "# ") {
			lines = append(lines, l[1:])
		}
	}
	var c Config
	if err := c.Load(func(string) bool { return false }, "sample", []byte(strings.Join(lines, "\n")), nothing); err != nil {
		t.Fatal(err)
	}
	if c != Defaults() {
		t.Errorf("the sample says\n%+v, the defaults are\n%+v", c, Defaults())
	}
}

func nothing(string) (string, bool) { return "", false }

func TestConfigPrecedence(t *testing.T) {
	env := func(name string) (string, bool) {
		v, ok := map[string]string{"LINEKEEPER_DATA": "from-env", "LINEKEEPER_SIP": "0.0.0.0:5080"}[name]
		return v, ok
	}
	c := Defaults()
	c.Data = "from-flag"
	err := c.Load(func(f string) bool { return f == "data" }, "lk.yaml", []byte("sip: 0.0.0.0:5070\nhttp: 0.0.0.0:80\n"), env)
	if err != nil {
		t.Fatal(err)
	}
	if c.Data != "from-flag" || c.SIP != "0.0.0.0:5080" || c.HTTP != "0.0.0.0:80" || c.RTPPorts != Defaults().RTPPorts {
		t.Errorf("got %+v; want data by flag, sip by environment, http by file, ports by default", c)
	}
}

func TestConfigMistakes(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"unknown setting", "data: x\nhtpp: y\n", `lk.yaml:2: there is no setting "htpp"`},
		{"not an address", "sip: somewhere\n", "sip:"},
		{"a port that browsers shun", "data: x\nwebrtc: :5061\n", "lk.yaml:2: webrtc: browsers send nothing to port 5061"},
		{"not a range", "data: x\nrtp-ports: 9-1\n", "lk.yaml:2: rtp-ports:"},
		{"not a proxy", "trusted-proxies: 10.0.0.0/8,proxy.example\n", `lk.yaml:1: trusted-proxies: "proxy.example"`},
		{"not a number", "media-workers: many\n", `lk.yaml:1: media-workers: "many" is not a whole number`},
		{"too few", "media-workers: -2\n", "lk.yaml:1: media-workers:"},
		{"not a duration", "\n\nmedia-timeout: soon\n", `lk.yaml:3: media-timeout: "soon" is not a duration`},
		{"not an address to be reached by", "public-ip: example.com\n", "public-ip:"},
		{"a level that is none", "log: loud\n", "log:"},
		{"another database", "database: mysql://x\n", "database:"},
		{"a list", "data: [a]\n", "lk.yaml:1: data: this must be a single value"},
		{"not lines of name and value", "- a\n", "lk.yaml:1:"},
		{"not YAML", "a: [\n", "lk.yaml:"},
		{"no folder", "data: ''\n", "data:"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := Defaults()
			err := c.Load(func(string) bool { return false }, "lk.yaml", []byte(tt.text), nothing)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q in it", err, tt.want)
			}
		})
	}
}

func TestParsePorts(t *testing.T) {
	for text, want := range map[string][2]uint16{"0": {}, "0-0": {}, "20000-20099": {20000, 20099}, "4000 - 4001": {4000, 4001}} {
		low, high, err := parsePorts(text)
		if err != nil || [2]uint16{low, high} != want {
			t.Errorf("%q: got %d-%d, %v; want %v", text, low, high, err, want)
		}
	}
}

// run executes the command line.
func run(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var out strings.Builder
	cmd := Command("test")
	cmd.SetOut(&out)
	cmd.SetErr(&out)
	cmd.SetArgs(args)
	err := cmd.ExecuteContext(t.Context())
	return out.String(), err
}

func TestApplyAndExportOnAFolder(t *testing.T) {
	data := t.TempDir()
	sample := "../../docs/using/center.sample.yaml"
	planned, err := run(t, "apply", "--data", data, "--dry-run", "-f", sample)
	if err != nil {
		t.Fatal(err)
	}
	applied, err := run(t, "apply", "--data", data, "-f", sample)
	if err != nil {
		t.Fatal(err)
	}
	if planned != applied || !strings.Contains(applied, "+ queue") {
		t.Errorf("the dry run said\n%s\nand applying\n%s", planned, applied)
	}
	again, err := run(t, "apply", "--data", data, "-f", sample)
	if err != nil || again != "Nothing to change.\n" {
		t.Errorf("applying again: got %q, %v; want nothing to change", again, err)
	}
	file := filepath.Join(t.TempDir(), "exported.yaml")
	if _, err := run(t, "export", "--data", data, "-o", file); err != nil {
		t.Fatal(err)
	}
	if back, err := run(t, "apply", "--data", data, "-f", file); err != nil || back != "Nothing to change.\n" {
		t.Errorf("applying the export: got %q, %v; want nothing to change", back, err)
	}
}

func TestApplyNamesLineAndField(t *testing.T) {
	file := filepath.Join(t.TempDir(), "center.yaml")
	if err := os.WriteFile(file, []byte("projects:\n  - {key: shop, name: Shop}\nqueues:\n  - key: sales\n    project: shpo\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := run(t, "apply", "--data", t.TempDir(), "-f", file)
	if err == nil || !strings.Contains(err.Error(), ":5: queues[0].project") {
		t.Errorf("got %v, want line 5 and the field", err)
	}
}

func TestDoctorFindsATakenPort(t *testing.T) {
	out, err := run(t, "doctor", "--data", t.TempDir(), "--http", "127.0.0.1:0", "--sip", "127.0.0.1:0", "--webrtc", "127.0.0.1:0")
	if err != nil || strings.Contains(out, "BAD") {
		t.Fatalf("on a good machine: %v\n%s", err, out)
	}
	for _, want := range []string{"clock", "disk", "database", "microphone", "NAT", "RTP ports"} {
		if !strings.Contains(out, want) {
			t.Errorf("the report has nothing about %s:\n%s", want, out)
		}
	}
	out, err = run(t, "doctor", "--data", t.TempDir(), "--http", "127.0.0.1:0", "--sip", "127.0.0.1:0", "--webrtc", "127.0.0.1:0", "--rtp-ports", "20000-20003")
	if err == nil || !strings.Contains(out, "BAD  RTP ports") {
		t.Errorf("a range for two calls passes: %v\n%s", err, out)
	}
}
