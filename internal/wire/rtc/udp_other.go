//go:build !linux

package rtc

import "linekeeper/internal/kit/network"

// readAll reads one by one: batches are worth their code on Linux only.
func readAll(conn network.UDPConn, to deliver) error { return readEach(conn, to) }
