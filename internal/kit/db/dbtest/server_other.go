//go:build !linux

package dbtest

import "fmt"

// startServer is for Linux only; elsewhere the developer brings a server.
func startServer() (string, error) {
	return "", fmt.Errorf("set %s to the address of a PostgreSQL server", variable)
}
