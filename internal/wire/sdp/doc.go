// Package sdp reads, writes and answers session descriptions for one audio stream (RFC 8866 and
// its offer/answer model, RFC 3264). The reader is lenient, because peers are not careful: it
// keeps lines that it does not know and refuses only what has no meaning. The writer is strict.
//
// What lives here: descriptions and their negotiation, as values. What does not: sockets, codecs,
// SRTP (wire/srtp has it), ICE (wire/rtc). SIP edges call it; nothing in it blocks, keeps
// state or touches the network, so every function may be called from any goroutine.
package sdp
