// Package webrtc is the browser's end of a call: ICE-lite, DTLS and SRTP behind a media.Transport.
// It hides pion/webrtc; nobody else imports it. One UDP socket (and one TCP listener) serves all
// browsers. It knows nothing of agents and interactions; edge/voice opens endpoints and makes legs
// of them.
package webrtc
