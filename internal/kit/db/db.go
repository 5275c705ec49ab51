package db

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"

	"linekeeper/internal/kit/fault"
)

// Engine names the database behind the door. Only kit and tests may care.
type Engine string

// The engines.
const (
	SQLite   Engine = "sqlite"
	Postgres Engine = "postgres"
)

// Config says which database to open.
type Config struct {
	// URL of a PostgreSQL database, postgres://user:password@host:port/name?options; pool_max_conns
	// sets the number of connections. Empty: SQLite in Folder.
	URL string
	// Folder holds the SQLite file and its lock; created when missing. Not used with PostgreSQL.
	Folder string
	// Log takes what no caller can be told: slow writes, rescued panics. Nil: nothing is logged.
	Log *slog.Logger
}

// DB is an open database, safe for concurrent use. Use Open.
type DB struct {
	engine engine
	log    *slog.Logger
	stats  stats

	closing sync.Once
	closed  error // of Close; valid after it
}

// engine is what the two databases do differently.
type engine interface {
	name() Engine
	read(ctx context.Context, fn func(*Tx) error) error
	write(ctx context.Context, fn func(*Tx) error) error
	waiting() int
	own(ctx context.Context, lost func(error)) error
	migrator() (migrator, error)
	close() error
}

// stats count since Open.
type stats struct {
	writes, commits, retries, panics atomic.Int64
}

// Stats are figures for metrics, counted since Open.
type Stats struct {
	Writes  int64 // functions run by Write
	Commits int64 // transactions committed; on SQLite several writes share one
	Retries int64 // PostgreSQL: functions run again after a conflict
	Panics  int64 // rescued from functions given to Write
	Waiting int   // writes waiting for their turn now
}

// Open opens the database and checks that it answers. The caller must Close it.
func Open(ctx context.Context, cfg Config) (*DB, error) {
	log := cfg.Log
	if log == nil {
		log = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	d := &DB{log: log}
	var err error
	switch {
	case cfg.URL == "":
		d.engine, err = openSQLite(ctx, cfg.Folder, log, &d.stats)
	case strings.HasPrefix(cfg.URL, "postgres://"), strings.HasPrefix(cfg.URL, "postgresql://"):
		d.engine, err = openPostgres(ctx, cfg.URL, log, &d.stats)
	default:
		err = fault.Invalid.New("the database must be empty (SQLite in the data folder) or a postgres:// address")
	}
	if err != nil {
		return nil, err
	}
	return d, nil
}

// Engine tells which database this is.
func (d *DB) Engine() Engine { return d.engine.name() }

// Read runs fn on one consistent snapshot of the database, which contains every Write answered
// before. Cancelling ctx interrupts a running query. The Tx must not be used after fn returns.
func (d *DB) Read(ctx context.Context, fn func(*Tx) error) error {
	return translate(d.engine.read(ctx, fn))
}

// Write runs fn in a transaction and commits it durably; see the package comment for what fn may do.
// When fn returns an error or panics, nothing of it remains and the error is returned (a panic as
// fault.Internal). Cancelling ctx has an effect only until fn's turn comes.
func (d *DB) Write(ctx context.Context, fn func(*Tx) error) error {
	return translate(d.engine.write(ctx, fn))
}

// Stats gives the figures for metrics.
func (d *DB) Stats() Stats {
	return Stats{
		Writes:  d.stats.writes.Load(),
		Commits: d.stats.commits.Load(),
		Retries: d.stats.retries.Load(),
		Panics:  d.stats.panics.Load(),
		Waiting: d.engine.waiting(),
	}
}

// Close finishes the writes that wait, refuses new ones and closes the database. Everything Open
// started has ended when it returns. A second call gives what the first gave.
func (d *DB) Close() error {
	d.closing.Do(func() {
		if err := d.engine.close(); err != nil {
			d.closed = fmt.Errorf("closing the database: %w", err)
		}
	})
	return d.closed
}
