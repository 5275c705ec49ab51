//go:build !unix

package app

import "errors"

var errNoSignals = errors.New("this system has no signals: press Ctrl-C where the server runs; calls finish then")

// holdProcess does nothing here; the database is locked all the same.
func holdProcess(string) (release func(), err error) { return func() {}, nil }

func serving(string) (pid int, err error) { return 0, errNoSignals }

func askToStop(int, bool) error { return errNoSignals }
