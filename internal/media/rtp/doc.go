// Package rtp reads and writes RTP packets (RFC 3550) and telephone events (RFC 4733) without
// allocating, and tells RTP from what else arrives at a media port. It keeps no state and opens
// no socket.
package rtp
