package voice

import (
	"context"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"linekeeper/internal/demo/carrier"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/media"
	"linekeeper/internal/wire/sip"
)

func TestCallsAreRefusedAtTheDoor(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		option func(*Config, *world)
		before func(*world)
		to     string
		reason Reason
		code   int
		retry  bool
	}{
		"unknown number": {to: "4930112", reason: UnknownNumber, code: 404},
		"draining":       {before: func(w *world) { w.edge.Drain() }, reason: Draining, code: 503, retry: true},
		"no database": {
			before: func(w *world) { w.center.err = fault.Unavailable.New("gone") },
			reason: NotRecorded, code: 503, retry: true,
		},
		"a database that hangs": {
			before: func(w *world) { w.center.slow = time.Hour },
			reason: NotRecorded, code: 503, retry: true,
		},
		"the trunk's limit": {
			before: func(w *world) {
				w.dir.trunk.MaxCalls = 1
				first, _ := w.calls()
				w.Cleanup(first.HangUp)
			},
			reason: TooManyCalls, code: 503, retry: true,
		},
		"the edge's limit": {
			option: func(c *Config, _ *world) { c.Limit.Calls = 1 },
			before: func(w *world) { w.calls() },
			reason: TooManyCalls, code: 503, retry: true,
		},
		"too fast": {
			option: func(c *Config, _ *world) { c.Limit.CallsPerSecond, c.Limit.CallsAtOnce = 0.1, 1 },
			before: func(w *world) { w.calls() },
			reason: TooFast, code: 503, retry: true,
		},
		"no ports": {
			option: func(c *Config, w *world) {
				c.Ports, _ = media.NewPorts(w.net, edgeAt.Addr(), 10000, 10001)
				w.ports = c.Ports
			},
			before: func(w *world) { w.calls() },
			reason: NoPorts, code: 503, retry: true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			var options []func(*Config, *world)
			if tt.option != nil {
				options = append(options, tt.option)
			}
			story(t, func(w *world) {
				if tt.before != nil {
					tt.before(w)
				}
				if tt.to == "" {
					tt.to = "4930111"
				}
				r := w.over(w.dials(tt.to))
				if r.Code != tt.code || (r.RetryAfter != "") != tt.retry {
					t.Errorf("answer: got %+v, want %d, retry after: %v", r, tt.code, tt.retry)
				}
				if got := w.edge.Snapshot().Refused[tt.reason]; got != 1 {
					t.Errorf("refused for %s: got %d, want 1", tt.reason, got)
				}
				w.edge.mu.Lock()
				var running []*Leg
				for _, l := range w.edge.legs {
					running = append(running, l)
				}
				w.edge.mu.Unlock()
				for _, l := range running { // an earlier call of the story
					l.Disconnect(interaction.BySystem)
					w.released(l)
				}
			}, options...)
		})
	}
}

func TestNoCodecInCommon(t *testing.T) {
	t.Parallel()
	story(t, func(w *world) {
		w.dir.trunk.Codecs = []string{"PCMA"}
		k, err := carrier.New(carrier.Config{
			Network: w.net, At: netip.AddrPortFrom(carrierAt.Addr(), 5070), Target: edgeAt, Codecs: []carrier.Codec{carrier.PCMU},
		})
		if err != nil {
			t.Fatal(err)
		}
		defer k.Close()
		c, err := k.Dial(context.Background(), carrier.Numbers{From: "1", To: "+4930111"})
		if err != nil {
			t.Fatal(err)
		}
		if r := w.over(c); r.Code != 488 {
			t.Errorf("answer: got %+v, want 488", r)
		}
	})
}

func TestTheTrunksOrderOfCodecsDecides(t *testing.T) {
	t.Parallel()
	for _, want := range []string{"PCMU", "PCMA"} {
		story(t, func(w *world) {
			other := map[string]string{"PCMU": "PCMA", "PCMA": "PCMU"}[want]
			w.dir.trunk.Codecs = []string{want, other}
			c, l := w.talks()
			if got := fmt.Sprint(c.Codec()); got != want || l.Codec() != want {
				t.Errorf("codec: got %s and %s, want %s", got, l.Codec(), want)
			}
			l.Disconnect(interaction.BySystem)
			w.over(c)
		})
	}
}

func TestStrangersGetNothing(t *testing.T) {
	t.Parallel()
	story(t, func(w *world) {
		k, err := carrier.New(carrier.Config{Network: w.net, At: netip.MustParseAddrPort("192.0.2.66:5060"), Target: edgeAt})
		if err != nil {
			t.Fatal(err)
		}
		defer k.Close()
		c, err := k.Dial(context.Background(), carrier.Numbers{From: "1", To: "4930111"})
		if err != nil {
			t.Fatal(err)
		}
		if r := w.over(c); r.Code != 0 || r.Err == nil {
			t.Errorf("a stranger's call: got %+v, want no answer", r)
		}
		if f := w.edge.Snapshot(); f.SIP.Refused == 0 || f.SIP.MessagesIn != 0 {
			t.Errorf("stack: got %+v, want refused unseen", f.SIP)
		}
	})
}

func TestTheSIPPhoneMayNotCallIn(t *testing.T) {
	t.Parallel()
	story(t, func(w *world) {
		c, l := w.talks()
		l.Ring(sam, time.Now().Add(time.Minute)) // its address is let in from now on
		<-w.rings
		in, err := w.phone.Dial(context.Background(), carrier.Numbers{From: "sam", To: "4930111"})
		if err != nil {
			t.Fatal(err)
		}
		if r := w.over(in); r.Code != 403 {
			t.Errorf("a call of the SIP phone: got %+v, want 403", r)
		}
		l.Disconnect(interaction.BySystem)
		w.over(c)
	})
}

func TestWhoCallsIsFoundByWhatTheTrunkSays(t *testing.T) {
	t.Parallel()
	from := sip.Party{User: "4930999", Host: "carrier"}
	for name, tt := range map[string]struct {
		from     sip.Party
		asserted []string
		privacy  []string
		want     string
	}{
		"from":             {from: from, want: "4930999"},
		"separators":       {from: sip.Party{User: "+49-30-(999)"}, want: "+4930999"},
		"asserted":         {from: from, asserted: []string{`"Doe, J" <sip:+4930888@carrier;user=phone>`}, want: "+4930888"},
		"asserted twice":   {from: from, asserted: []string{`<sip:jo@carrier>, <tel:+4930888;phone-context=x>`}, want: "+4930888"},
		"two headers":      {from: from, asserted: []string{`<sip:jo@carrier>`, `tel:+4930888`}, want: "+4930888"},
		"escaped":          {from: from, asserted: []string{`<sip:%2B4930888@carrier>`}, want: "+4930888"},
		"broken asserted":  {from: from, asserted: []string{`<<>,"`}, want: "4930999"},
		"a comma in a URI": {from: from, asserted: []string{`<sip:+4930888@carrier;x=a,b>`}, want: "+4930888"},
		"withheld":         {from: from, asserted: []string{`<sip:+4930888@carrier>`}, privacy: []string{"critical; id"}, want: ""},
		"privacy none":     {from: from, privacy: []string{"none"}, want: "4930999"},
		"anonymous":        {from: sip.Party{User: "anonymous", Host: "anonymous.invalid"}, want: ""},
		"a name":           {from: sip.Party{User: "jo.public"}, want: "jo.public"},
		"unknown, known":   {from: sip.Party{User: "anonymous"}, asserted: []string{"<tel:+4930888>"}, want: "+4930888"},
	} {
		if got := caller(tt.from, tt.asserted, tt.privacy); got != tt.want {
			t.Errorf("%s: got %q, want %q", name, got, tt.want)
		}
	}
}

func TestNumbersAreFoundHoweverTheyAreWritten(t *testing.T) {
	t.Parallel()
	for user, want := range map[string]string{
		"4930111": "+4930111", "+4930111": "4930111", "004930111111": "+4930111111", "+49-30-111;npdi": "4930111",
		"100": "+100", "sales": "sales", "": "",
	} {
		found := want == ""
		for _, s := range spellings(user) {
			found = found || s == want
		}
		if !found {
			t.Errorf("%q: got %q, want %q among them", user, spellings(user), want)
		}
	}
}

func TestHostPort(t *testing.T) {
	t.Parallel()
	for uri, want := range map[string]string{
		"sip:sam@203.0.113.7:5062":               "203.0.113.7:5062",
		"sip:sam@203.0.113.7":                    "203.0.113.7:5060",
		"SIP:phone.example;transport=tcp":        "phone.example:5060",
		"sip:sam@[2001:db8::7]:5070?subject=a@b": "2001:db8::7:5070",
		"tel:+4930":                              "",
		"sip:":                                   "",
		"sip:sam@host:99999":                     "",
	} {
		host, port, err := hostPort(uri)
		got := fmt.Sprintf("%s:%d", host, port)
		if err != nil {
			got = ""
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", uri, got, want)
		}
	}
}
