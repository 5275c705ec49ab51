package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"sync"
	"time"

	"github.com/pion/webrtc/v4"

	"linekeeper/internal/demo/carrier"
	"linekeeper/internal/edge/desk"
	"linekeeper/test/rig"
)

// bridge is a load of talking pairs.
type bridge struct {
	calls             int
	browser, recorded bool
}

func (p bridge) title() string {
	agent := "SIP phone"
	if p.browser {
		agent = "browser"
	}
	recorded := ""
	if p.recorded {
		recorded = ", recorded"
	}
	return fmt.Sprintf("bridged call, SIP line to %s, %d at once%s", agent, p.calls, recorded)
}

// bridged measures what a second of a bridged call costs. When the packets do not arrive, because
// this machine cannot carry the load and what is measured both, it tries with half the calls and says so.
func bridged(p bridge) func(context.Context, *bench) ([]figure, error) {
	return func(ctx context.Context, b *bench) ([]figure, error) {
		p := p
		p.calls = pick(b, p.calls, max(10, p.calls/10))
		wanted := p.calls
		for {
			f, err := bridgedOnce(ctx, b, p)
			if err == nil || !errors.Is(err, errOverloaded) || p.calls < 50 {
				for i := range f {
					if p.calls != wanted {
						f[i].how += fmt.Sprintf("; %d at once were too many for this machine together with their load", wanted)
					}
				}
				return f, err
			}
			b.say("  %d calls: %v; half of them", p.calls, err)
			p.calls /= 2
		}
	}
}

var errOverloaded = errors.New("the load generator or the server is overloaded")

func bridgedOnce(ctx context.Context, b *bench, p bridge) ([]figure, error) {
	span := pick(b, 20*time.Second, 5*time.Second)
	s, err := b.open(ctx, plan{name: fmt.Sprintf("bridge-%d-%v-%v", p.calls, p.browser, p.recorded), agents: p.calls,
		browser: p.browser, recorded: p.recorded, offer: 60 * time.Second, pump: true})
	if err != nil {
		return nil, err
	}
	defer s.close()
	talk, err := s.connectAll(ctx, p)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errOverloaded, err)
	}
	defer talk.end()
	if err := tick(ctx, 2*time.Second); err != nil { // what set-up left to do
		return nil, err
	}
	sent, heard := s.flow(talk)
	began := time.Now()
	before, err := s.server.CPU()
	if err != nil {
		return nil, err
	}
	if err := tick(ctx, span); err != nil {
		return nil, err
	}
	after, err := s.server.CPU()
	if err != nil {
		return nil, err
	}
	took := time.Since(began)
	sentAfter, heardAfter := s.flow(talk)
	full := 2 * 50 * took.Seconds() * float64(p.calls) // packets both ways
	offered, delivered := float64(sentAfter-sent)/full, float64(heardAfter-heard)/full
	if offered < 0.98 || delivered < 0.97 {
		return nil, fmt.Errorf("%w: %.1f %% of the packets were sent and %.1f %% arrived", errOverloaded, 100*offered, 100*delivered)
	}
	cost := (after - before).Seconds() / (took.Seconds() * float64(p.calls)) * 1000
	return []figure{{p.title(), fmt.Sprintf("%.2f", cost), "CPU-s per 1000 call-s",
		fmt.Sprintf("user and system time of the server over %s, whole product, 50 packets/s each way, %.1f %% of them delivered", took.Round(time.Second), 100*min(delivered, 1))}}, nil
}

// talks are the calls of a site.
type talks struct {
	callers []*carrier.Call
	mu      sync.Mutex
	phones  []*rig.Phone
}

func (t *talks) end() {
	for _, c := range t.callers {
		c.HangUp()
	}
	for _, c := range t.callers {
		<-c.Done()
	}
	for _, p := range t.phones {
		p.Close()
	}
}

// flow counts the packets of all calls and phones.
func (s *site) flow(t *talks) (sent, heard int64) {
	sent, heard = s.pump.Sent.Load(), s.pump.Heard.Load()
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, p := range t.phones {
		sent += p.Sent.Load()
		heard += p.Heard.Load()
	}
	return sent, heard
}

// connectAll makes every agent available and gives each a caller.
func (s *site) connectAll(ctx context.Context, p bridge) (*talks, error) {
	ctx, stop := context.WithTimeout(ctx, 90*time.Second)
	defer stop()
	t := &talks{}
	var api *webrtc.API
	if p.browser {
		var err error
		if api, err = rig.PhoneAPI(rig.PCMU); err != nil {
			return nil, err
		}
	}
	for _, a := range s.agents {
		if err := a.desk.Status(ctx, "available", ""); err != nil {
			return nil, fmt.Errorf("%s: %w", a.login, err)
		}
	}
	payload := make([]byte, 160)
	for i, v := range carrier.Tone(700, 0.3, 20*time.Millisecond) {
		payload[i] = carrier.PCMU.Encode(v)
	}
	errs := make(chan error, len(s.agents))
	for _, a := range s.agents {
		go func() {
			errs <- func() error {
				if p.browser {
					w, err := a.desk.AwaitWork(ctx, "offered")
					if err != nil {
						return err
					}
					if _, err := a.desk.Ask(ctx, desk.Command{Kind: desk.CmdAccept, Interaction: string(w.Interaction)}); err != nil {
						return err
					}
					phone, err := a.desk.Connect(ctx, api, rig.PCMU, string(w.Interaction), payload)
					if err != nil {
						return err
					}
					t.mu.Lock()
					t.phones = append(t.phones, phone)
					t.mu.Unlock()
				}
				_, err := a.desk.AwaitWork(ctx, "connected")
				return err
			}()
		}()
	}
	for i := range p.calls {
		c, err := s.lines.Dial(context.Background(), carrier.Numbers{From: fmt.Sprintf("+44207000%04d", i), To: rig.Number})
		if err != nil {
			return t, err
		}
		t.callers = append(t.callers, c)
		if err := tick(ctx, 30*time.Millisecond); err != nil {
			return t, err
		}
	}
	var all error
	for range s.agents {
		all = errors.Join(all, <-errs)
	}
	if all != nil {
		t.end()
	}
	return t, all
}

// phases counts the open interactions by phase.
func (s *site) phases(ctx context.Context) string {
	all, err := s.admin.Interactions(ctx, url.Values{"outcome": {"open"}})
	if err != nil {
		return err.Error()
	}
	count := make(map[string]int)
	for _, i := range all {
		count[i.Phase]++
	}
	status := make(map[string]int)
	for _, a := range s.agents {
		_ = a.desk.Await(ctx, "", func(v *rig.View) bool {
			status[v.Me().Status+" "+v.Me().Reason+" "+string(v.Me().Activity)]++
			return true
		})
	}
	return fmt.Sprintf("%v, agents %v", count, status)
}

// memory measures what waiting and talking calls add to the resident set.
func memory(ctx context.Context, b *bench) ([]figure, error) {
	n := pick(b, 200, 40)
	var figures []figure
	one := func(name string, p bridge, waiting bool) error {
		s, err := b.open(ctx, plan{name: "memory-" + name, agents: n, browser: p.browser, recorded: true, offer: 60 * time.Second, pump: true})
		if err != nil {
			return err
		}
		defer s.close()
		if err := tick(ctx, time.Second); err != nil {
			return err
		}
		before, err := s.server.Memory()
		if err != nil {
			return err
		}
		t := &talks{}
		if waiting {
			for i := range n {
				c, err := s.lines.Dial(context.Background(), carrier.Numbers{From: fmt.Sprintf("+4420700%05d", i), To: rig.Number})
				if err != nil {
					return err
				}
				t.callers = append(t.callers, c)
				if err := tick(ctx, 20*time.Millisecond); err != nil {
					return err
				}
			}
			for _, c := range t.callers {
				select {
				case <-c.Answered():
				case <-c.Done():
					return fmt.Errorf("a waiting call ended: %+v", c.Result())
				case <-ctx.Done():
					return ctx.Err()
				}
			}
		} else if t, err = s.connectAll(ctx, p); err != nil {
			return err
		}
		defer t.end()
		if err := tick(ctx, 5*time.Second); err != nil {
			return err
		}
		after, err := s.server.Memory()
		if err != nil {
			return err
		}
		figures = append(figures, figure{"memory per call, " + name, fmt.Sprintf("%d", (after-before)/int64(n)/1024), "kB",
			fmt.Sprintf("growth of the resident set with %d calls, desks already open", n)})
		return nil
	}
	return figures, errors.Join(
		one("waiting", bridge{calls: n}, true),
		one("bridged to a SIP phone, recorded", bridge{calls: n}, false),
		one("bridged to a browser, recorded", bridge{calls: n, browser: true}, false),
	)
}
