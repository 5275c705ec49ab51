package sdp

import (
	"net/netip"
	"strings"
	"testing"
)

// TestReports agrees on the way of reports: on the port of the sound, where the peer says, or after it.
func TestReports(t *testing.T) {
	for _, c := range []struct {
		lines   string
		mux     bool
		reports string
	}{
		{lines: "", reports: ""},
		{lines: "a=rtcp-mux\n", mux: true},
		{lines: "a=rtcp:53020\n", reports: "192.0.2.7:53020"},
		{lines: "a=rtcp:53020 IN IP4 192.0.2.9\n", reports: "192.0.2.9:53020"},
		{lines: "a=rtcp:53020 IN IP6 2001:db8::1\na=rtcp-mux\n", mux: true, reports: "[2001:db8::1]:53020"},
		{lines: "a=rtcp:0\n"}, {lines: "a=rtcp:70000\n"}, {lines: "a=rtcp:5000 IN IP4 host.example\n"}, {lines: "a=rtcp:\n"},
	} {
		offer, err := Parse([]byte("v=0\no=- 1 1 IN IP4 192.0.2.7\ns=-\nc=IN IP4 192.0.2.7\nt=0 0\nm=audio 4000 RTP/AVP 0\n" + c.lines))
		if err != nil {
			t.Fatal(err)
		}
		answer, chosen, err := Answer(offer, Local{Address: netip.MustParseAddrPort("192.0.2.1:6000")})
		if err != nil {
			t.Fatal(err)
		}
		reports := ""
		if chosen.Reports.IsValid() {
			reports = chosen.Reports.String()
		}
		if chosen.Mux != c.mux || reports != c.reports {
			t.Errorf("%q: got mux %v, reports at %q, want %v, %q", c.lines, chosen.Mux, reports, c.mux, c.reports)
		}
		if said := strings.Contains(string(answer.Bytes()), "a=rtcp-mux"); said != c.mux {
			t.Errorf("%q: our answer says rtcp-mux: %v", c.lines, said)
		}
	}
}

// TestMuxOnlyIfBothWantIt: an answer may not bring up what we did not offer.
func TestMuxOnlyIfBothWantIt(t *testing.T) {
	local := Local{Address: netip.MustParseAddrPort("192.0.2.1:6000")}
	offer := Offer(local)
	answer, _, err := Answer(offer, Local{Address: netip.MustParseAddrPort("192.0.2.7:4000")})
	if err != nil {
		t.Fatal(err)
	}
	answer.Media[0].Attributes = append(answer.Media[0].Attributes, Attribute{muxed, ""})
	if n, err := Accept(offer, answer); err != nil || n.Mux {
		t.Errorf("not offered, but answered: got mux %v, %v", n.Mux, err)
	}
	offer.Media[0].Attributes = append(offer.Media[0].Attributes, Attribute{muxed, ""})
	if n, err := Accept(offer, answer); err != nil || !n.Mux {
		t.Errorf("offered and answered: got mux %v, %v", n.Mux, err)
	}
}
