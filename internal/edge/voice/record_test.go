package voice

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"linekeeper/internal/flow"
	"linekeeper/internal/interaction"
	"linekeeper/internal/media"
	"linekeeper/internal/media/wav"
	"linekeeper/internal/wire/rtc"
)

// channels reads a recording.
func channels(w *world, path string) (left, right []int16) {
	w.Helper()
	f, err := os.Open(path)
	if err != nil {
		w.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		w.Fatal(err)
	}
	r, err := wav.NewReader(f, info.Size())
	if err != nil {
		w.Fatal(err)
	}
	n := int(r.Duration().Seconds() * 8000)
	left, right = make([]int16, n), make([]int16, n)
	for channel, to := range [][]int16{left, right} {
		if _, err := r.Samples(channel, 0, to); err != nil {
			w.Fatal(err)
		}
	}
	return left, right
}

// second is one second of a channel, from n seconds on.
func second(channel []int16, n float64) []int16 {
	at := int(n * 8000)
	return channel[at : at+8000]
}

func TestRecordingHasTheCustomerLeftAndTheAgentRight(t *testing.T) {
	t.Parallel()
	story(t, func(w *world) {
		path := filepath.Join(w.TempDir(), "call.wav")
		w.dir.trunk.Codecs = []string{"PCMA"}
		c, l, p := w.joins()
		time.Sleep(time.Second)
		if _, err := l.StartRecording(media.RecorderConfig{Path: path, OnFail: func(err error) { t.Errorf("recording failed: %v", err) }}); err != nil {
			t.Fatal(err)
		}
		if _, err := l.StartRecording(media.RecorderConfig{Path: path + "2"}); err == nil {
			t.Error("a second recording beside the first: got no error")
		}
		time.Sleep(3 * time.Second) // 0 to 3: both
		l.Arrange(muted(ann))
		time.Sleep(3 * time.Second) // 3 to 6: muted
		l.Arrange(pair(ann))
		p.is(rtc.Gone)
		expect[interaction.PhoneLost](w)
		l.Arrange(nil)
		playing := make(chan error, 1)
		go func() {
			playing <- l.Play(w.Context(), []flow.Clip{sounds("music", 500, 3*time.Second)}, flow.PlayOptions{})
		}()
		time.Sleep(3 * time.Second) // 6 to 9: music, which is not recorded
		<-playing
		q := w.offers(l, ann)
		q.is(rtc.Connected)
		expect[interaction.PhoneConnected](w)
		q.sings(900)
		l.Arrange(pair(ann))
		time.Sleep(3 * time.Second) // 9 to 12: the new phone
		c.HangUp()
		expect[interaction.CustomerLeft](w)
		w.released(l)
		bytes, err := l.StopRecording()
		if err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(path); err != nil || info.Size() != bytes {
			t.Errorf("size: got %d, want the file's (%v)", bytes, err)
		}
		left, right := channels(w, path)
		if got := float64(len(left)) / 8000; got < 11.8 || got > 12.2 {
			t.Errorf("the recording has %.1f s, want 12", got)
		}
		for n := 1.0; n < 11; n++ {
			w.hears("the recording's left side", second(left, n), 440)
		}
		w.hears("the right side", second(right, 1.5), 700)
		w.hears("the right side while muted", second(right, 4.5), 0)
		w.hears("the right side while nobody is there", second(right, 7.5), 0)
		w.hears("the right side with the new phone", second(right, 10.5), 900)
	})
}

func TestRecordingIsStoppedInMidCallAndBegunAgain(t *testing.T) {
	t.Parallel()
	story(t, func(w *world) {
		c, l, _ := w.joins()
		if _, err := l.StopRecording(); err == nil {
			t.Error("stopping what was not begun: got no error")
		}
		for _, name := range []string{"one.wav", "two.wav"} {
			path := filepath.Join(w.TempDir(), name)
			if _, err := l.StartRecording(media.RecorderConfig{Path: path}); err != nil {
				t.Fatal(err)
			}
			time.Sleep(2 * time.Second)
			bytes, err := l.StopRecording()
			if again, err2 := l.StopRecording(); err != nil || err2 != nil || again != bytes || bytes < 30_000 {
				t.Errorf("stopping twice: got %d %v, %d %v", bytes, err, again, err2)
			}
			left, right := channels(w, path)
			w.hears("left", second(left, 0.5), 440)
			w.hears("right", second(right, 0.5), 700)
		}
		c.HangUp()
		expect[interaction.CustomerLeft](w)
		w.released(l)
		if _, err := l.StartRecording(media.RecorderConfig{Path: filepath.Join(w.TempDir(), "late.wav")}); !errors.Is(err, flow.ErrGone) {
			t.Errorf("recording after the end: got %v, want ErrGone", err)
		}
	})
}

// fullDisk fails all writes beyond the header.
type fullDisk struct{ *media.Disk }

var errFull = errors.New("no space left on device")

type fullFile struct{ media.File }

func (d fullDisk) Create(path string) (media.File, error) {
	f, err := d.Disk.Create(path)
	return fullFile{f}, err
}

func (f fullFile) WriteAt(b []byte, off int64) (int, error) {
	if off > 0 || len(b) > 200 {
		return 0, errFull
	}
	return f.File.WriteAt(b, off)
}

func TestAFullDiskDoesNotTouchTheCall(t *testing.T) {
	t.Parallel()
	story(t, func(w *world) {
		c, l, p := w.joins()
		failed := make(chan error, 1)
		if _, err := l.StartRecording(media.RecorderConfig{
			Path: filepath.Join(w.TempDir(), "full.wav"), OnFail: func(err error) { failed <- err },
		}); err != nil {
			t.Fatal(err)
		}
		if err := <-failed; !errors.Is(err, errFull) {
			t.Errorf("failure: got %v, want the disk's", err)
		}
		p.lately()
		time.Sleep(2 * time.Second)
		w.hears("the customer", c.Heard(time.Second), 700)
		w.hears("the agent", p.lately(), 440)
		if _, err := l.StopRecording(); !errors.Is(err, errFull) {
			t.Errorf("stopping: got %v, want the disk's error", err)
		}
		c.HangUp()
		expect[interaction.CustomerLeft](w)
		w.released(l)
	}, func(c *Config, _ *world) { c.Files = fullDisk{media.NewDisk(0)} })
}

// TestATalkThatIsOverBeforeItsRecording holds that its record says so.
func TestATalkThatIsOverBeforeItsRecording(t *testing.T) {
	t.Parallel()
	story(t, func(w *world) {
		c, l, _ := w.joins()
		c.HangUp()
		time.Sleep(time.Second)
		_, err := l.StartRecording(media.RecorderConfig{Path: filepath.Join(w.TempDir(), "call.wav")})
		if !errors.Is(err, flow.ErrGone) || !strings.Contains(err.Error(), "over before its recording began") {
			t.Errorf("got %v, want an error that says so", err)
		}
	})
}
