package voice

import (
	"context"

	"linekeeper/internal/media"
	"linekeeper/internal/wire/rtc"
)

// Engine opens browsers' endpoints. WebRTC makes one of the product's; stories plug in their own.
type Engine interface {
	// Open answers a browser's offer with exactly this codec and telephone-event. The endpoint is
	// connecting when Open returns.
	Open(ctx context.Context, offer string, want media.Codec) (Endpoint, error)
}

// Endpoint is one browser's media; see rtc.Endpoint.
type Endpoint interface {
	media.Transport
	Answer() string
	Events() uint8
	OnState(func(rtc.State))
}

// WebRTC is the product's engine as this package wants it.
func WebRTC(e *rtc.Engine) Engine { return engine{e} }

type engine struct{ *rtc.Engine }

// Open implements Engine.
func (e engine) Open(ctx context.Context, offer string, want media.Codec) (Endpoint, error) {
	p, err := e.Engine.Open(ctx, offer, want)
	if err != nil {
		return nil, err // not p: a nil *rtc.Endpoint is not a nil Endpoint
	}
	return p, nil
}
