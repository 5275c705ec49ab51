package sdp

import (
	"strconv"
	"strings"
	"time"
)

// Bytes writes the description with CRLF line ends. Parse(s.Bytes()) gives an equal description
// for every s that Parse, Offer or Answer made. Line breaks inside values become spaces.
func (s *Session) Bytes() []byte {
	w := make(writer, 0, 512)
	w.line('v', "0")
	o := s.Origin
	w.line('o', or(o.User, "-")+" "+strconv.FormatUint(o.ID, 10)+" "+strconv.FormatUint(o.Version, 10)+
		" IN "+family(o.Address)+" "+or(o.Address, "0.0.0.0"))
	w.line('s', or(s.Name, "-"))
	w.lines(s.Lines, true)
	if s.Host != "" {
		w.line('c', "IN "+family(s.Host)+" "+s.Host)
	}
	w.lines(s.Lines, false)
	if !hasLine(s.Lines, 't') {
		w.line('t', "0 0")
	}
	if s.Direction != SendRecv {
		w.line('a', s.Direction.String())
	}
	for _, a := range s.Attributes {
		w.attribute(a)
	}
	for i := range s.Media {
		w.media(&s.Media[i], s.Host)
	}
	return w
}

type writer []byte

func (w *writer) line(letter byte, value string) {
	*w = append(*w, letter, '=')
	for i := range len(value) {
		c := value[i]
		if c < ' ' && c != '\t' {
			c = ' '
		}
		*w = append(*w, c)
	}
	*w = append(*w, '\r', '\n')
}

func (w *writer) lines(lines []string, before bool) {
	for _, l := range lines {
		if len(l) > 2 && l[1] == '=' && beforeConnection(l) == before {
			w.line(l[0], l[2:])
		}
	}
}

func (w *writer) attribute(a Attribute) {
	if a.Value == "" {
		w.line('a', a.Name)
		return
	}
	w.line('a', a.Name+":"+a.Value)
}

func (w *writer) media(m *Media, sessionHost string) {
	line := m.Type + " " + strconv.Itoa(int(m.Port)) + " " + m.Proto
	for _, f := range m.Formats {
		line += " " + f.Token
	}
	w.line('m', line)
	w.lines(m.Lines, true)
	if m.Host != "" && m.Host != sessionHost {
		w.line('c', "IN "+family(m.Host)+" "+m.Host)
	}
	w.lines(m.Lines, false)
	for _, f := range m.Formats {
		if f.Name != "" {
			value := f.Token + " " + f.Name + "/" + strconv.Itoa(f.ClockRate)
			if f.Channels > 1 {
				value += "/" + strconv.Itoa(f.Channels)
			}
			w.line('a', "rtpmap:"+value)
		}
		if f.Parameters != "" {
			w.line('a', "fmtp:"+f.Token+" "+f.Parameters)
		}
	}
	if m.Ptime > 0 {
		w.line('a', "ptime:"+strconv.Itoa(int(m.Ptime/time.Millisecond)))
	}
	w.line('a', m.Direction.String())
	for _, a := range m.Attributes {
		w.attribute(a)
	}
}

// family is the address type of c= and o=; a host name passes as IP4.
func family(host string) string {
	if strings.Contains(host, ":") {
		return "IP6"
	}
	return "IP4"
}

func hasLine(lines []string, letter byte) bool {
	for _, l := range lines {
		if l != "" && l[0] == letter {
			return true
		}
	}
	return false
}

func or(a, b string) string {
	if a == "" {
		return b
	}
	return a
}
