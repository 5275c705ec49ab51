package plane

import "log/slog"

// Config is what a Plane needs.
type Config struct {
	// Workers is how many workers serve sockets; 0 means one per processor the process may use.
	Workers int
	// Log is for rescued panics only; nil means slog.Default().
	Log *slog.Logger
}

// Stats are the counters of a plane.
type Stats struct {
	Workers   int
	Sockets   int    // pushed and not yet closed
	Datagrams uint64 // handed over
	Rescued   uint64 // panics contained
}
