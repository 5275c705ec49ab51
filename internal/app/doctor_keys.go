package app

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"
)

// renewBefore is how long before its end a certificate is worth a word.
const renewBefore = 14 * 24 * time.Hour

// examineCertificate looks at the certificate of SIP over TLS; nothing is said where there is none.
func examineCertificate(cfg Config, now time.Time) []finding {
	if cfg.TLSCertificate == "" {
		return nil
	}
	pair, err := tls.LoadX509KeyPair(cfg.TLSCertificate, cfg.TLSKey)
	if err != nil {
		return []finding{{false, "certificate: " + err.Error(), "Name a PEM file with the certificate and one with its key (--tls-certificate, --tls-key)."}}
	}
	end := pair.Leaf.NotAfter
	f := finding{true, "certificate: valid until " + end.Format(time.RFC3339), ""}
	switch left := end.Sub(now); {
	case left <= 0:
		f = finding{false, "certificate: it ended " + end.Format(time.RFC3339), "Renew it: carriers and phones refuse calls over TLS. A changed file is used at once."}
	case now.Before(pair.Leaf.NotBefore):
		f = finding{false, "certificate: it begins " + pair.Leaf.NotBefore.Format(time.RFC3339), "Set the clock, or use the certificate before it."}
	case left < renewBefore:
		f.do = fmt.Sprintf("It ends in %d days: renew it.", int(left.Hours()/24))
	}
	return []finding{f}
}

// examineKeys looks whether the keys of recordings are there.
func examineKeys(cfg Config) []finding {
	path := cfg.keyFile()
	switch _, err := os.Stat(path); {
	case err == nil:
		return []finding{{true, "recordings: their keys are in " + path, "Keep a copy of this file in another place: without it no recording can be heard."}}
	case errors.Is(err, fs.ErrNotExist):
		return []finding{{true, "recordings: no keys yet at " + path, "The first start makes them, unless there are sealed recordings already: then put the file back."}}
	default:
		return []finding{{false, "recordings: " + err.Error(), "The server must be able to read the file with keys."}}
	}
}
