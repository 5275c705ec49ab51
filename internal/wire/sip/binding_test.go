package sip

import (
	"context"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

// TestBindingsAreAsInTheModel sends random REGISTERs, in and out of order, and compares what is
// registered with the rules of RFC 3261 section 10.3 written down plainly.
func TestBindingsAreAsInTheModel(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := NewRegistrar(RegistrarConfig{Domain: "lk", PerAddress: 3})
		at := hop{transport: UDP, addr: netip.MustParseAddrPort("192.0.2.1:5060")}
		m := model{}
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			q := draw(t)
			code, headers := r.register(context.Background(), q.message(t), at, "ann")
			if want := m.register(q); code != want {
				t.Fatalf("%+v: got %d, want %d; the model has %v", q, code, want, m)
			}
			if min := slices.IndexFunc(headers, func(h Header) bool { return h.Name == "Min-Expires" }); (code == 423) != (min >= 0) {
				t.Fatalf("%d with %v", code, headers)
			}
			found, err := r.Lookup(context.Background(), "ann")
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, c := range found {
				got = append(got, c.URI)
			}
			slices.Sort(got)
			if want := slices.Sorted(maps.Keys(m.bindings())); !slices.Equal(got, want) {
				t.Fatalf("%+v: registered are %q, want %q", q, got, want)
			}
		}
	})
}

// question is a REGISTER.
type question struct {
	callID   string
	seq      int
	expires  int      // header; -1: none
	contacts []string // of a to e, or only *
	each     []int    // their expires parameters; -1: none
}

func draw(t *rapid.T) question {
	lifetimes := []int{-1, 0, 0, 1, 59, 60, 600, 100000}
	q := question{
		callID: rapid.SampledFrom([]string{"one", "two"}).Draw(t, "call"), seq: rapid.IntRange(1, 12).Draw(t, "seq"),
		expires: rapid.SampledFrom(lifetimes).Draw(t, "expires"),
	}
	if rapid.IntRange(0, 5).Draw(t, "star") == 0 {
		q.contacts, q.each = []string{"*"}, []int{-1}
	}
	for _, c := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a", "b", "c", "d", "e"}), 0, 4, rapid.ID).Draw(t, "contacts") {
		q.contacts, q.each = append(q.contacts, c), append(q.each, rapid.SampledFrom(lifetimes).Draw(t, "each"))
	}
	return q
}

func (q question) message(t *rapid.T) *message {
	var b strings.Builder
	fmt.Fprintf(&b, "REGISTER sip:lk SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKx\r\nFrom: <sip:ann@lk>;tag=f\r\nTo: <sip:ann@lk>\r\n"+
		"Call-ID: %s\r\nCSeq: %d REGISTER\r\nMax-Forwards: 70\r\n", q.callID, q.seq)
	if q.expires >= 0 {
		fmt.Fprintf(&b, "Expires: %d\r\n", q.expires)
	}
	for i, c := range q.contacts {
		switch {
		case c == "*":
			b.WriteString("Contact: *\r\n")
		case q.each[i] < 0:
			fmt.Fprintf(&b, "Contact: <sip:%s@192.0.2.1>\r\n", c)
		default:
			fmt.Fprintf(&b, "Contact: <sip:%s@192.0.2.1>;expires=%d\r\n", c, q.each[i])
		}
	}
	b.WriteString("Content-Length: 0\r\n\r\n")
	m, err := parseDatagram([]byte(b.String()))
	if err != nil {
		t.Fatalf("%v in\n%s", err, b.String())
	}
	return m
}

// model is the bindings, the oldest first.
type model []modelBinding

type modelBinding struct {
	uri, callID string
	seq         int
}

func (m model) bindings() map[string]bool {
	all := map[string]bool{}
	for _, b := range m {
		all[b.uri] = true
	}
	return all
}

func (m *model) register(q question) int {
	removeAll := slices.Contains(q.contacts, "*")
	if removeAll && (len(q.contacts) > 1 || q.expires != 0) {
		return 400
	}
	change := map[string]bool{} // URI to whether it is kept
	var order []string
	for i, c := range q.contacts {
		life := q.each[i]
		if life < 0 {
			life = q.expires
		}
		if !removeAll && life > 0 && life < 60 {
			return 423
		}
		uri := "sip:" + c + "@192.0.2.1"
		order, change[uri] = append(order, uri), life != 0
	}
	if removeAll {
		order, change = nil, map[string]bool{}
		for _, b := range *m {
			order, change[b.uri] = append(order, b.uri), false
		}
	} else if len(order) > 3 {
		return 400
	}
	for _, b := range *m {
		if _, named := change[b.uri]; named && b.callID == q.callID && q.seq <= b.seq {
			return 500
		}
	}
	next := slices.DeleteFunc(slices.Clone(*m), func(b modelBinding) bool { _, named := change[b.uri]; return named })
	for _, uri := range order {
		if change[uri] {
			next = append(next, modelBinding{uri, q.callID, q.seq})
		}
	}
	*m = next[max(0, len(next)-3):]
	return 200
}

// TestStrangersMayOnlyRegister: of sources that Accept refuses nothing but REGISTER is looked at, until
// one of them is registered; and one that guesses is not even parsed any more.
func TestStrangersMayOnlyRegister(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		secret := NewSecret("ann", "lk", "secret-ann")
		registrar := NewRegistrar(RegistrarConfig{})
		s := w.stack("10.0.0.1:5060", takesG711, func(c *Config) {
			c.Accept = func(netip.AddrPort) bool { return false }
			c.Auth = NewAuthenticator(AuthConfig{Realm: "lk", Secret: func(a string) (Secret, bool) { return secret, a == "ann" }})
			c.Registrar, c.Challenge = registrar, func(netip.AddrPort) bool { return true }
		})
		silent := func(p *phone, what string) {
			t.Helper()
			synctest.Wait()
			if n := len(p.in); n != 0 {
				t.Errorf("%s was answered with %d messages", what, n)
			}
		}
		p := w.phone("10.0.0.2:5060", "ann", "secret-ann")
		p.send("10.0.0.1:5060", p.request("OPTIONS", "sip:x@10.0.0.1", "o1", ""))
		p.send("10.0.0.1:5060", p.invite("c1", "", pcmuOnly))
		p.send("10.0.0.1:5060", "nonsense")
		silent(p, "a stranger's OPTIONS or INVITE")
		if m := p.registers("Contact: <sip:ann@10.0.0.2:5060>\nExpires: 600\n"); m.code != 200 {
			t.Fatalf("got\n%s", m.text)
		}
		p.send("10.0.0.1:5060", p.request("OPTIONS", "sip:x@10.0.0.1", "o2", ""))
		p.expect("SIP/2.0 200")
		p.send("10.0.0.1:5060", p.invite("c2", "", pcmuOnly))
		p.send("10.0.0.1:5060", p.inDialog("ACK", 10, p.expect("SIP/2.0 407"), "", nil))

		guesser := w.phone("10.0.0.3:5060", "ann", "wrong")
		guesser.send("10.0.0.1:5060", guesser.text(""))
		guesser.learns(guesser.expect("SIP/2.0 401"))
		for range 10 {
			time.Sleep(time.Second) // within the limit for strangers
			guesser.send("10.0.0.1:5060", guesser.text(""))
			guesser.learns(guesser.expect("SIP/2.0 401"))
		}
		before := s.Counters().MessagesIn
		guesser.send("10.0.0.1:5060", guesser.text(""))
		silent(guesser, "a guesser")
		c := s.Counters()
		if c.MessagesIn != before || c.WrongPasswords != 10 || c.Paused != 1 || c.Registrations != 1 {
			t.Errorf("got %+v, of which %d messages before", c, before)
		}
		if m := p.registers("Contact: <sip:ann@10.0.0.2:5060>\nExpires: 600\n"); m.code != 200 {
			t.Errorf("the owner is locked out:\n%s", m.text)
		}
		// A flood of strangers is cut off; who is known does not feel it.
		for i := range 4 {
			q := w.phone(fmt.Sprintf("10.0.9.%d:5060", i+1), "nobody", "x")
			for range 500 {
				q.send("10.0.0.1:5060", q.text(""))
				synctest.Wait()
			}
		}
		if m := p.registers(""); m.code != 200 {
			t.Errorf("the owner is locked out by a flood:\n%s", m.text)
		}
		if c := s.Counters(); c.Limited < 1900 {
			t.Errorf("got %+v", c)
		}
		// Expired, it is a stranger again.
		time.Sleep(12 * time.Minute)
		p.send("10.0.0.1:5060", p.request("OPTIONS", "sip:x@10.0.0.1", "o3", ""))
		silent(p, "OPTIONS of one who was registered")
	})
}

// TestContactsGoWithTheirConnection: a phone that is registered over TCP is gone with its connection.
func TestContactsGoWithTheirConnection(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		_, r := w.registrarStack(nil, AuthConfig{})
		p := w.phone("10.0.0.2:5060", "ann", "secret-ann")
		conn, err := w.net.DialTCP(context.Background(), netip.MustParseAddrPort("10.0.0.1:5060"))
		if err != nil {
			t.Fatal(err)
		}
		ask := func() inMessage {
			t.Helper()
			if _, err := conn.Write([]byte(strings.ReplaceAll(p.text("Contact: <sip:ann@10.0.0.2;transport=tcp>\n"), "\n", "\r\n"))); err != nil {
				t.Fatal(err)
			}
			b := make([]byte, 8192)
			n, err := conn.Read(b)
			if err != nil {
				t.Fatal(err)
			}
			m, err := parseDatagram(b[:n])
			if err != nil {
				t.Fatal(err)
			}
			return p.learns(inMessage{message: m})
		}
		ask()
		if m := ask(); m.code != 200 {
			t.Fatalf("got %d", m.code)
		}
		there, _ := r.Lookup(context.Background(), "ann@lk.example")
		_ = conn.Close()
		synctest.Wait()
		time.Sleep(time.Second)
		gone, _ := r.Lookup(context.Background(), "ann@lk.example")
		if len(there) != 1 || there[0].Transport != TCP || len(gone) != 0 {
			t.Errorf("got %+v and %+v", there, gone)
		}
	})
}
