package sip

import (
	"bytes"
	"compress/flate"
	"io"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// Traced is one message of a call as it was sent or received.
type Traced struct {
	At        time.Time
	Out       bool // we sent it
	Transport Transport
	Local     netip.AddrPort
	Remote    netip.AddrPort
	Text      []byte      // what Mask leaves of it
	Repeats   int         // how often the same was sent or received again
	Again     []time.Time // when, the first 8 times
}

// Trace is what a call sent and received: the first messages and the last ones, within
// Config.TraceBytes. It may be read while the call runs and after its end. A nil Trace is empty.
type Trace struct {
	stack *Stack

	mu      sync.Mutex
	paths   []tracePath // where messages went, few
	list    []traced
	packed  []byte // the texts of all messages that have none, in order, compressed
	held    int    // bytes of all texts
	missing int    // messages left out, behind the first traceFirst
	last    time.Time
}

type tracePath struct {
	transport     Transport
	local, remote netip.AddrPort
}

// traced is small: every running call has some.
type traced struct {
	at      int64 // Unix nanoseconds
	text    []byte
	again   []int64
	size    int32
	repeats int32
	path    uint8
	out     bool
}

const (
	traceFirst   = 8   // messages never left out: they say how the call came about
	traceMost    = 256 // messages kept
	traceAgain   = 8   // instants of repetitions kept
	traceCompare = 8   // messages back that a repetition is looked for
	tracePaths   = 16  // ways remembered; further ones count as the last
)

// Trace is what the call sent and received so far; nil if Config.TraceBytes is 0.
func (c *Call) Trace() *Trace { return c.trace }

func (s *Stack) newTrace() *Trace {
	if s.config.TraceBytes <= 0 {
		return nil
	}
	return &Trace{stack: s}
}

// sendTraced is send with the message noted.
func (s *Stack) sendTraced(t *Trace, h hop, b []byte) error {
	t.add(true, h, b)
	return s.send(h, b)
}

// add notes a message. Text that is sent is kept as it is, text that was read is copied.
func (t *Trace) add(out bool, h hop, b []byte) {
	if t == nil || len(b) == 0 {
		return
	}
	now := time.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.last = now
	for i := len(t.list) - 1; i >= max(0, len(t.list)-traceCompare); i-- {
		m := &t.list[i]
		if m.out == out && len(m.text) == len(b) && (&m.text[0] == &b[0] || bytes.Equal(m.text, b)) {
			m.repeats++
			if len(m.again) < traceAgain {
				m.again = append(m.again, now.UnixNano())
			}
			return
		}
	}
	if !out {
		b = bytes.Clone(b)
	}
	t.list = append(t.list, traced{at: now.UnixNano(), text: b, size: int32(len(b)), path: t.path(h), out: out})
	t.held += len(b)
	if t.held > t.stack.config.TraceBytes || len(t.list) > traceMost {
		t.shorten()
	}
}

// path finds or notes a way; t.mu is held.
func (t *Trace) path(h hop) uint8 {
	p := tracePath{transport: h.transport, remote: h.addr}
	if h.conn != nil {
		p.local = h.conn.local
	}
	i := slices.Index(t.paths, p)
	if i < 0 {
		if i = len(t.paths); i >= tracePaths {
			return tracePaths - 1
		}
		t.paths = append(t.paths, p)
	}
	return uint8(i)
}

// shorten leaves messages in the middle out; t.mu is held.
func (t *Trace) shorten() {
	t.unpack()
	for len(t.list) > traceFirst+1 && (t.held > t.stack.config.TraceBytes || len(t.list) > traceMost) {
		t.held -= int(t.list[traceFirst].size)
		t.list = slices.Delete(t.list, traceFirst, traceFirst+1)
		t.missing++
	}
	if t.held > t.stack.config.TraceBytes { // huge ones at the beginning: the newest goes
		n := len(t.list) - 1
		t.held -= int(t.list[n].size)
		t.list = t.list[:n]
		t.missing++
	}
}

// Missing is how many messages were left out after the first ones.
func (t *Trace) Missing() int {
	if t == nil {
		return 0
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.missing
}

// Messages gives what is kept, in order, with secrets masked.
func (t *Trace) Messages() []Traced {
	if t == nil {
		return nil
	}
	t.mu.Lock()
	list, paths, texts := slices.Clone(t.list), slices.Clone(t.paths), t.texts()
	t.mu.Unlock()
	all := make([]Traced, 0, len(list))
	for i, m := range list {
		p := paths[m.path]
		text := texts[i]
		if m.text != nil { // packed ones are masked already
			text = Mask(text)
		}
		shown := Traced{
			At: time.Unix(0, m.at), Out: m.out, Transport: p.transport, Local: t.stack.localTo(p), Remote: p.remote,
			Text: text, Repeats: int(m.repeats),
		}
		for _, at := range m.again[:min(len(m.again), int(m.repeats))] {
			shown.Again = append(shown.Again, time.Unix(0, at))
		}
		all = append(all, shown)
	}
	return all
}

// localTo is our address on a path.
func (s *Stack) localTo(p tracePath) netip.AddrPort {
	if p.local.IsValid() {
		return p.local
	}
	bound := s.UDPAddr()
	if bound.Addr().IsUnspecified() {
		bound = netip.AddrPortFrom(s.faces(p.remote.Addr()), bound.Port())
	}
	return bound
}

// texts are the texts of all messages, of packed ones too; t.mu is held.
func (t *Trace) texts() [][]byte {
	rest := unflate(t.packed)
	all := make([][]byte, len(t.list))
	for i, m := range t.list {
		switch {
		case m.text != nil:
			all[i] = m.text
		case int(m.size) <= len(rest):
			all[i], rest = rest[:m.size:m.size], rest[m.size:]
		}
	}
	return all
}

// Pack masks and compresses what has lain for longer than idle: a long call then holds a quarter of
// the memory. It costs about 30 microseconds for the messages of a usual call.
func (t *Trace) Pack(idle time.Duration) {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.list) == 0 || t.list[len(t.list)-1].text == nil || time.Since(t.last) < idle {
		return
	}
	texts := t.texts()
	t.held = 0
	for i := range t.list {
		if t.list[i].text != nil {
			texts[i] = Mask(texts[i])
		}
		t.list[i].text, t.list[i].size = nil, int32(len(texts[i]))
		t.held += len(texts[i])
	}
	t.packed = deflate(bytes.Join(texts, nil))
	t.list = slices.Clip(t.list)
}

// unpack gives the messages their texts back; t.mu is held.
func (t *Trace) unpack() {
	if t.packed == nil {
		return
	}
	for i, text := range t.texts() {
		t.list[i].text = text
	}
	t.packed = nil
}

// deflaters are costly to make and hold much memory.
var deflaters = sync.Pool{New: func() any {
	w, _ := flate.NewWriter(nil, flate.BestSpeed) // the level is valid
	return w
}}

func deflate(b []byte) []byte {
	w := deflaters.Get().(*flate.Writer)
	defer deflaters.Put(w)
	var out bytes.Buffer
	w.Reset(&out)
	_, _ = w.Write(b) // a Buffer takes everything
	_ = w.Close()
	return bytes.Clone(out.Bytes())
}

func unflate(b []byte) []byte {
	if b == nil {
		return nil
	}
	out, _ := io.ReadAll(flate.NewReader(bytes.NewReader(b))) // our own work of a moment ago
	return out
}
