//go:build !linux

package media

import "os"

func syncData(f *os.File) error { return f.Sync() }

func beginSync(*os.File) {}
