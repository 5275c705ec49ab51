package rtcp

import (
	"bytes"
	"errors"
	"reflect"
	"testing"
	"time"
)

func report() Report {
	r := Report{SSRC: 7, Sender: true, Sent: Sent{NTP: 0x1122334455667788, Timestamp: 5, Packets: 6, Octets: 7}, NBlocks: 2}
	r.Blocks[0] = Block{SSRC: 9, Fraction: 128, Lost: 3, Highest: 0x10001, Jitter: 80, LastSR: 0x33445566, Delay: 65536}
	r.Blocks[1] = Block{SSRC: 10, Lost: -2}
	return r
}

func parsed(t *testing.T, b []byte) (all []Report) {
	t.Helper()
	if err := Parse(b, func(r *Report) { all = append(all, *r) }); err != nil {
		t.Fatal(err)
	}
	return all
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	t.Parallel()
	sender := report()
	receiver := sender
	receiver.Sender, receiver.Sent, receiver.NBlocks = false, Sent{}, 0
	receiver.Blocks = [31]Block{}
	for _, r := range []Report{sender, receiver} {
		for _, name := range []string{"", "a", "abc", "abcd", string(bytes.Repeat([]byte{'x'}, 300))} {
			b := r.Append(nil, name)
			if len(b)%4 != 0 || len(b) > MaxSize+blockSize {
				t.Errorf("%d bytes", len(b))
			}
			if got := parsed(t, b); len(got) != 1 || !reflect.DeepEqual(got[0], r) {
				t.Errorf("got %+v, want %+v", got, r)
			}
		}
	}
}

// The bytes are those of RFC 3550, section 6.4.1 and 6.5.
func TestBytes(t *testing.T) {
	t.Parallel()
	r := Report{SSRC: 0x01020304, NBlocks: 1}
	r.Blocks[0] = Block{SSRC: 0x0a0b0c0d, Fraction: 0x40, Lost: -1, Highest: 0x00010002, Jitter: 3, LastSR: 4, Delay: 5}
	want := []byte{
		0x81, 201, 0, 7, 1, 2, 3, 4,
		0xa, 0xb, 0xc, 0xd, 0x40, 0xff, 0xff, 0xff, 0, 1, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 5,
		0x81, 202, 0, 3, 1, 2, 3, 4, 1, 4, 'n', 'a', 'm', 'e', 0, 0,
	}

	if got := r.Append(nil, "name"); !bytes.Equal(got, want) {
		t.Errorf("got  %x\nwant %x", got, want)
	}
}

func TestMalformed(t *testing.T) {
	t.Parallel()
	r := report()
	good := r.Append(nil, "n")
	for name, b := range map[string][]byte{
		"cut":            good[:20],
		"version":        append([]byte{0x40}, good[1:]...),
		"three bytes":    {0x80, 200, 0},
		"too many":       {0x85, 201, 0, 1, 0, 0, 0, 0},
		"no SSRC":        {0x80, 201, 0, 0},
		"no sender info": {0x80, 200, 0, 1, 0, 0, 0, 0},
	} {
		if err := Parse(b, func(*Report) {}); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: got %v, want malformed", name, err)
		}
	}
	bye := append([]byte{0x81, 203, 0, 1, 0, 0, 0, 7}, good...)
	if got := parsed(t, bye); len(got) != 1 {
		t.Errorf("%d reports behind a BYE, want 1", len(got))
	}
}

// The example of RFC 3550, figure 2: 6.125 s less 5.25 s and the time of the report before.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	now := time.Unix(int64(0xb710_8000)+ntpEpoch, 0) // the middle of its NTP time is 0x8000:0000
	k := Block{LastSR: 0x8000_0000 - 6125*65536/1000, Delay: 5250 * 65536 / 1000}
	if got, ok := k.RoundTrip(now); !ok || got.Round(time.Millisecond) != 875*time.Millisecond {
		t.Errorf("got %v, %v", got, ok)
	}
	if _, ok := (&Block{}).RoundTrip(now); ok {
		t.Error("a block without a report shows a round trip")
	}
	if _, ok := (&Block{LastSR: 0x8000_0000 + 1}).RoundTrip(now); ok {
		t.Error("a report from the future shows a round trip")
	}
}

func FuzzParse(f *testing.F) {
	r := report()
	f.Add(r.Append(nil, "name"))
	f.Add([]byte{0x81, 203, 0, 1, 0, 0, 0, 7})
	f.Fuzz(func(t *testing.T, b []byte) {
		_ = Parse(b, func(r *Report) {
			again := r.Append(nil, "x")
			if err := Parse(again, func(s *Report) {
				if s.SSRC != r.SSRC || s.NBlocks != r.NBlocks || s.Blocks[0] != r.Blocks[0] && r.NBlocks > 0 {
					t.Errorf("read %+v, written and read %+v", r, s)
				}
			}); err != nil {
				t.Error(err)
			}
		})
	})
}
