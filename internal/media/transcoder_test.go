package media_test

import (
	"testing"
	"testing/synctest"
	"time"

	"linekeeper/internal/kit/network"
	"linekeeper/internal/media"
	"linekeeper/internal/media/codec"
	"linekeeper/internal/media/tone"
)

// world is two parties and their legs.
type world struct {
	n             *network.Memory
	caller, agent *party
	a, b          *media.Leg
}

func newWorld(t *testing.T, a, b media.LegConfig) *world {
	if codec.OpusLibrary() == "" {
		t.Fatal("this test needs libopus.so.0: install the package libopus0")
	}
	w := &world{n: network.NewMemory()}
	w.caller, w.agent = newParty(t, w.n, "10.0.0.2:4000"), newParty(t, w.n, "10.0.0.3:4000")
	w.a, w.b = leg(t, w.n, w.caller, a), leg(t, w.n, w.agent, b)
	return w
}

func (w *world) close() {
	w.a.Close()
	w.b.Close()
	w.caller.close()
	w.agent.close()
}

// Any two codecs can be bridged; what is alike passes as it is.
func TestAnyTwoCodecsHearEachOther(t *testing.T) {
	t.Parallel()
	all := []media.Codec{media.PCMU(), media.PCMA(), media.G722(), media.Opus()}
	for _, x := range all {
		for _, y := range all {
			t.Run(x.Name+" "+y.Name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					w := newWorld(t, media.LegConfig{Codec: x}, media.LegConfig{Codec: y})
					defer w.close()
					if err := media.Bridge(w.a, w.b); err != nil {
						t.Fatal(err)
					}
					go w.caller.says(440, time.Second)
					w.agent.says(700, time.Second)
					synctest.Wait()
					w.caller.hears(700, time.Second)
					w.agent.hears(440, time.Second)
					checkStream(t, w.caller.packets())
					checkStream(t, w.agent.packets())
					for _, l := range []*media.Leg{w.a, w.b} {
						if s := l.Stats(); s.Heard.Packets != 50 || s.Sent.Packets != 50 || s.Sent.Dropped != 0 || s.Rescued != 0 {
							t.Errorf("stats: got %+v, want 50 packets each way and nothing else", s)
						}
					}
				})
			})
		}
	}
}

// Music, an agent in another codec, a prompt, the agent again: one stream for the customer.
func TestPromptsAndTranscodedSoundAreOneStream(t *testing.T) {
	t.Parallel()
	for _, c := range []media.Codec{media.G722(), media.Opus()} {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, media.LegConfig{Codec: c}, media.LegConfig{})
				defer w.close()
				w.a.Play(media.NewClipPCM(tone.Sine(1000, 0.5, 1010*time.Millisecond)).Loop(), nil)
				time.Sleep(time.Second)
				w.caller.hears(1000, 900*time.Millisecond)
				w.caller.forget()
				if err := media.Bridge(w.a, w.b); err != nil {
					t.Fatal(err)
				}
				w.agent.says(700, time.Second)
				synctest.Wait()
				w.caller.hears(700, time.Second)
				w.a.Play(media.NewClipPCM(tone.Sine(1000, 0.5, 100*time.Millisecond)).Once(), nil)
				w.agent.says(700, time.Second)
				synctest.Wait()
				checkStream(t, w.caller.packets())
				w.caller.forget()
				w.a.MuteSent(true)
				w.agent.says(700, time.Second)
				synctest.Wait()
				if got := tone.Level(w.caller.sound()[1600:], 700); got > 0.001 {
					t.Errorf("a muted leg hears 700 Hz at %.4f", got)
				}
				w.a.MuteSent(false)
				w.a.Unbridge()
				w.caller.forget()
				w.a.Play(media.Silence(), nil)
				time.Sleep(time.Second)
				if got := tone.Level(w.caller.sound(), 700); got > 0.001 || len(w.caller.packets()) < 49 {
					t.Errorf("silence: %d packets, 700 Hz at %.4f", len(w.caller.packets()), got)
				}
			})
		})
	}
}

// Keys cross clocks: Opus counts them at 48 kHz, G.711 at 8.
func TestKeysCrossClockRates(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var digits []media.Digit
		w := newWorld(t, media.LegConfig{Codec: media.Opus(), Events: 110, OnDigitEnd: func(d media.Digit) { digits = append(digits, d) }},
			media.LegConfig{Codec: media.PCMA(), Events: 101})
		defer w.close()
		if err := media.Bridge(w.a, w.b); err != nil {
			t.Fatal(err)
		}
		w.caller.says(440, 100*time.Millisecond)
		w.caller.presses('7', 110, nil)
		w.caller.says(440, 100*time.Millisecond)
		time.Sleep(300 * time.Millisecond)
		if len(digits) != 1 || digits[0].Key != '7' || digits[0].Duration != 120*time.Millisecond {
			t.Errorf("keys: got %+v, want one 7 of 120 ms", digits)
		}
		var last heard
		var stamp []uint32
		for _, h := range w.agent.packets() {
			if h.PayloadType == 101 {
				last, stamp = h, append(stamp, h.Timestamp)
			}
		}
		if len(stamp) != 8 || stamp[0] != stamp[7] {
			t.Fatalf("%d packets of the key with timestamps %v, want 8 alike", len(stamp), stamp)
		}
		if got := int(last.payload[2])<<8 | int(last.payload[3]); got != 960 || last.payload[1]&0x80 == 0 {
			t.Errorf("the key lasts %d ticks, want 960 (120 ms at 8 kHz), ended", got)
		}
		checkStream(t, w.agent.packets())
		if err := w.a.SendDigits("5"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(300 * time.Millisecond)
		for _, h := range w.caller.packets() {
			if h.PayloadType == 110 {
				last = h
			}
		}
		if got := int(last.payload[2])<<8 | int(last.payload[3]); last.payload[0] != 5 || got != 4800 {
			t.Errorf("our key: %x, want a 5 of 4800 ticks (100 ms at 48 kHz)", last.payload)
		}
	})
}

// What is lost on the way in is made up on the way out, so that a listener with a poor repair hears ours.
func TestLostPacketsAreMadeUpWhileTranscoding(t *testing.T) {
	t.Parallel()
	for _, c := range []media.Codec{media.G722(), media.Opus()} {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, media.LegConfig{Codec: c}, media.LegConfig{})
				defer w.close()
				if err := media.Bridge(w.a, w.b); err != nil {
					t.Fatal(err)
				}
				for i := range 100 {
					payload := w.caller.frame(440)
					switch {
					case i%10 == 5: // lost
						w.caller.seq++
					case i >= 40 && i < 60: // a hole too long to be made up
						w.caller.seq++
					default:
						w.caller.packet(w.caller.pt, false, w.caller.ts, payload)
					}
					w.caller.ts += w.caller.tick()
					time.Sleep(media.FrameTime)
				}
				synctest.Wait()
				got := w.agent.packets()
				if len(got) != 80 {
					t.Errorf("%d packets arrived, want 80", len(got))
				}
				if d := got[len(got)-1].Timestamp - got[0].Timestamp; d != 99*160 {
					t.Errorf("the stream spans %d ticks, want %d", d, 99*160)
				}
				if d := got[len(got)-1].Sequence - got[0].Sequence; d != 99 {
					t.Errorf("the stream spans %d numbers, want 99: the long hole stays one", d)
				}
				sound := w.agent.sound()
				if got := tone.Share(sound[:40*160], 440); got < 0.85 {
					t.Errorf("share of 440 Hz with one packet in ten lost: %.2f", got)
				}
			})
		})
	}
}

// Packets of 10 and of 60 ms become packets of 20.
func TestPacketsOfAnyLengthBecomeFrames(t *testing.T) {
	t.Parallel()
	for _, size := range []int{80, 240, 480} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, media.LegConfig{}, media.LegConfig{Codec: media.G722()})
			defer w.close()
			if err := media.Bridge(w.a, w.b); err != nil {
				t.Fatal(err)
			}
			var speech []byte
			for range 60 {
				speech = append(speech, w.caller.frame(440)...)
			}
			for len(speech) > 0 {
				w.caller.packet(0, false, w.caller.ts, speech[:size])
				speech = speech[size:]
				w.caller.ts += uint32(size)
				time.Sleep(time.Duration(size) * time.Second / 8000)
			}
			synctest.Wait()
			w.agent.hears(440, 1180*time.Millisecond)
			checkStream(t, w.agent.packets())
			if got := len(w.agent.packets()); got != 60 {
				t.Errorf("packets of %d ms: %d frames, want 60", size/8, got)
			}
		})
	}
}

// Another agent with another codec, or a party that changes its own: the stream goes on.
func TestCodecsMayChangeInABridge(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, media.LegConfig{Codec: media.G722()}, media.LegConfig{})
		defer w.close()
		if err := media.Bridge(w.a, w.b); err != nil {
			t.Fatal(err)
		}
		says := func() {
			t.Helper()
			at := len(w.caller.packets())
			w.agent.says(700, 500*time.Millisecond)
			synctest.Wait()
			// Each codec has its own delay, so that a tone jumps a little when it changes.
			all := w.caller.packets()
			checkStream(t, all)
			w.caller.got = all[at:]
			w.caller.hears(700, 500*time.Millisecond)
			w.caller.got = all
		}
		says()
		w.b.Renegotiate(media.PCMA(), 0, false)
		w.agent.pt = 8
		says()
		w.b.Renegotiate(media.G722(), 0, false)
		w.agent.pt = 9
		w.agent.encoder, _ = codec.NewEncoderAt("G722", 8000)
		says()
	})
}
