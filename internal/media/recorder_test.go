package media_test

import (
	"bytes"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"linekeeper/internal/kit/network"
	"linekeeper/internal/media"
	"linekeeper/internal/media/tone"
	"linekeeper/internal/media/wav"
)

// channels decodes a recording.
func channels(t testing.TB, b []byte) (left, right []int16) {
	t.Helper()
	r, err := wav.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	left, right = make([]int16, r.Frames), make([]int16, r.Frames)
	for c, s := range [][]int16{left, right} {
		if _, err := r.Samples(c, 0, s); err != nil {
			t.Fatal(err)
		}
	}
	return left, right
}

func newRecorder(t testing.TB, c media.RecorderConfig) *media.Recorder {
	t.Helper()
	c.Path = "calls/1.wav"
	if c.Codec.Name == "" {
		c.Codec = media.PCMU()
	}
	r, err := media.NewRecorder(c)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// A whole call on one file: prompt, agent, hold, another agent in the other codec.
func TestRecordingHoldsTheWholeCall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n, disk := network.NewMemory(), newMemFS()
		caller, ann, bob := newParty(t, n, "10.0.0.2:4000"), newParty(t, n, "10.0.0.3:4000"), newParty(t, n, "10.0.0.4:4000")
		c, x, y := leg(t, n, caller, media.LegConfig{}), leg(t, n, ann, media.LegConfig{}), leg(t, n, bob, media.LegConfig{Codec: media.PCMA()})
		r := newRecorder(t, media.RecorderConfig{FS: disk, Codec: media.PCMA()})
		defer r.Record(c)()
		go caller.says(440, 5*time.Second)
		c.Play(media.NewClipPCM(tone.Sine(300, 0.5, time.Second)).Loop(), nil)
		time.Sleep(time.Second)
		if err := media.Bridge(c, x); err != nil {
			t.Fatal(err)
		}
		ann.says(700, time.Second)
		c.Unbridge()
		time.Sleep(time.Second) // nobody is heard
		bob.ssrc, bob.seq, bob.ts = 5, 7, 1
		if err := media.Bridge(c, y); err != nil {
			t.Fatal(err)
		}
		bob.says(900, time.Second)
		time.Sleep(time.Second)
		stats, err := r.Close()
		if err != nil {
			t.Fatal(err)
		}
		if again, err := r.Close(); err != nil || again != stats {
			t.Errorf("closing twice: %+v, %v", again, err)
		}
		if stats.Duration != 5*time.Second || stats.Late != 0 || stats.Overflow != 0 || stats.Foreign != 0 {
			t.Errorf("stats: %+v, want 5 s and nothing lost", stats)
		}
		b := disk.bytes("calls/1.wav")
		if int64(len(b)) != stats.Bytes {
			t.Errorf("the file has %d bytes, stats say %d", len(b), stats.Bytes)
		}
		left, right := channels(t, b)
		if len(left) != 40000 {
			t.Fatalf("%d samples, want 40000", len(left))
		}
		if got := tone.Share(left, 440); got < 0.95 {
			t.Errorf("left: share of 440 Hz is %.2f, want 1", got)
		}
		for i, hz := range []float64{300, 700, 0, 900, 0} {
			s := right[i*8000+200 : i*8000+7800]
			if hz == 0 {
				if got := tone.Loudness(s); got > 0.01 {
					t.Errorf("right, second %d: loudness %.2f, want silence", i, got)
				}
			} else if got := tone.Share(s, hz); got < 0.95 {
				t.Errorf("right, second %d: share of %v Hz is %.2f, want 1", i, hz, got)
			}
		}
		disk.mu.Lock()
		if f := disk.files["calls/1.wav"]; f.syncs < 5 || disk.dirs < 2 {
			t.Errorf("%d syncs of the file and %d of the folder, want one a second and at the end", f.syncs, disk.dirs)
		}
		disk.mu.Unlock()
		for _, l := range []*media.Leg{c, x, y} {
			l.Close()
		}
		for _, p := range []*party{caller, ann, bob} {
			p.close()
		}
	})
}

// M5: 30 % lost in bursts, 120 ms of jitter with reordering, 3 s of silence: the call stays and the
// recording is as long as the call, with every second where it belongs.
func TestBadWeatherLeavesTheRecordingWhole(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n, disk := network.NewMemory(), newMemFS()
		r := rand.New(rand.NewPCG(3, 3))
		burst := false
		caller, agent := newParty(t, n, "10.0.0.2:4000"), newParty(t, n, "10.0.0.3:4000")
		a, b := leg(t, n, caller, media.LegConfig{}), leg(t, n, agent, media.LegConfig{})
		if err := media.Bridge(a, b); err != nil {
			t.Fatal(err)
		}
		rec := newRecorder(t, media.RecorderConfig{FS: disk})
		rec.Record(a)
		begin := time.Now()
		var wg sync.WaitGroup
		say := func(hz float64) {
			for range 100 {
				seq, ts, payload := caller.seq, caller.ts, caller.frame(hz)
				caller.seq++
				caller.ts += 160
				if burst {
					burst = r.Float64() > 0.25
				} else {
					burst = r.Float64() < 0.107
				}
				if !burst {
					late := time.Duration(r.IntN(120)) * time.Millisecond
					wg.Go(func() {
						time.Sleep(late)
						p := party{t: t, conn: caller.conn, to: caller.to, ssrc: caller.ssrc, seq: seq}
						p.packet(0, false, ts, payload)
					})
				}
				time.Sleep(20 * time.Millisecond)
			}
		}
		say(400)
		say(800)
		caller.ts += 3 * 8000
		time.Sleep(3 * time.Second)
		say(1600)
		wg.Wait()
		time.Sleep(time.Second)
		took := time.Since(begin)
		stats, err := rec.Close()
		if err != nil {
			t.Fatal(err)
		}
		if d := stats.Duration - took; d.Abs() > 10*time.Millisecond {
			t.Errorf("the recording lasts %v, the call %v", stats.Duration, took)
		}
		left, _ := channels(t, disk.bytes("calls/1.wav"))
		var right, all float64
		for i, hz := range []float64{400, 400, 800, 800, 0, 0, 0, 1600, 1600} {
			s := left[i*8000+1300 : i*8000+7000]
			for j := 0; hz > 0 && j+80 <= len(s); j += 80 {
				all++
				if part := s[j : j+80]; tone.Share(part, hz) > 0.8 {
					right++
				} else if tone.Loudness(part) > 0.3 && tone.Share(part, hz) < 0.2 {
					t.Errorf("second %d: something else than %v Hz", i, hz)
				}
			}
			if hz == 0 && tone.Loudness(s) > 0.01 {
				t.Errorf("second %d: loudness %.2f, want silence", i, tone.Loudness(s))
			}
		}
		if share := right / all; share < 0.55 || share > 0.85 {
			t.Errorf("the right tone in %.2f of the time, want about 0.7", share)
		}
		if s := a.Stats(); s.Heard.Lost < 60 || s.Heard.Lost > 130 {
			t.Errorf("lost %d of 300, want about 90", s.Heard.Lost)
		}
		got := agent.packets()
		for i := 1; i < len(got); i++ {
			if got[i].SSRC != got[0].SSRC {
				t.Fatal("the agent sees another SSRC")
			}
		}
		a.Close()
		b.Close()
		caller.close()
		agent.close()
	})
}

// D6: the disk is full in mid-call. The call goes on, the failure is told once, the file is playable.
func TestAFullDiskEndsTheRecordingOnly(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n, disk := network.NewMemory(), newMemFS()
		disk.full = 58 + 2*16000
		caller, agent := newParty(t, n, "10.0.0.2:4000"), newParty(t, n, "10.0.0.3:4000")
		a, b := leg(t, n, caller, media.LegConfig{}), leg(t, n, agent, media.LegConfig{})
		if err := media.Bridge(a, b); err != nil {
			t.Fatal(err)
		}
		fails := make(chan error, 10)
		r := newRecorder(t, media.RecorderConfig{FS: disk, OnFail: func(err error) { fails <- err }})
		r.Record(a)
		caller.says(440, 5*time.Second)
		synctest.Wait()
		if len(fails) != 1 || !errors.Is(<-fails, errFull) {
			t.Error("the failure was not told exactly once")
		}
		agent.hears(440, 5*time.Second)
		if _, err := r.Close(); !errors.Is(err, errFull) {
			t.Errorf("Close: got %v, want the failure", err)
		}
		left, _ := channels(t, disk.bytes("calls/1.wav"))
		if len(left) < 14000 || tone.Share(left, 440) < 0.95 {
			t.Errorf("what was written: %d samples, share of 440 Hz %.2f", len(left), tone.Share(left, 440))
		}
		a.Close()
		b.Close()
		caller.close()
		agent.close()
	})
}

// A disk that stalls for seconds loses nothing; the packet path never waits for it.
func TestASlowDiskIsWaitedForBehindTheCall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n, disk := network.NewMemory(), newMemFS()
		disk.slow = 5 * time.Second
		caller, agent := newParty(t, n, "10.0.0.2:4000"), newParty(t, n, "10.0.0.3:4000")
		a, b := leg(t, n, caller, media.LegConfig{}), leg(t, n, agent, media.LegConfig{})
		if err := media.Bridge(a, b); err != nil {
			t.Fatal(err)
		}
		r := newRecorder(t, media.RecorderConfig{FS: disk})
		r.Record(a)
		caller.says(440, 12*time.Second)
		synctest.Wait()
		got := agent.packets()
		for i := 1; i < len(got); i++ {
			if d := got[i].at.Sub(got[i-1].at); d != media.FrameTime {
				t.Fatalf("packet %d came %v after the one before", i, d)
			}
		}
		stats, err := r.Close()
		if err != nil || stats.Overflow != 0 || stats.Late != 0 {
			t.Errorf("stats %+v, error %v", stats, err)
		}
		left, _ := channels(t, disk.bytes("calls/1.wav"))
		if len(left) < 96000 || tone.Share(left[:96000], 440) < 0.95 {
			t.Errorf("%d samples, share of 440 Hz %.2f", len(left), tone.Share(left, 440))
		}
		a.Close()
		b.Close()
		caller.close()
		agent.close()
	})
}

// A process dies and another takes up the call: one file, the hole is silence of the right length.
func TestARecordingIsTakenUpAfterACrash(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n, disk := network.NewMemory(), newMemFS()
		caller := newParty(t, n, "10.0.0.2:4000")
		l := leg(t, n, caller, media.LegConfig{})
		started := time.Now()
		first := newRecorder(t, media.RecorderConfig{FS: disk, Started: started})
		first.Record(l)
		caller.says(440, 2*time.Second)
		synctest.Wait()
		crashed := disk.bytes("calls/1.wav") // what kill -9 leaves
		if got := (len(crashed) - 58) / 16; got < 1500 {
			t.Errorf("2 s before the kill: %d ms are in the file, want all but half a second (D4)", got)
		}
		if _, err := first.Close(); err != nil {
			t.Fatal(err)
		}
		disk.put("calls/1.wav", crashed)
		time.Sleep(time.Second)
		second := newRecorder(t, media.RecorderConfig{FS: disk, Started: started, Resume: true})
		second.Record(l)
		caller.says(900, 2*time.Second)
		if _, err := second.Close(); err != nil {
			t.Fatal(err)
		}
		left, _ := channels(t, disk.bytes("calls/1.wav"))
		if len(left) != 40000 {
			t.Errorf("%d samples, want 5 s", len(left))
		}
		if a, b := tone.Share(left[:12000], 440), tone.Share(left[24000:40000], 900); a < 0.95 || b < 0.95 {
			t.Errorf("before %.2f, after %.2f of the right tone, want 1", a, b)
		}
		if got := tone.Loudness(left[17000:23900]); got > 0.01 {
			t.Errorf("in the hole: loudness %.2f", got)
		}
		l.Close()
		caller.close()
	})
}

// A clock that jumps (a carrier changes its source without telling) moves the channel after 200 ms.
func TestAJumpingClockIsResynchronised(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n, disk := network.NewMemory(), newMemFS()
		caller := newParty(t, n, "10.0.0.2:4000")
		l := leg(t, n, caller, media.LegConfig{})
		r := newRecorder(t, media.RecorderConfig{FS: disk})
		r.Record(l)
		for _, jump := range []int32{0, 1 << 20, -(1 << 22), 4000} {
			caller.ts += uint32(jump)
			caller.says(440, time.Second)
		}
		stats, err := r.Close()
		if err != nil || stats.Resyncs != 3 {
			t.Errorf("resyncs: got %d, error %v, want 3", stats.Resyncs, err)
		}
		left, _ := channels(t, disk.bytes("calls/1.wav"))
		if len(left) != 32000 || tone.Loudness(left[24000+2500:]) < 0.3 {
			t.Errorf("%d samples, loudness at the end %.2f", len(left), tone.Loudness(left[26500:]))
		}
		l.Close()
		caller.close()
	})
}

// The power fails at any moment: whatever prefix is on the disk, Repair makes it playable.
func TestAnyPrefixIsRepaired(t *testing.T) {
	t.Parallel()
	var whole []byte
	synctest.Test(t, func(t *testing.T) {
		n, disk := network.NewMemory(), newMemFS()
		caller := newParty(t, n, "10.0.0.2:4000")
		l := leg(t, n, caller, media.LegConfig{Codec: media.PCMA()})
		r := newRecorder(t, media.RecorderConfig{FS: disk, Codec: media.PCMA()})
		r.Record(l)
		caller.says(440, time.Second)
		synctest.Wait()
		whole = disk.bytes("calls/1.wav")
		l.Close()
		caller.close()
		if _, err := r.Close(); err != nil {
			t.Fatal(err)
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, len(whole)).Draw(t, "prefix")
		if rapid.Bool().Draw(t, "within the header") {
			n = rapid.IntRange(0, 60).Draw(t, "short prefix")
		}
		zeros := rapid.SampledFrom([]int{0, 0, 256, 4096, 10001}).Draw(t, "never written")
		disk := newMemFS()
		if n < 58 {
			zeros = 0
		}
		disk.put("x.wav", append(append([]byte(nil), whole[:n]...), make([]byte, zeros)...))
		d, err := media.Repair(disk, "x.wav")
		if err != nil {
			t.Fatalf("prefix %d: %v", n, err)
		}
		b := disk.bytes("x.wav")
		r, err := wav.NewReader(bytes.NewReader(b), int64(len(b)))
		if err != nil || !r.Complete || r.Duration() != d {
			t.Fatalf("prefix %d: got %+v, error %v", n, r, err)
		}
		if want := int64(max(0, n-58) / 2); r.Frames != want {
			t.Fatalf("prefix %d and %d zeros: %d frames, want %d", n, zeros, r.Frames, want)
		}
		again, err := media.Repair(disk, "x.wav")
		if err != nil || again != d || !bytes.Equal(b, disk.bytes("x.wav")) {
			t.Fatalf("repairing twice: %v, error %v", again, err)
		}
	})
}

func TestRepairLeavesOtherFilesAlone(t *testing.T) {
	t.Parallel()
	disk := newMemFS()
	for name, b := range map[string][]byte{
		"text":   bytes.Repeat([]byte("not a recording "), 10),
		"prompt": wavBytes(tone.Sine(440, 0.5, time.Second)),
	} {
		disk.put(name, b)
		if _, err := media.Repair(disk, name); !errors.Is(err, wav.ErrFormat) {
			t.Errorf("%s: got %v, want ErrFormat", name, err)
		}
		if !bytes.Equal(disk.bytes(name), b) {
			t.Errorf("%s was changed", name)
		}
	}
	if _, err := media.Repair(disk, "missing"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing: got %v", err)
	}
}

func TestRecordingOnTheMachinesDisk(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	disk := media.NewDisk(1)
	path := filepath.Join(dir, "1.wav")
	r, err := media.NewRecorder(media.RecorderConfig{FS: disk, Path: path, Codec: media.PCMU()})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := media.NewRecorder(media.RecorderConfig{FS: disk, Path: path, Codec: media.PCMU()}); err == nil {
		t.Error("the same file again: want an error")
	}
	if _, err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := media.Repair(disk, path); err != nil {
		t.Error(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, error %v, want readable by us alone", info.Mode(), err)
	}
	if _, err := media.NewRecorder(media.RecorderConfig{FS: disk, Path: filepath.Join(dir, "2.wav"), Codec: media.Codec{Name: "opus"}}); err == nil {
		t.Error("opus: want an error")
	}
}
