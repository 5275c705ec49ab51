package voice

import (
	"strings"

	"linekeeper/internal/media"
	"linekeeper/internal/media/codec"
	"linekeeper/internal/wire/sdp"
)

func mediaCodec(c sdp.Codec) media.Codec {
	return media.Codec{Name: c.Name, PayloadType: c.PayloadType, ClockRate: c.ClockRate}
}

// agreedCodec is what was agreed for the audio stream, with the clock of its keys.
func agreedCodec(n sdp.Negotiated) media.Codec {
	c := mediaCodec(n.Codec)
	c.EventRate = n.EventRate
	return c
}

// knownCodecs are what we can take: speak, play prompts in, record. Opus only where the system can
// encode it.
func knownCodecs() []sdp.Codec {
	all := []sdp.Codec{sdp.PCMU(), sdp.PCMA(), sdp.G722()}
	if codec.OpusLibrary() != "" {
		all = append(all, sdp.Opus())
	}
	return all
}

// sdpCodecs are the codecs of a trunk's list that we have; an empty or strange list means PCMU and
// PCMA.
func sdpCodecs(names []string) (all []sdp.Codec) {
	for _, name := range names {
		for _, c := range knownCodecs() {
			if strings.EqualFold(name, c.Name) {
				all = append(all, c)
			}
		}
	}
	if all == nil {
		return []sdp.Codec{sdp.PCMU(), sdp.PCMA()}
	}
	return all
}

// staticCodec is the codec with the payload type that is usual for it, for an offer of ours: the number
// the carrier uses for it means nothing to a phone.
func staticCodec(c media.Codec) sdp.Codec {
	for _, known := range knownCodecs() {
		if known.Name == c.Name {
			return known
		}
	}
	return sdp.PCMU()
}

// phoneCodecs are what an agent's SIP phone is offered: the customer's codec first, so that nothing is
// transcoded if the phone has it. One that is not G.711 may be missing; then the call is transcoded.
func phoneCodecs(customer media.Codec) []sdp.Codec {
	c := staticCodec(customer)
	if c == sdp.PCMU() || c == sdp.PCMA() {
		return []sdp.Codec{c}
	}
	return []sdp.Codec{c, sdp.PCMA(), sdp.PCMU()}
}

// recordedCodec is what a party's sound is recorded in: its own codec, or A-law if that is none a WAV
// file holds.
func recordedCodec(c media.Codec) media.Codec {
	if c.Name == media.PCMU().Name {
		return media.PCMU()
	}
	return media.PCMA()
}
