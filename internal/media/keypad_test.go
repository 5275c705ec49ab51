package media

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"linekeeper/internal/media/rtp"
)

// packets of a series of keys as telephones send them.
type keyPacket struct {
	ts    uint32
	event rtp.Event
	at    time.Duration
}

// Whatever is lost of a press, as long as one packet arrives, and however packets are reordered within
// 120 ms, every key is reported exactly once and released exactly once.
func TestKeypadAgainstLossAndReordering(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		codes := rapid.SliceOfN(rapid.Uint8Range(0, 15), 1, 12).Draw(t, "keys")
		ts := rapid.Uint32().Draw(t, "first timestamp")
		var at time.Duration
		var all []keyPacket
		for i, code := range codes {
			frames := rapid.IntRange(2, 12).Draw(t, "frames")
			keep := rapid.IntRange(0, frames+1).Draw(t, "the one that surely arrives")
			for f := range frames + 2 {
				p := keyPacket{ts, rtp.Event{Code: code, Duration: uint16(min(f+1, frames) * 160), End: f+1 >= frames}, at}
				p.at += time.Duration(rapid.IntRange(0, 120).Draw(t, "delay")) * time.Millisecond
				if f == keep || rapid.Bool().Draw(t, "arrives") {
					all = append(all, p)
				}
				at += FrameTime
			}
			gap := time.Duration(rapid.IntRange(2, 30).Draw(t, "gap")) * FrameTime
			at += gap
			ts += uint32(frames+2)*160 + timeToTicks(gap, 8000)
			_ = i
		}
		slices.SortStableFunc(all, func(a, b keyPacket) int { return int(a.at - b.at) })
		var k keypad
		start := time.Unix(0, 0)
		got := map[uint8]int{}
		released := 0
		for _, p := range all {
			digit, fresh, ended := k.packet(p.ts, p.event, start.Add(p.at), 8000)
			if fresh {
				code, _ := rtp.Code(digit.Key)
				got[code]++
			}
			if ended != nil {
				released++
			}
		}
		if k.silence(start.Add(at+time.Hour), 8000) != nil {
			released++
		}
		want := map[uint8]int{}
		for _, c := range codes {
			want[c]++
		}
		for c := range uint8(16) {
			if got[c] != want[c] {
				t.Fatalf("keys %v: code %d came %d times, want %d", codes, c, got[c], want[c])
			}
		}
		if released > len(codes) {
			t.Fatalf("%d releases of %d keys", released, len(codes))
		}
		if k.silence(start.Add(at+2*time.Hour), 8000) != nil {
			t.Fatal("a key was released twice")
		}
	})
}

// A key held longer than an event can last goes on as a new event and stays one key (RFC 4733, 2.5.1.3).
func TestKeypadLongPress(t *testing.T) {
	t.Parallel()
	var k keypad
	now := time.Unix(0, 0)
	fresh := 0
	ts, duration := uint32(1000), uint32(0)
	for range 600 { // twelve seconds
		if duration += 160; duration > 0xffff {
			ts, duration = ts+0xffff, duration-0xffff
		}
		now = now.Add(FrameTime)
		if _, is, ended := k.packet(ts, rtp.Event{Code: 7, Duration: uint16(duration)}, now, 8000); is {
			fresh++
		} else if ended != nil {
			t.Fatal("released while held")
		}
	}
	if fresh != 1 {
		t.Errorf("one long press gave %d keys", fresh)
	}
}

func FuzzKeypad(f *testing.F) {
	f.Add([]byte{5, 0x8a, 3, 0x20, 0, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		var k keypad
		now := time.Unix(0, 0)
		down := 0
		for ; len(b) >= 6; b = b[6:] {
			var e rtp.Event
			if err := rtp.ParseEvent(b, &e); err != nil {
				t.Fatal(err)
			}
			now = now.Add(FrameTime)
			_, fresh, ended := k.packet(uint32(b[4])<<8|uint32(b[5]), e, now, 8000)
			if fresh {
				down++
			}
			if ended != nil {
				down--
			}
			if down < 0 {
				t.Fatal("more releases than presses")
			}
		}
	})
}
