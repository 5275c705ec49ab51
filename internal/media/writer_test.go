package media_test

import (
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"linekeeper/internal/kit/network"
	"linekeeper/internal/media"
	"linekeeper/internal/media/tone"
)

// D6: files that block, as on a share that went away, delay their own recordings only: the others, with
// the same writer, are never further behind than half a second, and what blocked is whole once the disk is
// back.
func TestAFileThatBlocksDelaysItsOwnRecordingOnly(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const recordings = 40 // more than a group of the writer has, half of them blocked
		n, disk := network.NewMemory(), newMemFS()
		var gone atomic.Bool
		disk.hangs = func(path string) bool { return gone.Load() && strings.HasPrefix(path, "away/") }
		caller := newParty(t, n, "10.0.0.2:4000")
		l := leg(t, n, caller, media.LegConfig{})
		w := new(media.Writer)
		var all []*media.Recorder
		path := func(i int) string { return fmt.Sprintf("%s/%d.wav", [2]string{"away", "here"}[i%2], i) }
		for i := range recordings {
			r, err := media.NewRecorder(media.RecorderConfig{FS: disk, Path: path(i), Codec: media.PCMU(), Writer: w})
			if err != nil {
				t.Fatal(err)
			}
			r.Record(l)
			all = append(all, r)
		}
		began := time.Now()
		go caller.says(440, 20*time.Second)
		for at := time.Duration(0); at < 20*time.Second; at += 100 * time.Millisecond {
			gone.Store(at >= 2*time.Second && at < 15*time.Second)
			time.Sleep(100 * time.Millisecond)
			synctest.Wait()
			settling := at > 2*time.Second && at < 4*time.Second // the blocked ones are still being found
			for i := 1; i < recordings && !settling; i += 2 {
				behind := time.Since(began) - time.Duration(len(disk.bytes(path(i)))-58)*time.Second/16000
				if behind > 600*time.Millisecond {
					t.Fatalf("after %v: a file of another disk is %v behind", time.Since(began), behind)
				}
			}
		}
		time.Sleep(time.Second)
		for i, r := range all {
			stats, err := r.Close()
			if err != nil || stats.Overflow != 0 || stats.Late != 0 {
				t.Errorf("%s: stats %+v, error %v", path(i), stats, err)
			}
			left, _ := channels(t, disk.bytes(path(i)))
			if len(left) < 20*tone.Rate || tone.Share(left[:20*tone.Rate], 440) < 0.95 {
				t.Errorf("%s: %d samples of the wrong sound", path(i), len(left))
			}
		}
		l.Close()
		caller.close()
	})
}

// A disk that never comes back holds a bounded number of goroutines and a bounded amount of memory; calls
// and their other recordings know nothing of it.
func TestADiskThatIsGoneHoldsLittle(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n, disk := network.NewMemory(), newMemFS()
		var gone atomic.Bool
		disk.hangs = func(string) bool { return gone.Load() }
		caller := newParty(t, n, "10.0.0.2:4000")
		l := leg(t, n, caller, media.LegConfig{})
		w := new(media.Writer)
		var all []*media.Recorder
		for i := range 100 {
			r, err := media.NewRecorder(media.RecorderConfig{FS: disk, Path: fmt.Sprint(i), Codec: media.PCMU(), Writer: w})
			if err != nil {
				t.Fatal(err)
			}
			r.Record(l)
			all = append(all, r)
		}
		before := runtime.NumGoroutine()
		gone.Store(true)
		caller.says(440, 40*time.Second)
		if more := runtime.NumGoroutine() - before; more > 300 { // other tests run beside this one
			t.Errorf("%d more goroutines", more)
		}
		if got := l.Stats().Heard.Packets; got != 2000 {
			t.Errorf("%d packets heard, want 2000", got)
		}
		for _, r := range all {
			if s := r.Stats(); s.Overflow == 0 {
				t.Error("more sound is kept than the backlog")
			}
		}
		gone.Store(false)
		for _, r := range all {
			if _, err := r.Close(); err != nil {
				t.Error(err)
			}
		}
		l.Close()
		caller.close()
	})
}
