package media_test

import (
	"bytes"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"linekeeper/internal/kit/network"
	"linekeeper/internal/media"
	"linekeeper/internal/media/tone"
	"linekeeper/internal/media/wav"
)

func fileMarks(t testing.TB, b []byte) []media.Mark {
	t.Helper()
	w, err := wav.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	marks, err := media.FileMarks(w)
	if err != nil {
		t.Fatal(err)
	}
	return marks
}

// Whatever is paused when: both channels are silent there and nowhere else, to 20 ms, and the file is
// as long as the call.
func TestPausedSpansAreExact(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		waits := rapid.SliceOfN(rapid.IntRange(0, 900), 1, 8).Draw(rt, "milliseconds between pause and resume")
		ahead := uint32(rapid.IntRange(0, 3).Draw(rt, "jump of the clock") * 400)
		synctest.Test(t, func(t *testing.T) {
			n, disk := network.NewMemory(), newMemFS()
			caller := newParty(t, n, "10.0.0.2:4000")
			l := leg(t, n, caller, media.LegConfig{})
			r := newRecorder(t, media.RecorderConfig{FS: disk})
			r.RecordOne(l, media.Heard, media.Left)
			r.RecordOne(l, media.Heard, media.Right)
			start := time.Now()
			said := make(chan struct{})
			stop := make(chan struct{})
			go func() {
				defer close(said)
				caller.says(440, 100*time.Millisecond)
				caller.ts += ahead // a channel that is placed before its time
				for {
					select {
					case <-stop:
						return
					default:
						caller.says(440, 20*time.Millisecond)
					}
				}
			}()
			var want []media.Mark
			for i, ms := range waits {
				time.Sleep(time.Duration(ms) * time.Millisecond)
				if i%2 == 0 {
					want = append(want, media.Mark{From: time.Since(start), Why: "card"})
					r.Pause("card")
				} else {
					want[i/2].To = time.Since(start)
					r.Resume()
				}
			}
			time.Sleep(300 * time.Millisecond)
			close(stop)
			<-said
			total := time.Since(start)
			if len(waits)%2 == 1 {
				want[len(waits)/2].To = total
			}
			if _, err := r.Close(); err != nil {
				t.Fatal(err)
			}
			b := disk.bytes("calls/1.wav")
			got := fileMarks(t, b)
			left, right := channels(t, b)
			if d := duration(len(left)) - total; d.Abs() > time.Millisecond {
				t.Errorf("%v are in the file, the call had %v", duration(len(left)), total)
			}
			at := 0
			for _, w := range want {
				if w.To == w.From { // nothing was missed
					continue
				}
				if at >= len(got) || (got[at].From-w.From).Abs() > time.Millisecond || (got[at].To-w.To).Abs() > time.Millisecond {
					t.Fatalf("marks %+v, want %+v", got, want)
				}
				at++
			}
			const slack = 160 // 20 ms
			for _, side := range [][]int16{left, right} {
				for _, m := range got {
					if s := side[m.From*8/time.Millisecond : min(len(side), int(m.To*8/time.Millisecond))]; tone.Loudness(s) > 0 {
						t.Fatalf("something is heard between %v and %v", m.From, m.To)
					}
				}
				quiet, sound := 0, 0
				for i, v := range side[:len(side)-slack] {
					if in(got, duration(i), duration(int(ahead))+20*time.Millisecond) {
						continue
					}
					if sound++; v == 0 && side[i+1] == 0 {
						quiet++
					}
				}
				// Placed before its time, sound is missing once at the jump and once with each pause, marked
				// or of no length.
				if quiet -= int(ahead) * (1 + len(want)); sound > 800 && quiet*5 > sound {
					t.Errorf("%d of %d frames outside of the pauses are silent", quiet, sound)
				}
			}
			l.Close()
			caller.close()
		})
	})
}

func duration(frames int) time.Duration { return time.Duration(frames) * time.Second / 8000 }

func in(marks []media.Mark, at, slack time.Duration) bool {
	for _, m := range marks {
		if at >= m.From-slack && at < m.To+slack {
			return true
		}
	}
	return false
}

// A process dies anywhere within the end of a marked file: repaired it has all its sound, and the marks
// that are known from elsewhere.
func TestTheEndOfAMarkedFileIsRepaired(t *testing.T) {
	t.Parallel()
	steps := [][]byte{}
	var marks []media.Mark
	synctest.Test(t, func(t *testing.T) {
		disk := newMemFS()
		r := newRecorder(t, media.RecorderConfig{FS: disk})
		time.Sleep(time.Second)
		r.Pause("card")
		time.Sleep(time.Second)
		r.Resume()
		time.Sleep(time.Second)
		open := disk.bytes("calls/1.wav")
		if _, err := r.Close(); err != nil {
			t.Fatal(err)
		}
		whole := disk.bytes("calls/1.wav")
		marks = fileMarks(t, whole)
		sound := append([]byte(nil), whole[:58+3*16000]...)
		wav.PutHeader(sound, wav.Format{Encoding: wav.Mulaw, Channels: 2, Rate: 8000, Bits: 8}, 3*16000)
		steps = append(steps, open, sound, whole, append([]byte(nil), whole[:58+3*16000]...))
		for n := 58 + 3*16000; n < len(whole); n++ { // the marks are half written
			steps = append(steps, append(append([]byte(nil), sound...), whole[58+3*16000:n]...))
		}
		steps = append(steps, append(append([]byte(nil), sound...), make([]byte, 50)...))
	})
	if len(marks) != 1 || marks[0].Why != "card" {
		t.Fatalf("marks: %+v", marks)
	}
	for i, b := range steps {
		disk := newMemFS()
		disk.put("x.wav", b)
		if _, err := media.RepairMarked(disk, "x.wav", marks); err != nil {
			t.Fatalf("step %d: %v", i, err)
		}
		got := disk.bytes("x.wav")
		if m := fileMarks(t, got); len(m) != 1 || m[0] != marks[0] {
			t.Errorf("step %d: marks %+v, want %+v", i, m, marks)
		}
		if left, _ := channels(t, got); i > 0 && len(left) != 24000 || len(left) < 20000 {
			t.Errorf("step %d: %d frames", i, len(left))
		}
	}
}
