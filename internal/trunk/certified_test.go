package trunk_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"net/netip"
	"strings"
	"testing"

	"linekeeper/internal/trunk"
)

func certificate(t *testing.T, common string, names ...string) *x509.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: common}, DNSNames: names}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestTrunksByCertificate(t *testing.T) {
	t.Parallel()
	named, common, pinned := certificate(t, "x", "sip.carrier.example"), certificate(t, "old.example"), certificate(t, "pinned")
	print256 := fmt.Sprintf("SHA-256 % X", sha256.Sum256(pinned.Raw))
	by := func(id, certificate string, addresses ...string) trunk.Trunk {
		return trunk.Trunk{ID: trunk.ID(id), Kind: trunk.ByCertificate, Addresses: addresses, Settings: trunk.Settings{Certificate: certificate}}
	}
	colons := strings.ReplaceAll(print256[8:], " ", ":")
	trunks := []trunk.Trunk{
		{ID: "address", Kind: trunk.ByAddress, Addresses: []string{"0.0.0.0/0"}, Settings: trunk.Settings{Certificate: "sip.carrier.example"}},
		by("far", "sip.carrier.example", "203.0.113.0/24"), by("named", "sip.carrier.example"), by("common", "old.example"),
		by("pinned", "SHA-256 "+colons), by("empty", ""),
	}
	here := netip.MustParseAddr("192.0.2.1")
	for _, c := range []struct {
		name     string
		cert     *x509.Certificate
		verified bool
		from     netip.Addr
		want     trunk.ID
	}{
		{"a name in it", named, true, here, "named"},
		{"the same, signed by nobody we trust", named, false, here, ""},
		{"from the addresses of another trunk", named, true, netip.MustParseAddr("203.0.113.9"), "far"},
		{"its common name", common, true, here, "common"},
		{"its fingerprint", pinned, false, here, "pinned"},
		{"of a stranger", certificate(t, "who"), true, here, ""},
	} {
		got, ok := trunk.FindCertified(trunks, c.cert, c.verified, c.from)
		if got.ID != c.want || ok != (c.want != "") {
			t.Errorf("%s: got %q, want %q", c.name, got.ID, c.want)
		}
	}
	if got, ok := trunk.Find(trunks[1:], netip.MustParseAddr("203.0.113.9")); ok {
		t.Errorf("a trunk by certificate was found by its address alone: %q", got.ID)
	}
	for text, ok := range map[string]bool{"carrier.example": true, "sha-256 " + colons: true, "sha-256 12:34": false} {
		k := by("k", text)
		k.Key, k.Name, k.Codecs, k.Encryption = "k", "K", []string{"PCMU"}, trunk.SDES
		if err := k.Validate(); (err == nil) != ok {
			t.Errorf("%q: %v", text, err)
		}
		if k.Encryption = "zrtp"; k.Validate() == nil {
			t.Error("an encryption nobody has was taken")
		}
	}
}
