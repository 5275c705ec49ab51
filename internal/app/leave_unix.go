//go:build unix

package app

import (
	"os"
	"os/signal"
	"syscall"
)

// notifyLeave listens for the wish to restart without ending calls.
func notifyLeave(c chan<- os.Signal) { signal.Notify(c, syscall.SIGUSR2) }
