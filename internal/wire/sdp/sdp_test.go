package sdp

import (
	"errors"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

var sameAddr = cmp.Options{
	cmp.Comparer(func(a, b netip.Addr) bool { return a == b }),
	cmp.Comparer(func(a, b netip.AddrPort) bool { return a == b }),
	cmpopts.EquateEmpty(),
}

func parse(t testing.TB, text string) *Session {
	t.Helper()
	s, err := Parse([]byte(strings.ReplaceAll(text, "\n", "\r\n")))
	if err != nil {
		t.Fatalf("parsing: %v\n%s", err, text)
	}
	return s
}

func local(port uint16) Local {
	return Local{Address: netip.MustParseAddrPort("192.0.2.1:4000"), SessionID: 7, Version: 1}.at(port)
}

func (l Local) at(port uint16) Local {
	l.Address = netip.AddrPortFrom(l.Address.Addr(), port)
	return l
}

// rfc8866 is the example of RFC 8866 section 5.
const rfc8866 = `v=0
o=jdoe 3724394400 3724394405 IN IP4 198.51.100.1
s=Call to John Smith
i=SDP Offer #1
u=http://www.jdoe.example.com/home.html
e=Jane Doe <jane@jdoe.example.com>
p=+1 617 555-6011
c=IN IP4 198.51.100.1
t=0 0
m=audio 49170 RTP/AVP 0
m=audio 49180 RTP/AVP 0
m=video 51372 RTP/AVP 99
c=IN IP6 2001:db8::2
a=rtpmap:99 h263-1998/90000
`

func TestParseRFC8866(t *testing.T) {
	t.Parallel()
	s := parse(t, rfc8866)
	if got, want := s.Origin, (Origin{"jdoe", 3724394400, 3724394405, "198.51.100.1"}); got != want {
		t.Errorf("origin: got %v, want %v", got, want)
	}
	if s.Name != "Call to John Smith" || len(s.Media) != 3 {
		t.Fatalf("got name %q and %d streams", s.Name, len(s.Media))
	}
	video := s.Media[2]
	if got, want := video.Connection, netip.MustParseAddr("2001:db8::2"); got != want {
		t.Errorf("video address: got %s, want %s", got, want)
	}
	if f := video.Formats[0]; f.Name != "h263-1998" || f.ClockRate != 90000 || f.PayloadType != 99 {
		t.Errorf("video format: got %+v", f)
	}
	if f := s.Media[0].Formats[0]; f.Name != "PCMU" || f.ClockRate != 8000 {
		t.Errorf("static payload type: got %+v", f)
	}
	if got := string(s.Bytes()); !strings.Contains(got, "c=IN IP6 2001:db8::2\r\n") || !strings.Contains(got, "i=SDP Offer #1\r\nu=") {
		t.Errorf("written:\n%s", got)
	}
}

func TestParseTakesAndRefuses(t *testing.T) {
	t.Parallel()
	const head = "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\n"
	cases := []struct {
		name, text string
		want       error
	}{
		{"bare LF and no last line end", "v=0\no=- 1 1 IN IP4 1.2.3.4\ns=-\nt=0 0\nm=audio 9 RTP/AVP 0", nil},
		{"no origin, no times", "v=0\r\nm=audio 9 RTP/AVP 0\r\n", nil},
		{"attributes before streams, unknown letters", head + "Q=what\r\na=group:BUNDLE 0\r\nm=audio 9 RTP/AVP 0\r\nx=y\r\n", nil},
		{"port with count", head + "m=video 49170/2 RTP/AVP 31\r\n", nil},
		{"fax", head + "m=image 49170 udptl t38\r\na=T38FaxVersion:0\r\n", nil},
		{"names in c=", "v=0\r\nc=IN IP4 host.example\r\nm=audio 9 RTP/AVP 0\r\n", nil},
		{"empty", "", ErrSyntax},
		{"not sdp", "<xml/>", ErrSyntax},
		{"version 1", "v=1\r\n", ErrSyntax},
		{"port out of range", head + "m=audio 65536 RTP/AVP 0\r\n", ErrSyntax},
		{"port not a number", head + "m=audio x RTP/AVP 0\r\n", ErrSyntax},
		{"stream without protocol", head + "m=audio 9\r\n", ErrSyntax},
		{"control character", head + "a=x\x00y\r\n", ErrSyntax},
		{"too long", head + strings.Repeat("a=x\r\n", MaxBytes), ErrTooLarge},
		{"too many streams", head + strings.Repeat("m=audio 9 RTP/AVP 0\r\n", MaxMedia+1), ErrTooLarge},
		{"too many formats", head + "m=audio 9 RTP/AVP" + strings.Repeat(" 0", MaxFormats+1) + "\r\n", ErrTooLarge},
		{"too many attributes", head + strings.Repeat("a=x\r\n", MaxAttributes+1), ErrTooLarge},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if _, err := Parse([]byte(c.text)); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

func TestDirectionAndHold(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, lines, media string
		want               Direction
		held               bool
	}{
		{"nothing said", "c=IN IP4 192.0.2.9\n", "", SendRecv, false},
		{"session level", "c=IN IP4 192.0.2.9\na=sendonly\n", "", SendOnly, true},
		{"stream overrides session", "c=IN IP4 192.0.2.9\na=sendonly\n", "a=sendrecv\n", SendRecv, false},
		{"inactive", "c=IN IP4 192.0.2.9\n", "a=inactive\n", Inactive, true},
		{"recvonly", "c=IN IP4 192.0.2.9\n", "a=recvonly\n", RecvOnly, false},
		{"old hold", "c=IN IP4 0.0.0.0\n", "", SendOnly, true},
		{"old hold in the stream", "c=IN IP4 192.0.2.9\n", "c=IN IP4 0.0.0.0\na=sendrecv\n", SendOnly, true},
		{"old hold, IPv6", "c=IN IP6 ::\n", "", SendOnly, true},
		{"old hold and recvonly", "c=IN IP4 0.0.0.0\n", "a=recvonly\n", Inactive, true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := parse(t, "v=0\no=- 1 1 IN IP4 192.0.2.9\ns=-\n"+c.lines+"t=0 0\nm=audio 9 RTP/AVP 0\n"+c.media)
			if got := s.Media[0].Direction; got != c.want {
				t.Errorf("direction: got %v, want %v", got, c.want)
			}
			if got := s.Held(); got != c.held {
				t.Errorf("held: got %v, want %v", got, c.held)
			}
		})
	}
}

// TestAnswerRFC3264 is the example of RFC 3264 section 10.1, with a codec list of ours.
func TestAnswerRFC3264(t *testing.T) {
	t.Parallel()
	offer := parse(t, `v=0
o=alice 2890844526 2890844526 IN IP4 host.anywhere.com
s=
c=IN IP4 198.51.100.4
t=0 0
m=audio 49170 RTP/AVP 0
a=rtpmap:0 PCMU/8000
m=video 51372 RTP/AVP 31
a=rtpmap:31 H261/90000
m=video 53000 RTP/AVP 32
a=rtpmap:32 MPV/90000
`)
	answer, chosen, err := Answer(offer, local(49920))
	if err != nil {
		t.Fatal(err)
	}
	want := Negotiated{Codec: PCMU(), Remote: netip.MustParseAddrPort("198.51.100.4:49170"), Ptime: 20 * time.Millisecond}
	if !reflect.DeepEqual(chosen, want) {
		t.Errorf("got %+v, want %+v", chosen, want)
	}
	const text = "v=0\r\no=- 7 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n" +
		"m=audio 49920 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\na=ptime:20\r\na=sendrecv\r\n" +
		"m=video 0 RTP/AVP 31\r\na=rtpmap:31 H261/90000\r\na=sendrecv\r\n" +
		"m=video 0 RTP/AVP 32\r\na=rtpmap:32 MPV/90000\r\na=sendrecv\r\n"
	if diff := cmp.Diff(text, string(answer.Bytes())); diff != "" {
		t.Errorf("answer (-want +got):\n%s", diff)
	}
}

func TestAnswerChooses(t *testing.T) {
	t.Parallel()
	const head = "v=0\no=- 1 1 IN IP4 192.0.2.9\ns=-\nc=IN IP4 192.0.2.9\nt=0 0\n"
	cases := []struct {
		name, media string
		local       Direction
		prefer      []Codec
		codec       Codec
		events      uint8
		direction   Direction
		err         error
	}{
		{name: "the order of the offer", media: "m=audio 9 RTP/AVP 8 0 96\na=rtpmap:96 telephone-event/8000\n", codec: PCMA(), events: 96},
		{name: "only what we know", media: "m=audio 9 RTP/AVP 9 18 0\n", codec: PCMU()},
		{name: "one of ours", media: "m=audio 9 RTP/AVP 8 0\n", prefer: []Codec{PCMU()}, codec: PCMU()},
		{name: "dynamic number for G.711", media: "m=audio 9 RTP/AVP 97\na=rtpmap:97 pcma/8000\n", codec: Codec{"PCMA", 8000, 97}},
		{name: "G.722", media: "m=audio 9 RTP/AVP 0 9 101\na=rtpmap:101 telephone-event/8000\n", prefer: []Codec{G722()}, codec: G722(), events: 101},
		{name: "Opus with its own clock for keys", media: "m=audio 9 RTP/AVP 96 97 98\na=rtpmap:96 opus/48000/2\na=fmtp:96 stereo=1\na=rtpmap:97 telephone-event/8000\na=rtpmap:98 telephone-event/48000\n",
			prefer: []Codec{Opus(), PCMU()}, codec: Codec{"opus", 48000, 96}, events: 98},
		{name: "Opus with keys at 8 kHz only", media: "m=audio 9 RTP/AVP 96 97\na=rtpmap:96 OPUS/48000/2\na=rtpmap:97 telephone-event/8000\n",
			prefer: []Codec{Opus()}, codec: Codec{"opus", 48000, 96}, events: 97},
		{name: "events at another rate", media: "m=audio 9 RTP/AVP 0 96\na=rtpmap:96 telephone-event/48000\n", codec: PCMU()},
		{name: "second audio stream fits", media: "m=audio 9 RTP/AVP 18\nm=audio 11 RTP/AVP 0\n", codec: PCMU()},
		{name: "hold", media: "m=audio 9 RTP/AVP 0\na=sendonly\n", codec: PCMU(), direction: RecvOnly},
		{name: "hold from both sides", media: "m=audio 9 RTP/AVP 0\na=sendonly\n", local: SendOnly, codec: PCMU(), direction: Inactive},
		{name: "inactive", media: "m=audio 9 RTP/AVP 0\na=inactive\n", codec: PCMU(), direction: Inactive},
		{name: "nothing in common", media: "m=audio 9 RTP/AVP 18 9\n", err: ErrNoCodec},
		{name: "only events", media: "m=audio 9 RTP/AVP 101\na=rtpmap:101 telephone-event/8000\n", err: ErrNoCodec},
		{name: "stereo G.711", media: "m=audio 9 RTP/AVP 97\na=rtpmap:97 PCMU/8000/2\n", err: ErrNoCodec},
		{name: "no audio", media: "m=video 9 RTP/AVP 31\n", err: ErrNoAudio},
		{name: "audio switched off", media: "m=audio 0 RTP/AVP 0\n", err: ErrNoAudio},
		{name: "encrypted only", media: "m=audio 9 RTP/SAVP 0\n", err: ErrProtection},
		{name: "no stream", media: "", err: ErrNoAudio},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			offer := parse(t, head+c.media)
			l := local(4000)
			l.Direction = c.local
			answer, got, err := Answer(offer, l, c.prefer...)
			if !errors.Is(err, c.err) {
				t.Fatalf("got %v, want %v", err, c.err)
			}
			if err != nil {
				return
			}
			if got.Codec != c.codec || got.EventsPT != c.events || got.Direction != c.direction {
				t.Errorf("got %+v, want %v %d %v", got, c.codec, c.events, c.direction)
			}
			if len(answer.Media) != len(offer.Media) {
				t.Errorf("answer has %d streams, offer %d", len(answer.Media), len(offer.Media))
			}
			if back, err := Accept(offer, answer); err != nil || back.Codec.Name != c.codec.Name || back.Direction != c.direction.Reverse() {
				t.Errorf("the offerer sees %+v, %v", back, err)
			}
		})
	}
}

func TestOfferOfOpus(t *testing.T) {
	t.Parallel()
	got := string(Offer(local(4000), Opus(), G722(), PCMA()).Bytes())
	const want = "m=audio 4000 RTP/AVP 111 9 8 101 102\r\na=rtpmap:111 opus/48000/2\r\na=fmtp:111 useinbandfec=1;stereo=0\r\n" +
		"a=rtpmap:9 G722/8000\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/48000\r\na=fmtp:101 0-15\r\n" +
		"a=rtpmap:102 telephone-event/8000\r\na=fmtp:102 0-15\r\na=ptime:20\r\na=sendrecv\r\n"
	if _, media, _ := strings.Cut(got, "t=0 0\r\n"); media != want {
		t.Errorf("(-want +got):\n%s", cmp.Diff(want, media))
	}
	// Payload types of codecs and keys must differ.
	taken := Codec{Name: "opus", ClockRate: 48000, PayloadType: eventsPT}
	if got, want := string(Offer(local(4000), taken).Bytes()), "RTP/AVP 101 102\r\n"; !strings.Contains(got, want) {
		t.Errorf("got %s, want %s in it", got, want)
	}
}

func TestAccept(t *testing.T) {
	t.Parallel()
	offer := Offer(local(4000))
	const head = "v=0\no=- 1 1 IN IP4 192.0.2.9\ns=-\nc=IN IP4 192.0.2.9\nt=0 0\n"
	got, err := Accept(offer, parse(t, head+"m=audio 9 RTP/AVP 8 101\na=rtpmap:101 telephone-event/8000\na=ptime:30\n"))
	want := Negotiated{Codec: PCMA(), EventsPT: 101, EventRate: 8000, Remote: netip.MustParseAddrPort("192.0.2.9:9"), Ptime: 30 * time.Millisecond}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	if _, err := Accept(offer, parse(t, head+"m=audio 0 RTP/AVP 0\n")); !errors.Is(err, ErrNoAudio) {
		t.Errorf("refused stream: got %v", err)
	}
	if _, err := Accept(offer, parse(t, head+"m=audio 9 RTP/AVP 18\n")); !errors.Is(err, ErrNoCodec) {
		t.Errorf("codec not offered: got %v", err)
	}
}

// sessions draws descriptions that a sane writer could produce.
func sessions() *rapid.Generator[*Session] {
	token := rapid.StringMatching(`[a-zA-Z][a-zA-Z0-9-]{0,10}`)
	host := rapid.SampledFrom([]string{"192.0.2.1", "2001:db8::1", "0.0.0.0", "::", "host.example"})
	return rapid.Custom(func(t *rapid.T) *Session {
		s := &Session{Origin: Origin{User: token.Draw(t, "user"), ID: rapid.Uint64().Draw(t, "id"), Version: rapid.Uint64().Draw(t, "version"), Address: host.Draw(t, "origin")},
			Name: token.Draw(t, "name"), Direction: Direction(rapid.IntRange(0, 3).Draw(t, "direction")), Lines: []string{"t=0 0"}}
		s.Host = host.Draw(t, "host")
		s.Connection, _ = netip.ParseAddr(s.Host)
		for range rapid.IntRange(0, 3).Draw(t, "streams") {
			m := Media{Type: rapid.SampledFrom([]string{"audio", "video"}).Draw(t, "type"), Port: rapid.Uint16().Draw(t, "port"), Proto: "RTP/AVP"}
			m.Host = host.Draw(t, "media host")
			m.Connection, _ = netip.ParseAddr(m.Host)
			m.Ptime = time.Duration(rapid.IntRange(0, 60).Draw(t, "ptime")) * time.Millisecond
			m.Direction = Direction(rapid.IntRange(0, 3).Draw(t, "media direction"))
			if m.Connection.IsValid() && m.Connection.IsUnspecified() {
				m.Direction = m.Direction.and(SendOnly)
			}
			for _, pt := range rapid.SliceOfNDistinct(rapid.IntRange(96, 127), 1, 5, rapid.ID[int]).Draw(t, "formats") {
				f := Codec{Name: token.Draw(t, "codec"), ClockRate: rapid.IntRange(1, 96000).Draw(t, "rate")}.format(pt)
				f.Parameters = rapid.SampledFrom([]string{"", "0-15", "a=1;b=2"}).Draw(t, "fmtp")
				m.Formats = append(m.Formats, f)
			}
			if rapid.Bool().Draw(t, "attribute") {
				m.Attributes = append(m.Attributes, Attribute{"crypto", "1 AES_CM_128_HMAC_SHA1_80 inline:x"}, Attribute{Name: "rtcp-mux"})
			}
			s.Media = append(s.Media, m)
		}
		return s
	})
}

func TestWrittenIsReadBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := sessions().Draw(t, "session")
		got, err := Parse(want.Bytes())
		if err != nil {
			t.Fatalf("%v\n%s", err, want.Bytes())
		}
		if diff := cmp.Diff(want, got, sameAddr); diff != "" {
			t.Fatalf("(-want +got)\n%s\n%s", diff, want.Bytes())
		}
	})
}

// TestAnswerProperties checks RFC 3264 on drawn offers: as many streams as offered, in order, at
// most one of them on, and neither side sends to one that does not listen.
func TestAnswerProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		offer := sessions().Draw(t, "offer")
		for i := range offer.Media {
			if rapid.Bool().Draw(t, "has G.711") {
				offer.Media[i].Formats = append(offer.Media[i].Formats, pcma.format(8))
			}
		}
		answer, chosen, err := Answer(offer, local(4000))
		if err != nil {
			return
		}
		on := 0
		for i, m := range answer.Media {
			if m.Type != offer.Media[i].Type || m.Proto != offer.Media[i].Proto {
				t.Fatalf("stream %d is another one", i)
			}
			if m.Port != 0 {
				on++
				if chosen.Direction.Sends() && !offer.Media[i].Direction.Receives() {
					t.Fatalf("we send to one that is %v", offer.Media[i].Direction)
				}
			}
		}
		if on != 1 || len(answer.Media) != len(offer.Media) {
			t.Fatalf("%d of %d streams on, %d offered", on, len(answer.Media), len(offer.Media))
		}
	})
}

// FuzzParse: what is taken is written and read back as the same, and can be answered.
func FuzzParse(f *testing.F) {
	f.Add([]byte(rfc8866))
	f.Add(Offer(local(4000)).Bytes())
	for _, p := range []Protection{ourSDES(), ourDTLS(), optional(ourSDES())} {
		l := local(4000)
		l.Protection = p
		f.Add(Offer(l).Bytes())
	}
	f.Add([]byte("v=0\r\nm=audio 9/2 RTP/AVP 0 00 8 101\r\na=rtpmap:0 PCMU/8000/1\r\na=fmtp:0 x\r\na=fmtp:00 y\r\na=ptime:20.4\r\nc=IN IP4 224.0.0.1/127\r\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := Parse(b)
		if err != nil {
			return
		}
		text := s.Bytes()
		again, err := Parse(text)
		if err != nil {
			if errors.Is(err, ErrTooLarge) {
				return // what was inherited or static is now written out
			}
			t.Fatalf("%v\n%q\n%q", err, b, text)
		}
		if !reflect.DeepEqual(s, again) && cmp.Diff(s, again, sameAddr) != "" {
			t.Fatalf("(-first +second)\n%s\n%q", cmp.Diff(s, again, sameAddr), text)
		}
		for _, p := range []Protection{{}, ourSDES(), ourDTLS(), optional(ourSDES()), optional(ourDTLS())} {
			l := local(4000)
			l.Protection = p
			answer, chosen, err := Answer(s, l)
			if err != nil {
				continue
			}
			if !p.Optional && chosen.Keying != p.Keying {
				t.Fatalf("%s was agreed upon, want %s\n%s", chosen.Keying, p.Keying, answer.Bytes())
			}
			n, err := Accept(s, answer)
			if err != nil {
				t.Fatalf("answer not accepted: %v\n%s", err, answer.Bytes())
			}
			if n.Keying != chosen.Keying {
				t.Fatalf("accepted as %s, want %s\n%s", n.Keying, chosen.Keying, answer.Bytes())
			}
		}
	})
}
