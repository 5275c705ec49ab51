package webrtc_test

import (
	"context"
	"testing"

	"go.uber.org/goleak"

	"linekeeper/internal/media"
	"linekeeper/internal/wire/rtctest"
	"linekeeper/internal/wire/webrtc"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// engine and endpoint are ours as the common tests want them.
type engine struct{ *webrtc.Engine }

func (e engine) Open(ctx context.Context, offer string, want media.Codec) (rtctest.Endpoint, error) {
	p, err := e.Engine.Open(ctx, offer, want)
	if err != nil {
		return nil, err
	}
	return endpoint{p}, nil
}

type endpoint struct{ *webrtc.Endpoint }

func (p endpoint) State() string { return p.Endpoint.State().String() }

func (p endpoint) OnState(f func(string)) {
	p.Endpoint.OnState(func(s webrtc.State) { f(s.String()) })
}

func newEngine(c rtctest.Config) (rtctest.Engine, error) {
	e, err := webrtc.New(webrtc.Config{UDP: c.UDP, TCP: c.TCP, PublicIPs: c.PublicIPs, Log: c.Log})
	if err != nil {
		return nil, err
	}
	return engine{e}, nil
}

func TestSuite(t *testing.T) { rtctest.Run(t, newEngine) }
