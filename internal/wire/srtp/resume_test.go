package srtp_test

import (
	"bytes"
	"errors"
	"testing"

	"pgregory.net/rapid"

	"linekeeper/internal/media"
	"linekeeper/internal/media/rtp"
	"linekeeper/internal/wire/srtp"
)

const ssrc = 9

// seal is a packet with that sequence number, sealed.
func seal(g *srtp.Guard, number uint16) ([]byte, error) {
	pkt := make([]byte, rtp.HeaderSize+4)
	(&rtp.Header{Sequence: number, SSRC: ssrc}).Put(pkt)
	b, err := g.Seal(make([]byte, media.MaxPacket), pkt)
	return bytes.Clone(b), err
}

func opens(g *srtp.Guard, sealed []byte) bool {
	_, ok := g.Open(bytes.Clone(sealed))
	return ok
}

func guard(t interface{ Cleanup(func()) }) *srtp.Guard {
	g := srtp.NewGuard(nil)
	t.Cleanup(g.Close)
	return g
}

// TestAnotherProcessGoesOn: both ways, with each suite, when numbers begin anew before, at, or after the
// end; what was heard before is not heard again.
func TestAnotherProcessGoesOn(t *testing.T) {
	t.Parallel()
	for _, suite := range srtp.Suites() {
		for _, first := range []uint16{100, 65530, 65000, 65529 - 2000} {
			ours, theirs := keys(t, suite)
			here, there := guard(t), guard(t)
			if err := errors.Join(here.Use(theirs, ours), there.Use(ours, theirs)); err != nil {
				t.Fatal(err)
			}
			var heard [][]byte
			for i := range uint16(10) {
				out, err1 := seal(here, first+i)
				in, err2 := seal(there, first+i)
				if err := errors.Join(err1, err2); err != nil || !opens(there, out) || !opens(here, in) {
					t.Fatalf("%s from %d: packet %d: %v", suite, first, i, err)
				}
				heard = append(heard, in)
			}
			k, ok := here.Kept()
			if !ok || k.Next != uint64(first)+10 || len(k.Heard) != 1 || k.Heard[0] != (srtp.Heard{SSRC: ssrc, Index: uint64(first) + 9}) {
				t.Fatalf("%s from %d: kept %+v", suite, first, k)
			}
			late, err := seal(there, first+10) // after it was written down
			if err != nil || !opens(here, late) {
				t.Fatal(err)
			}

			k.Next += 2000
			again := guard(t)
			if err := again.Resume(k, ssrc, nil); err != nil {
				t.Fatal(err)
			}
			if _, err := seal(again, uint16(k.Next)); !errors.Is(err, srtp.ErrLeased) {
				t.Errorf("%s from %d: before there was a lease: got %v", suite, first, err)
			}
			again.Lease(k.Next+2000, k.Next+1000, func() {})
			out, err := seal(again, uint16(k.Next))
			if err != nil || !opens(there, out) {
				t.Errorf("%s from %d: our stream did not go on: %v", suite, first, err)
			}
			in, err := seal(there, first+60)
			if err != nil || !opens(again, in) {
				t.Errorf("%s from %d: their stream did not go on: %v", suite, first, err)
			}
			for i, old := range append(heard, late) {
				if opens(again, old) {
					t.Errorf("%s from %d: packet %d was heard again", suite, first, i)
				}
			}
		}
	}
}

// TestLeasedNumbersOnly: whatever numbers are asked for, and whenever the process ends, no index is sealed
// twice under one key.
func TestLeasedNumbersOnly(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		ours, theirs := keys(t, "AEAD_AES_128_GCM")
		there := guard(t)
		g := guard(t)
		if err := errors.Join(g.Use(theirs, ours), there.Use(ours, theirs)); err != nil {
			t.Fatal(err)
		}
		const ahead = 100
		number, used := rapid.Uint16().Draw(t, "first"), map[string]bool{}
		var written *srtp.Kept
		low := false
		write := func() {
			k, _ := g.Kept()
			if k.Next == 0 {
				k.Next = uint64(number)
			}
			k.Next += ahead
			written, low = &k, false
			g.Lease(k.Next, k.Next-ahead/2, func() { low = true })
		}
		write()
		for range rapid.IntRange(1, 300).Draw(t, "packets") {
			switch rapid.IntRange(0, 20).Draw(t, "what") {
			case 0: // killed
				g = guard(t)
				if err := g.Resume(*written, ssrc, nil); err != nil {
					t.Fatal(err)
				}
				number = uint16(written.Next)
				write()
			case 1:
				write()
			case 2:
				number += uint16(rapid.IntRange(0, 2*ahead).Draw(t, "jump"))
			}
			sealed, err := seal(g, number)
			if errors.Is(err, srtp.ErrLeased) {
				if !low {
					t.Fatal("nobody was told that the numbers are used up")
				}
				write()
				number++
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			number++
			if used[string(sealed)] { // the same text under the same key and number is sealed the same
				t.Fatalf("index of %d was used twice", number-1)
			}
			used[string(sealed)] = true
		}
	})
}

// TestKeysOfAHandshakeGoOn: the next process neither asks for a new handshake nor gives in to one of the
// same party.
func TestKeysOfAHandshakeGoOn(t *testing.T) {
	t.Parallel()
	ours, theirs := keys(t, "AEAD_AES_128_GCM")
	k := srtp.Kept{Theirs: theirs, Ours: ours, Next: 5000}
	sent := 0
	s := srtp.Shaking{Handshake: srtp.Handshake{Client: true}, Send: func([]byte) { sent++ }}
	g := guard(t)
	if err := g.Resume(k, ssrc, &s); err != nil {
		t.Fatal(err)
	}
	g.Lease(7000, 6000, func() {})
	g.Begin(srtp.Shaking{Handshake: srtp.Handshake{Client: true}, Send: func([]byte) { sent++ }})
	if !g.Shake([]byte{22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}) || sent > 0 {
		t.Errorf("%d datagrams of a handshake were sent", sent)
	}
	if _, err := seal(g, 5000); err != nil {
		t.Error(err)
	}
	if bad := (srtp.Kept{Theirs: theirs, Ours: srtp.Key{Suite: "none"}}); guard(t).Resume(bad, ssrc, nil) == nil {
		t.Error("a key that is none was taken")
	}
}
