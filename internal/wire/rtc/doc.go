// Package rtc is the browser's end of a call, made by us: ICE-lite, DTLS and SRTP behind a
// media.Transport. One UDP socket, read by one goroutine, and one TCP listener serve all browsers;
// pion/dtls shakes hands and pion/srtp seals packets, all else is here. It knows nothing of agents and
// interactions; edge/voice opens endpoints and makes legs of them. See DESIGN.md.
package rtc
