package voice

import (
	"context"

	"linekeeper/internal/media"
	"linekeeper/internal/wire/webrtc"
)

// Engine opens browsers' endpoints. WebRTC makes one of the product's; stories plug in their own.
type Engine interface {
	// Open answers a browser's offer with exactly this codec and telephone-event. The endpoint is
	// connecting when Open returns.
	Open(ctx context.Context, offer string, want media.Codec) (Endpoint, error)
}

// Endpoint is one browser's media; see webrtc.Endpoint.
type Endpoint interface {
	media.Transport
	Answer() string
	Events() uint8
	OnState(func(webrtc.State))
}

// WebRTC is the product's engine as this package wants it.
func WebRTC(e *webrtc.Engine) Engine { return engine{e} }

type engine struct{ *webrtc.Engine }

// Open implements Engine.
func (e engine) Open(ctx context.Context, offer string, want media.Codec) (Endpoint, error) {
	p, err := e.Engine.Open(ctx, offer, want)
	if err != nil {
		return nil, err // not p: a nil *webrtc.Endpoint is not a nil Endpoint
	}
	return p, nil
}
