package media_test

import (
	"testing"
	"testing/synctest"
	"time"

	"linekeeper/internal/media"
	"linekeeper/internal/media/tone"
)

// A party in any codec is recorded; the file is A-law then.
func TestEveryCodecIsRecorded(t *testing.T) {
	t.Parallel()
	for _, c := range []media.Codec{media.PCMU(), media.G722(), media.Opus()} {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, media.LegConfig{Codec: c}, media.LegConfig{})
				defer w.close()
				disk := newMemFS()
				r := newRecorder(t, media.RecorderConfig{FS: disk, Codec: media.PCMA()})
				r.Record(w.a)
				if err := media.Bridge(w.a, w.b); err != nil {
					t.Fatal(err)
				}
				go w.caller.says(440, 2*time.Second)
				w.agent.says(700, 2*time.Second)
				stats, err := r.Close()
				if err != nil || stats.Foreign != 0 || stats.Late != 0 || stats.Resyncs != 0 {
					t.Errorf("recording: %+v, %v", stats, err)
				}
				left, right := channels(t, disk.bytes("calls/1.wav"))
				if d := time.Duration(len(left)) * time.Second / tone.Rate; d != 2*time.Second {
					t.Errorf("%v were recorded, want 2 s", d)
				}
				if share := tone.Share(left, 440); share < 0.9 {
					t.Errorf("share of the customer's 440 Hz: %.2f", share)
				}
				if share := tone.Share(right, 700); share < 0.9 {
					t.Errorf("share of the agent's 700 Hz: %.2f", share)
				}
			})
		})
	}
}
