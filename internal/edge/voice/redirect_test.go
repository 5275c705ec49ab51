package voice

import (
	"net/netip"
	"testing"
)

func TestRedirectionsStayAtTheCarrier(t *testing.T) {
	t.Parallel()
	peer, other := netip.MustParseAddr("192.0.2.11"), netip.MustParseAddr("192.0.2.12")
	const target = "sip:+4940222@carrier.example:5070"
	for _, c := range []struct {
		name     string
		contacts []string
		want     string
	}{
		{"nowhere", nil, ""},
		{"the same host, another port", []string{"sip:+4940222@Carrier.example:5080"}, "sip:+4940222@Carrier.example:5080"},
		{"the address that answered", []string{"sip:+4940222@192.0.2.11"}, "sip:+4940222@192.0.2.11"},
		{"another address of the carrier", []string{"sip:+4940222@192.0.2.12;transport=tcp"}, "sip:+4940222@192.0.2.12;transport=tcp"},
		{"with a ported number", []string{"sip:+4940222;rn=+4940000;npdi@192.0.2.12"}, "sip:+4940222;rn=+4940000;npdi@192.0.2.12"},
		{"without the plus", []string{"sip:4940222@192.0.2.11"}, "sip:4940222@192.0.2.11"},
		{"another number", []string{"sip:+8821234@192.0.2.11"}, ""},
		{"a stranger's address", []string{"sip:+4940222@198.51.100.1"}, ""},
		{"a stranger's name", []string{"sip:+4940222@carrier.example.attacker.example"}, ""},
		{"no number", []string{"sip:192.0.2.11"}, ""},
		{"no SIP", []string{"tel:+4940222", "sips:+4940222@192.0.2.11", "mailto:a@b", ":"}, ""},
		{"the first that will do", []string{"sip:+4940222@198.51.100.1", "sip:+4940222@192.0.2.12"}, "sip:+4940222@192.0.2.12"},
	} {
		if got := follows(target, peer, c.contacts, func(a netip.Addr) bool { return a == other }); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}
