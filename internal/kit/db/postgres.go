package db

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"

	"linekeeper/internal/kit/fault"
)

// maxAttempts is how often a Write is run when PostgreSQL asks for it again.
const maxAttempts = 10

// postgresEngine runs every Write as a transaction of its own on a pool.
type postgresEngine struct {
	log   *slog.Logger
	stats *stats
	pool  *sql.DB

	queued atomic.Int64 // writes waiting for a connection
	disown func()       // ends what own began; nil: nothing

	mu   sync.Mutex
	tail chan struct{} // closed when the hooks of the commit that last took a ticket have run
}

func openPostgres(ctx context.Context, address string, log *slog.Logger, st *stats) (engine, error) {
	// pgxpool's parser is used only because it takes its own pool_... options out of the address,
	// which would otherwise be sent to the server.
	cfg, err := pgxpool.ParseConfig(address)
	if err != nil {
		return nil, fault.Invalid.New("the database address cannot be read; it looks like postgres://user:password@host:5432/name")
	}
	if cfg.ConnConfig.RuntimeParams["application_name"] == "" {
		cfg.ConnConfig.RuntimeParams["application_name"] = "linekeeper"
	}
	pool := stdlib.OpenDB(*cfg.ConnConfig)
	conns := max(int(cfg.MaxConns), 16) + 1 // one holds the lock of own
	pool.SetMaxOpenConns(conns)
	pool.SetMaxIdleConns(conns)
	pool.SetConnMaxIdleTime(5 * time.Minute)
	first := make(chan struct{})
	close(first)
	e := &postgresEngine{log: log, stats: st, pool: pool, tail: first}
	var flush, durable string
	err = pool.QueryRowContext(ctx, "SELECT current_setting('fsync'), current_setting('synchronous_commit')").Scan(&flush, &durable)
	if err != nil {
		pool.Close()
		return nil, translate(fmt.Errorf("asking the database server: %w", err))
	}
	if flush == "off" || durable == "off" {
		log.Warn("the database server is set to lose the newest changes in a power failure", "fsync", flush, "synchronous_commit", durable)
	}
	return e, nil
}

func (e *postgresEngine) name() Engine { return Postgres }

func (e *postgresEngine) waiting() int { return int(e.queued.Load()) }

func (e *postgresEngine) close() error {
	if e.disown != nil {
		e.disown()
	}
	return e.pool.Close()
}

func (e *postgresEngine) read(ctx context.Context, fn func(*Tx) error) error {
	t, err := e.pool.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	if err != nil {
		return err
	}
	defer t.Rollback() // nothing to keep; also when fn panics
	tx := &Tx{ctx: ctx, run: sqlTx{t}, engine: Postgres}
	return tx.finish(fn(tx))
}

func (e *postgresEngine) write(ctx context.Context, fn func(*Tx) error) error {
	for attempt := 1; ; attempt++ {
		err := e.writeOnce(ctx, fn)
		// A key that is taken may have been taken since fn looked for it. On SQLite fn would have seen
		// it; running it once more lets it see it here too.
		once := attempt == 1 && Taken(err)
		if err == nil || attempt == maxAttempts || !once && !again(err) {
			return err
		}
		e.stats.retries.Add(1)
		// Waiting a random while keeps two that collided from colliding again.
		pause := time.NewTimer(rand.N(time.Duration(attempt) * 2 * time.Millisecond))
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
			return ctx.Err()
		}
	}
}

func (e *postgresEngine) writeOnce(ctx context.Context, fn func(*Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	e.queued.Add(1)
	conn, err := e.pool.Conn(ctx)
	e.queued.Add(-1)
	if err != nil {
		return err
	}
	defer conn.Close()
	ctx = context.WithoutCancel(ctx) // once begun it runs to its end
	t, err := conn.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead})
	if err != nil {
		return err
	}
	defer t.Rollback() // harmless after the commit
	tx := &Tx{ctx: ctx, run: sqlTx{t}, engine: Postgres}
	e.stats.writes.Add(1)
	err = tx.finish(call(e.stats, e.log, fn, tx))
	if again(tx.failed) {
		return tx.failed // whatever fn has made of it
	}
	if err != nil {
		return err
	}
	if len(tx.after) == 0 {
		if err := t.Commit(); err != nil {
			return commitError(err)
		}
		e.stats.commits.Add(1)
		return nil
	}
	// Tickets are drawn before committing and hooks run in the order of tickets. A transaction that
	// saw or waited for another's rows drew its ticket after that one's commit was over, so the order
	// agrees with every order the database itself knows; and commits still run side by side.
	before, mine := e.ticket()
	defer close(mine)
	err = t.Commit()
	<-before
	if err != nil {
		return commitError(err)
	}
	e.stats.commits.Add(1)
	runHooks(e.stats, e.log, tx.after)
	return nil
}

func (e *postgresEngine) ticket() (before <-chan struct{}, mine chan struct{}) {
	mine = make(chan struct{})
	e.mu.Lock()
	defer e.mu.Unlock()
	before, e.tail = e.tail, mine
	return before, mine
}

// sqlTx makes a sql.Tx a runner. pgx prepares and caches statements per connection by itself.
type sqlTx struct{ t *sql.Tx }

func (s sqlTx) exec(ctx context.Context, query string, args []any) (sql.Result, error) {
	return s.t.ExecContext(ctx, query, args...)
}

func (s sqlTx) query(ctx context.Context, query string, args []any) (*sql.Rows, error) {
	return s.t.QueryContext(ctx, query, args...)
}
