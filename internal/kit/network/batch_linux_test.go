package network_test

import (
	"bytes"
	"net"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"linekeeper/internal/kit/network"
)

// A batch brings what came, in order, with its sender, cut to its size, and says so when there is nothing.
func TestBatch(t *testing.T) {
	t.Parallel()
	c, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	raw, err := c.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	b := network.NewBatch()
	if err := raw.Control(func(fd uintptr) {
		if n, errno := b.Receive(int(fd)); errno != unix.EAGAIN {
			t.Errorf("an empty socket: %d, %v", n, errno)
		}
		if errno := b.ReceiveOne(int(fd)); errno != unix.EAGAIN {
			t.Errorf("an empty socket: %v", errno)
		}
	}); err != nil {
		t.Fatal(err)
	}
	sent := [][]byte{[]byte("one"), {}, bytes.Repeat([]byte{7}, network.MaxDatagram+1), []byte("four")}
	for _, d := range sent {
		if _, err := c.WriteTo(d, c.LocalAddr()); err != nil {
			t.Fatal(err)
		}
	}
	var got [][]byte
	if err := c.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if err := raw.Read(func(fd uintptr) bool {
		if len(got) == 0 {
			if b.ReceiveOne(int(fd)) != 0 {
				return false
			}
			got = append(got, bytes.Clone(b.Datagram(0)))
		}
		n, errno := b.Receive(int(fd))
		if errno != 0 {
			return len(got) >= len(sent)
		}
		for i := range n {
			got = append(got, bytes.Clone(b.Datagram(i)))
			if from := b.From(i); from != network.AddrPort(c.LocalAddr()) {
				t.Errorf("datagram %d came from %v", i, from)
			}
		}
		return len(got) >= len(sent)
	}); err != nil {
		t.Fatal(err)
	}
	for i, d := range sent {
		if want := d[:min(len(d), network.MaxDatagram)]; !bytes.Equal(got[i], want) {
			t.Errorf("datagram %d: %d bytes, want %d", i, len(got[i]), len(want))
		}
	}
}
