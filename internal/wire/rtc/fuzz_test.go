package rtc

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/hex"
	"io"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/pion/rtcp"

	"linekeeper/internal/media"
	"linekeeper/internal/media/rtp"
	"linekeeper/internal/wire/srtp"
)

// sampleRequest is RFC 5769, section 2.1; its password is samplePassword.
const (
	samplePassword = "VOkJxbRl1RmTxUk/WvJxBt"
	sampleRequest  = "000100582112a442b7e7a701bc34d686fa87dfae" +
		"802200105354554e207465737420636c69656e74" + "002400046e0001ff" + "80290008932ff9b151263b36" +
		"000600096576746a3a68367659202020" + "000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2" + "80280004e57a3bcf"
)

func sample(t testing.TB) []byte {
	b, err := hex.DecodeString(sampleRequest)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestSampleRequest(t *testing.T) {
	t.Parallel()
	var r request
	if err := parseRequest(sample(t), &r); err != nil {
		t.Fatal(err)
	}
	if string(r.username) != "evtj:h6vY" || !r.controlled || r.useCandidate || r.unknown != 0 {
		t.Errorf("read as %+v", r)
	}
	var sum [integritySize]byte
	if !r.authentic(hmac.New(sha1.New, []byte(samplePassword)), &sum) {
		t.Error("not authentic with its password")
	}
	if r.authentic(hmac.New(sha1.New, []byte("another")), &sum) {
		t.Error("authentic with another password")
	}
	if !bytes.Equal(r.raw, sample(t)) {
		t.Error("the check changed the request")
	}
}

// The addresses of RFC 5769, sections 2.2 and 2.3.
func TestSampleAddresses(t *testing.T) {
	t.Parallel()
	var r request
	if err := parseRequest(sample(t), &r); err != nil {
		t.Fatal(err)
	}
	for from, want := range map[string]string{
		"192.0.2.1:32853": "002000080001a147e112a643",
		"[2001:db8:1234:5678:11:2233:4455:6677]:32853": "002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d9",
		"[::ffff:192.0.2.1]:32853":                     "002000080001a147e112a643",
	} {
		var room [maxResponse]byte
		w := response{b: room[:0], mac: hmac.New(sha1.New, []byte(samplePassword))}
		b := w.success(&r, netip.MustParseAddrPort(from))
		if got := hex.EncodeToString(b[stunHeader:]); !strings.HasPrefix(got, want) {
			t.Errorf("%s is written %s, want %s", from, got, want)
		}
	}
}

// FuzzRequest: a request is refused, or is what it says and can be answered.
func FuzzRequest(f *testing.F) {
	f.Add(sample(f))
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > media.MaxPacket {
			return
		}
		before := bytes.Clone(b)
		var r request
		if parseRequest(b, &r) != nil {
			return
		}
		mac := hmac.New(sha1.New, []byte(samplePassword))
		var sum [integritySize]byte
		if r.authentic(mac, &sum) && !bytes.Equal(b, before) {
			t.Error("the check changed the request")
		}
		var room [maxResponse]byte
		w := response{b: room[:0], mac: mac}
		for _, from := range []string{"192.0.2.1:1", "[2001:db8::1]:1"} {
			if got := w.success(&r, netip.MustParseAddrPort(from)); rtp.Classify(got) != rtp.STUN || len(got) > maxResponse {
				t.Errorf("answer %x", got)
			}
		}
		if got := w.refuse(&r, codeUnknownAttribute); rtp.Classify(got) != rtp.STUN || len(got) > maxResponse {
			t.Errorf("answer %x", got)
		}
	})
}

// FuzzOffer: an offer is refused, or its answer repeats nothing that could break a line.
func FuzzOffer(f *testing.F) {
	good := strings.NewReplacer("%s", strings.Repeat("57:", 31)+"57").Replace(testOffer)
	f.Add(strings.Replace(good, "setup:"+strings.Repeat("57:", 31)+"57", "setup:actpass", 1))
	f.Add("v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\n")
	f.Fuzz(func(t *testing.T, text string) {
		o, err := parseOffer(text, media.PCMU())
		if err != nil {
			return
		}
		a := netip.MustParseAddrPort("192.0.2.1:5061")
		answer := o.answer(own{ufrag: "u", pwd: "p", certificate: srtp.Certificate{Fingerprint: "sha-256 f"}, ssrc: 1, udp: []netip.AddrPort{a}, tcp: []netip.AddrPort{a}})
		streams := 0
		for line := range strings.Lines(answer) {
			if !strings.HasSuffix(line, "\r\n") || len(line) < 4 || line[1] != '=' || strings.ContainsAny(line[:len(line)-2], "\r\n\x00") {
				t.Errorf("line %q", line)
			}
			if line[0] == 'm' {
				streams++
			}
		}
		if streams != 1 {
			t.Errorf("%d streams in the answer", streams)
		}
	})
}

// FuzzFrames: any bytes on a TCP connection come out as packets that fit, or end it.
func FuzzFrames(f *testing.F) {
	f.Add(appendFrame(appendFrame(nil, []byte("one")), []byte("two")))
	f.Add([]byte{0, 0, 0, 1, 9, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, b []byte) {
		var again []byte
		r, room := bytes.NewReader(b), make([]byte, media.MaxPacket)
		for {
			n, err := readFrame(r, room)
			if err != nil {
				if err != io.EOF && err != io.ErrUnexpectedEOF && err != errFrame {
					t.Errorf("error %v", err)
				}
				break
			}
			if n == 0 || n > media.MaxPacket {
				t.Errorf("a packet of %d bytes", n)
			}
			again = appendFrame(again, room[:n])
		}
		if len(again) > len(b) {
			t.Errorf("%d bytes of packets from %d", len(again), len(b))
		}
	})
}

// FuzzReports: authentic reports may still be broken; what is read of good ones is what pion reads.
func FuzzReports(f *testing.F) {
	b, err := rtcp.Marshal([]rtcp.Packet{
		&rtcp.SenderReport{SSRC: 7, NTPTime: 1 << 40, Reports: []rtcp.ReceptionReport{{SSRC: 1, LastSenderReport: 1, Delay: 1}}},
		&rtcp.Goodbye{Sources: []uint32{7}},
	})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		var r reports
		r.heard(&rtp.Header{SSRC: 7}, true, 8000, now)
		r.take(b, 1, 8000, now)
		if r.trip < 0 {
			t.Errorf("a round trip of %v", r.trip)
		}
		list, err := rtcp.Unmarshal(b)
		if err != nil {
			return
		}
		var want uint32
		for _, p := range list {
			if sr, ok := p.(*rtcp.SenderReport); ok && sr.SSRC == 7 {
				want = uint32(sr.NTPTime >> 16)
			}
		}
		if r.lastSR != want {
			t.Errorf("last sender report %x, pion reads %x", r.lastSR, want)
		}
		room := make([]byte, maxReport)
		if _, err := rtcp.Unmarshal(r.compose(room, 1, now, 8000)); err != nil {
			t.Errorf("our report: %v", err)
		}
	})
}
