//go:build !unix

package app

import "os"

// notifyLeave: there is no such signal here.
func notifyLeave(chan<- os.Signal) {}
