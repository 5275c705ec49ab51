// Package bench measures what a bridged call costs the media plane: CPU-seconds of this process per
// 1000 seconds of call, on real loopback sockets, at a load where nothing may be lost. The other ends
// (telephones and browsers) live in a child process, so that their work is not counted.
//
// It is not part of the product. Run it with
//
//	go test -run '^$' -bench . -benchtime 1x ./internal/media/bench
//
// or call Run from a program whose main calls Child first. It works on Linux only: the telephones
// share a socket and tell themselves apart by their 127/8 source addresses.
package bench
