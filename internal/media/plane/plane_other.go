//go:build !linux

package plane

import (
	"errors"
	"fmt"

	"linekeeper/internal/kit/network"
)

// Plane serves sockets on systems with epoll; here there is none.
type Plane struct{}

// New says that there is no epoll here: sockets are read by goroutines.
func New(Config) (*Plane, error) { return nil, fmt.Errorf("epoll: %w", errors.ErrUnsupported) }

// Network gives n back: its sockets are read by goroutines.
func (p *Plane) Network(n network.Network) network.Network { return n }

// Conn gives c back.
func (p *Plane) Conn(c network.UDPConn) network.UDPConn { return c }

// Stats is empty.
func (p *Plane) Stats() Stats { return Stats{} }

// Close does nothing.
func (p *Plane) Close() {}
