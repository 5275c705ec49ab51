//go:build !linux || !(amd64 || arm64) || static

package codec

// libopus is not looked for on this platform or in this build.
type libopus struct{ version string }

func systemOpus() (*libopus, error) { return nil, ErrNoOpus }

func (*libopus) newDecoder(rate, _ int) (Decoder, error) { return newGoOpusDecoder(rate) }

func (*libopus) newEncoder(int) (Encoder, error) { return nil, ErrNoOpus }

func (*libopus) newStereoEncoder(int, int) (StereoEncoder, error) { return nil, ErrNoOpus }
