package srtp_test

import (
	"bytes"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"linekeeper/internal/media"
	"linekeeper/internal/media/rtcp"
	"linekeeper/internal/wire/srtp"
)

// Reports are sealed and opened in every suite; a copy is refused, and a process that was restarted with
// the same keys is understood without using a number twice.
func TestReportsAreSealed(t *testing.T) {
	for _, suite := range srtp.Suites() {
		t.Run(suite, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ka, kb := keys(t, suite)
				a, b := srtp.NewGuard(nil), srtp.NewGuard(nil)
				defer a.Close()
				defer b.Close()
				plain := (&rtcp.Report{SSRC: 7}).Append(nil, "name")
				if _, err := a.SealReport(make([]byte, media.MaxPacket), plain); err == nil {
					t.Error("a report was sent without keys")
				}
				if err := errors.Join(a.Use(kb, ka), b.Use(ka, kb)); err != nil {
					t.Fatal(err)
				}
				seal := func(g *srtp.Guard) []byte {
					t.Helper()
					out, err := g.SealReport(make([]byte, media.MaxPacket), plain)
					if err != nil {
						t.Fatal(err)
					}
					if bytes.Contains(out, plain[8:]) {
						t.Error("the report is readable")
					}
					return bytes.Clone(out)
				}
				opens := func(sealed []byte) {
					t.Helper()
					again := bytes.Clone(sealed)
					if n, ok := b.OpenReport(sealed); !ok || !bytes.Equal(sealed[:n], plain) {
						t.Errorf("got %x, %v, want %x", sealed[:n], ok, plain)
					}
					if _, ok := b.OpenReport(again); ok {
						t.Error("a copy was taken")
					}
				}
				time.Sleep(30 * 365 * 24 * time.Hour) // synctest begins in 2000
				opens(seal(a))
				opens(seal(a))
				time.Sleep(5 * time.Second)
				restarted := srtp.NewGuard(nil)
				defer restarted.Close()
				if err := restarted.Use(kb, ka); err != nil {
					t.Fatal(err)
				}
				opens(seal(restarted))
				if _, ok := b.OpenReport([]byte{0x80, 201}); ok {
					t.Error("half a report was taken")
				}
				if _, err := a.SealReport(make([]byte, media.MaxPacket), []byte{0x80}); err == nil {
					t.Error("half a report was sealed")
				}
			})
		})
	}
}
