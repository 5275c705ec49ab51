package sip

import (
	"bytes"
	"context"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"linekeeper/internal/wire/sdp"
)

// torture says what each message leads to, without anybody registered here and with a handler that
// takes calls with G.711. Codes are final answers in order; none means silence. A 405 means that
// the message was understood and its method is not offered here (REGISTER, MESSAGE, unknown ones).
var torture = []struct {
	file     string
	udp, tcp []int
	why      string
}{
	// RFC 4475 section 3.1.1: valid messages.
	{"rfc4475/wsinv", []int{481}, []int{481}, "valid: strange white space, folded, compact and unknown headers; has a To tag of a dialog that is not here"},
	{"rfc4475/intmeth", []int{405}, []int{405}, "valid: every odd character that is allowed; unknown method"},
	{"rfc4475/esc01", []int{200}, []int{200}, "valid: escapes in URIs"},
	{"rfc4475/escnull", []int{405}, []int{405}, "valid: escaped zero in user part"},
	{"rfc4475/esc02", []int{405}, []int{405}, "valid: % in method and header names is no escape"},
	{"rfc4475/lwsdisp", []int{200}, []int{200}, "valid: no space between name and <"},
	{"rfc4475/longreq", []int{200}, []int{200}, "valid: long values"},
	{"rfc4475/dblreq", []int{405}, []int{405, 200}, "valid: what follows in a datagram is ignored, on a stream it is the next request"},
	{"rfc4475/semiuri", []int{200}, []int{200}, "valid: semicolon in user part"},
	{"rfc4475/transports", []int{200}, []int{200}, "valid: unknown transports in Via"},
	{"rfc4475/mpart01", []int{405}, []int{405}, "valid: binary multipart body"},
	{"rfc4475/unreason", nil, nil, "valid response that nobody awaits"},
	{"rfc4475/noreason", nil, nil, "valid response without a reason phrase"},
	// Section 3.1.2: invalid messages.
	{"rfc4475/badinv01", []int{400}, []int{400}, "empty parameters in Via and Contact"},
	{"rfc4475/clerr", []int{400}, []int{400}, "body shorter than Content-Length; on a stream after waiting for it"},
	{"rfc4475/ncl", []int{400}, []int{400}, "negative Content-Length"},
	{"rfc4475/scalar02", []int{400}, []int{400}, "CSeq too large"},
	{"rfc4475/scalarlg", nil, nil, "response with numbers too large is dropped"},
	{"rfc4475/quotbal", []int{400}, []int{400}, "unbalanced quotes"},
	{"rfc4475/ltgtruri", []int{400}, []int{400}, "request URI in brackets"},
	{"rfc4475/lwsruri", []int{400}, []int{400}, "space in request URI"},
	{"rfc4475/lwsstart", []int{400}, []int{400}, "two spaces in the request line; the RFC also allows to take it"},
	{"rfc4475/trws", []int{400}, []int{400}, "spaces after the request line; the RFC also allows to take it"},
	{"rfc4475/escruri", []int{400}, []int{400}, "headers in the request URI"},
	{"rfc4475/baddate", []int{200}, []int{200}, "a time zone that is not GMT; the RFC allows to ignore it, and we have no use for Date"},
	{"rfc4475/regbadct", []int{400}, []int{400}, "? in a Contact without brackets"},
	{"rfc4475/badaspec", []int{200}, []int{200}, "spaces within the brackets; the RFC recommends to be lenient"},
	{"rfc4475/baddn", []int{200}, []int{200}, "comma in a name without quotes; the RFC recommends to be lenient"},
	{"rfc4475/badvers", []int{505}, []int{505}, "SIP/7.0"},
	{"rfc4475/mismatch01", []int{400}, []int{400}, "CSeq has another method"},
	{"rfc4475/mismatch02", []int{400}, []int{400}, "CSeq has another method, unknown method; the RFC allows 400 and 501"},
	{"rfc4475/bigcode", nil, nil, "response code out of range is dropped"},
	// Sections 3.2 to 3.4: transaction layer, application layer, backward compatibility.
	{"rfc4475/badbranch", []int{200}, []int{200}, "branch with nothing after the cookie: treated as RFC 2543"},
	{"rfc4475/insuf", []int{400}, []int{400}, "From, To, Call-ID missing"},
	{"rfc4475/unkscm", []int{416}, []int{416}, "unknown URI scheme"},
	{"rfc4475/novelsc", []int{416}, []int{416}, "known scheme that is not SIP"},
	{"rfc4475/unksm2", []int{405}, []int{405}, "unknown schemes in headers are no fault of syntax"},
	{"rfc4475/bext01", []int{420}, []int{420}, "Require that nobody supports"},
	{"rfc4475/invut", []int{415}, []int{415}, "body of an unknown type"},
	{"rfc4475/regaut01", []int{405}, []int{405}, "unknown authorization scheme; no registrar here"},
	{"rfc4475/multi01", []int{400}, []int{400}, "single headers several times"},
	{"rfc4475/mcl01", []int{400}, []int{400}, "two lengths"},
	{"rfc4475/bcast", nil, nil, "response with two Via headers is not ours"},
	{"rfc4475/zeromf", []int{200}, []int{200}, "Max-Forwards 0 concerns proxies; we are the target"},
	{"rfc4475/cparam01", []int{405}, []int{405}, "unknown header parameter in Contact"},
	{"rfc4475/cparam02", []int{405}, []int{405}, "unknown URI parameter in Contact"},
	{"rfc4475/regescrt", []int{405}, []int{405}, "escaped header in a Contact URI"},
	{"rfc4475/sdp01", []int{406}, []int{406}, "the caller accepts no descriptions"},
	{"rfc4475/inv2543", []int{200}, []int{400}, "RFC 2543; on a stream a Content-Length is indispensable"},
	// RFC 5118.
	{"rfc5118/ipv6-good", []int{405}, []int{405}, "valid"},
	{"rfc5118/ipv6-bad", []int{400}, []int{400}, "no brackets"},
	{"rfc5118/port-ambiguous", []int{405}, []int{405}, "valid, though not what was meant"},
	{"rfc5118/port-unambiguous", []int{405}, []int{405}, "valid"},
	{"rfc5118/via-received-param-with-delim", []int{481}, []int{481}, "valid BYE of no dialog"},
	{"rfc5118/via-received-param-no-delim", []int{200}, []int{200}, "valid"},
	{"rfc5118/ipv6-in-sdp", []int{488}, []int{488}, "valid; only codecs that the handler does not have"},
	{"rfc5118/mult-ip-in-header", []int{481}, []int{481}, "valid BYE of no dialog"},
	{"rfc5118/mult-ip-in-sdp", []int{200}, []int{200}, "valid"},
	{"rfc5118/ipv4-mapped-ipv6", []int{488}, []int{488}, "valid; only codecs that the handler does not have"},
	{"rfc5118/ipv6-bug-abnf-3-colons", []int{200}, []int{200}, "three colons, allowed by a fault in the grammar; to be taken"},
	{"rfc5118/ipv6-correct-abnf-2-colons", []int{200}, []int{200}, "valid"},
}

// takesG711 answers calls that offer it.
func takesG711(ctx context.Context, c *Call) {
	body := pcmuOnly
	if offer := c.Offer(); offer != nil {
		answer, _, err := sdp.Answer(offer, sdp.Local{Address: netip.MustParseAddrPort("10.0.0.1:4000")})
		if err != nil {
			_ = c.Reject(488, "")
			return
		}
		body = answer.Bytes()
	}
	_ = c.Answer(ctx, body)
}

func TestTorture(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/siptorture/*/*.dat")
	if err != nil || len(files) != len(torture) {
		t.Errorf("%d files, %d in the table (%v)", len(files), len(torture), err)
	}
	for _, c := range torture {
		raw, err := os.ReadFile("testdata/siptorture/" + c.file + ".dat")
		if err != nil {
			t.Fatal(err)
		}
		t.Run(c.file+"/udp", func(t *testing.T) {
			t.Parallel()
			inWorld(t, func(w *world) {
				w.stack("10.0.0.1:5060", takesG711)
				p := w.peer(netip.AddrPortFrom(netip.MustParseAddr("10.0.0.66"), answerPort(raw)).String())
				p.lenient = true
				if _, err := p.conn.WriteToUDPAddrPort(raw, netip.MustParseAddrPort("10.0.0.1:5060")); err != nil {
					t.Fatal(err)
				}
				time.Sleep(400 * time.Millisecond) // before anything is repeated
				var got []int
				for len(p.in) > 0 {
					m := <-p.in
					if m.code >= 200 {
						got = append(got, m.code)
						checkAnswer(t, m.message)
					}
				}
				compareCodes(t, got, c.udp, c.why)
				w.normalCall()
			})
		})
		t.Run(c.file+"/tcp", func(t *testing.T) {
			t.Parallel()
			inWorld(t, func(w *world) {
				w.stack("10.0.0.1:5060", takesG711)
				conn, err := w.net.DialTCP(context.Background(), netip.MustParseAddrPort("10.0.0.1:5060"))
				if err != nil {
					t.Fatal(err)
				}
				go func() { _, _ = conn.Write(raw) }()
				got := readAnswers(t, conn, 11*time.Second)
				_ = conn.Close()
				compareCodes(t, got, c.tcp, c.why)
				w.normalCall()
			})
		})
	}
}

// answerPort is the port in the topmost Via, where answers to a datagram without rport go.
func answerPort(raw []byte) uint16 {
	m, _ := parseDatagram(raw)
	if m == nil || m.via.port == 0 {
		return 5060
	}
	return uint16(m.via.port)
}

// readAnswers collects final answers from a stream, without repetitions, for a while.
func readAnswers(t *testing.T, conn net.Conn, d time.Duration) (codes []int) {
	t.Helper()
	_ = conn.SetReadDeadline(time.Now().Add(d))
	var pending []byte
	seen := map[string]bool{}
	chunk := make([]byte, 65536)
	for {
		n, err := conn.Read(chunk)
		pending = append(pending, chunk[:n]...)
		for len(pending) > 0 {
			m, taken, parseErr := parseStream(pending, 65535)
			if taken == 0 {
				if parseErr != errIncomplete {
					t.Errorf("stack sent something malformed: %v\n%s", parseErr, pending)
				}
				break
			}
			pending = pending[taken:]
			key := m.callID + m.get("CSeq") + m.reason
			if m.code >= 200 && !seen[key] {
				seen[key] = true
				codes = append(codes, m.code)
				checkAnswer(t, m)
			}
		}
		if err != nil {
			return codes
		}
	}
}

func checkAnswer(t *testing.T, m *message) {
	t.Helper()
	if m.has("To") && !strings.Contains(m.get("To"), ";tag=") && m.to.tag() == "" {
		t.Errorf("answer without To tag: %s", m.bytes())
	}
	for code, header := range map[int]string{405: "Allow", 415: "Accept", 420: "Unsupported"} {
		if m.code == code && !m.has(header) {
			t.Errorf("%d without %s", code, header)
		}
	}
}

func compareCodes(t *testing.T, got, want []int, why string) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("got %v, want %v (%s)", got, want, why)
		return
	}
	for i := range got {
		if got[i] != want[i] {
			t.Errorf("got %v, want %v (%s)", got, want, why)
		}
	}
}

// normalCall checks that the stack still serves.
func (w *world) normalCall() {
	w.t.Helper()
	p := w.peer("10.0.0.77:5060")
	p.send("10.0.0.1:5060", p.invite("normal", "", pcmuOnly))
	ok := p.expect("SIP/2.0 200")
	p.send("10.0.0.1:5060", p.inDialog("ACK", 10, ok, "", nil))
	p.send("10.0.0.1:5060", p.inDialog("BYE", 11, ok, "", nil))
	p.expect("SIP/2.0 200")
	synctest.Wait()
}

// FuzzStack: whatever comes in, by datagram or stream, alone or mangled within a call, the stack
// contains no panic and serves the next call.
func FuzzStack(f *testing.F) {
	files, _ := filepath.Glob("testdata/siptorture/*/*.dat")
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	dialog := "To: <sip:sales@example.com>;tag=TAG\r\nFrom: <sip:al@example.com>;tag=ffuzz\r\nCall-ID: fuzz\r\nVia: SIP/2.0/UDP 10.0.0.66;branch=z9hG4bKx\r\n"
	for _, method := range []string{"BYE", "INFO", "UPDATE", "INVITE", "ACK", "CANCEL", "OPTIONS", "REFER"} {
		f.Add([]byte(method + " sip:10.0.0.1 SIP/2.0\r\n" + dialog + "CSeq: 77 " + method + "\r\nContent-Type: application/sdp\r\nContent-Length: 0\r\n\r\n"))
	}
	for method, headers := range map[string]string{
		"PRACK":    "RAck: 1 10 INVITE\r\n",
		"NOTIFY":   "Event: refer;id=1\r\nSubscription-State: terminated;reason=noresource\r\n",
		"REFER":    "Refer-To: <sip:a@b?Replaces=1%3Bto-tag%3D2%3Bfrom-tag%3D3>\r\nRefer-Sub: false\r\n",
		"UPDATE":   "Session-Expires: 90;refresher=uac\r\nMin-SE: 90\r\nSupported: timer, 100rel\r\n",
		"INVITE":   "Replaces: fuzz;to-tag=TAG;from-tag=ffuzz;early-only\r\nRequire: 100rel, replaces\r\n",
		"REGISTER": "Contact: *\r\nExpires: 0\r\nAuthorization: Digest username=\"a\", realm=\"lk\", nonce=\"x\", uri=\"sip:10.0.0.1\", response=\"0\", qop=auth, nc=00000001, cnonce=\"c\"\r\n",
	} {
		f.Add([]byte(method + " sip:10.0.0.1 SIP/2.0\r\n" + dialog + "CSeq: 78 " + method + "\r\n" + headers + "Content-Length: 0\r\n\r\n"))
	}
	f.Add([]byte("SIP/2.0 200 OK\r\n" + dialog + "CSeq: 1 BYE\r\nContent-Length: 0\r\n\r\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		inWorld(t, func(w *world) {
			calls := make(chan *Call, 100)
			s := w.stack("10.0.0.1:5060", func(ctx context.Context, c *Call) {
				c.OnOffer(func(*sdp.Session) ([]byte, int) { return pcmuOnly, 200 })
				c.OnRefer(func(r *Referral) int { _ = r.Notify(200, ""); return 0 })
				c.OnReplace(takesG711)
				takesG711(ctx, c)
				select {
				case calls <- c:
				default:
				}
			}, func(c *Config) {
				c.Auth = NewAuthenticator(AuthConfig{Realm: "lk", Secret: func(string) (Secret, bool) { return Secret{}, true }})
				c.Registrar = NewRegistrar(RegistrarConfig{})
			})
			conn, err := w.net.DialTCP(context.Background(), netip.MustParseAddrPort("10.0.0.1:5060"))
			if err != nil {
				t.Fatal(err)
			}
			go func() { _, _ = conn.Write(raw) }()
			readAnswers(t, conn, time.Second)
			_ = conn.Close()

			p := w.peer("10.0.0.66:5060")
			p.lenient = true
			p.send("10.0.0.1:5060", p.invite("fuzz", "", pcmuOnly))
			ok := p.expect("SIP/2.0 200")
			p.send("10.0.0.1:5060", p.inDialog("ACK", 10, ok, "", nil))
			_, _ = p.conn.WriteToUDPAddrPort(bytes.ReplaceAll(raw, []byte("tag=TAG"), []byte("tag="+ok.to.tag())), s.UDPAddr())
			synctest.Wait()
			for len(p.in) > 0 {
				<-p.in
			}
			w.normalCall()
		})
	})
}

func TestParserKeepsLinesApart(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{
		"OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:a@b>\nX: y\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\n\r\n",
		"OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: \"\rX: y\" <sip:a@b>;tag=1\r\nTo: <sip:a@b>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\n\r\n",
	} {
		m, err := parseDatagram([]byte(raw))
		if err == nil {
			t.Errorf("taken: %q", raw)
		}
		if strings.Contains(string((&Stack{}).reply(m, hop{}, 400, "a\r\nb", "t").bytes()), "\nX: y") {
			t.Error("a header was smuggled into the answer")
		}
	}
}

// FuzzParse: what is taken is written and read back with the same meaning.
func FuzzParse(f *testing.F) {
	files, _ := filepath.Glob("testdata/siptorture/*/*.dat")
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, err := parseDatagram(raw)
		if stream, n, streamErr := parseStream(raw, 65535); streamErr == nil && (stream == nil || n == 0 || n > len(raw)) {
			t.Fatalf("stream: took %d of %d", n, len(raw))
		}
		if err != nil {
			return
		}
		again, err := parseDatagram(m.bytes())
		if err != nil {
			t.Fatalf("%v\n%q\n%q", err, raw, m.bytes())
		}
		if m.method != again.method || m.target != again.target || m.code != again.code || m.callID != again.callID || m.seq != again.seq ||
			m.from.tag() != again.from.tag() || m.to.raw != again.to.raw || m.via.branch != again.via.branch || !bytes.Equal(m.body, again.body) ||
			len(m.all("Via")) != len(again.all("Via")) {
			t.Fatalf("got\n%q\nwant\n%q", again.bytes(), m.bytes())
		}
	})
}
