package detect_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"pgregory.net/rapid"

	"linekeeper/internal/media/detect"
	"linekeeper/internal/media/tone"
	"linekeeper/internal/media/wav"
)

// sound is a line being drawn, 8 kHz.
type sound []int16

// tones adds tones at levels in dBFS, for a time in ms.
func (s sound) tones(ms int, pairs ...float64) sound {
	n := ms * 8
	at := len(s)
	for i := range n {
		v := 0.0
		for p := 0; p < len(pairs); p += 2 {
			v += 32767 * math.Pow(10, pairs[p+1]/20) * math.Sin(2*math.Pi*pairs[p]*float64(at+i)/8000)
		}
		s = append(s, int16(max(-32768, min(32767, v))))
	}
	return s
}

func (s sound) silence(ms int) sound { return s.tones(ms) }

// key adds a key with both tones at a level in dBFS.
func (s sound) key(key byte, ms int, level float64) sound {
	low, high, _ := tone.Pair(key)
	return s.tones(ms, low, level, high, level)
}

// noisy adds white noise at a level in dBFS to everything.
func (s sound) noisy(seed uint64, level float64) sound {
	r := rand.New(rand.NewPCG(seed, 1))
	out := make(sound, len(s))
	for i, v := range s {
		n := r.NormFloat64() * 32767 / math.Sqrt2 * math.Pow(10, level/20)
		out[i] = int16(max(-32768, min(32767, float64(v)+n)))
	}
	return out
}

// frames gives 20 ms at a time.
func (s sound) frames(f func(pcm []int16)) {
	for ; len(s) >= 160; s = s[160:] {
		f(s[:160])
	}
}

// prompts are the product's own: speech in three languages.
func prompts(t testing.TB) (all []sound) {
	t.Helper()
	names, err := filepath.Glob("../../flow/prompts/*.wav")
	if err != nil || len(names) < 20 {
		t.Fatalf("%d prompts, %v", len(names), err)
	}
	for _, name := range names {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		info, _ := f.Stat()
		r, err := wav.NewReader(f, info.Size())
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		s := make(sound, r.Frames)
		if _, err := r.Samples(0, 0, s); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		_ = f.Close()
		all = append(all, s)
	}
	return all
}

// keys is what Digits hears.
func keys(s sound) (pressed string, lengths []int) {
	var d detect.Digits
	s.frames(func(pcm []int16) {
		p, e, n := d.Frame(pcm)
		if p != 0 {
			pressed += string(rune(p))
		}
		if e != 0 {
			lengths = append(lengths, n/8)
		}
	})
	return pressed, lengths
}

const allKeys = "123A456B789C*0#D"

func TestKeysAreHeard(t *testing.T) {
	t.Parallel()
	// -25 dBm0 is 28.14 dB below the loudest sine.
	for _, c := range []struct {
		name      string
		ms, pause int
		level     float64
		noise     float64
	}{
		{"long and loud", 100, 100, -9, -127},
		{"50 ms at -25 dBm0", 50, 50, -28.14, -127},
		{"50 ms at -25 dBm0 with noise 20 dB below", 50, 50, -28.14, -48},
		{"noise 12 dB below", 60, 60, -15, -24},
		{"short pauses", 70, 45, -12, -127},
		{"at the edge of hearing", 80, 80, -34, -127},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for seed := range uint64(20) {
				s := sound{}.tones(100 + int(seed))
				for i := range len(allKeys) {
					s = s.key(allKeys[i], c.ms, c.level).silence(c.pause)
				}
				got, lengths := keys(s.silence(100).noisy(seed, c.noise))
				if got != allKeys {
					t.Errorf("got %q, want %q", got, allKeys)
				}
				for _, ms := range lengths {
					if ms < c.ms-26 || ms > c.ms+13 {
						t.Errorf("a key of %d ms: got %d", c.ms, ms)
					}
				}
			}
		})
	}
}

func TestTheSameKeyTwiceIsTwo(t *testing.T) {
	t.Parallel()
	for shift := range 100 {
		s := sound{}.tones(0)
		s = append(s, make(sound, shift)...)
		for range 5 {
			s = s.key('7', 60, -12).silence(50)
		}
		if got, _ := keys(s.silence(100)); got != "77777" {
			t.Errorf("shifted by %d samples: got %q, want five 7", shift, got)
		}
	}
	if got, lengths := keys(sound{}.key('7', 4000, -12).silence(100)); got != "7" || len(lengths) != 1 || lengths[0] < 3970 {
		t.Errorf("a key held for 4 s: got %q of %v ms", got, lengths)
	}
}

// Q.24: what a telephone may do, and what is no telephone.
func TestWhatIsAKey(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		tones []float64
		want  string
	}{
		{"in tune", []float64{770, -12, 1336, -12}, "5"},
		{"1.5 % too high", []float64{770 * 1.015, -12, 1336 * 1.015, -12}, "5"},
		{"1.5 % too low", []float64{770 * 0.985, -12, 1336 * 0.985, -12}, "5"},
		{"6 dB of twist", []float64{770, -12, 1336, -18}, "5"},
		{"6 dB of reverse twist", []float64{770, -18, 1336, -12}, "5"},
		{"11 dB of twist", []float64{770, -10, 1336, -21}, ""},
		{"11 dB of reverse twist", []float64{770, -21, 1336, -10}, ""},
		{"one tone", []float64{770, -12}, ""},
		{"two of a group", []float64{770, -12, 852, -12, 1336, -12}, ""},
		{"with a harmonic", []float64{770, -12, 1336, -12, 2672, -17}, ""},
		{"with a third tone", []float64{770, -12, 1336, -12, 400, -12}, ""},
		{"too faint", []float64{770, -42, 1336, -42}, ""},
		{"5 % off", []float64{770 * 1.05, -12, 1336 * 1.05, -12}, ""},
		{"dial tone", []float64{350, -12, 440, -12}, ""},
		{"a fax", []float64{1100, -12}, ""},
	} {
		if got, _ := keys(sound{}.silence(100).tones(100, c.tones...).silence(100)); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
	if got, _ := keys(sound{}.silence(100).key('5', 18, -9).silence(100)); got != "" {
		t.Errorf("a key of 18 ms was taken: %q", got)
	}
}

// Talk-off: speech must not press keys, at no level.
func TestSpeechPressesNoKeys(t *testing.T) {
	t.Parallel()
	seconds := 0
	for _, gain := range []float64{0.25, 1, 3} {
		for i, s := range prompts(t) {
			loud := make(sound, len(s))
			for i, v := range s {
				loud[i] = int16(max(-32768, min(32767, float64(v)*gain)))
			}
			seconds += len(s) / 8000
			if got, _ := keys(loud); got != "" {
				t.Errorf("prompt %d at %v: heard keys %q", i, gain, got)
			}
		}
	}
	t.Logf("%d s of speech", seconds)
}

func TestKeysInAnySequence(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.StringOfN(rapid.RuneFrom([]rune(allKeys)), 1, 8, -1).Draw(t, "keys")
		s := sound{}.tones(rapid.IntRange(0, 60).Draw(t, "start"))
		for i := range len(want) {
			low, high, _ := tone.Pair(want[i])
			level := rapid.Float64Range(-26, -6).Draw(t, "level")
			twist := rapid.Float64Range(-4, 4).Draw(t, "twist")
			off := rapid.Float64Range(0.993, 1.007).Draw(t, "tuning")
			s = s.tones(rapid.IntRange(50, 200).Draw(t, "length"), low*off, level+twist/2, high*off, level-twist/2)
			s = s.silence(rapid.IntRange(50, 200).Draw(t, "pause"))
		}
		s = s.silence(60).noisy(rapid.Uint64().Draw(t, "seed"), -55)
		if got, _ := keys(s); got != want {
			t.Fatalf("got %q, want %q", got, want)
		}
	})
}

func fax(s sound) (found []detect.FaxTone) {
	var f detect.Fax
	s.frames(func(pcm []int16) {
		if tone := f.Frame(pcm); tone != detect.NoFax {
			found = append(found, tone)
		}
	})
	return found
}

func TestFaxTones(t *testing.T) {
	t.Parallel()
	calling := sound{}.silence(500)
	for range 3 {
		calling = calling.tones(500, 1100, -14).silence(3000)
	}
	for _, c := range []struct {
		name string
		s    sound
		want string
	}{
		{"a fax calls", calling, "[1 1 1]"},
		{"with noise 18 dB below", calling.noisy(1, -32), "[1 1 1]"},
		{"out of tune as allowed", sound{}.tones(450, 1136, -20).silence(200), "[1]"},
		{"a fax answers", sound{}.silence(200).tones(3000, 2100, -14).silence(200), "[2]"},
		{"and begins again", sound{}.tones(2600, 2100, -14).silence(1000).tones(2600, 2100, -14), "[2 2]"},
		{"too short", sound{}.tones(300, 1100, -14).silence(500), "[]"},
		{"too long", sound{}.tones(1000, 1100, -14).silence(500), "[]"},
		{"another tone", sound{}.tones(500, 1000, -14).silence(500), "[]"},
		{"ring-back", sound{}.tones(1000, 425, -14).silence(4000), "[]"},
		{"a key", sound{}.key('5', 500, -14).silence(500), "[]"},
		{"too faint", sound{}.tones(500, 1100, -50).silence(500), "[]"},
	} {
		if got := fmt.Sprint(fax(c.s)); got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
	for i, s := range prompts(t) {
		if got := fax(s); len(got) != 0 {
			t.Errorf("prompt %d is a fax: %v", i, got)
		}
	}
}

func beeps(s sound) (found []float64) {
	var b detect.Beep
	s.frames(func(pcm []int16) {
		if hz := b.Frame(pcm); hz != 0 {
			found = append(found, hz)
		}
	})
	return found
}

func TestBeepAfterAGreeting(t *testing.T) {
	t.Parallel()
	greeting := prompts(t)[0]
	for _, hz := range []float64{425, 800, 1000, 1400, 2000, 2450} {
		for _, ms := range []int{140, 300, 900} {
			s := append(append(sound{}, greeting...), make(sound, 2000)...).tones(ms, hz, -16).silence(300)
			got := beeps(s.noisy(uint64(hz), -45))
			if len(got) != 1 || math.Abs(got[0]-hz) > 15 {
				t.Errorf("%v Hz for %d ms: got %v", hz, ms, got)
			}
		}
	}
	for name, s := range map[string]sound{
		"before anybody spoke": sound{}.silence(500).tones(400, 1000, -16).silence(300),
		"too short":            append(append(sound{}, greeting...), make(sound, 2000)...).tones(80, 1000, -16).silence(300),
		"a line tone":          append(append(sound{}, greeting...), make(sound, 2000)...).tones(5000, 425, -16).silence(300),
		"too low":              append(append(sound{}, greeting...), make(sound, 2000)...).tones(400, 300, -16).silence(300),
		"a key":                append(append(sound{}, greeting...), make(sound, 2000)...).key('1', 400, -16).silence(300),
	} {
		if got := beeps(s); len(got) != 0 {
			t.Errorf("%s: heard beeps %v", name, got)
		}
	}
	for i, s := range prompts(t) {
		if got := beeps(append(s, s...)); len(got) != 0 {
			t.Errorf("prompt %d has beeps %v", i, got)
		}
	}
}

func TestSilenceAlarm(t *testing.T) {
	t.Parallel()
	s := detect.Silence{After: 2 * 8000}
	var told []int
	at := 0
	sound{}.silence(5000).tones(100, 500, -40).silence(1900).tones(20, 500, -40).silence(2100).noisy(1, -75).frames(func(pcm []int16) {
		if at++; s.Frame(pcm) {
			told = append(told, at)
		}
	})
	if got := fmt.Sprint(told); got != "[100 451]" {
		t.Errorf("alarms at frames %s, want [100 451]", got)
	}
	var never detect.Silence
	sound{}.silence(10000).frames(func(pcm []int16) {
		if never.Frame(pcm) {
			t.Error("an alarm that was not wanted")
		}
	})
}

func TestVoiceIsToldFromNoise(t *testing.T) {
	t.Parallel()
	for _, noise := range []float64{-127, -70, -55, -45} {
		all, spoken, quiet, wrong := 0, 0, 0, 0
		for i, p := range prompts(t) {
			var v detect.Voice
			lead := sound{}.silence(3000)
			n := 0
			append(append(lead, p...), make(sound, 8000)...).noisy(uint64(i), noise).frames(func(pcm []int16) {
				speaks, _ := v.Frame(pcm)
				inside := n >= 150 && n < 150+len(p)/160
				n++
				switch {
				case inside:
					all++
					if speaks {
						spoken++
					}
				case n < 150 || n > 150+len(p)/160+20:
					quiet++
					if speaks {
						wrong++
					}
				}
			})
		}
		if share := float64(spoken) / float64(all); share < 0.75 {
			t.Errorf("noise at %v dB: %.2f of the speech was found", noise, share)
		}
		if share := float64(wrong) / float64(quiet); share > 0.02 {
			t.Errorf("noise at %v dB: %.3f of it was taken for speech", noise, share)
		}
	}
}

func TestLevelsOfATalk(t *testing.T) {
	t.Parallel()
	// The customer speaks in seconds 1 and 2, the agent in 2 and 6.
	speaks := func(seconds ...int) sound {
		s := make(sound, 8*8000)
		for _, at := range seconds {
			copy(s[at*8000:(at+1)*8000], sound{}.tones(1000, 300, -20))
		}
		return s
	}
	left, right := speaks(1, 2), speaks(2, 6)
	var l detect.Levels
	for at := int64(0); at < 400; at++ {
		l.Frame(detect.Left, at, left[at*160:(at+1)*160])
		if late := at - 20; late >= 0 { // the other side comes 400 ms later
			l.Frame(detect.Right, late, right[late*160:(late+1)*160])
		}
	}
	for at := int64(380); at < 400; at++ {
		l.Frame(detect.Right, at, right[at*160:(at+1)*160])
	}
	l.Until(400)
	got := l.Talk()
	// A voice hangs for 0.2 s: 110 and 120 frames, 60 together (second 2 and the hang of both).
	if got.Spoke != [2]int64{109, 118} || got.Both != 59 || got.Silence != 141 {
		t.Errorf("got %v frames of speech, %d of both, silence of %d", got.Spoke, got.Both, got.Silence)
	}
	for side, want := range [][]bool{{false, true, true, false, false, false, false, false}, {false, false, true, false, false, false, true, false}} {
		for second, b := range got.Seconds[side] {
			if loud := b&0x80 != 0; loud != want[second] {
				t.Errorf("side %d, second %d: speaks %v, want %v", side, second, loud, want[second])
			}
			if level := int(b & 0x7f); want[second] && level != 20 || !want[second] && level != 127 {
				t.Errorf("side %d, second %d: level -%d dB", side, second, level)
			}
		}
		if len(got.Seconds[side]) != 8 {
			t.Errorf("side %d has %d seconds", side, len(got.Seconds[side]))
		}
	}
	l.Frame(detect.Left, 3, left[:160]) // too late: forgotten
	if again := l.Talk(); again.Spoke != got.Spoke {
		t.Errorf("a late frame changed %v to %v", got.Spoke, again.Spoke)
	}
}

func TestNothingIsAllocated(t *testing.T) {
	var d detect.Digits
	var f detect.Fax
	var b detect.Beep
	var v detect.Voice
	var l detect.Levels
	var s detect.Silence
	frame := sound{}.key('5', 20, -12)
	l.Until(50)
	at := int64(50)
	if got := testing.AllocsPerRun(1000, func() {
		d.Frame(frame)
		f.Frame(frame)
		b.Frame(frame)
		v.Frame(frame)
		s.Frame(frame)
		l.Frame(detect.Left, at, frame)
		at++
	}); got != 0 {
		t.Errorf("%v allocations per frame", got)
	}
}

func BenchmarkFrame(b *testing.B) {
	speech := prompts(b)[0]
	var d detect.Digits
	var f detect.Fax
	var p detect.Beep
	var v detect.Voice
	var l detect.Levels
	at := int64(0)
	for name, frame := range map[string]func(pcm []int16){
		"digits": func(pcm []int16) { d.Frame(pcm) },
		"fax":    func(pcm []int16) { f.Frame(pcm) },
		"beep":   func(pcm []int16) { p.Frame(pcm) },
		"voice":  func(pcm []int16) { v.Frame(pcm) },
		"levels": func(pcm []int16) { l.Frame(detect.Left, at, pcm); at++ },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for i := range b.N {
				n := i * 160 % (len(speech) - 160)
				frame(speech[n : n+160])
			}
		})
	}
}
