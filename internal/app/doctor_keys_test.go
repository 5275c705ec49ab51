package app

import (
	"path/filepath"
	"testing"
	"time"

	"linekeeper/test/rig"
)

func TestDoctorLooksAtTheCertificate(t *testing.T) {
	certificate, key, err := rig.Certificate(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	cfg := Config{TLSCertificate: certificate, TLSKey: key}
	now := time.Now()
	for name, c := range map[string]struct {
		at time.Time
		ok bool
	}{"now": {now, true}, "much later": {now.AddDate(100, 0, 0), false}, "before": {now.AddDate(-100, 0, 0), false}} {
		if got := examineCertificate(cfg, c.at); len(got) != 1 || got[0].ok != c.ok {
			t.Errorf("%s: got %+v, want ok %v", name, got, c.ok)
		}
	}
	cfg.TLSKey = filepath.Join(t.TempDir(), "none")
	if got := examineCertificate(cfg, now); len(got) != 1 || got[0].ok {
		t.Errorf("without a key: got %+v, want a bad one", got)
	}
	if got := examineCertificate(Config{}, now); got != nil {
		t.Errorf("without TLS: got %+v, want nothing", got)
	}
}
