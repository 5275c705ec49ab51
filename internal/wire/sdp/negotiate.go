package sdp

// Offer makes an offer of one audio stream with the codecs in order of preference and, unless
// local.NoEvents, telephone-event 101. No codecs means PCMU and PCMA.
func Offer(local Local, codecs ...Codec) *Session { return nil }

// Answer answers an offer (RFC 3264 section 6). The first audio stream that has a codec in common
// is taken, every other m-line is refused with port 0. prefer lists our codecs; the order of the
// offer decides among them. No prefer means PCMU and PCMA. It wraps ErrNoCodec or ErrNoAudio.
func Answer(offer *Session, local Local, prefer ...Codec) (answer *Session, chosen Negotiated, err error) {
	return nil, Negotiated{}, ErrNoCodec
}

// Accept reads the peer's answer to our offer and says what was agreed. It wraps ErrNoCodec or
// ErrNoAudio when the peer refused the stream or answered with a codec that was not offered.
func Accept(offer, answer *Session) (Negotiated, error) { return Negotiated{}, ErrNoCodec }

// Audio is the first audio stream that is not refused; nil if there is none.
func (s *Session) Audio() *Media { return nil }

// Held says whether the sender of this description has put us on hold: its audio stream is
// sendonly or inactive, or its address is 0.0.0.0 or ::.
func (s *Session) Held() bool { return false }
