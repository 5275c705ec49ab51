package webrtc_test

import (
	"context"
	"log/slog"
	"net"
	"testing"

	"linekeeper/internal/media"
	"linekeeper/internal/wire/webrtc"
)

// FuzzOffer: whatever a browser sends is answered or refused, never a panic that is not contained. Run it
// with -fuzzminimizetime 1x: goroutines make coverage flicker, and the fuzzer would only minimize.
func FuzzOffer(f *testing.F) {
	f.Add("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\na=fingerprint:sha-256 57:C9:DC:1B:07:B6:98:E8:35:35:88:4A:0B:2F:90:2E:D8:83:F6:F7:5A:B2:00:F3:64:79:0A:0C:C6:39:C1:4D\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0 110\r\nc=IN IP4 0.0.0.0\r\na=setup:actpass\r\na=mid:0\r\na=ice-ufrag:eEKHPXWuVmEPVAqg\r\na=ice-pwd:UUwfGTzuVLpehzmKnaIzZODFClVmwTHl\r\na=rtcp-mux\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:110 telephone-event/8000\r\na=ssrc:318827673 cname:x\r\na=sendrecv\r\na=candidate:1 1 udp 2130706431 127.0.0.1 5 typ host\r\n")
	f.Fuzz(func(t *testing.T, offer string) {
		udp, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
		if err != nil {
			t.Fatal(err)
		}
		e, err := webrtc.New(webrtc.Config{UDP: udp, Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		if p, err := e.Open(context.Background(), offer, media.PCMU()); err == nil && p.Answer() == "" {
			t.Error("an endpoint without an answer")
		}
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
}
