package db

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"linekeeper/internal/kit/fault"
)

// ownKey names the lock in PostgreSQL by which a process owns a database: "linekeep".
const ownKey = 0x6c696e656b656570

// The patience of owning.
const (
	ownWait  = 40 * time.Second       // for the connection of a machine that is gone to be noticed
	ownTry   = 100 * time.Millisecond // between attempts
	ownLook  = 2 * time.Second        // between looks whether we still own it
	ownLimit = 5 * time.Second        // for a look
)

// Own makes this process the only one that runs on the database, until Close. A process that died lets
// go by dying. On SQLite the folder's lock does this since Open. On PostgreSQL it lasts as long as a
// connection: after an outage it is taken again, and if another process was quicker, lost is called,
// once, from another goroutine. Commands that only look do not need to own.
func (d *DB) Own(ctx context.Context, lost func(error)) error {
	return d.engine.own(ctx, lost)
}

func (e *sqliteEngine) own(context.Context, func(error)) error { return nil }

func (e *postgresEngine) own(ctx context.Context, lost func(error)) error {
	limit := time.Now().Add(ownWait)
	for told := false; ; told = true {
		conn, err := e.take(ctx)
		if err == nil {
			ctx, stop := context.WithCancel(context.Background())
			done := make(chan struct{})
			e.disown = func() { stop(); <-done }
			go func() {
				defer close(done)
				e.keep(ctx, conn, lost)
			}()
			return nil
		}
		if !errors.Is(err, errOwned) || !time.Now().Before(limit) {
			return translate(err)
		}
		if !told {
			e.log.Warn("another process runs on this database; waiting for it to end", "at_most", ownWait)
		}
		select {
		case <-time.After(ownTry):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

var errOwned = fault.Conflict.New("Another Linekeeper runs on this database.")

// take takes the lock on a connection of its own.
func (e *postgresEngine) take(ctx context.Context) (*sql.Conn, error) {
	conn, err := e.pool.Conn(ctx)
	if err != nil {
		return nil, err
	}
	mine := false
	// A machine that vanishes must not own the database for the two hours TCP waits by itself.
	if _, err = conn.ExecContext(ctx, "SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3"); err == nil {
		err = conn.QueryRowContext(ctx, "SELECT pg_try_advisory_lock($1)", int64(ownKey)).Scan(&mine)
	}
	if err == nil && !mine {
		err = errOwned
	}
	if err != nil {
		conn.Close()
		return nil, err
	}
	return conn, nil
}

// keep looks after the lock until ctx ends.
func (e *postgresEngine) keep(ctx context.Context, conn *sql.Conn, lost func(error)) {
	look := time.NewTicker(ownLook)
	defer look.Stop()
	defer func() {
		if conn != nil {
			e.letGo(conn)
		}
	}()
	for {
		select {
		case <-look.C:
		case <-ctx.Done():
			return
		}
		within, cancel := context.WithTimeout(ctx, ownLimit)
		var err error
		if conn == nil {
			conn, err = e.take(within)
		} else if err = conn.PingContext(within); err != nil {
			e.letGo(conn)
			conn = nil
		}
		cancel()
		if errors.Is(err, errOwned) {
			e.log.Error("another process took the database during an outage")
			lost(errOwned)
			return
		}
	}
}

// letGo unlocks, which a connection given back to the pool would not.
func (e *postgresEngine) letGo(conn *sql.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_, _ = conn.ExecContext(ctx, "SELECT pg_advisory_unlock($1)", int64(ownKey))
	_ = conn.Close()
}
