package rtc

import (
	"runtime"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"linekeeper/internal/media/rtp"
)

// Pushed packets come in order, those that waited first; Close waits for the one being handed over, and
// nothing follows.
func TestPush(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "192.0.2.1")
		defer w.close()
		p := w.call(call{})
		defer p.close()
		p.connect()
		p.says("a")
		p.says("b")
		synctest.Wait()
		var heard []string
		enter, leave := make(chan bool), make(chan bool)
		if !p.endpoint.Push(func(b []byte, _ time.Time) {
			text := string(b[rtp.HeaderSize:])
			heard = append(heard, text)
			if text == "slow" {
				close(enter)
				<-leave
			}
		}) {
			t.Fatal("an open endpoint cannot be pushed")
		}
		p.says("c")
		p.hears("") // by reading, no more
		p.says("slow")
		<-enter
		closed := make(chan error, 1)
		go func() { closed <- p.endpoint.Close() }()
		for range 1000 {
			runtime.Gosched() // who waits for a mutex keeps the bubble from coming to rest
		}
		select {
		case <-closed:
			t.Error("Close did not wait for the packet in work")
		default:
		}
		close(leave)
		if err := <-closed; err != nil {
			t.Error(err)
		}
		p.says("later")
		synctest.Wait()
		if want := []string{"a", "b", "c", "slow"}; !slices.Equal(heard, want) {
			t.Errorf("heard %q, want %q", heard, want)
		}
		if p.endpoint.Push(func([]byte, time.Time) {}) {
			t.Error("a closed endpoint was pushed")
		}
	})
}
