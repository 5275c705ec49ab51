package media

import (
	"crypto/rand"
	"encoding/base64"
	mathrand "math/rand/v2"
	"sync"
	"time"

	"linekeeper/internal/media/rtcp"
	"linekeeper/internal/media/rtp"
)

const (
	// monitorEvery is how often a leg is looked at, monitorSpan how many of those looks are "now".
	monitorEvery = time.Second
	monitorSpan  = 5
	// reportEvery is the mean interval of reports; each is half to one and a half times that apart, the
	// first at half of it (RFC 3550, section 6.2 and 6.3.1).
	reportEvery = 5 * time.Second
	// farFresh is how long a report of the party is "now".
	farFresh = 15 * time.Second
	// enoughPackets is how many packets in monitorSpan are enough to judge.
	enoughPackets = 50
)

// Reporter is a Transport that carries reports (RTCP) beside the sound; the leg writes and reads them.
type Reporter interface {
	// OnReport has f called from now on with every packet of reports that is the party's. b is lent for
	// the call. f does not block.
	OnReport(f func(b []byte, at time.Time))
	// WriteReport sends a packet of reports, if that was agreed. The error is only for counting. b is
	// not kept.
	WriteReport(b []byte) error
}

// Reported is a Transport that exchanges reports itself, as a browser's does.
type Reported interface {
	// FarReport is the party's latest report; the zero value: none yet.
	FarReport() FarReport
}

// FarReport is what a party says it hears of us.
type FarReport struct {
	At        time.Time     // when it came; zero: never
	Loss      float64       // since the report before, 0 to 1
	Lost      int64         // packets in all; negative if some came twice
	Jitter    time.Duration // at that moment
	RoundTrip time.Duration // 0: not known
}

// monitor measures a leg's quality once a second and exchanges reports with the party.
type monitor struct {
	leg     *Leg
	onSpell func(Spell)
	name    string // our canonical name in reports

	mu       sync.Mutex
	timer    *time.Timer
	next     time.Time
	samples  [monitorSpan + 1]sample // a ring; the latest is at n-1
	n        int
	jitters  time.Duration // sum over the seconds in which something was heard
	heardFor int           // how many those are
	far      FarReport
	farSum   time.Duration // of the jitter of all reports
	farCount int
	bad      [2]bool // by near and far

	reportAt time.Time
	reported sample // as it was in our last report
	source   uint32 // whose sound that was
	sent     uint64 // packets we had sent then
	theirs   uint32 // the middle of the NTP time of their latest report
	theirsAt time.Time
}

// begin starts measuring.
func (m *monitor) begin(l *Leg, onSpell func(Spell)) {
	m.leg, m.onSpell = l, onSpell
	var b [12]byte
	_, _ = rand.Read(b[:]) // it never fails; the name only has to differ from others (RFC 7022)
	m.name = base64.RawURLEncoding.EncodeToString(b[:])
	m.mu.Lock()
	defer m.mu.Unlock()
	m.n, m.next = 1, l.made.Add(monitorEvery)
	m.reportAt = l.made.Add(reportEvery / 2)
	if r, ok := l.transport.(Reporter); ok {
		r.OnReport(m.hear)
	}
	m.timer = time.AfterFunc(time.Until(m.next), m.tick)
}

// end stops measuring; a tick that runs is waited for by the leg.
func (m *monitor) end() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.timer.Stop()
}

// tick is a look.
func (m *monitor) tick() {
	if !m.leg.enter() {
		return
	}
	defer m.leg.goroutines.Done()
	defer m.leg.rescue()
	now := time.Now()
	for _, s := range m.look(now) {
		if m.onSpell != nil {
			m.onSpell(s)
		}
	}
	m.report(now)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.next = m.next.Add(monitorEvery); now.After(m.next) {
		m.next = now.Add(monitorEvery)
	}
	m.timer.Reset(time.Until(m.next))
}

// look takes a sample and says which spells began or ended.
func (m *monitor) look(now time.Time) (news []Spell) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.leg.heard.sample()
	if s.packets > m.latest().packets {
		m.jitters += s.jitter
		m.heardFor++
	}
	m.samples[m.n%len(m.samples)] = s
	m.n++
	if r, ok := m.leg.transport.(Reported); ok {
		m.takeFar(r.FarReport())
	}
	q := m.quality(now)
	for far, mos := range []float64{q.Now.MOS, q.FarNow.MOS} {
		if bad := spellOf(m.bad[far], mos); bad != m.bad[far] {
			m.bad[far] = bad
			news = append(news, Spell{Bad: bad, Far: far == 1, At: now, Quality: q})
		}
	}
	return news
}

func (m *monitor) latest() sample { return m.samples[(m.n-1)%len(m.samples)] }

// takeFar notes a report of the party; mu is held.
func (m *monitor) takeFar(f FarReport) {
	if !f.At.After(m.far.At) {
		return
	}
	if f.RoundTrip == 0 {
		f.RoundTrip = m.far.RoundTrip
	}
	m.far = f
	m.farSum += f.Jitter
	m.farCount++
}

// quality is the quality now; mu is held.
func (m *monitor) quality(now time.Time) Quality {
	q := Quality{RoundTrip: m.far.RoundTrip}
	latest := m.latest()
	oldest, jitter, heard := latest, time.Duration(0), 0
	for i := m.n - 1; i >= max(0, m.n-1-monitorSpan); i-- {
		s := m.samples[i%len(m.samples)]
		if s.packets < oldest.packets {
			jitter += m.samples[(i+1)%len(m.samples)].jitter
			heard++
		}
		oldest = s
	}
	s, bursts := latest.since(oldest, jitter/time.Duration(max(1, heard)))
	q.Now = judge(s, bursts, q.RoundTrip, enoughPackets)
	s, bursts = m.leg.heard.sample().since(sample{}, m.jitters/time.Duration(max(1, m.heardFor)))
	q.Call = judge(s, bursts, q.RoundTrip, enoughPackets)
	if m.farCount == 0 {
		return q
	}
	if now.Sub(m.far.At) <= farFresh {
		q.FarNow = Sound{Loss: m.far.Loss, Jitter: m.far.Jitter}
		q.FarNow.MOS = score(q.FarNow, 1, q.RoundTrip)
	}
	q.FarCall = Sound{Packets: m.leg.out.count.packets.Load(), Jitter: m.farSum / time.Duration(m.farCount)}
	if q.FarCall.Packets > 0 {
		q.FarCall.Loss = min(1, float64(max(0, m.far.Lost))/float64(q.FarCall.Packets))
	}
	q.FarCall = judge(q.FarCall, 1, q.RoundTrip, enoughPackets)
	return q
}

// hear takes the party's reports.
func (m *monitor) hear(b []byte, at time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	// What comes before a broken part counts; strays are counted by the transport.
	_ = rtcp.Parse(b, func(r *rtcp.Report) {
		m.leg.lastReport.Store(max(1, int64(at.Sub(m.leg.made))))
		if r.Sender && r.SSRC == m.leg.heard.ssrcNow.Load() {
			m.theirs, m.theirsAt = rtcp.Middle(r.Sent.NTP), at
		}
		for i := range r.NBlocks {
			if k := &r.Blocks[i]; k.SSRC == m.leg.out.ssrc {
				m.takeBlock(k, at)
			}
		}
	})
}

// takeBlock notes what the party hears of us; mu is held.
func (m *monitor) takeBlock(k *rtcp.Block, at time.Time) {
	f := FarReport{
		At: at, Loss: float64(k.Fraction) / 256, Lost: int64(k.Lost),
		Jitter: ticksToTime(min(k.Jitter, 1<<24), m.leg.Codec().ClockRate),
	}
	if trip, ok := k.RoundTrip(at); ok && trip < time.Minute {
		f.RoundTrip = max(trip, 1) // 0 would mean unknown
	}
	m.takeFar(f)
}

// report sends our report if it is time.
func (m *monitor) report(now time.Time) {
	w, ok := m.leg.transport.(Reporter)
	if !ok {
		return
	}
	m.mu.Lock()
	if now.Before(m.reportAt) {
		m.mu.Unlock()
		return
	}
	m.reportAt = now.Add(reportEvery/2 + mathrand.N(reportEvery))
	r := m.compose(now)
	m.mu.Unlock()
	_ = w.WriteReport(r.Append(make([]byte, 0, rtcp.MaxSize), m.name))
}

// compose is our report; mu is held.
func (m *monitor) compose(now time.Time) (r rtcp.Report) {
	o := &m.leg.out
	rate := m.leg.Codec().ClockRate
	packets := o.count.packets.Load()
	o.mu.Lock()
	r.SSRC = o.ssrc
	if o.begun && packets > m.sent {
		r.Sender = true
		r.Sent = rtcp.Sent{
			NTP: rtcp.NTP(now), Timestamp: o.ts + timeToTicks(max(0, now.Sub(o.at)), rate),
			Packets: uint32(packets), Octets: uint32(o.count.bytes.Load() - rtp.HeaderSize*packets),
		}
	}
	o.mu.Unlock()
	m.sent = packets
	h := &m.leg.heard
	if h.packets.Load() == 0 {
		return r
	}
	s, ssrc := h.sample(), h.ssrcNow.Load()
	if ssrc != m.source {
		m.source, m.reported = ssrc, s
		m.reported.lost, m.reported.packets = h.lostBefore.Load(), h.packetsBefore.Load()
	}
	since, _ := s.since(m.reported, 0)
	m.reported = s
	k := rtcp.Block{
		SSRC: ssrc, Fraction: uint8(min(255, since.Loss*256)), Lost: int32(min(s.lost-h.lostBefore.Load(), 1<<23-1)),
		Highest: h.extended.Load(), Jitter: timeToTicks(s.jitter, rate), LastSR: m.theirs,
	}
	if m.theirs != 0 {
		k.Delay = uint32(now.Sub(m.theirsAt) * 65536 / time.Second)
	}
	r.NBlocks, r.Blocks[0] = 1, k
	return r
}

// Quality is how good the leg's sound is. It is measured once a second.
func (l *Leg) Quality() Quality {
	m := &l.monitor
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.quality(time.Now())
}

// enter is start for what runs already: Close waits until it is done. False: the leg is closed.
func (l *Leg) enter() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.over {
		l.goroutines.Add(1)
	}
	return !l.over
}
