// Package ogg writes and reads Opus in Ogg files (RFC 3533, RFC 7845): one stream, one sound, what
// browsers and players take. A Writer or Reader belongs to one goroutine.
package ogg
