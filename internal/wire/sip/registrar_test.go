package sip

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/icholy/digest"
)

// registrarStack is a stack at 10.0.0.1:5060 with the accounts ann and bob.
func (w *world) registrarStack(change func(*RegistrarConfig), auth AuthConfig) (*Stack, *Registrar) {
	secrets := map[string]Secret{"ann": NewSecret("ann", "lk", "secret-ann"), "bob": NewSecret("bob", "lk", "secret-bob")}
	auth.Realm = "lk"
	auth.Secret = func(account string) (Secret, bool) { s, ok := secrets[account]; return s, ok }
	var rc RegistrarConfig
	if change != nil {
		change(&rc)
	}
	r := NewRegistrar(rc)
	s := w.stack("10.0.0.1:5060", takesG711, func(c *Config) {
		c.Auth, c.Registrar = NewAuthenticator(auth), r
		c.Challenge = func(source netip.AddrPort) bool { return source.Addr() != netip.MustParseAddr("10.0.0.77") }
	})
	return s, r
}

// phone is a peer that registers.
type phone struct {
	*peer
	user, password string
	seq, count     int
	sent           int // makes branches
	nonce          string
	algorithm      string
}

func (w *world) phone(at, user, password string) *phone {
	return &phone{peer: w.peer(at), user: user, password: password, algorithm: "SHA-256"}
}

// text is a REGISTER with credentials if there is a nonce.
func (p *phone) text(headers string) string {
	p.seq++
	p.sent++
	authorization := ""
	if p.nonce != "" {
		p.count++
		authorization = "Authorization: " + p.credentials("REGISTER", "sip:lk.example", p.count) + "\n"
	}
	return fmt.Sprintf("REGISTER sip:lk.example SIP/2.0\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%s-%d;rport\nMax-Forwards: 70\n"+
		"From: <sip:%s@lk.example>;tag=f\nTo: <sip:%s@LK.example>\nCall-ID: reg%s\nCSeq: %d REGISTER\n%s%sContent-Length: 0\n\n",
		p.at, p.user, p.sent, p.user, p.user, p.at, p.seq, authorization, headers)
}

func (p *phone) credentials(method, uri string, count int) string {
	c, err := digest.Digest(&digest.Challenge{Realm: "lk", Nonce: p.nonce, Algorithm: p.algorithm, QOP: []string{"auth"}},
		digest.Options{Method: method, URI: uri, Username: p.user, Password: p.password, Count: count, Cnonce: "c"})
	if err != nil {
		p.w.t.Fatal(err)
	}
	return c.String()
}

// learns takes the nonce of a challenge.
func (p *phone) learns(m inMessage) inMessage {
	p.w.t.Helper()
	if m.code == 401 || m.code == 407 {
		c, err := digest.ParseChallenge(m.get(challengeHeader(m.code)))
		if err != nil {
			p.w.t.Fatal(err)
		}
		p.nonce, p.count = c.Nonce, 0
	}
	return m
}

// registers sends a REGISTER, answers a challenge once, and gives the final answer.
func (p *phone) registers(headers string) inMessage {
	p.w.t.Helper()
	p.send("10.0.0.1:5060", p.text(headers))
	m := p.learns(p.expect("SIP/2.0"))
	if m.code == 401 {
		p.send("10.0.0.1:5060", p.text(headers))
		m = p.learns(p.expect("SIP/2.0"))
	}
	return m
}

func TestRegistration(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		var changes []int
		s, r := w.registrarStack(func(c *RegistrarConfig) {
			c.PerAddress = 2
			c.Changed = func(_ string, contacts []Contact) { changes = append(changes, len(contacts)) }
		}, AuthConfig{})
		ctx := context.Background()
		where := func(want ...string) {
			t.Helper()
			contacts, err := r.Lookup(ctx, "sip:ann@lk.example")
			var got []string
			for _, c := range contacts {
				got = append(got, c.URI)
			}
			if err != nil || !slices.Equal(got, want) {
				t.Errorf("registered: got %q (%v), want %q", got, err, want)
			}
		}
		p := w.phone("10.0.0.2:5062", "ann", "secret-ann")
		first := p.registers("Contact: <sip:ann@192.168.1.2:5060>\nExpires: 600\nPath: <sip:p1;lr>, <sip:p2;lr>\n")
		if first.code != 200 || first.get("Contact") != "<sip:ann@192.168.1.2:5060>;expires=600" || len(first.all("Path")) != 2 {
			t.Errorf("got\n%s", first.text)
		}
		where("sip:ann@192.168.1.2:5060")
		contacts, _ := r.Lookup(ctx, "ann@LK.EXAMPLE")
		if c := contacts[0]; c.Source != p.at || c.Transport != UDP || !slices.Equal(c.Path, []string{"<sip:p1;lr>", "<sip:p2;lr>"}) || c.Address != "ann@lk.example" {
			t.Errorf("got %+v", c)
		}
		// It is called where it came from, by its path.
		out, err := s.Dial(ctx, contacts[0].Dial(DialRequest{Offer: pcmuOnly}))
		if err != nil {
			t.Fatal(err)
		}
		if invite := p.expect("INVITE sip:ann@192.168.1.2:5060"); len(invite.all("Route")) != 2 {
			t.Errorf("got\n%s", invite.text)
		} else {
			p.send("10.0.0.1:5060", p.answer(invite, 486, "x", "", nil))
		}
		w.ended(out, ByPeer, EndedRejected, time.Second)
		q := w.phone("10.0.0.3:5060", "ann", "secret-ann")
		q.algorithm = "MD5"
		for _, c := range []struct {
			headers string
			code    int
			found   string
		}{
			{"Contact: <sip:ann@10.0.0.3>;q=0.5;expires=60\n", 200, "sip:ann@192.168.1.2:5060 sip:ann@10.0.0.3"},
			{"", 200, "sip:ann@192.168.1.2:5060 sip:ann@10.0.0.3"}, // a question
			{"Contact: <sip:ann@10.0.0.3>;expires=30\n", 423, ""},
			{"Contact: *\nExpires: 60\n", 400, ""},
			{"Contact: *, <sip:x@y>\nExpires: 0\n", 400, ""},
			{"Contact: <mailto:ann@x>\n", 400, ""},
			{"Contact: <sip:ann@a>, <sip:ann@b>, <sip:ann@c>\n", 400, ""},
			{"Contact: <sip:ann@10.0.0.4>\n", 200, "sip:ann@10.0.0.4 sip:ann@10.0.0.3"}, // the oldest gave way
			{"Contact: <sip:ann@10.0.0.4>;expires=0\n", 200, "sip:ann@10.0.0.3"},
		} {
			m := q.registers(c.headers)
			if m.code != c.code || c.code == 423 && m.get("Min-Expires") != "60" {
				t.Errorf("%q: got\n%s", c.headers, m.text)
			}
			if c.found != "" {
				where(strings.Fields(c.found)...)
			}
		}
		// An old CSeq changes nothing; another's address is not given away.
		q.seq -= 9
		if m := q.registers("Contact: <sip:ann@10.0.0.3>;expires=0\n"); m.code != 500 {
			t.Errorf("got\n%s", m.text)
		}
		q.seq += 20
		q.send("10.0.0.1:5060", strings.Replace(q.text("Contact: <sip:x@10.0.0.9>\n"), "To: <sip:ann@", "To: <sip:bob@", 1))
		q.expect("SIP/2.0 403")
		where("sip:ann@10.0.0.3")
		if m := q.registers("Contact: *\nExpires: 0\n"); m.code != 200 || m.has("Contact") {
			t.Errorf("got\n%s", m.text)
		}
		where()
		q.registers("Contact: <sip:ann@10.0.0.3>\nExpires: 60\n")
		time.Sleep(61 * time.Second)
		where()
		time.Sleep(time.Minute)
		if last := changes[len(changes)-1]; last != 0 {
			t.Errorf("changes: got %v", changes)
		}
		w.idle()
	})
}

func TestDigestIsChecked(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s, _ := w.registrarStack(nil, AuthConfig{})
		p := w.phone("10.0.0.2:5060", "ann", "secret-ann")
		p.send("10.0.0.1:5060", p.text(""))
		m := p.learns(p.expect("SIP/2.0 401"))
		if got := m.all("WWW-Authenticate"); len(got) != 2 || !strings.Contains(got[0], "algorithm=SHA-256") || !strings.Contains(got[1], "algorithm=MD5") || strings.Contains(got[0], "stale") {
			t.Errorf("got %q", got)
		}
		stale := func(text string, want bool) {
			t.Helper()
			p.send("10.0.0.1:5060", text)
			if m := p.expect("SIP/2.0 401"); strings.Contains(m.get("WWW-Authenticate"), "stale=true") != want {
				t.Errorf("stale is not %v in\n%s", want, m.text)
			}
		}
		right := p.text("")
		p.send("10.0.0.1:5060", right)
		p.expect("SIP/2.0 200")
		p.send("10.0.0.1:5060", right) // the same datagram once more is a repetition, with the same answer
		p.expect("SIP/2.0 200")
		branch := func(text string) string { return strings.Replace(text, "branch=z9hG4bK", "branch=z9hG4bKx", 1) }
		stale(branch(right), true) // a replay
		second := p.text("")
		third := p.text("")
		p.send("10.0.0.1:5060", third)
		p.expect("SIP/2.0 200")
		stale(second, true)
		stale(strings.Replace(p.text(""), `uri="sip:lk.example"`, `uri="sip:other"`, 1), false)
		stale(strings.Replace(p.text(""), "qop=auth", "qop=auth-int", 1), false)
		nonce := p.nonce
		q := w.phone("10.0.0.9:5060", "ann", "secret-ann") // from elsewhere
		q.nonce = nonce
		q.send("10.0.0.1:5060", q.text(""))
		if m := q.expect("SIP/2.0 401"); !strings.Contains(m.get("WWW-Authenticate"), "stale=true") {
			t.Errorf("got\n%s", m.text)
		}
		// A forged nonce never leads to the password being looked at.
		p.nonce = "B" + nonce[1:]
		stale(p.text(""), true)
		p.nonce = nonce
		time.Sleep(2*time.Minute + time.Second)
		stale(p.text(""), true)
		if m := p.registers(""); m.code != 200 {
			t.Errorf("got\n%s", m.text)
		}
		// Unknown accounts and wrong passwords are answered alike.
		a, b := w.phone("10.0.0.3:5060", "ann", "wrong"), w.phone("10.0.0.4:5060", "nobody", "wrong")
		x, y := a.registers("").text, b.registers("").text
		cut := strings.NewReplacer("10.0.0.4", "10.0.0.3", "nobody", "ann")
		if x, y = stripped(x), stripped(cut.Replace(y)); x != y {
			t.Errorf("told apart:\n%s\n%s", x, y)
		}
		time.Sleep(40 * time.Second)
		if n := s.Counters().Transactions; n != 0 {
			t.Errorf("%d transactions left", n)
		}
	})
}

// stripped takes what is random out of an answer.
func stripped(text string) string {
	var lines []string
	for line := range strings.Lines(text) {
		if before, _, ok := strings.Cut(line, "nonce="); ok {
			line = before
		}
		before, _, _ := strings.Cut(line, ";tag=")
		lines = append(lines, strings.TrimSpace(before))
	}
	return strings.Join(lines, "\n")
}

func TestGuessing(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		w.registrarStack(nil, AuthConfig{})
		owner := w.phone("10.0.0.2:5060", "ann", "secret-ann")
		if m := owner.registers(""); m.code != 200 {
			t.Fatalf("got\n%s", m.text)
		}
		guess := func(p *phone, n int) {
			p.password = "wrong"
			for range n {
				p.registers("")
			}
		}
		// Behind the same router: after ten wrong ones even the right one of another account is not
		// looked at, but the owner's is, also from another port.
		thief := w.phone("10.0.0.2:6666", "bob", "")
		guess(thief, 11)
		thief.password = "secret-bob"
		if m := thief.registers(""); m.code != 401 {
			t.Errorf("looked at: \n%s", m.text)
		}
		moved := w.phone("10.0.0.2:7777", "ann", "secret-ann")
		if m := owner.registers(""); m.code != 200 {
			t.Errorf("the owner is locked out:\n%s", m.text)
		}
		if m := moved.registers(""); m.code != 200 {
			t.Errorf("the owner is locked out at another port:\n%s", m.text)
		}
		// From many places: the account closes for those who guessed, not for the owner in a new place.
		for i := range 8 {
			guess(w.phone(fmt.Sprintf("10.0.1.%d:5060", i+1), "ann", ""), 5)
		}
		late := w.phone("10.0.1.1:7777", "ann", "secret-ann")
		if m := late.registers(""); m.code != 401 {
			t.Errorf("a guesser was looked at:\n%s", m.text)
		}
		fresh := w.phone("10.0.2.1:5060", "ann", "secret-ann")
		if m := fresh.registers(""); m.code != 200 {
			t.Errorf("the owner is locked out elsewhere:\n%s", m.text)
		}
		// The pause ends, and the next is longer.
		time.Sleep(61 * time.Second)
		if m := thief.registers(""); m.code != 200 {
			t.Errorf("still paused:\n%s", m.text)
		}
		guesser := w.phone("10.0.3.1:5060", "bob", "")
		for round, pause := range []time.Duration{1, 2, 4, 8, 16, 16} {
			guess(guesser, 10)
			time.Sleep(pause*time.Minute - time.Second)
			guesser.password = "secret-bob"
			other := *guesser
			if m := other.registers(""); m.code != 401 {
				t.Fatalf("round %d: looked at before %v", round, pause*time.Minute)
			}
			guesser.seq, guesser.sent = other.seq, other.sent
			time.Sleep(time.Minute)
		}
	})
}

func TestCallsAreChallenged(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s, _ := w.registrarStack(nil, AuthConfig{})
		p := w.phone("10.0.0.2:5060", "bob", "secret-bob")
		p.send("10.0.0.1:5060", p.invite("c1", "", pcmuOnly))
		m := p.learns(p.expect("SIP/2.0 407"))
		p.send("10.0.0.1:5060", p.inDialog("ACK", 10, m, "", nil))
		p.send("10.0.0.1:5060", p.invite("c2", "Proxy-Authorization: "+p.credentials("INVITE", "sip:sales@10.0.0.1", 1)+"\n", pcmuOnly))
		ok := p.expect("SIP/2.0 200")
		if calls := s.Calls(); len(calls) != 1 || calls[0].Account() != "bob" {
			t.Errorf("got %+v", calls)
		}
		p.send("10.0.0.1:5060", p.inDialog("ACK", 10, ok, "", nil))
		p.send("10.0.0.1:5060", p.inDialog("BYE", 11, ok, "", nil))
		w.normalCall() // a trunk is not asked
	})
}

func TestContactsAreKeptAlive(t *testing.T) {
	t.Parallel()
	inWorld(t, func(w *world) {
		s, r := w.registrarStack(func(c *RegistrarConfig) { c.KeepAlive = 30 * time.Second }, AuthConfig{})
		p, q := w.phone("10.0.0.2:5062", "ann", "secret-ann"), w.phone("10.0.0.3:5062", "bob", "secret-bob")
		p.registers("Contact: <sip:ann@192.168.1.2>\n")
		q.registers("Contact: <sip:bob@10.0.0.3:5062>\n")
		for range 10 {
			m := p.expect("OPTIONS sip:ann@192.168.1.2")
			p.send("10.0.0.1:5060", p.answer(m, 404, "x", "", nil))
		}
		there, _ := r.Lookup(context.Background(), "ann@lk.example")
		gone, _ := r.Lookup(context.Background(), "bob@lk.example")
		if len(there) != 1 || len(gone) != 0 {
			t.Errorf("got %+v and %+v", there, gone)
		}
		_ = s.Close()
		synctest.Wait()
	})
}
