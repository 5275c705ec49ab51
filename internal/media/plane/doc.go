// Package plane moves datagrams with as little of the processor as the system allows: a few workers,
// each a goroutine with an epoll of its own, instead of a goroutine per socket. It knows nothing of what
// the datagrams hold.
package plane
