package carrier

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// Codec is a static payload type (RFC 3551).
type Codec uint8

// The codecs of G.711.
const (
	PCMU Codec = 0
	PCMA Codec = 8
)

func (c Codec) String() string {
	if c == PCMA {
		return "PCMA"
	}
	return "PCMU"
}

// events is the payload type we offer for telephone-event.
const events = 101

// description is what we need of a session description.
type description struct {
	audio  netip.AddrPort
	codecs []Codec // those we know, in the other side's order
	events uint8   // telephone-event at 8 kHz; 0: none
	mode   string  // sendrecv, sendonly, recvonly, inactive
}

var errNoCodec = errors.New("no common codec")

// describe writes a description.
func describe(at netip.AddrPort, codecs []Codec, event uint8, mode string, version int) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "v=0\r\no=carrier 1 %d IN IP4 %s\r\ns=-\r\nc=IN IP4 %s\r\nt=0 0\r\nm=audio %d RTP/AVP", version, at.Addr(), at.Addr(), at.Port())
	for _, c := range codecs {
		fmt.Fprintf(&b, " %d", c)
	}
	if event != 0 {
		fmt.Fprintf(&b, " %d", event)
	}
	b.WriteString("\r\n")
	for _, c := range codecs {
		fmt.Fprintf(&b, "a=rtpmap:%d %s/8000\r\n", c, c)
	}
	if event != 0 {
		fmt.Fprintf(&b, "a=rtpmap:%d telephone-event/8000\r\na=fmtp:%d 0-15\r\n", event, event)
	}
	fmt.Fprintf(&b, "a=ptime:20\r\na=%s\r\n", mode)
	return []byte(b.String())
}

// parse reads the first audio stream of a description.
func parse(body []byte) (description, error) {
	d := description{mode: "sendrecv"}
	var ip netip.Addr
	media := "" // the kind of the stream we are in
	seen := false
	for line := range strings.Lines(string(body)) {
		line = strings.TrimRight(line, "\r\n")
		kind, value, ok := strings.Cut(line, "=")
		if !ok {
			continue
		}
		if kind == "m" {
			media, _, _ = strings.Cut(value, " ")
			if media == "audio" && seen {
				media = "second"
			}
		}
		if media != "" && media != "audio" {
			continue
		}
		switch kind {
		case "c":
			f := strings.Fields(value)
			if len(f) == 3 {
				ip, _ = netip.ParseAddr(f[2])
			}
		case "m":
			seen = true
			f := strings.Fields(value)
			if len(f) < 4 {
				return d, fmt.Errorf("media line %q", line)
			}
			port, err := strconv.ParseUint(f[1], 10, 16)
			if err != nil {
				return d, fmt.Errorf("media line %q: %w", line, err)
			}
			d.audio = netip.AddrPortFrom(netip.Addr{}, uint16(port))
			for _, pt := range f[3:] {
				switch pt {
				case "0":
					d.codecs = append(d.codecs, PCMU)
				case "8":
					d.codecs = append(d.codecs, PCMA)
				}
			}
		case "a":
			switch {
			case value == "sendonly", value == "recvonly", value == "inactive", value == "sendrecv":
				d.mode = value
			case strings.HasPrefix(value, "rtpmap:"):
				pt, name, _ := strings.Cut(value[len("rtpmap:"):], " ")
				n, err := strconv.ParseUint(pt, 10, 7)
				if err == nil && strings.EqualFold(name, "telephone-event/8000") {
					d.events = uint8(n)
				}
			}
		}
	}
	if !seen || !ip.IsValid() {
		return d, errors.New("no audio stream with an address")
	}
	d.audio = netip.AddrPortFrom(ip, d.audio.Port())
	return d, nil
}

// common is the first of the other side's codecs that we also have.
func (d description) common(ours []Codec) (Codec, error) {
	for _, theirs := range d.codecs {
		for _, c := range ours {
			if c == theirs {
				return c, nil
			}
		}
	}
	return 0, errNoCodec
}

// answering is our direction in answer to theirs.
func (d description) answering() string {
	switch d.mode {
	case "sendonly":
		return "recvonly"
	case "recvonly":
		return "sendonly"
	}
	return d.mode
}
