package app

import (
	"bytes"
	"log/slog"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"linekeeper/internal/edge/voice"
	"linekeeper/internal/trunk"
	"linekeeper/internal/wire/sdp"
	"linekeeper/test/rig"
)

func TestACertificateIsReadAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		certificate, key, err := rig.Certificate(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		pair, err := newKeyPair(certificate, key, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		first := pair.current()
		put := func(name string, text []byte) {
			t.Helper()
			if err := os.WriteFile(name, text, 0o600); err != nil {
				t.Fatal(err)
			}
			// Files may be changed twice within what their times can tell.
			if err := os.Chtimes(name, time.Time{}, time.Now()); err != nil {
				t.Fatal(err)
			}
		}
		other, otherKey, err := rig.Certificate(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		read := func(name string) []byte {
			t.Helper()
			b, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			return b
		}
		time.Sleep(time.Minute)
		put(certificate, read(other))
		if got := pair.current(); !bytes.Equal(got.Certificate[0], first.Certificate[0]) {
			t.Error("a certificate without its key was taken")
		}
		time.Sleep(time.Minute)
		put(key, read(otherKey))
		if got := pair.current(); bytes.Equal(got.Certificate[0], first.Certificate[0]) {
			t.Error("the new certificate is not in use")
		}
	})
}

func TestTLSSettingsThatDoNotFit(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		want   string
		change func(*Config)
	}{
		{"", func(*Config) {}},
		{"sip-tls: ", func(c *Config) { c.SIPTLS = "5061" }},
		{"sip-tls: it needs", func(c *Config) { c.SIPTLS = ":5061" }},
		{"", func(c *Config) { c.SIPTLS, c.TLSCertificate, c.TLSKey = ":5061", "a", "b" }},
		{"tls-certificate: ", func(c *Config) { c.TLSCertificate = "a" }},
		{"sip-websocket: ", func(c *Config) { c.SIPWebSocket = "sip" }},
		{"sip-websocket: ", func(c *Config) { c.SIPWebSocket = "/" }},
	} {
		config := Defaults()
		c.change(&config)
		err := config.Validate()
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.HasPrefix(err.Error(), c.want)) {
			t.Errorf("got %v, want %q", err, c.want)
		}
	}
	if _, err := authoritiesOf("/dev/null"); err == nil {
		t.Error("a file without authorities was taken")
	}
	if _, err := newKeyPair("/nowhere", "/nowhere", nil); err == nil {
		t.Error("a missing certificate was taken")
	}
}

func TestEncryptionOfATrunk(t *testing.T) {
	t.Parallel()
	for want, have := range map[voice.Encryption]trunk.Settings{
		{}:                                    {},
		{Keying: sdp.SDES, Optional: true}:    {Encryption: trunk.SDES, EncryptionOptional: true},
		{Keying: sdp.DTLS}:                    {Encryption: trunk.DTLS},
		{Keying: sdp.SDES, KeysInClear: true}: {Encryption: trunk.SDES, SDESWithoutTLS: true},
	} {
		if got := voice.EncryptionOf(trunk.Trunk{Settings: have}); got != want {
			t.Errorf("%+v: got %+v, want %+v", have, got, want)
		}
	}
}
