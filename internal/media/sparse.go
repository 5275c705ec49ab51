package media

import "time"

// pauseLeast is the least gap in a party's sound that counts as a pause of its own: longer than a packet.
const pauseLeast = 250 * time.Millisecond

// spoken is one packet of sound: its place in the stream, and when it came, in timestamp units.
type spoken struct {
	seq    uint16
	ts, at uint32
}

// pausedBetween says whether a party sent nothing between two packets because it had nothing to say: its
// timestamps have gone on with the clock, its numbers have not, so nothing was lost (RFC 3551, section 4.1).
// What a stalled network delivers late has timestamps that have not gone on.
func pausedBetween(before, after spoken, rate int) bool {
	least := int32(timeToTicks(pauseLeast, rate))
	return after.seq == before.seq+1 && int32(after.ts-before.ts) >= least && int32(after.at-before.at) >= least
}

// sign is when a party last showed that it is there, of when its last packet and its last report came. A
// report counts for a sparse party only: others send packets all the time, and one whose packets stop is not
// heard, whatever it reports.
func sign(packet, report int64, sparse bool) int64 {
	if sparse {
		return max(packet, report)
	}
	return packet
}

// Sparse says whether the party suppresses silence: it has sent comfort noise (RFC 3389), or paused and gone on
// with the next number. Nothing need be heard of such a party while it listens.
func (l *Leg) Sparse() bool { return l.heard.sparse.Load() }

// LastSign is when the party last showed that it is there: by a packet or, if it is sparse, by a report (RTCP);
// before the first, when the leg was made.
func (l *Leg) LastSign() time.Time {
	return l.made.Add(time.Duration(sign(l.lastHeard.Load(), l.lastReport.Load(), l.Sparse())))
}
