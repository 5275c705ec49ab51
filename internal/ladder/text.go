package ladder

import (
	"bufio"
	"cmp"
	"encoding/binary"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"time"
)

// Command is how Wireshark's tools make a capture of what WriteText writes.
const Command = `text2pcap -l 101 -D -t "%Y-%m-%d %H:%M:%S.%f" sip.txt sip.pcap`

// WriteText writes a ladder as hexadecimal lines with times and directions, for text2pcap (see
// Command) or Wireshark's "Import from Hex Dump" (encapsulation: raw IP). Each message, and each
// repetition whose time is known, is a packet of IP and UDP, whatever it travelled on: the protocol
// is in its text. Lines with # are for people.
func WriteText(w io.Writer, l Ladder) error {
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, "# %s\n", Command)
	type packet struct {
		at  time.Time
		leg *Leg
		m   *Message
	}
	var all []packet
	for i := range l.Legs {
		leg := &l.Legs[i]
		for j := range leg.Messages {
			m := &leg.Messages[j]
			all = append(all, packet{m.At, leg, m})
			for _, again := range m.Again {
				all = append(all, packet{again, leg, m})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b packet) int { return cmp.Compare(a.at.UnixNano(), b.at.UnixNano()) })
	for _, p := range all {
		way, from, to := "I", p.m.Remote, p.m.Local
		if p.m.Out {
			way, from, to = "O", to, from
		}
		fmt.Fprintf(out, "\n# %s %s, %s, %s to %s\n", p.leg.Role, oneLine(p.leg.Party), p.m.Transport, from, to)
		fmt.Fprintf(out, "%s %s\n", way, p.at.UTC().Format("2006-01-02 15:04:05.000000"))
		dump(out, datagram(from, to, p.m.Text))
	}
	return out.Flush()
}

func oneLine(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c < ' ' {
			b[i] = ' '
		}
	}
	return string(b)
}

// dump writes bytes as text2pcap reads them.
func dump(w io.Writer, b []byte) {
	for at := 0; at < len(b); at += 16 {
		fmt.Fprintf(w, "%06x", at)
		for _, c := range b[at:min(len(b), at+16)] {
			fmt.Fprintf(w, " %02x", c)
		}
		fmt.Fprintln(w)
	}
	fmt.Fprintf(w, "%06x\n", len(b)) // ends the packet
}

// payloadMost is the largest payload of a UDP datagram by IPv4.
const payloadMost = 65535 - 20 - 8

// datagram puts a text into UDP and IP, version 6 if both addresses are.
func datagram(from, to netip.AddrPort, text []byte) []byte {
	text = text[:min(len(text), payloadMost)]
	udp := make([]byte, 8, 8+len(text))
	binary.BigEndian.PutUint16(udp, from.Port())
	binary.BigEndian.PutUint16(udp[2:], to.Port())
	binary.BigEndian.PutUint16(udp[4:], uint16(8+len(text)))
	udp = append(udp, text...)
	if from.Addr().Is6() && to.Addr().Is6() {
		ip := make([]byte, 40)
		ip[0] = 6 << 4
		binary.BigEndian.PutUint16(ip[4:], uint16(len(udp)))
		ip[6], ip[7] = 17, 64
		a, b := from.Addr().As16(), to.Addr().As16()
		copy(ip[8:], a[:])
		copy(ip[24:], b[:])
		sum := checksum(udp, uint32(17+len(udp))+partial(ip[8:40]))
		binary.BigEndian.PutUint16(udp[6:], cmp.Or(sum, 0xffff))
		return append(ip, udp...)
	}
	ip := make([]byte, 20)
	ip[0], ip[8], ip[9] = 4<<4|5, 64, 17
	binary.BigEndian.PutUint16(ip[2:], uint16(20+len(udp)))
	a, b := v4(from.Addr()), v4(to.Addr())
	copy(ip[12:], a[:])
	copy(ip[16:], b[:])
	binary.BigEndian.PutUint16(ip[10:], checksum(ip, 0))
	return append(ip, udp...) // a UDP checksum of 0 says that there is none (RFC 768)
}

// v4 is an address as one of version 4; 0.0.0.0 if it is none.
func v4(a netip.Addr) [4]byte {
	if a = a.Unmap(); a.Is4() {
		return a.As4()
	}
	return [4]byte{}
}

// partial adds 16-bit words (RFC 1071).
func partial(b []byte) (sum uint32) {
	for ; len(b) > 1; b = b[2:] {
		sum += uint32(b[0])<<8 | uint32(b[1])
	}
	if len(b) == 1 {
		sum += uint32(b[0]) << 8
	}
	return sum
}

func checksum(b []byte, sum uint32) uint16 {
	for sum += partial(b); sum > 0xffff; {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}
