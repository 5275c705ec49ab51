package voice

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/kit/network"
	"linekeeper/internal/media"
	"linekeeper/internal/media/rtp"
	"linekeeper/internal/wire/sdp"
	"linekeeper/internal/wire/sip"
)

// side is one end of a call that is protected as want says.
type side struct {
	*session
	heard chan string
	seq   uint16
}

func newSide(t *testing.T, want Encryption, nat bool) *side {
	t.Helper()
	conn, err := network.Machine{}.ListenUDP(netip.MustParseAddrPort("127.0.0.1:0"))
	if err != nil {
		t.Fatal(err)
	}
	transport := media.NewUDP(conn, media.UDPConfig{NAT: nat})
	s := &side{heard: make(chan string, 100), session: newSession(transport, transport.LocalAddr(), nat, netip.MustParseAddr("127.0.0.1"), []sdp.Codec{sdp.PCMU()})}
	p, err := new(Edge).protection(want, sip.TLS, nat)
	if err != nil {
		t.Fatal(err)
	}
	s.protect(p, nil)
	done := make(chan struct{})
	go func() {
		defer close(done)
		b := make([]byte, media.MaxPacket)
		for {
			n, err := s.transport.Read(b)
			if err != nil {
				return
			}
			s.heard <- string(b[rtp.HeaderSize:n])
		}
	}()
	t.Cleanup(func() { _ = s.transport.Close(); <-done })
	return s
}

// read is a description as it comes over the wire.
func read(t *testing.T, body []byte) *sdp.Session {
	t.Helper()
	d, err := sdp.Parse(body)
	if err != nil {
		t.Fatalf("%v\n%s", err, body)
	}
	return d
}

// hears waits until one side has heard the other.
func (s *side) hears(t *testing.T, o *side, text string) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); {
		o.seq++
		b := make([]byte, rtp.HeaderSize)
		(&rtp.Header{Sequence: o.seq, SSRC: 5}).Put(b)
		_ = o.transport.Write(append(b, text...))
		select {
		case got := <-s.heard:
			if got == text {
				return
			}
		case <-time.After(20 * time.Millisecond):
		}
	}
	t.Fatalf("%q was not heard: %+v", text, s.transport.Strays())
}

func TestProtectedSessionsAgreeAndKeepTheirKeys(t *testing.T) {
	t.Parallel()
	for _, want := range []Encryption{{Keying: sdp.SDES}, {Keying: sdp.DTLS}, {Keying: sdp.SDES, Optional: true}, {Keying: sdp.DTLS, Optional: true}} {
		for _, nat := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s optional %v nat %v", want.Keying, want.Optional, nat), func(t *testing.T) {
				t.Parallel()
				us, peer := newSide(t, want, nat), newSide(t, Encryption{Keying: want.Keying}, false)
				answer, err := us.answer(read(t, peer.offer()))
				if err != nil {
					t.Fatal(err)
				}
				if err := peer.accept(read(t, answer)); err != nil {
					t.Fatal(err)
				}
				if us.keying() != want.Keying || peer.keying() != want.Keying {
					t.Fatalf("agreed on %s and %s", us.keying(), peer.keying())
				}
				us.hears(t, peer, "hello")
				peer.hears(t, us, "hello, too")
				before := us.agreement().Protected
				peer.local.Direction = sdp.SendOnly // hold
				held, code := us.reoffered(read(t, peer.offer()))
				if code != 200 || peer.accept(read(t, held)) != nil {
					t.Fatalf("hold: %d\n%s", code, held)
				}
				after := us.agreement().Protected
				if !bytes.Equal(after.Ours.Key, before.Ours.Key) || !bytes.Equal(after.Theirs.Key, before.Theirs.Key) || after.Client != before.Client {
					t.Errorf("a hold changed %+v into %+v", before, after)
				}
				us.hears(t, peer, "music")
				peer.local.Direction = sdp.SendRecv
				if body, code := us.reoffered(read(t, peer.offer())); code != 200 || peer.accept(read(t, body)) != nil {
					t.Fatalf("resume: %d", code)
				}
				peer.hears(t, us, "back")
				// Nobody makes us plain again, and nothing changes by trying.
				plain := newSide(t, Encryption{}, false)
				if _, code := us.reoffered(read(t, plain.offer())); code != 488 {
					t.Errorf("a plain offer: got %d, want 488", code)
				}
				us.hears(t, peer, "still")
				peer.hears(t, us, "there")
			})
		}
	}
}

// What the settings of both sides lead to.
func TestWhoIsRefusedForEncryption(t *testing.T) {
	t.Parallel()
	none, sdes, dtls := Encryption{}, Encryption{Keying: sdp.SDES}, Encryption{Keying: sdp.DTLS}
	maybe := Encryption{Keying: sdp.SDES, Optional: true}
	for _, c := range []struct {
		us, peer Encryption
		want     string
	}{
		{none, none, "none"}, {none, sdes, "refused"}, {none, dtls, "refused"}, {none, maybe, "none"},
		{sdes, none, "refused"}, {sdes, sdes, "sdes"}, {sdes, dtls, "refused"}, {sdes, maybe, "sdes"},
		{dtls, none, "refused"}, {dtls, sdes, "refused"}, {dtls, dtls, "dtls"}, {dtls, maybe, "refused"},
		{maybe, none, "none"}, {maybe, sdes, "sdes"}, {maybe, dtls, "refused"}, {maybe, maybe, "sdes"},
	} {
		us, peer := newSide(t, c.us, false), newSide(t, c.peer, false)
		_, err := us.answer(read(t, peer.offer()))
		got := us.keying().String()
		if errors.Is(err, sdp.ErrProtection) {
			got = "refused"
		}
		if got != c.want {
			t.Errorf("%+v offered to %+v: got %s (%v), want %s", c.peer, c.us, got, err, c.want)
		}
	}
}

func TestKeysTravelOnlyWhereNobodyReads(t *testing.T) {
	t.Parallel()
	e := new(Edge)
	for _, transport := range []sip.Transport{"", sip.UDP, sip.TCP, sip.TLS} {
		_, err := e.protection(Encryption{Keying: sdp.SDES}, transport, false)
		if (err == nil) != (transport == sip.TLS) {
			t.Errorf("%s: %v", transport, err)
		}
		p, err := e.protection(Encryption{Keying: sdp.SDES, Optional: true}, transport, false)
		if err != nil || (len(p.Keys) > 0) != (transport == sip.TLS) {
			t.Errorf("%s, optional: %v", transport, err)
		}
		if p, err := e.protection(Encryption{Keying: sdp.SDES, KeysInClear: true}, transport, false); err != nil || len(p.Keys) == 0 {
			t.Errorf("%s, allowed: %v", transport, err)
		}
	}
}

func TestWeakFingerprintsAreRefused(t *testing.T) {
	t.Parallel()
	us, peer := newSide(t, Encryption{Keying: sdp.DTLS}, false), newSide(t, Encryption{Keying: sdp.DTLS}, false)
	offer := strings.Replace(string(peer.offer()), "fingerprint:sha-256", "fingerprint:sha-1", 1)
	if _, err := us.answer(read(t, []byte(offer))); !errors.Is(err, sdp.ErrProtection) || us.transport.Protected() {
		t.Errorf("got %v", err)
	}
}

func TestPhonesAreProtectedAsTheirUserSays(t *testing.T) {
	t.Parallel()
	refused := sdp.Keying(255)
	for _, c := range []struct {
		set    access.PhoneEncryption
		secure bool
		phone  sdp.Keying
		want   sdp.Keying
	}{
		{access.PhoneAuto, true, sdp.Plain, sdp.Plain},
		{access.PhoneAuto, true, sdp.SDES, sdp.SDES},
		{access.PhoneAuto, false, sdp.Plain, sdp.Plain},
		{access.PhoneOff, true, sdp.Plain, sdp.Plain},
		{access.PhoneOff, true, sdp.SDES, refused},
		{access.PhoneSDES, true, sdp.SDES, sdp.SDES},
		{access.PhoneSDES, true, sdp.Plain, refused},
		{access.PhoneSDES, false, sdp.SDES, refused},
		{access.PhoneDTLS, true, sdp.DTLS, sdp.DTLS},
		{access.PhoneDTLS, false, sdp.DTLS, sdp.DTLS},
		{access.PhoneDTLS, false, sdp.Plain, refused},
		{access.PhoneDTLS, true, sdp.SDES, refused},
	} {
		us, phone := newSide(t, Encryption{}, true), newSide(t, Encryption{Keying: c.phone}, false)
		err := new(Edge).protectPhone(us.session, PhoneEncryption(c.set), c.secure)
		var answer []byte
		if err == nil {
			answer, err = phone.answer(read(t, us.offer()))
		}
		if err == nil {
			err = us.accept(read(t, answer))
		}
		got := us.keying()
		if err != nil {
			got = refused
		}
		if got != c.want {
			t.Errorf("%q, secure %v, a phone that wants %v: got %v, %v; want %v", c.set, c.secure, c.phone, got, err, c.want)
		}
	}
}
