package media

// Source gives sound 20 ms at a time. It is used by one player at a time.
type Source interface {
	// Next gives the payload of the next frame in the codec; it is not changed and is valid until
	// the following call. False: the source ended.
	Next(c Codec) (payload []byte, ok bool)
}

// End says how a playing ended.
type End uint8

// The ways a playing ends.
const (
	Finished End = iota // the source ended
	Stopped             // stopped, replaced, bridged
	Closed              // the leg was closed
)

// Playing is a source being sent to a party.
type Playing struct{}

// Stop ends it; harmless when it has ended.
func (p *Playing) Stop() { panic("not yet") }

// Done is closed when it ended, after onEnd returned.
func (p *Playing) Done() <-chan struct{} { panic("not yet") }

// Clip is a piece of sound, encoded once per codec and shared by all who play it.
type Clip struct{}

// NewClip reads a WAV file: mono, 8 kHz, PCM 16 bit, mu-law or A-law.
func NewClip(wav []byte) (*Clip, error) { panic("not yet") }

// NewClipPCM makes a clip of 8 kHz linear samples, which it keeps.
func NewClipPCM(samples []int16) *Clip { panic("not yet") }

// Once plays the clip from its start to its end.
func (c *Clip) Once() Source { panic("not yet") }

// Loop plays the clip for ever.
func (c *Clip) Loop() Source { panic("not yet") }

// Sequence plays sources one after the other without a gap.
func Sequence(sources ...Source) Source { panic("not yet") }

// Silence plays silence for ever: for parties that must hear a stream although there is nothing to hear.
func Silence() Source { panic("not yet") }
