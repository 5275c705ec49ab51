package srtp

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"log/slog"
	"slices"
	"time"

	"github.com/pion/dtls/v3"
)

// flightInterval is when DTLS repeats first; it doubles.
const flightInterval = 400 * time.Millisecond

var errFingerprint = errors.New("the certificate is not the one the description names")

// What a DTLS record is (RFC 6347, section 4.1).
const (
	recordHeader    = 13
	changeCipher    = 20
	alertRecord     = 21
	handshakeRecord = 22
)

// Admissible says whether a datagram may be shown to DTLS. Alerts in the clear may not: anybody can
// write one, and pion would end the connection over it, even long after the handshake. Nor may
// application data, which nobody reads. late: only sealed alerts.
func Admissible(b []byte, late bool) bool {
	for len(b) > 0 {
		if len(b) < recordHeader {
			return false
		}
		sealed := binary.BigEndian.Uint16(b[3:]) > 0
		size := recordHeader + int(binary.BigEndian.Uint16(b[11:]))
		if size > len(b) || b[1] != 0xfe {
			return false
		}
		switch b[0] {
		case alertRecord:
			if !sealed {
				return false
			}
		case changeCipher, handshakeRecord:
			if late {
				return false
			}
		default:
			return false
		}
		b = b[size:]
	}
	return true
}

// Handshake is what both sides of a DTLS handshake need to know.
type Handshake struct {
	Client      bool // we begin
	Certificate tls.Certificate
	// Fingerprints are those of the party's description; its certificate must have one of them.
	Fingerprints []Fingerprint
	Log          *slog.Logger // gets what pion/dtls has to say, as debug messages; nil: slog.Default()
}

// Do shakes hands over r; ctx bounds it. The other end of the connection owns the certificate that was
// described. With an error there may be a connection to be closed.
func (h Handshake) Do(ctx context.Context, r *Records) (*dtls.Conn, error) {
	shared := []dtls.Option{
		dtls.WithCertificates(h.Certificate),
		dtls.WithSRTPProtectionProfiles(Profiles()...),
		dtls.WithExtendedMasterSecret(dtls.RequireExtendedMasterSecret),
		// There is no authority: the fingerprint, which came with the description, decides.
		dtls.WithInsecureSkipVerify(true),
		dtls.WithVerifyPeerCertificate(func(chain [][]byte, _ [][]*x509.Certificate) error { return h.verify(chain) }),
		dtls.WithFlightInterval(flightInterval),
		dtls.WithLoggerFactory(h.loggers()),
	}
	var conn *dtls.Conn
	var err error
	if h.Client {
		var options []dtls.ClientOption
		for _, o := range shared {
			options = append(options, o)
		}
		conn, err = dtls.ClientWithOptions(r, Nowhere(), options...)
	} else {
		options := []dtls.ServerOption{dtls.WithClientAuth(dtls.RequireAnyClientCert)}
		for _, o := range shared {
			options = append(options, o)
		}
		conn, err = dtls.ServerWithOptions(r, Nowhere(), options...)
	}
	if err != nil {
		return nil, err
	}
	if err := conn.HandshakeContext(ctx); err != nil {
		return conn, err
	}
	state, ok := conn.ConnectionState()
	if !ok {
		return conn, errProfile
	}
	return conn, h.verify(state.PeerCertificates)
}

// verify compares the party's certificate with its description (RFC 5763, section 5).
func (h Handshake) verify(chain [][]byte) error {
	if len(chain) > 0 && slices.ContainsFunc(h.Fingerprints, func(f Fingerprint) bool { return f.Of(chain[0]) }) {
		return nil
	}
	return errFingerprint
}

// Resume wakes a connection of a finished handshake, to read what comes over r.
func (h Handshake) Resume(state *dtls.State, r *Records) (*dtls.Conn, error) {
	return dtls.ResumeWithOptions(state, r, Nowhere(), dtls.WithCertificates(h.Certificate), dtls.WithLoggerFactory(h.loggers()))
}

func (h Handshake) loggers() loggers {
	if h.Log == nil {
		return loggers{slog.Default()}
	}
	return loggers{h.Log}
}
