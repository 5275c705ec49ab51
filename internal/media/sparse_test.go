package media

import (
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"linekeeper/internal/kit/network"
	"linekeeper/internal/media/rtcp"
	"linekeeper/internal/media/rtp"
)

func TestPausedBetween(t *testing.T) {
	const second = 8000
	for name, c := range map[string]struct {
		before, after spoken
		want          bool
	}{
		"packets without a pause":            {spoken{1, 160, 160}, spoken{2, 320, 320}, false},
		"a pause":                            {spoken{1, 160, 160}, spoken{2, 160 + second, 160 + second}, true},
		"a pause round the ends":             {spoken{65535, 1<<32 - 100, 1<<32 - 50}, spoken{0, second, second}, true},
		"a short one":                        {spoken{1, 160, 160}, spoken{2, 160 + second/5, 160 + second/5}, false},
		"packets of 200 ms":                  {spoken{1, 0, 0}, spoken{2, second / 5, second / 5}, false},
		"lost packets":                       {spoken{1, 160, 160}, spoken{51, 160 + second, 160 + second}, false},
		"a network that stalled":             {spoken{1, 160, 160}, spoken{2, 320, 160 + second}, false},
		"timestamps that jump":               {spoken{1, 160, 160}, spoken{2, 160 + 9*second, 320}, false},
		"timestamps that jump back":          {spoken{1, 9 * second, 160}, spoken{2, 160, 160 + second}, false},
		"a pause after a key, which counted": {spoken{1, 160, 160}, spoken{9, 160 + second, 160 + second}, false},
	} {
		if got := pausedBetween(c.before, c.after, second); got != c.want {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
	}
}

func TestSign(t *testing.T) {
	for name, c := range map[string]struct {
		packet, report int64
		sparse         bool
		want           int64
	}{
		"only packets":                       {packet: 7, want: 7},
		"a sparse party that never reports":  {packet: 7, sparse: true, want: 7},
		"a sparse party that reports":        {packet: 7, report: 9, sparse: true, want: 9},
		"a sparse party that speaks again":   {packet: 11, report: 9, sparse: true, want: 11},
		"one that should send, and does not": {packet: 7, report: 9, want: 7},
		"nothing at all":                     {want: 0},
	} {
		if got := sign(c.packet, c.report, c.sparse); got != c.want {
			t.Errorf("%s: got %d, want %d", name, got, c.want)
		}
	}
}

// line is a telephone on a line that may suppress silence.
type line struct {
	t       *testing.T
	conn    network.UDPConn
	to      netip.AddrPort
	h       rtp.Header
	payload [160]byte
}

func (l *line) send(b []byte, to netip.AddrPort) {
	l.t.Helper()
	if _, err := l.conn.WriteToUDPAddrPort(b, to); err != nil {
		l.t.Error(err)
	}
}

func (l *line) packet(pt uint8, payload []byte) {
	b := make([]byte, rtp.HeaderSize+len(payload))
	l.h.PayloadType = pt
	l.h.Put(b)
	copy(b[rtp.HeaderSize:], payload)
	l.h.Sequence++
	l.send(b, l.to)
}

func (l *line) speaks(d time.Duration) {
	for range d / FrameTime {
		l.packet(0, l.payload[:])
		l.h.Timestamp += 160
		time.Sleep(FrameTime)
	}
}

func (l *line) pauses(d time.Duration) {
	time.Sleep(d)
	l.h.Timestamp += timeToTicks(d, 8000)
}

func (l *line) reports() {
	r := rtcp.Report{SSRC: l.h.SSRC}
	l.send(r.Append(nil, "line"), netip.AddrPortFrom(l.to.Addr(), l.to.Port()+1))
}

// What shows that a party is there: packets; and reports, of those who suppress silence.
func TestASparseParty(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		line   func(l *line) // a minute's pause follows, with a report after 50 s
		sparse bool
		lost   uint64
	}{
		"silence is sent":                   {func(l *line) { l.speaks(time.Second) }, false, 0},
		"comfort noise that was not agreed": {func(l *line) { l.speaks(time.Second); l.packet(13, []byte{70}) }, true, 0},
		"nothing but comfort noise":         {func(l *line) { l.packet(13, []byte{70}) }, true, 0},
		"a pause":                           {func(l *line) { l.speaks(time.Second); l.pauses(time.Second); l.speaks(time.Second) }, true, 0},
		"a hole":                            {func(l *line) { l.speaks(time.Second); l.h.Sequence += 50; l.pauses(time.Second); l.speaks(time.Second) }, false, 50},
		"a network that stalls":             {func(l *line) { l.speaks(time.Second); time.Sleep(time.Second); l.speaks(time.Second) }, false, 0},
		"another source":                    {func(l *line) { l.speaks(time.Second); l.h.SSRC++; l.pauses(time.Second); l.speaks(time.Second) }, false, 0},
		"noise between words, and no number": {func(l *line) {
			l.speaks(time.Second)
			l.packet(13, []byte{70})
			l.pauses(time.Second)
			l.speaks(time.Second)
		}, true, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				n := network.NewMemory()
				open := func(at string) network.UDPConn {
					conn, err := n.ListenUDP(netip.MustParseAddrPort(at))
					if err != nil {
						t.Fatal(err)
					}
					return conn
				}
				l := &line{t: t, conn: open("10.0.0.2:4000"), to: netip.MustParseAddrPort("10.0.0.1:5000"), h: rtp.Header{SSRC: 7, Sequence: 65530}}
				defer l.conn.Close()
				tr := NewUDP(open("10.0.0.1:5000"), UDPConfig{Remote: netip.MustParseAddrPort("10.0.0.2:4000")})
				tr.ListenReports(open("10.0.0.1:5001"))
				leg := NewLeg(LegConfig{Transport: tr, Codec: PCMU()})
				defer leg.Close()
				c.line(l)
				synctest.Wait()
				if leg.Sparse() != c.sparse {
					t.Errorf("sparse: %v, want %v", leg.Sparse(), c.sparse)
				}
				spoke := leg.LastHeard()
				if leg.LastSign() != spoke {
					t.Errorf("the last sign was %v after the last packet", leg.LastSign().Sub(spoke))
				}
				time.Sleep(50 * time.Second)
				l.reports()
				time.Sleep(10 * time.Second)
				synctest.Wait()
				if leg.LastHeard() != spoke {
					t.Error("a report was taken for sound")
				}
				if got := time.Since(leg.LastSign()); (got < 11*time.Second) != c.sparse {
					t.Errorf("the last sign was %v ago, sparse: %v", got, c.sparse)
				}
				if s := leg.Stats(); s.Heard.Lost != c.lost || s.Strays.Total() != 0 {
					t.Errorf("%d lost, %+v; want %d lost and no strays", s.Heard.Lost, s.Strays, c.lost)
				}
				continued := NewLeg(LegConfig{Transport: silent{newEnd()}, Codec: PCMU(), Sparse: leg.Sparse()})
				defer continued.Close()
				if continued.Sparse() != c.sparse {
					t.Error("a restart forgets that the party suppresses silence")
				}
			})
		})
	}
}

func newEnd() *PipeEnd {
	end, _ := Pipe()
	return end
}
