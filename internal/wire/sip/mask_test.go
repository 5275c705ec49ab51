package sip

import (
	"bytes"
	"net/netip"
	"strings"
	"testing"
)

var netipLocal = netip.MustParseAddr("127.0.0.1")

func TestMask(t *testing.T) {
	t.Parallel()
	const head = "INFO sip:a@b SIP/2.0\r\n"
	cases := []struct{ name, in, want string }{
		{"digest", head + "Authorization: Digest username=\"al\", realm=\"r\", nonce=\"abcdefghij\", uri=\"sip:b\", response=\"deadbeef\", cnonce=\"c0ffee\", opaque=\"op\", qop=auth, nc=00000001\r\n\r\n",
			head + "Authorization: Digest username=\"al\", realm=\"r\", nonce=\"abcdef***\", uri=\"sip:b\", response=\"***\", cnonce=\"***\", opaque=\"***\", qop=auth, nc=00000001\r\n\r\n"},
		{"folded, odd spelling", head + "proxy-AUTHORIZATION : digest realm=\"r\",\r\n response=\"deadbeef\"\r\nX: y\r\n\r\n",
			head + "proxy-AUTHORIZATION : digest realm=\"r\", response=\"***\"\r\nX: y\r\n\r\n"},
		{"basic", head + "Authorization: Basic QWxhZGRpbjpvcGVu\r\n\r\n", head + "Authorization: Basic ***\r\n\r\n"},
		{"challenge", "SIP/2.0 401 No\r\nWWW-Authenticate: Digest realm=\"r\", nonce=\"0123456789\", algorithm=MD5\r\n\r\n",
			"SIP/2.0 401 No\r\nWWW-Authenticate: Digest realm=\"r\", nonce=\"012345***\", algorithm=MD5\r\n\r\n"},
		{"info without scheme", "SIP/2.0 200 OK\r\nAuthentication-Info: nextnonce=\"0123456789\", rspauth=\"aa\"\r\n\r\n",
			"SIP/2.0 200 OK\r\nAuthentication-Info: nextnonce=\"012345***\", rspauth=\"***\"\r\n\r\n"},
		{"passwords in addresses", "INVITE sip:al:geheim@b SIP/2.0\r\nTo: \"sip:x\" <sips:bo:pw@b>;tag=1\r\nFrom: sip:no@b:5060\r\nRefer-To: <sip:b?Authorization=abc&X=1>\r\n\r\n",
			"INVITE sip:al:***@b SIP/2.0\r\nTo: \"sip:x\" <sips:bo:***@b>;tag=1\r\nFrom: sip:no@b:5060\r\nRefer-To: <sip:b?Authorization=***&X=1>\r\n\r\n"},
		{"dtmf-relay", head + "Content-Type: application/dtmf-relay\r\n\r\nSignal= 5\r\nDuration=160\r\n", head + "Content-Type: application/dtmf-relay\r\n\r\nSignal= *\r\nDuration=160\r\n"},
		{"dtmf", head + "c: application/dtmf\r\n\r\n7", head + "c: application/dtmf\r\n\r\n*"},
		{"multipart", head + "Content-Type: multipart/mixed;boundary=x\r\n\r\n--x\r\nContent-Type: application/dtmf\r\n\r\n9\r\n--x--\r\n",
			head + "Content-Type: multipart/mixed;boundary=x\r\n\r\n--x\r\nContent-Type: application/dtmf\r\n\r\n*\r\n--x--\r\n"},
		{"kpml", head + "Content-Type: application/kpml-response+xml\r\n\r\n<r digits=\"42\" tag='a'/>", head + "Content-Type: application/kpml-response+xml\r\n\r\n<r digits=\"**\" tag='a'/>"},
		{"sdes", head + "Content-Type: application/sdp\r\n\r\nm=audio 1 RTP/SAVP 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:abc+/=|2^20|1:32;inline:xyz|2^20\r\nk=clear\r\na=ice-pwd:pw\r\na=key-mgmt:mikey AA\r\n",
			head + "Content-Type: application/sdp\r\n\r\nm=audio 1 RTP/SAVP 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:******|2^20|1:32;inline:***|2^20\r\nk=*****\r\na=ice-pwd:**\r\na=key-mgmt:***** **\r\n"},
		{"nothing secret", string(exampleMessage(1)), string(exampleMessage(1))},
		{"no message", "\xff\x00hello", "\xff\x00hello"},
		{"empty", "", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			before := strings.Clone(c.in)
			in := []byte(c.in)
			got := string(Mask(in))
			if got != c.want {
				t.Errorf("got\n%q\nwant\n%q", got, c.want)
			}
			if again := string(Mask([]byte(got))); again != got {
				t.Errorf("masked twice: got\n%q", again)
			}
			if string(in) != before {
				t.Error("the message was changed")
			}
		})
	}
}

// FuzzMask plants secrets into a message that is otherwise anything.
func FuzzMask(f *testing.F) {
	f.Add(exampleMessage(1), "realm=x, ", "1")
	f.Add([]byte("INFO sip:a SIP/2.0\r\nc: application/dtmf\r\n\r\nx"), "nonce=1 ", "0")
	f.Add([]byte("INFO sip:a:b@c;digits=\r\n Authorization:\r\n\r\na=crypto:inline:"), "Basic", "")
	f.Fuzz(func(t *testing.T, m []byte, before, tag string) {
		masked := Mask(m)
		if i, j := headEnd(m), headEnd(masked); i >= 0 && (j < 0 || len(m)-i != len(masked)-j) {
			t.Errorf("the body's length changed: %d of %d, %d of %d", i, len(m), j, len(masked))
		}
		if strings.ContainsAny(before+tag, "\r\n\"\\") {
			return
		}
		const secret = "s3cr3t-0f-th3-t3st"
		text := "REGISTER sip:x SIP/2.0\r\nAuthorization: Digest " + before + " response=\"" + secret + "\"\r\nContact: <sip:u:" + secret + "@h>\r\n\r\n" +
			"a=crypto:" + tag + " AES_CM inline:" + secret + "\r\n"
		if got := Mask([]byte(text)); bytes.Contains(got, []byte(secret)) {
			t.Errorf("got\n%s", got)
		}
	})
}
