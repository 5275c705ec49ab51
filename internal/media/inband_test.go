package media_test

import (
	"testing"
	"testing/synctest"
	"time"

	"linekeeper/internal/media"
	"linekeeper/internal/media/codec"
	"linekeeper/internal/media/tone"
)

// dials sends keys as sound, each for 80 ms with 80 ms of silence after it.
func (p *party) dials(keys string) {
	var sound []int16
	for i := range len(keys) {
		sound = append(append(sound, tone.Keys(keys[i], 80*time.Millisecond)...), tone.Silence(80*time.Millisecond)...)
	}
	e := p.encoder
	if e == nil {
		var err error
		if e, err = codec.NewEncoderAt(p.codec.Name, tone.Rate); err != nil {
			p.t.Fatal(err)
		}
	}
	b := make([]byte, codec.MaxPayload)
	for ; len(sound) >= 160; sound = sound[160:] {
		n, err := e.Encode(sound[:160], b)
		if err != nil {
			p.t.Fatal(err)
		}
		p.packet(p.pt, false, p.ts, b[:n])
		p.ts += p.tick()
		time.Sleep(media.FrameTime)
	}
}

func TestKeysSentAsSound(t *testing.T) {
	t.Parallel()
	for _, c := range []media.Codec{media.PCMU(), media.PCMA(), media.G722(), media.Opus()} {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var pressed, released string
				var lasted []time.Duration
				w := newWorld(t, media.LegConfig{Codec: c, Inband: true,
					OnDigit: func(d media.Digit) { pressed += string(rune(d.Key)) },
					OnDigitEnd: func(d media.Digit) {
						released, lasted = released+string(rune(d.Key)), append(lasted, d.Duration)
					},
				}, media.LegConfig{})
				defer w.close()
				w.caller.says(440, 200*time.Millisecond)
				w.caller.dials("1337#*0")
				w.caller.says(440, 200*time.Millisecond)
				synctest.Wait()
				if pressed != "1337#*0" || released != pressed {
					t.Errorf("pressed %q, released %q, want 1337#*0", pressed, released)
				}
				for _, d := range lasted {
					if d < 55*time.Millisecond || d > 95*time.Millisecond {
						t.Errorf("a key of 80 ms lasted %v", d)
					}
				}
				if got := w.a.Stats().Digits; got != 7 {
					t.Errorf("%d keys were counted, want 7", got)
				}
			})
		})
	}
}

// Who has telephone events is not listened to: a tone beside them would press the key twice.
func TestSoundOfKeysBesideEventsIsNoKey(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var pressed string
		w := newWorld(t, media.LegConfig{Events: 101, Inband: true, OnDigit: func(d media.Digit) { pressed += string(rune(d.Key)) }}, media.LegConfig{})
		defer w.close()
		w.caller.dials("12")
		w.caller.presses('3', 101, nil)
		w.a.Renegotiate(media.PCMU(), 0, false)
		w.caller.dials("4")
		synctest.Wait()
		if pressed != "34" {
			t.Errorf("pressed %q, want 34", pressed)
		}
	})
}
