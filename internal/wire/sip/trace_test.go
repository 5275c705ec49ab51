package sip

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// steps writes a trace as one word a message: < came, > went, with the number of repetitions.
func steps(list []Traced) string {
	var all []string
	for _, m := range list {
		way := "<"
		if m.Out {
			way = ">"
		}
		first, _, _ := bytes.Cut(m.Text, []byte("\r\n"))
		word, rest, _ := strings.Cut(string(first), " ")
		if word == "SIP/2.0" {
			word, _, _ = strings.Cut(rest, " ")
		}
		if m.Repeats > 0 {
			word += fmt.Sprintf("x%d", m.Repeats+1)
		}
		all = append(all, way+word)
	}
	return strings.Join(all, " ")
}

func withTrace(c *Config) { c.TraceBytes = 32 << 10 }

func TestTraceOfACall(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		calls := make(chan *Call, 1)
		a := w.stack("10.0.0.1:5060", nil, withTrace)
		w.stack("10.0.0.2:5060", func(ctx context.Context, c *Call) {
			_ = c.Ring()
			_ = c.Answer(ctx, pcmuOnly)
			calls <- c
		}, withTrace)
		w.losesFirst(2, "SIP/2.0 200") // the callee repeats its answer
		out := w.dial(a, DialRequest{Offer: pcmuOnly})
		in := <-calls
		synctest.Wait()
		time.Sleep(2 * time.Second)
		in.Trace().Pack(time.Second)
		_ = out.Hangup(context.Background(), "")
		synctest.Wait()
		time.Sleep(100 * time.Millisecond)
		if got, want := steps(out.Trace().Messages()), ">INVITE <100 <180 <200 >ACK >BYE <200"; got != want {
			t.Errorf("caller: got %s, want %s", got, want)
		}
		list := in.Trace().Messages()
		if got, want := steps(list), "<INVITE >100 >180 >200x3 <ACK <BYE >200"; got != want {
			t.Errorf("callee: got %s, want %s", got, want)
		}
		for _, m := range list {
			if m.Transport != UDP || m.Local.String() != "10.0.0.2:5060" || m.Remote.String() != "10.0.0.1:5060" {
				t.Errorf("got %s from %s to %s", m.Transport, m.Local, m.Remote)
			}
		}
		if again := list[3].Again; len(again) != 2 || again[1].Sub(list[3].At) != 1500*time.Millisecond {
			t.Errorf("repeated at %v after %v", again, list[3].At)
		}
		if !bytes.HasSuffix(list[0].Text, pcmuOnly) {
			t.Errorf("the INVITE's text: %s", list[0].Text)
		}
		w.idle()
	})
}

func TestTraceOfARefusedAndACancelledCall(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		a := w.stack("10.0.0.1:5060", nil, withTrace)
		p := w.peer("10.0.0.2:5060")
		out := w.dial(a, DialRequest{Offer: pcmuOnly})
		invite := p.expect("INVITE")
		p.send("10.0.0.1:5060", p.answer(invite, 486, "b", "", nil))
		p.expect("ACK")
		p.send("10.0.0.1:5060", p.answer(invite, 486, "b", "", nil))
		p.expect("ACK")
		if got, want := steps(out.Trace().Messages()), ">INVITE <486x2 >ACKx2"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		out = w.dial(a, DialRequest{Offer: pcmuOnly})
		invite = p.expect("INVITE")
		p.send("10.0.0.1:5060", p.answer(invite, 180, "b", "", nil))
		synctest.Wait()
		_ = out.Hangup(context.Background(), "")
		p.send("10.0.0.1:5060", p.answer(p.expect("CANCEL"), 200, "b", "", nil))
		p.send("10.0.0.1:5060", p.answer(invite, 487, "b", "", nil))
		p.expect("ACK")
		if got, want := steps(out.Trace().Messages()), ">INVITE <180 >CANCEL <200 <487 >ACK"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		w.idle()
	})
}

func TestTraceIsBounded(t *testing.T) {
	t.Parallel()
	s := &Stack{config: Config{TraceBytes: 10_000}}
	for _, size := range []int{10, 900, 6000, 20_000} {
		trace := s.newTrace()
		for i := range 1000 {
			trace.add(i%2 == 0, hop{transport: UDP, addr: addrPort(netipLocal, uint16(1+i%40))}, fmt.Appendf(nil, "%0*d", size, i))
			if i%100 == 0 {
				trace.Pack(0)
			}
			if trace.held > 10_000 || len(trace.list) > traceMost || len(trace.paths) > tracePaths {
				t.Fatalf("size %d: %d bytes, %d messages, %d paths", size, trace.held, len(trace.list), len(trace.paths))
			}
		}
		if got := trace.Missing() + len(trace.Messages()); got != 1000 {
			t.Errorf("size %d: %d messages kept or counted", size, got)
		}
		if size == 900 {
			if list := trace.Messages(); !strings.HasSuffix(string(list[0].Text), "00") || !strings.HasSuffix(string(list[len(list)-1].Text), "999") {
				t.Errorf("the first and the last are gone")
			}
		}
	}
	var none *Trace
	none.add(true, hop{}, []byte("x"))
	none.Pack(0)
	if none.Messages() != nil || none.Missing() != 0 {
		t.Error("nothing has messages")
	}
}

func TestPackedTraceIsTheSame(t *testing.T) {
	t.Parallel()
	s := &Stack{config: Config{TraceBytes: 32 << 10}}
	trace := s.newTrace()
	for i := range 14 {
		trace.add(i%2 == 0, hop{transport: UDP, addr: addrPort(netipLocal, 5060)}, exampleMessage(i))
	}
	before := trace.Messages()
	trace.Pack(0)
	after := trace.Messages()
	if !slices.EqualFunc(before, after, func(a, b Traced) bool { return bytes.Equal(a.Text, b.Text) && a.At.Equal(b.At) }) {
		t.Error("packing changes what is kept")
	}
	if held := len(trace.packed); held*3 > trace.held {
		t.Errorf("%d bytes for %d", held, trace.held)
	}
	trace.add(true, hop{transport: UDP}, []byte("BYE sip:x SIP/2.0\r\n\r\n"))
	trace.Pack(0)
	if got := trace.Messages(); len(got) != 15 || !bytes.Equal(got[3].Text, before[3].Text) || !bytes.HasPrefix(got[14].Text, []byte("BYE")) {
		t.Error("packing again loses something")
	}
}

func exampleMessage(i int) []byte {
	return fmt.Appendf(nil, "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK%d;rport=5060\r\nFrom: <sip:+49301234567@192.0.2.1>;tag=a8f7\r\n"+
		"To: <sip:+49309876543@198.51.100.1>;tag=f00ba4\r\nCall-ID: 7e2c1f88-1d2c-4a1b@192.0.2.1\r\nCSeq: %d INVITE\r\nContact: <sip:198.51.100.1:5060>\r\n"+
		"Allow: %s\r\nSupported: %s\r\nServer: Linekeeper\r\nContent-Type: application/sdp\r\nContent-Length: 120\r\n\r\n"+
		"v=0\r\no=- 812 1 IN IP4 198.51.100.1\r\ns=-\r\nc=IN IP4 198.51.100.1\r\nt=0 0\r\nm=audio 20002 RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\na=sendrecv\r\n",
		i, i, allow, supported)
}

// BenchmarkTrace is what the messages of one call cost: to note, and to pack.
func BenchmarkTrace(b *testing.B) {
	s := &Stack{config: Config{TraceBytes: 32 << 10}}
	var texts [][]byte
	for i := range 7 {
		texts = append(texts, exampleMessage(i))
	}
	h := hop{transport: UDP, addr: addrPort(netipLocal, 5060)}
	for name, pack := range map[string]bool{"note": false, "pack": true} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				trace := s.newTrace()
				for i, text := range texts {
					trace.add(i%2 == 0, h, text)
				}
				if pack {
					trace.Pack(0)
				}
			}
		})
	}
}
