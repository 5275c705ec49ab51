package voice

import (
	"context"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"linekeeper/internal/demo/carrier"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/media"
	"linekeeper/internal/project"
	"linekeeper/internal/tenant"
	"linekeeper/internal/trunk"
	"linekeeper/internal/wire/sip"
)

// carriers is a configuration for calls out.
type carriers struct {
	mu     sync.Mutex
	trunks []OutTrunk
	order  []trunk.ID
}

func (c *carriers) Trunks() []OutTrunk {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]OutTrunk(nil), c.trunks...)
}

func (c *carriers) Project(tenant.ID, project.ID) (string, []trunk.ID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return "DE", c.order
}

// lineTo is a trunk to an address.
func lineTo(id, host string, change func(*OutTrunk)) OutTrunk {
	k := OutTrunk{Tenant: "t", Trunk: trunk.Trunk{ID: trunk.ID(id), Key: id, Codecs: []string{"PCMA"}, Settings: trunk.Settings{Host: host, Caller: "+4930100"}}}
	if change != nil {
		change(&k)
	}
	return k
}

// with gives the edge its trunks.
func with(c *carriers) func(*Config, *world) {
	return func(conf *Config, _ *world) { conf.Carriers = c }
}

// registrarOf is a carrier at 192.0.2.50 where the user us signs in, and what it was sent.
func registrarOf(w *world, algorithm string) (*sip.Stack, *sip.Registrar, chan *sip.Call, func()) {
	w.Helper()
	udp, err := w.net.ListenUDP(netip.MustParseAddrPort("192.0.2.50:5060"))
	if err != nil {
		w.Fatal(err)
	}
	calls := make(chan *sip.Call, 10)
	r := sip.NewRegistrar(sip.RegistrarConfig{})
	s, err := sip.New(sip.Config{UDP: udp, Network: w.net, Registrar: r,
		Challenge: func(netip.AddrPort) bool { return true },
		Auth: sip.NewAuthenticator(sip.AuthConfig{Realm: "carrier", Algorithms: []string{algorithm}, Secret: func(account string) (sip.Secret, bool) {
			return sip.NewSecret("us", "carrier", "hunter2"), account == "us"
		}}),
	}, sip.HandlerFunc(func(ctx context.Context, c *sip.Call) { calls <- c; <-ctx.Done() }))
	if err != nil {
		w.Fatal(err)
	}
	ran := make(chan error, 1)
	go func() { ran <- s.Run(context.Background()) }()
	return s, r, calls, func() {
		_ = s.Close()
		<-ran
	}
}

// TestTrunkByRegistration signs in at a carrier by digest, takes a call from it and calls by it: the
// INVITE is challenged too.
func TestTrunkByRegistration(t *testing.T) {
	t.Parallel()
	for _, algorithm := range []string{"SHA-256", "MD5"} {
		conf := &carriers{trunks: []OutTrunk{lineTo("r", "192.0.2.50", func(k *OutTrunk) {
			k.Kind, k.User, k.Secret, k.Domain = trunk.ByRegistration, "us", "hunter2", "carrier.example"
		})}}
		story(t, func(w *world) {
			there, registrar, calls, over := registrarOf(w, algorithm)
			defer over()
			time.Sleep(10 * time.Second)
			w.edge.Refresh()
			time.Sleep(10 * time.Second)
			line := w.edge.Lines()[0]
			if line.State != LineUp || len(line.SignIn) != 1 || line.SignIn[0].Until.IsZero() {
				t.Fatalf("got %+v\n%s", line, w.logs)
			}
			contacts, err := registrar.Lookup(context.Background(), "sip:us@carrier.example")
			if err != nil || len(contacts) != 1 {
				t.Fatalf("got %v, %v", contacts, err)
			}
			// A call in: the request URI has our account, To the number.
			in, err := there.Dial(context.Background(), contacts[0].Dial(sip.DialRequest{To: "sip:4930111@carrier.example", From: "+4930999", Offer: []byte(offerOfACarrier)}))
			if err != nil {
				t.Fatal(err)
			}
			l := w.center.leg()
			if a := w.center.arrival(); a.Trunk != "r" || a.CenterAddress != "4930111" || a.CustomerAddress != "+4930999" {
				t.Errorf("got %+v", a)
			}
			_ = in.Hangup(context.Background(), "")
			expect[interaction.CustomerLeft](w)
			w.released(l)
			// A call out.
			out, err := w.edge.dialOut(context.Background(), OutCall{Tenant: "t", Number: "040 222222", Caller: "+4930111", Diverted: "+4930111"})
			if err != nil {
				t.Fatal(err)
			}
			c := <-calls
			if c.Account() != "us" || c.RequestUser() != "+4940222222" || c.From().URI != "sip:+4930100@carrier.example" ||
				c.Header("P-Asserted-Identity") != "<sip:+4930100@carrier.example>" ||
				!strings.HasPrefix(c.Header("Diversion"), "<sip:+4930111@carrier.example>") || c.Header("History-Info") == "" {
				t.Errorf("got %s from %+v by %s, %s, %s", c.RequestUser(), c.From(), c.Account(), c.Header("Diversion"), c.Header("P-Asserted-Identity"))
			}
			out.close()
			_ = out.session.transport.Close()
			w.waits("the end", out.ended)
			w.waits("CANCEL", c.Done())
			time.Sleep(time.Minute)
			_ = w.edge.Close()
			if contacts, _ := registrar.Lookup(context.Background(), "sip:us@carrier.example"); len(contacts) != 0 {
				t.Error("the registration was not taken back")
			}
		}, with(conf))
	}
}

const offerOfACarrier = "v=0\r\no=- 1 1 IN IP4 192.0.2.50\r\ns=-\r\nc=IN IP4 192.0.2.50\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8 0\r\n"

// TestTrunkHealth: OPTIONS find a trunk that is away, calls go by the other one, until it is back.
func TestTrunkHealth(t *testing.T) {
	t.Parallel()
	conf := &carriers{trunks: []OutTrunk{
		lineTo("a", "192.0.2.11", func(k *OutTrunk) { k.OptionsS, k.Order = 30, 1 }), lineTo("b", "192.0.2.12", func(k *OutTrunk) { k.Order = 2 }),
	}}
	story(t, func(w *world) {
		w.edge.Refresh()
		first := func() trunk.ID {
			ways, err := w.edge.waysOut(OutCall{Tenant: "t", Number: "+4940222222"})
			if err != nil || len(ways) != 2 {
				t.Fatalf("got %v, %v", ways, err)
			}
			return ways[0].trunk.ID
		}
		begun := time.Now()
		for first() == "a" {
			if time.Since(begun) > 20*time.Second {
				t.Fatal("nobody found that the carrier is away")
			}
			time.Sleep(time.Second)
		}
		c, err := carrier.New(carrier.Config{Network: w.net, At: netip.MustParseAddrPort("192.0.2.11:5060"), Target: edgeAt})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		time.Sleep(20 * time.Second)
		if first() != "a" {
			t.Error("the carrier is back and not asked first")
		}
		came, err := w.edge.TestTrunk(context.Background(), "a")
		if err != nil || came.Code != 200 || came.Peer.String() != "192.0.2.11:5060" {
			t.Errorf("a test: %+v, %v", came, err)
		}
		if came, err = w.edge.TestTrunk(context.Background(), "b"); err != nil || came.Code != 0 || came.Detail == "" {
			t.Errorf("a test of one that is away: %+v, %v", came, err)
		}
		if _, err = w.edge.TestTrunk(context.Background(), "x"); !fault.Is(err, fault.NotFound) {
			t.Errorf("a test of none: %v", err)
		}
		conf.mu.Lock()
		conf.trunks = conf.trunks[1:]
		conf.mu.Unlock()
		w.edge.Refresh()
		if lines := w.edge.Lines(); len(lines) != 1 || lines[0].Trunk != "b" {
			t.Errorf("got %+v", lines)
		}
	}, with(conf))
}

// TestMoneyForCallsOut: calls cost from the answer on; at the limit the trunk is passed over for its
// numbers until the hour is over, but never for an emergency.
func TestMoneyForCallsOut(t *testing.T) {
	t.Parallel()
	conf := &carriers{trunks: []OutTrunk{lineTo("a", "192.0.2.11", func(k *OutTrunk) { k.Rates = []string{"+49* 0.1 1", "* 0 "} })}}
	goesOut(t, 1, func(o *outside) {
		o.edge.Refresh()
		call, err := o.edge.dialOut(context.Background(), OutCall{Tenant: "t", Number: "+4940222222", Codec: media.PCMA(), On: func(p OutProgress) { o.said <- p }})
		if err != nil {
			t.Fatal(err)
		}
		there := <-o.rings[0]
		there.Answer()
		o.says(OutTrying)
		o.says(OutRinging)
		o.says(OutAnswered)
		leg := call.open(media.LegConfig{})
		time.Sleep(11 * time.Minute)
		spent := o.edge.Lines()[0].Spent
		if len(spent) != 1 || !spent[0].Over || spent[0].Amount < 1_000_000 {
			t.Errorf("got %+v", spent)
		}
		if _, err := o.edge.waysOut(OutCall{Tenant: "t", Number: "040 333333"}); !fault.Is(err, fault.Busy) {
			t.Errorf("no money is left: %v", err)
		}
		for _, free := range []string{"112", "110", "+74951234567"} {
			if _, err := o.edge.waysOut(OutCall{Tenant: "t", Number: free}); err != nil {
				t.Errorf("%s: %v", free, err)
			}
		}
		o.drops(call, leg)
		if n := o.edge.Snapshot().SpendAlarms; n != 1 {
			t.Errorf("%d alarms", n)
		}
		time.Sleep(time.Hour)
		if _, err := o.edge.waysOut(OutCall{Tenant: "t", Number: "040 333333"}); err != nil {
			t.Errorf("in the next hour: %v", err)
		}
	}, with(conf))
}

func TestWaysOut(t *testing.T) {
	t.Parallel()
	conf := &carriers{trunks: []OutTrunk{
		lineTo("a", "a.example;transport=tcp", func(k *OutTrunk) {
			k.Proxy, k.CallsPerSecond, k.Format, k.User, k.AuthUser, k.Secret = "proxy.example", 1, trunk.National, "us", "we", "x"
		}),
	}}
	story(t, func(w *world) {
		w.edge.Refresh()
		ways, err := w.edge.waysOut(OutCall{Tenant: "t", Number: "+4940222222", Withhold: true, Display: "Us"})
		if err != nil {
			t.Fatal(err)
		}
		r := ways[0].request
		if r.Target != "sip:040222222@a.example;transport=tcp" || r.To != "sip:040222222@a.example" || r.From != "sip:anonymous@anonymous.invalid" ||
			r.Display != "" || r.Username != "we" || len(r.Routes) != 1 || ways[0].proxy != "sip:proxy.example" || ways[0].caller != "" {
			t.Errorf("got %+v", ways[0])
		}
		for _, h := range r.Headers {
			if h.Name == "P-Asserted-Identity" && h.Value != "<sip:+4930100@a.example>" || h.Name == "Privacy" && h.Value != "id" {
				t.Errorf("got %+v", h)
			}
		}
		if release, ok := w.edge.admitOut(ways[0]); !ok {
			t.Error("the first call in this second")
		} else {
			release()
		}
		if _, err := w.edge.waysOut(OutCall{Tenant: "t", Number: "+4940222222"}); !fault.Is(err, fault.Busy) {
			t.Errorf("the second call in this second: %v", err)
		}
		if _, err := w.edge.waysOut(OutCall{Tenant: "t", Number: "Anna"}); !fault.Is(err, fault.Invalid) {
			t.Errorf("no number: %v", err)
		}
		if _, err := w.edge.waysOut(OutCall{Tenant: "other", Number: "+4940222222"}); !fault.Is(err, fault.Unavailable) {
			t.Errorf("another tenant: %v", err)
		}
	}, with(conf))
}

func TestBlockedCallers(t *testing.T) {
	t.Parallel()
	conf := &carriers{trunks: []OutTrunk{lineTo("carrier", "", func(k *OutTrunk) { k.Blocked = []string{"+4930999"} })}}
	story(t, func(w *world) {
		w.edge.Refresh()
		if r := w.over(w.dials("4930111")); r.Code != 403 {
			t.Errorf("got %+v, want 403", r)
		}
		if n := w.edge.Snapshot().Refused[Blocked]; n != 1 {
			t.Errorf("counted %d", n)
		}
	}, with(conf))
}

func TestBlockedAtAnEntry(t *testing.T) {
	t.Parallel()
	story(t, func(w *world) {
		w.dir.blocked = []string{"+4930* nuisance"}
		if r := w.over(w.dials("4930111")); r.Code != 486 {
			t.Errorf("got %+v, want 486", r)
		}
		if n := w.edge.Snapshot().Refused[BlockedHere]; n != 1 {
			t.Errorf("counted %d", n)
		}
	})
}
