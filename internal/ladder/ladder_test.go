package ladder

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/db/dbtest"
)

var (
	here  = netip.MustParseAddrPort("198.51.100.1:5060")
	there = netip.MustParseAddrPort("192.0.2.1:5062")
	began = time.Date(2026, 3, 4, 5, 6, 7, 891_234_000, time.UTC)
)

func message(i int, out bool, text string) Message {
	return Message{At: began.Add(time.Duration(i) * time.Millisecond), Out: out, Transport: "UDP", Local: here, Remote: there, Text: []byte(text)}
}

// source is a call whose messages grow.
type source struct {
	mu    sync.Mutex
	list  []Message
	rests int
}

func (s *source) Messages() ([]Message, int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Message(nil), s.list...), 0
}

func (s *source) Rest() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rests++
}

func (s *source) add(m Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.list = append(s.list, m)
}

func keeper(d *db.DB, days int) *Keeper {
	return NewKeeper(Config{DB: d, Days: days, Log: slog.New(slog.DiscardHandler)})
}

// seen writes a ladder in short.
func seen(t *testing.T, k *Keeper, id interaction.ID) string {
	t.Helper()
	l, err := k.Read(context.Background(), "t", id)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, leg := range l.Legs {
		word := leg.Role + " " + leg.Party + ":"
		for _, m := range leg.Messages {
			word += " " + string(m.Text)
		}
		all = append(all, word)
	}
	return strings.Join(all, "; ")
}

func TestKeeper(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := keeper(d, 30)
		a, b := &source{}, &source{}
		a.add(message(0, false, "INVITE"))
		k.Follow("t", "one", Trunk, "carrier", "c1", a)
		if got := seen(t, k, "one"); got != "trunk carrier: INVITE" {
			t.Errorf("while it runs: %s", got)
		}
		k.Follow("t", "one", Phone, "ann", "c2", b)
		b.add(message(1, true, "INVITE"))
		k.End("one")
		a.add(message(2, false, "BYE")) // comes after the end
		if got := seen(t, k, "one"); got != "trunk carrier: INVITE BYE; phone ann: INVITE" {
			t.Errorf("ended: %s", got)
		}
		k.write(t.Context(), time.Now())
		if got := seen(t, k, "one"); got != "trunk carrier: INVITE BYE; phone ann: INVITE" {
			t.Errorf("written: %s", got)
		}
		if len(k.ended)+len(k.open) != 0 {
			t.Error("something is still held")
		}
		if got := seen(t, k, "two"); got != "" {
			t.Errorf("of nobody: %s", got)
		}
		// The same call goes on after a restart.
		k = keeper(d, 30)
		c := &source{}
		c.add(message(3, true, "UPDATE"))
		k.Follow("t", "one", Trunk, "carrier", "c1", c)
		if got := seen(t, k, "one"); got != "trunk carrier: INVITE BYE UPDATE; phone ann: INVITE" {
			t.Errorf("taken up again: %s", got)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		k.Run(ctx) // writes what nobody has ended
		if got := seen(t, keeper(d, 30), "one"); got != "trunk carrier: INVITE BYE UPDATE; phone ann: INVITE" {
			t.Errorf("written at the end: %s", got)
		}
		if err := keeper(d, 30).Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := d.Write(t.Context(), func(tx *db.Tx) error {
			return Save(tx, "t", "old", time.Now().AddDate(0, 0, -31), Ladder{Legs: []Leg{{Role: Trunk}}})
		}); err != nil {
			t.Fatal(err)
		}
		if err := keeper(d, 0).Sweep(t.Context()); err != nil || seen(t, k, "old") == "" {
			t.Errorf("swept without a limit: %v", err)
		}
		if err := keeper(d, 30).Sweep(t.Context()); err != nil || seen(t, k, "old") != "" || seen(t, k, "one") == "" {
			t.Errorf("not swept: %v", err)
		}
	})
}

func TestKeeperIsBounded(t *testing.T) {
	t.Parallel()
	d := dbtest.SQLite(t)
	k := keeper(d, 30)
	s := &source{}
	s.add(message(0, true, "x"))
	for range LegsMost + 10 {
		k.Follow("t", "many", Outside, "1", "c", s)
	}
	if n := len(k.open["many"].legs); n != LegsMost {
		t.Errorf("%d legs", n)
	}
	k.rest()
	if s.rests != LegsMost {
		t.Errorf("%d rested", s.rests)
	}
	for i := range waitingMost + 7 {
		id := interaction.ID(fmt.Sprint(i))
		k.Follow("t", id, Trunk, "1", "c", s)
		k.End(id)
		k.End(id) // twice does nothing
	}
	if len(k.ended) != waitingMost || k.Lost() != 7 {
		t.Errorf("%d wait, %d lost", len(k.ended), k.Lost())
	}
	gone, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("no database"))
	k.write(gone, time.Now().Add(time.Minute))
	if len(k.ended) != waitingMost {
		t.Error("what could not be written is gone")
	}
	big := Ladder{}
	for i := range LegsMost + 5 {
		leg := Leg{Role: Outside, CallID: fmt.Sprint(i)}
		for j := range 20 {
			leg.Messages = append(leg.Messages, message(j, true, strings.Repeat("y", 4000)))
		}
		big.Legs = append(big.Legs, leg)
	}
	got := Merge(Ladder{}, big)
	if len(got.Legs) != LegsMost || got.Count() > bytesMost/4000 || got.Legs[LegsMost-1].Missing != 20 {
		t.Errorf("%d legs, %d messages", len(got.Legs), got.Count())
	}
}

func TestText(t *testing.T) {
	t.Parallel()
	m := message(0, false, "OPTIONS sip:x SIP/2.0\r\n\r\n")
	m.Again = []time.Time{began.Add(500 * time.Millisecond)}
	six := message(1, true, "SIP/2.0 200 OK\r\n\r\n")
	six.Transport, six.Local, six.Remote = "TLS", netip.MustParseAddrPort("[2001:db8::1]:5061"), netip.MustParseAddrPort("[2001:db8::2]:40000")
	var out bytes.Buffer
	if err := WriteText(&out, Ladder{Legs: []Leg{{Role: Trunk, Party: "a\nb", Messages: []Message{m, six}}}}); err != nil {
		t.Fatal(err)
	}
	var heads []string
	var packets [][]byte
	for line := range strings.Lines(out.String()) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "I ") || strings.HasPrefix(line, "O ") {
			heads = append(heads, line)
			packets = append(packets, nil)
		} else if line != "" && line[0] != '#' {
			_, text, _ := strings.Cut(line, " ")
			b, err := hex.DecodeString(strings.ReplaceAll(text, " ", ""))
			if err != nil {
				t.Fatal(err)
			}
			packets[len(packets)-1] = append(packets[len(packets)-1], b...)
		}
	}
	if got, want := strings.Join(heads, ", "), "I 2026-03-04 05:06:07.891234, O 2026-03-04 05:06:07.892234, I 2026-03-04 05:06:08.391234"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if !strings.Contains(out.String(), "# trunk a b, TLS, [2001:db8::1]:5061 to [2001:db8::2]:40000\n") {
		t.Errorf("got\n%s", out.String())
	}
	if sum := checksum(packets[0][:20], 0); sum != 0 || !bytes.HasSuffix(packets[0], m.Text) || !bytes.Equal(packets[0], packets[2]) {
		t.Errorf("IPv4: checksum %x, packet %x", sum, packets[0])
	}
	if sum := checksum(packets[1][40:], uint32(17+len(packets[1])-40)+partial(packets[1][8:40])); sum != 0 || !bytes.HasSuffix(packets[1], six.Text) {
		t.Errorf("IPv6: checksum %x", sum)
	}
}

func FuzzDecode(f *testing.F) {
	b, err := encode(Ladder{Legs: []Leg{{Role: Trunk, Messages: []Message{message(1, true, "x")}}}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		if l, err := decode(b); err == nil {
			if err := WriteText(&bytes.Buffer{}, Merge(l, l)); err != nil {
				t.Error(err)
			}
		}
	})
}
