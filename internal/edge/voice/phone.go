package voice

import (
	"context"
	"errors"
	"sync"

	"linekeeper/internal/access"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/media"
	"linekeeper/internal/wire/rtc"
)

// Phones is the door for agents' browsers; edge/desk calls it after it has checked who asks.
type Phones struct {
	edge *Edge

	mu     sync.Mutex
	checks map[access.UserID]*check
	closed bool
}

func newPhones(e *Edge) *Phones {
	return &Phones{edge: e, checks: make(map[access.UserID]*check)}
}

// Connect answers a browser's offer for an interaction and makes the browser its agent's phone. It may
// come before or after the interaction's Channel.Connect; PhoneConnected follows when the connection is
// up and was asked for. A further offer replaces the phone as soon as its connection is up. The error's
// kind is one of kit/fault.
func (p *Phones) Connect(ctx context.Context, user access.UserID, id interaction.ID, offer string) (answer string, err error) {
	l := p.edge.leg(id)
	if l == nil {
		return "", fault.NotFound.New("The call is over.")
	}
	var codec media.Codec
	if l.want == nil {
		codec = l.session.codec()
	} else if !l.ask(func() { codec = l.codecNow() }) {
		return "", fault.NotFound.New("The call is over.")
	}
	codec = mediaCodec(staticCodec(codec))
	endpoint, err := p.open(ctx, offer, codec)
	if err != nil {
		return "", err
	}
	answer = endpoint.Answer()
	if !l.ask(func() { err = l.adopt(user, endpoint, codec) }) {
		err = fault.NotFound.New("The call is over.")
	}
	if err != nil {
		_ = endpoint.Close()
		return "", err
	}
	return answer, nil
}

// open makes an endpoint.
func (p *Phones) open(ctx context.Context, offer string, codec media.Codec) (Endpoint, error) {
	if p.edge.config.Browsers == nil {
		return nil, fault.Unavailable.New("This server takes no browsers as phones.")
	}
	endpoint, err := p.edge.config.Browsers.Open(ctx, offer, codec)
	if errors.Is(err, rtc.ErrOffer) {
		return nil, fault.Invalid.Wrap(err, "The browser's audio cannot be used.")
	}
	if err != nil {
		return nil, fault.Unavailable.Wrap(err, "The browser's audio could not be connected.")
	}
	return endpoint, nil
}

// check is a loop call of a browser to itself.
type check struct {
	endpoint Endpoint
	stop     func() // ends it; harmless when it has ended
}

// Check answers a browser's offer with a loop call: what the browser says comes back, for at most the
// time of a check. Another check of the same user replaces the one that runs.
func (p *Phones) Check(ctx context.Context, user access.UserID, offer string) (answer string, err error) {
	e := p.edge
	p.mu.Lock()
	full := p.closed || p.checks[user] == nil && len(p.checks) >= e.limit.Checks
	p.mu.Unlock()
	if full {
		return "", fault.Busy.New("Too many phone checks at once; try again in a minute.")
	}
	codec := media.PCMU()
	endpoint, err := p.open(ctx, offer, codec)
	if err != nil {
		return "", err
	}
	over, end := context.WithTimeout(context.Background(), e.limit.Check)
	c := &check{endpoint: endpoint, stop: end}
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		end()
		_ = endpoint.Close()
		return "", fault.Unavailable.New("The server is closing.")
	}
	old := p.checks[user]
	p.checks[user] = c
	e.wg.Add(2)
	p.mu.Unlock()
	if old != nil {
		old.stop()
	}
	e.figures.count(func(f *Figures) { f.Checks++ })
	endpoint.OnState(func(s rtc.State) {
		if s == rtc.Gone {
			end()
		}
	})
	go func() { // ends it
		defer e.wg.Done()
		<-over.Done()
		end()
		_ = endpoint.Close()
		p.mu.Lock()
		if p.checks[user] == c {
			delete(p.checks, user)
		}
		p.mu.Unlock()
		e.figures.count(func(f *Figures) { f.Checks-- })
	}()
	go func() { // says everything back
		defer e.wg.Done()
		defer end()
		defer e.rescue("a phone check", nil)
		echo(endpoint, codec)
	}()
	return endpoint.Answer(), nil
}

// echo sends sound back as it comes until the endpoint is closed. Keys are not sound.
func echo(t media.Transport, codec media.Codec) {
	b := make([]byte, media.MaxPacket)
	for {
		n, err := t.Read(b)
		if err != nil {
			return
		}
		if n > 1 && b[1]&0x7f == codec.PayloadType {
			_ = t.Write(b[:n]) // lost, as on any network
		}
	}
}

// close ends all checks and refuses further ones.
func (p *Phones) close() {
	p.mu.Lock()
	p.closed = true
	checks := make([]*check, 0, len(p.checks))
	for _, c := range p.checks {
		checks = append(checks, c)
	}
	p.mu.Unlock()
	for _, c := range checks {
		c.stop()
	}
}
