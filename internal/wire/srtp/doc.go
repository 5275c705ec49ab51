// Package srtp protects the sound of a call: SRTP and SRTCP (RFC 3711, RFC 7714), with keys out of a
// session description (RFC 4568) or out of a DTLS handshake (RFC 5763, RFC 5764). pion/dtls shakes
// hands and pion/srtp seals packets. wire/rtc uses it for browsers, edge/voice for telephones and
// trunks; whose call it is, it does not know. See DESIGN.md.
package srtp
