package outgoing

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/db/dbtest"
	"linekeeper/internal/kit/secret"
	"linekeeper/internal/project"
)

// TestTried holds what a try makes of a message.
func TestTried(t *testing.T) {
	created := time.UnixMilli(1_800_000_000_000).UTC()
	dead := errors.New("no connection")
	for name, test := range map[string]struct {
		attempts int
		err      error
		expires  time.Duration // after now; 0: never

		state State
		want  int
		again time.Duration // from now
	}{
		"taken":               {state: Sent},
		"taken at last":       {attempts: 9, state: Sent, want: 9},
		"the first fails":     {err: dead, state: Queued, want: 1, again: 5 * time.Second},
		"the second":          {attempts: 1, err: dead, state: Queued, want: 2, again: 30 * time.Second},
		"the ninth":           {attempts: 8, err: dead, state: Queued, want: 9, again: 8 * time.Hour},
		"the last":            {attempts: 9, err: dead, state: GivenUp, want: 10},
		"refused":             {err: fmt.Errorf("%w: no such user", ErrRefused), state: Failed, want: 1},
		"too late afterwards": {attempts: 1, err: dead, expires: 20 * time.Second, state: GivenUp, want: 2},
		"just in time":        {attempts: 1, err: dead, expires: 31 * time.Second, state: Queued, want: 2, again: 30 * time.Second},
	} {
		before := Message{State: Queued, Created: created, Attempts: test.attempts, Body: "sealed", Secret: true, Detail: "as before"}
		if test.expires > 0 {
			before.Expires = created.Add(test.expires)
		}
		got := before.tried("ref", test.err, created)
		if got.State != test.state || got.Attempts != test.want || (got.Detail == "") != (test.err == nil) {
			t.Errorf("%s: %s after %d tries, %q", name, got.State, got.Attempts, got.Detail)
		}
		if over := got.State.Over(); over != got.Ended.Equal(created) || !over && !got.Next.Equal(created.Add(test.again)) || over != (got.Body == "") {
			t.Errorf("%s: ended %v, again after %v, want %v; %q", name, got.Ended, got.Next.Sub(created), test.again, got.Body)
		}
	}
}

// TestAddress: one form for numbers and for addresses of e-mail, and none for what is neither.
func TestAddress(t *testing.T) {
	for _, test := range []struct {
		way               Way
		in, country, want string
	}{
		{SMS, "+66 81 234 5678", "", "+66812345678"},
		{SMS, "081-234-5678", "TH", "+66812345678"},
		{SMS, "8 916 123-45-67", "RU", "+79161234567"},
		{SMS, "0812345678", "", ""}, // of which country?
		{SMS, "1155", "TH", ""},
		{SMS, "anonymous", "TH", ""},
		{SMS, "", "TH", ""},
		{Email, "anna@Example.COM", "", "anna@example.com"},
		{Email, " Anna <anna@example.com> ", "", "anna@example.com"},
		{Email, "anna@example.com, bob@example.com", "", ""},
		{Email, "anna@example.com\r\nBcc: bob@example.com", "", ""},
		{Email, "anna", "", ""},
		{Email, strings.Repeat("a", 300) + "@example.com", "", ""},
		{"fax", "+66812345678", "", ""},
	} {
		got, err := Address(test.way, test.in, test.country)
		if got != test.want || (err == nil) != (test.want != "") {
			t.Errorf("%s %q in %q: %q, %v, want %q", test.way, test.in, test.country, got, err, test.want)
		}
	}
}

func FuzzNormal(f *testing.F) {
	for _, s := range []string{"", "a\r\nb", "a\x00b", "\xff\xfeé", "สวัสดี\tค่ะ", strings.Repeat("ё", 300)} {
		f.Add(s, s, "a@example.com")
	}
	f.Fuzz(func(t *testing.T, subject, body, to string) {
		m, err := Message{Way: Email, Subject: subject, Body: body, To: to}.normal("")
		if err != nil {
			return
		}
		if strings.ContainsAny(m.Subject+m.To, "\r\n\x00") || strings.ContainsAny(m.Body, "\r\x00") || !utf8.ValidString(m.Subject+m.Body) {
			t.Errorf("%q, %q, %q", m.Subject, m.Body, m.To)
		}
		if again, err := m.normal(""); err != nil || again != m {
			t.Errorf("%+v became %+v, %v", m, again, err)
		}
	})
}

// post is a gateway whose answers a test decides.
type post struct {
	mu    sync.Mutex
	sends func(ctx context.Context, m Message) (string, error)
	got   []string
}

func (p *post) does(sends func(context.Context, Message) (string, error)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sends = sends
}

func (p *post) taken() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.got...)
}

// Send implements Gateway.
func (p *post) Send(ctx context.Context, m Message) (string, error) {
	p.mu.Lock()
	sends := p.sends
	p.mu.Unlock()
	if sends != nil {
		if ref, err := sends(ctx, m); err != nil {
			return ref, err
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.got = append(p.got, m.To+": "+m.Body)
	return "ref-" + m.Body, nil
}

func dies(context.Context, Message) (string, error) { return "", errors.New("no connection") }

func engine(t *testing.T, d *db.DB, gateways ...Named) *Engine {
	t.Helper()
	box, err := secret.NewBox("0123456789abcdef")
	if err != nil {
		t.Fatal(err)
	}
	return New(Ports{DB: d, Gateways: gateways, Log: slog.New(slog.DiscardHandler),
		Seal: func(s string) (secret.Sealed, error) { return box.Seal(s), nil }, Open: box.Open})
}

func queue(t *testing.T, d *db.DB, e *Engine, m Message) (Message, error) {
	t.Helper()
	m.Tenant, m.Interaction = "t", "i-1"
	err := d.Write(t.Context(), func(tx *db.Tx) (err error) { m, err = e.Queue(tx, m, "TH"); return err })
	return m, err
}

func of(t *testing.T, d *db.DB) (states []string) {
	t.Helper()
	err := d.Read(t.Context(), func(tx *db.Tx) error {
		all, err := Of(tx, "t", "i-1")
		for _, m := range all {
			states = append(states, fmt.Sprintf("%s %s %q %d", m.To, m.State, m.Body, m.Attempts))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return states
}

// TestQueue: what is refused at once, the same wish asked twice, and where a message goes.
func TestQueue(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		e := engine(t, d,
			Named{Name: "sms", Carries: SMS, Gateway: &post{}, PerAddress: 7, Countries: []string{"TH"}},
			Named{Name: "sms-2", Carries: SMS, Gateway: &post{}}, Named{Name: "mail", Carries: Email, Gateway: &post{}})
		defer e.Close()
		first, err := queue(t, d, e, Message{Key: "k", Way: SMS, To: "081 234 5678", Body: "Hello"})
		if err != nil || first.To != "+66812345678" || first.Gateway != "sms" || first.State != Queued {
			t.Fatalf("%+v, %v", first, err)
		}
		again, err := queue(t, d, e, Message{Key: "k", Way: SMS, To: "nonsense", Body: "Hello"})
		if err != nil || again.ID != first.ID {
			t.Errorf("the same wish: %+v, %v", again, err)
		}
		if m, err := queue(t, d, e, Message{Way: SMS, Gateway: "sms-2", To: "+79161234567", Body: "Привет"}); err != nil || m.Gateway != "sms-2" {
			t.Errorf("by a named gateway: %+v, %v", m, err)
		}
		for _, test := range []struct {
			m    Message
			want error
		}{
			{Message{Way: SMS, To: "+79161234567", Body: "x"}, ErrCountry},
			{Message{Way: SMS, Gateway: "mail", To: "+66812345678", Body: "x"}, ErrNoGateway},
			{Message{Way: SMS, Gateway: "gone", To: "+66812345678", Body: "x"}, ErrNoGateway},
			{Message{Way: Email, To: "nobody", Subject: "s", Body: "x"}, nil},
			{Message{Way: Email, To: "a@example.com", Body: "x"}, nil},
			{Message{Way: Email, To: "a@example.com", Subject: "s", Body: " \r\n"}, nil},
			{Message{Way: SMS, To: "+66812345678", Body: strings.Repeat("x", MostSMS+1)}, nil},
		} {
			if m, err := queue(t, d, e, test.m); err == nil || test.want != nil && !errors.Is(err, test.want) {
				t.Errorf("%+v was queued: %v", m, err)
			}
		}
		for i := range secretPerAddress {
			if _, err := queue(t, d, e, Message{Way: SMS, To: "+66812345678", Body: fmt.Sprint("code ", i), Secret: true}); err != nil {
				t.Errorf("code %d: %v", i, err)
			}
		}
		if _, err := queue(t, d, e, Message{Way: SMS, To: "+66812345678", Body: "code", Secret: true}); !errors.Is(err, ErrTooMany) {
			t.Errorf("one code too many: %v", err)
		}
		if _, err := queue(t, d, e, Message{Way: SMS, To: "+66812345678", Body: "no code"}); err != nil {
			t.Errorf("no code: %v", err)
		}
		if _, err := queue(t, d, e, Message{Way: SMS, To: "+66812345678", Body: "no code"}); !errors.Is(err, ErrTooMany) {
			t.Errorf("one message too many: %v", err)
		}
		if m, err := e.Email(t.Context(), "t", project.Project{ID: "p"}, "a@example.com", "Alarm", "Long waits"); err != nil || m.Gateway != "mail" {
			t.Errorf("an e-mail: %+v, %v", m, err)
		}
		err = d.Read(t.Context(), func(tx *db.Tx) error {
			all, err := db.All(tx, db.Scalar[string], `SELECT body FROM outgoing WHERE secret`)
			for _, body := range all {
				if strings.Contains(body, "code") || !secret.Sealed(body).Valid() {
					t.Errorf("a secret is kept as %q", body)
				}
			}
			return err
		})
		if err != nil || strings.Contains(fmt.Sprint(of(t, d)), "code 1") {
			t.Errorf("secrets can be read: %v, %v", of(t, d), err)
		}
	})
}

// TestEngine: a dead gateway delays no other, tries again with pauses, and what is not sent is sent by the next process.
func TestEngine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := dbtest.SQLite(t)
		dead, well := &post{}, &post{}
		gateways := []Named{{Name: "dead", Carries: SMS, Gateway: dead, Timeout: 10 * time.Second}, {Name: "well", Carries: Email, Gateway: well}}
		dead.does(func(ctx context.Context, _ Message) (string, error) {
			<-ctx.Done() // it takes the connection and says nothing
			return "", ctx.Err()
		})
		e := engine(t, d, gateways...)
		e.Start()
		slow, err := queue(t, d, e, Message{Way: SMS, To: "+66810000001", Body: "one"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := queue(t, d, e, Message{Way: Email, To: "a@example.com", Subject: "s", Body: "mail"}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if got := well.taken(); len(got) != 1 {
			t.Errorf("beside the dead one: %q", got)
		}
		waited := make(chan Message)
		go func() {
			m, err := e.Wait(t.Context(), "t", slow.ID)
			if err != nil {
				t.Error(err)
			}
			waited <- m
		}()
		time.Sleep(16 * time.Second) // 10 s of the first try, 5 s of pause
		dead.does(nil)
		if m := <-waited; m.State != Sent || m.Attempts != 2 || m.Reference != "ref-one" {
			t.Errorf("the slow one: %+v", m)
		}
		dead.does(dies)
		if _, err := queue(t, d, e, Message{Way: SMS, To: "+66810000002", Body: "two 1234", Secret: true}); err != nil {
			t.Fatal(err)
		}
		short, cancel := context.WithTimeout(t.Context(), time.Second)
		if m, err := e.Wait(short, "t", lastOf(t, d)); err != nil || m.State != Queued {
			t.Errorf("after a second: %+v, %v", m, err)
		}
		cancel()
		e.Close()
		dead.does(nil)
		e = engine(t, d, gateways...)
		e.Start()
		time.Sleep(6 * time.Second)
		synctest.Wait()
		if got := dead.taken(); fmt.Sprint(got) != "[+66810000001: one +66810000002: two 1234]" {
			t.Errorf("after the restart: %q", got)
		}
		if got := of(t, d); fmt.Sprint(got) != `[+66810000001 sent "one" 2 a@example.com sent "mail" 0 +66810000002 sent "" 1]` &&
			fmt.Sprint(got) != `[+66810000001 sent "one" 2 +66810000002 sent "" 1]` {
			t.Errorf("kept: %q", got)
		}
		if s := e.Stats(); s[0].Sent != 1 || s[0].Waiting != 0 {
			t.Errorf("figures: %+v", s)
		}
		e.Close()
	})
}

func lastOf(t *testing.T, d *db.DB) (which ID) {
	t.Helper()
	err := d.Read(t.Context(), func(tx *db.Tx) (err error) {
		which, err = db.One(tx, db.Scalar[ID], `SELECT id FROM outgoing ORDER BY id DESC LIMIT 1`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return which
}

// TestDeadGateway: many messages do not use up their tries while their gateway is dead for an hour, nor hammer it; a panic
// is a try that failed; what is refused or too late is not tried again.
func TestDeadGateway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := dbtest.SQLite(t)
		p := &post{}
		var tries atomic.Int64
		p.does(func(context.Context, Message) (string, error) { tries.Add(1); panic("a mistake") })
		e := engine(t, d, Named{Name: "sms", Carries: SMS, Gateway: p, Parallel: 1})
		e.Start()
		for i := range 50 {
			if _, err := queue(t, d, e, Message{Way: SMS, To: fmt.Sprintf("+6681000%04d", i), Body: "x"}); err != nil {
				t.Fatal(err)
			}
		}
		late, err := queue(t, d, e, Message{Way: SMS, To: "+66812000000", Body: "late", Expires: time.Now().Add(30 * time.Minute)})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		if n := tries.Load(); n > 80 {
			t.Errorf("a dead gateway was asked %d times in an hour", n)
		}
		p.does(func(_ context.Context, m Message) (string, error) {
			if m.To == "+66810000000" {
				return "", fmt.Errorf("%w: it is barred", ErrRefused)
			}
			return "", nil
		})
		time.Sleep(3 * time.Hour)
		synctest.Wait()
		if got := p.taken(); len(got) != 49 {
			t.Errorf("%d were taken, want 49", len(got))
		}
		if m, err := e.Wait(t.Context(), "t", late.ID); err != nil || m.State != GivenUp {
			t.Errorf("the late one: %+v, %v", m, err)
		}
		if s := e.Stats()[0]; s.Failed != 1 || s.GivenUp != 1 || s.Sent != 49 || s.Waiting != 0 {
			t.Errorf("figures: %+v", s)
		}
		e.Close()
	})
}

// TestPace: a gateway is given no more in a minute than it takes; one that is not configured any more gives up in the end.
func TestPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := dbtest.SQLite(t)
		p := &post{}
		e := engine(t, d, Named{Name: "sms", Carries: SMS, Gateway: p, PerMinute: 6})
		e.Start()
		for i := range 12 {
			if _, err := queue(t, d, e, Message{Way: SMS, To: fmt.Sprintf("+6681000%04d", i), Body: "x"}); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(59 * time.Second)
		if n := len(p.taken()); n != 6 {
			t.Errorf("%d within a minute, want 6", n)
		}
		e.Close()
		e = engine(t, d)
		e.Start()
		time.Sleep(24 * time.Hour)
		synctest.Wait()
		e.Close()
		if got := fmt.Sprint(of(t, d)); strings.Count(got, "sent") != 6 || strings.Count(got, "given_up") != 6 {
			t.Errorf("without the gateway: %s", got)
		}
	})
}
