// Package codec turns frames of linear samples into payloads and back: PCMU and PCMA (ITU-T G.711),
// G722 (ITU-T G.722 at 64 kbit/s) and opus (RFC 6716, RFC 7587). It also converts sample rates and
// hides lost packets.
//
// A decoder and an encoder belong to one stream of one party and to one goroutine at a time: they
// remember. Making one allocates what it will ever need; coding a frame allocates nothing (but see
// OpusLibrary for the decoder without libopus).
//
// Opus is encoded by the system's libopus.so.0, found when the first Opus coder is made. Without it
// Opus is decoded by a slower decoder in Go, and encoding is refused with ErrNoOpus.
//
// Whoever only passes packets on needs none of this: package media relays payloads as they are.
package codec
