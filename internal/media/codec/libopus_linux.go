//go:build linux && (amd64 || arm64) && !static

package codec

import (
	"fmt"
	"runtime"
	"sync"
	"unsafe"

	"github.com/ebitengine/purego"
)

// libopus holds the functions of the system's libopus we call (opus.h). A coder's state lies in memory
// of ours, so that nothing has to be freed: it contains no pointers into itself.
type libopus struct {
	version                                      string
	encoderSize, encoderInit, encoderCtl, encode uintptr
	decoderSize, decoderInit, decode             uintptr
}

// From opus_defines.h.
const (
	opusForSpeech      = 2048 // OPUS_APPLICATION_VOIP
	opusSetBitrate     = 4002
	opusSetComplexity  = 4010
	opusSetRecovery    = 4012 // OPUS_SET_INBAND_FEC
	opusSetPacketLoss  = 4014
	opusSetChannels    = 4022 // OPUS_SET_FORCE_CHANNELS
	opusGetLookahead   = 4027
	opusBitrate        = 24000 // mono speech in full band
	opusComplexity     = 5
	opusExpectedLoss   = 5 // per cent: how much of the rate goes into recovery data
	opusLibraryName    = "libopus.so.0"
	opusStateAlignment = 8
)

// systemOpus opens libopus once; the process keeps it.
var systemOpus = sync.OnceValues(openOpus)

func openOpus() (*libopus, error) {
	handle, err := purego.Dlopen(opusLibraryName, purego.RTLD_NOW|purego.RTLD_LOCAL)
	if err != nil {
		return nil, fmt.Errorf("%w (%w)", ErrNoOpus, err)
	}
	var lib libopus
	var version uintptr
	for name, f := range map[string]*uintptr{
		"opus_encoder_get_size": &lib.encoderSize, "opus_encoder_init": &lib.encoderInit,
		"opus_encoder_ctl": &lib.encoderCtl, "opus_encode": &lib.encode,
		"opus_decoder_get_size": &lib.decoderSize, "opus_decoder_init": &lib.decoderInit,
		"opus_decode": &lib.decode, "opus_get_version_string": &version,
	} {
		if *f, err = purego.Dlsym(handle, name); err != nil {
			return nil, fmt.Errorf("%w (%w)", ErrNoOpus, err)
		}
	}
	text, _, _ := purego.SyscallN(version)
	lib.version = cString(text)
	return &lib, nil
}

// cString copies a text of the library, which never frees it.
func cString(p uintptr) string {
	var b []byte
	for at := *(*unsafe.Pointer)(unsafe.Pointer(&p)); len(b) < 64; at = unsafe.Add(at, 1) {
		c := *(*byte)(at)
		if c == 0 {
			break
		}
		b = append(b, c)
	}
	return string(b)
}

// opusCall calls a function whose result is a C int. The arguments are kept by the caller, because an
// argument list of its own would be allocated for each call.
func opusCall(f uintptr, args ...uintptr) int {
	r, _, _ := purego.SyscallN(f, args...)
	return int(int32(r))
}

// opusArgs are the arguments of a call. What data and pcm point to must not lie on a stack, which may
// move: being stored here sends it to the heap.
type opusArgs struct {
	data *byte
	pcm  *int16
	list [6]uintptr
}

// hold keeps the buffers where they are until release.
func (a *opusArgs) hold(data []byte, pcm []int16) (dataAt, pcmAt uintptr) {
	a.data, a.pcm = unsafe.SliceData(data), unsafe.SliceData(pcm)
	return uintptr(unsafe.Pointer(a.data)), uintptr(unsafe.Pointer(a.pcm))
}

func (a *opusArgs) release() { a.data, a.pcm = nil, nil }

func opusState(size uintptr, channels int) []uint64 {
	n := opusCall(size, uintptr(channels))
	return make([]uint64, (n+opusStateAlignment-1)/opusStateAlignment)
}

type libopusDecoder struct {
	lib      *libopus
	rate     int
	channels int
	state    []uint64
	args     opusArgs
}

func (lib *libopus) newDecoder(rate, channels int) (Decoder, error) {
	d := &libopusDecoder{lib: lib, rate: rate, channels: channels, state: opusState(lib.decoderSize, channels)}
	if code := opusCall(lib.decoderInit, d.at(), uintptr(rate), uintptr(channels)); code != 0 {
		return nil, fmt.Errorf("making an Opus decoder: libopus says %d", code)
	}
	return d, nil
}

func (d *libopusDecoder) at() uintptr { return uintptr(unsafe.Pointer(&d.state[0])) }

// Rate implements Decoder.
func (d *libopusDecoder) Rate() int { return d.rate }

// Decode implements Decoder.
func (d *libopusDecoder) Decode(payload []byte, pcm []int16) (int, error) {
	if len(payload) == 0 {
		return 0, ErrPayload
	}
	if len(pcm) < d.channels {
		return 0, ErrShort
	}
	n := d.call(payload, pcm, 0)
	switch n {
	case -2: // OPUS_BUFFER_TOO_SMALL
		return 0, ErrShort
	case -1, -3, -4, -5, -6, -7:
		return 0, ErrPayload
	}
	return n, nil
}

func (d *libopusDecoder) call(payload []byte, pcm []int16, fromNext uintptr) int {
	data, out := d.args.hold(payload, pcm)
	d.args.list = [6]uintptr{d.at(), data, uintptr(len(payload)), out, uintptr(len(pcm) / d.channels), fromNext}
	n := opusCall(d.lib.decode, d.args.list[:]...)
	d.args.release()
	runtime.KeepAlive(d)
	return n
}

// Conceal implements Decoder.
func (d *libopusDecoder) Conceal(pcm []int16) {
	step := d.rate / 400 * d.channels // libopus conceals in steps of 2.5 ms
	for whole := len(pcm) / step * step; whole > 0; whole = len(pcm) / step * step {
		n := d.call(nil, pcm[:min(whole, MaxSamples*d.rate/48000*d.channels)], 0)
		if n <= 0 {
			break
		}
		pcm = pcm[n*d.channels:]
	}
	clear(pcm)
}

// Recover implements Recoverer.
func (d *libopusDecoder) Recover(next []byte, pcm []int16) bool {
	if len(next) == 0 || len(pcm) != d.rate/50*d.channels {
		return false
	}
	return d.call(next, pcm, 1) == len(pcm)/d.channels
}

type libopusEncoder struct {
	lib       *libopus
	rate      int
	channels  int
	lookahead int32
	state     []uint64
	args      opusArgs
}

// opusSetting is a number of opus_encoder_ctl and its value.
type opusSetting [2]uintptr

func (lib *libopus) newEncoder(rate int) (Encoder, error) {
	return lib.encoder(rate, 1,
		opusSetting{opusSetBitrate, opusBitrate}, opusSetting{opusSetComplexity, opusComplexity},
		opusSetting{opusSetRecovery, 1}, opusSetting{opusSetPacketLoss, opusExpectedLoss})
}

func (lib *libopus) newStereoEncoder(rate, bitrate int) (StereoEncoder, error) {
	return lib.encoder(rate, 2,
		opusSetting{opusSetBitrate, uintptr(bitrate)}, opusSetting{opusSetComplexity, stereoComplexity},
		opusSetting{opusSetChannels, 2})
}

func (lib *libopus) encoder(rate, channels int, settings ...opusSetting) (*libopusEncoder, error) {
	e := &libopusEncoder{lib: lib, rate: rate, channels: channels, state: opusState(lib.encoderSize, channels)}
	if code := opusCall(lib.encoderInit, e.at(), uintptr(rate), uintptr(channels), opusForSpeech); code != 0 {
		return nil, fmt.Errorf("making an Opus encoder: libopus says %d", code)
	}
	for _, set := range settings {
		if code := opusCall(lib.encoderCtl, e.at(), set[0], set[1]); code != 0 {
			return nil, fmt.Errorf("setting %d of an Opus encoder: libopus says %d", set[0], code)
		}
	}
	if code := opusCall(lib.encoderCtl, e.at(), opusGetLookahead, uintptr(unsafe.Pointer(&e.lookahead))); code != 0 {
		return nil, fmt.Errorf("asking an Opus encoder for its delay: libopus says %d", code)
	}
	runtime.KeepAlive(e)
	return e, nil
}

func (e *libopusEncoder) at() uintptr { return uintptr(unsafe.Pointer(&e.state[0])) }

// Rate implements Encoder.
func (e *libopusEncoder) Rate() int { return e.rate }

// Lookahead implements StereoEncoder.
func (e *libopusEncoder) Lookahead() int { return int(e.lookahead) }

// Encode implements Encoder.
func (e *libopusEncoder) Encode(pcm []int16, payload []byte) (int, error) {
	if len(pcm) != e.rate/50*e.channels {
		return 0, ErrPayload
	}
	if len(payload) == 0 {
		return 0, ErrShort
	}
	data, in := e.args.hold(payload, pcm)
	e.args.list = [6]uintptr{e.at(), in, uintptr(len(pcm) / e.channels), data, uintptr(min(len(payload), MaxPayload))}
	n := opusCall(e.lib.encode, e.args.list[:5]...)
	e.args.release()
	runtime.KeepAlive(e)
	if n <= 0 {
		return 0, fmt.Errorf("encoding Opus: libopus says %d", n)
	}
	return n, nil
}
