package rtc

import (
	"context"
	"net"
	"testing"
	"testing/synctest"
	"time"
)

// dial connects a stranger.
func (w *world) dial() net.Conn {
	w.t.Helper()
	c, err := w.net.DialTCP(context.Background(), w.engine.Addr())
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

// ended says whether the other side has closed the connection.
func ended(c net.Conn) bool {
	_ = c.SetReadDeadline(time.Now())
	_, err := c.Read(make([]byte, 1))
	timeout, ok := err.(net.Error)
	return err != nil && (!ok || !timeout.Timeout())
}

func TestStrangersOnTCP(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "127.0.0.1")
		defer w.close()
		var all []net.Conn
		for range maxStrangersEach + 5 {
			c := w.dial()
			defer c.Close()
			synctest.Wait()
			all = append(all, c)
		}
		for i, c := range all {
			if got, want := ended(c), i >= maxStrangersEach; got != want {
				t.Fatalf("connection %d of one address: ended %v, want %v", i, got, want)
			}
		}
		_, _ = all[0].Write([]byte{0xff, 0xff}) // out of step
		_, _ = all[1].Write(appendFrame(nil, []byte("nonsense")))
		synctest.Wait()
		if !ended(all[0]) || ended(all[1]) {
			t.Errorf("ended after a frame that is too long: %v, after nonsense: %v", ended(all[0]), ended(all[1]))
		}
		time.Sleep(tcpPatience + tcpFarewell)
		synctest.Wait()
		for i, c := range all {
			if !ended(c) {
				t.Fatalf("connection %d without a password lives on", i)
			}
		}
	})
}

// A browser on TCP stays as long as it likes, survives the loss of its connection and may not read.
func TestBrowserOnTCP(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, "127.0.0.1")
		defer w.close()
		p := w.call(call{tcp: true})
		defer p.close()
		p.connect()
		for range 5 {
			time.Sleep(4 * time.Second)
			p.send(p.request(p.pwd, nominate()))
			if kind, _ := p.answered(); kind != bindingSuccess {
				t.Fatal("the connection does not live on")
			}
		}
		_ = p.tcp.Close()
		synctest.Wait()
		if p.endpoint.selected.Load() != nil || len(p.endpoint.paths) != 0 {
			t.Error("a path outlives its connection")
		}
		p.is(Connected)
		p.done.Wait()
		p.tcp = w.dial()
		p.done.Go(p.listenTCP)
		p.checks()
		p.says("again")
		p.hears("again")
		if err := p.write(1, "again"); err != nil || p.got() != "again" {
			t.Errorf("nothing comes over the new connection (%v)", err)
		}
		// It does not read: what exceeds the backlog is lost, nobody waits.
		deaf := w.dial()
		defer deaf.Close()
		if _, err := deaf.Write(appendFrame(nil, p.request(p.pwd, nominate()))); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		lost := 0
		for i := range uint16(5000) {
			if p.write(2+i, "nobody reads this") != nil {
				lost++
			}
		}
		if lost == 0 {
			t.Error("a connection that is not read takes everything")
		}
		p.is(Connected)
	})
}
