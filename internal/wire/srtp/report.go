package srtp

import (
	"encoding/binary"
	"time"

	"linekeeper/internal/media"
)

var _ media.ReportGuard = (*Guard)(nil)

// reportHead is the least of a report: header and SSRC.
const reportHead = 8

// reportEpoch is where the numbers of reports begin to be counted, in Unix seconds (2025-01-01). Their 31
// bits last for 68 years.
const reportEpoch = 1735689600

// OpenReport implements media.ReportGuard.
func (g *Guard) OpenReport(b []byte) (int, bool) {
	n, verdict := g.opener.RTCP(b, b)
	return n, verdict == Opened
}

// SealReport implements media.ReportGuard.
func (g *Guard) SealReport(dst, pkt []byte) ([]byte, error) {
	if len(pkt) < reportHead {
		return nil, errTooShort
	}
	return g.sealer.RTCP(dst, copy(dst, pkt))
}

// forward sees to it that the number of a report is not less than the seconds that have passed: as reports
// are seconds apart, a restarted process with the same keys uses no number twice, which would give the
// sealed text away. mu is held.
func (s *Sealer) forward(report []byte, now time.Time) {
	if len(report) < reportHead {
		return
	}
	ssrc := binary.BigEndian.Uint32(report[4:])
	seconds := now.Unix() - reportEpoch
	if used, _ := s.keys.Index(ssrc); seconds > int64(used) && seconds < 1<<31-1 {
		s.keys.SetIndex(ssrc, uint32(seconds))
	}
}
