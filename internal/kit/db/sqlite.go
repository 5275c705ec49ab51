package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"time"

	_ "modernc.org/sqlite" // registers the driver "sqlite"

	"linekeeper/internal/kit/fault"
	"linekeeper/internal/kit/mailbox"
)

// sqliteFile is the database's name in its folder.
const sqliteFile = "data.db"

// maxStatements bounds each connection's cache of prepared statements; lists with filters make many
// texts.
const maxStatements = 300

// sqliteEngine has one connection for writing, owned by the writer goroutine, and a few for reading.
type sqliteEngine struct {
	log     *slog.Logger
	stats   *stats
	lock    *folderLock
	path    string // of the file, absolute
	writeDB *sql.DB
	readDB  *sql.DB
	readers chan *session // each in here is free; nil conn: not opened yet
	inbox   *mailbox.Mailbox[*pending]
	stopped chan struct{} // closed when the writer has ended
}

// session is a connection with its prepared statements; used by one goroutine at a time.
type session struct {
	conn  *sql.Conn
	stmts map[string]*sql.Stmt
}

func openSQLite(ctx context.Context, folder string, log *slog.Logger, st *stats) (engine, error) {
	if folder == "" {
		return nil, fault.Invalid.New("SQLite needs a data folder")
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fault.Unavailable.Wrap(err, "The data folder %s cannot be created.", folder)
	}
	lock, err := lockFolder(folder)
	if err != nil {
		return nil, err
	}
	e := &sqliteEngine{
		log:     log,
		stats:   st,
		lock:    lock,
		readers: make(chan *session, max(4, 2*runtime.GOMAXPROCS(0))),
		inbox:   mailbox.New[*pending](),
		stopped: make(chan struct{}),
	}
	ok := false
	defer func() {
		if !ok {
			e.closePools()
			lock.unlock()
		}
	}()
	path, err := filepath.Abs(filepath.Join(folder, sqliteFile))
	if err != nil {
		return nil, fmt.Errorf("data folder %s: %w", folder, err)
	}
	e.path = path
	if e.writeDB, err = openSQLiteFile(path, "immediate", false); err != nil {
		return nil, err
	}
	if e.readDB, err = openSQLiteFile(path, "deferred", true); err != nil {
		return nil, err
	}
	e.writeDB.SetMaxOpenConns(1)
	// The first connection turns WAL on, which makes the file and shows what is wrong with it.
	var mode string
	if err := e.writeDB.QueryRowContext(ctx, "PRAGMA journal_mode").Scan(&mode); err != nil {
		return nil, translate(fmt.Errorf("opening %s: %w", path, err))
	}
	if mode != "wal" {
		return nil, fault.Unavailable.New("%s cannot be used in WAL mode (it is in %q); is it on a network file system?", path, mode)
	}
	for range cap(e.readers) {
		e.readers <- &session{}
	}
	ok = true
	go e.writer()
	return e, nil
}

// openSQLiteFile makes a pool; no connection is opened yet.
func openSQLiteFile(path, lock string, readOnly bool) (*sql.DB, error) {
	q := url.Values{"_txlock": {lock}}
	for _, p := range []string{
		"busy_timeout(5000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)",
		"journal_size_limit(67108864)", "temp_store(MEMORY)", "cache_size(-16000)",
	} {
		q.Add("_pragma", p)
	}
	if readOnly {
		q.Set("_query_only", "1")
	}
	u := url.URL{Scheme: "file", Path: filepath.ToSlash(path), RawQuery: q.Encode()}
	d, err := sql.Open("sqlite", u.String())
	if err != nil {
		return nil, translate(fmt.Errorf("opening %s: %w", path, err))
	}
	d.SetConnMaxLifetime(0)
	d.SetConnMaxIdleTime(0)
	return d, nil
}

func (e *sqliteEngine) name() Engine { return SQLite }

func (e *sqliteEngine) waiting() int { return e.inbox.Len() }

func (e *sqliteEngine) read(ctx context.Context, fn func(*Tx) error) (err error) {
	var s *session
	select {
	case s = <-e.readers:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { e.readers <- s }()
	if s.conn == nil {
		if s.conn, err = e.readDB.Conn(ctx); err != nil {
			s.conn = nil
			return err
		}
	}
	if _, err = s.exec(ctx, "BEGIN", nil); err != nil {
		s.drop()
		return err
	}
	tx := &Tx{ctx: ctx, run: s, engine: SQLite}
	defer func() { // also when fn panics
		err = tx.finish(err)
		if ctx.Err() != nil { // the connection may have been interrupted half-way
			s.drop()
			return
		}
		if _, end := s.exec(context.Background(), "ROLLBACK", nil); end != nil {
			s.drop()
			if err == nil {
				err = end
			}
		}
	}()
	return fn(tx)
}

func (e *sqliteEngine) close() error {
	e.inbox.Close()
	<-e.stopped
	for range cap(e.readers) { // waits for running reads
		s := <-e.readers
		s.drop()
	}
	err := e.closePools()
	e.lock.unlock()
	return err
}

func (e *sqliteEngine) closePools() error {
	var err error
	for _, d := range []*sql.DB{e.readDB, e.writeDB} {
		if d == nil {
			continue
		}
		if c := d.Close(); c != nil && err == nil {
			err = c
		}
	}
	return err
}

// stmt gives the prepared statement for a text.
func (s *session) stmt(ctx context.Context, query string) (*sql.Stmt, error) {
	if st, ok := s.stmts[query]; ok {
		return st, nil
	}
	st, err := s.conn.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	if s.stmts == nil || len(s.stmts) >= maxStatements {
		s.forget()
		s.stmts = make(map[string]*sql.Stmt)
	}
	s.stmts[query] = st
	return st, nil
}

func (s *session) exec(ctx context.Context, query string, args []any) (sql.Result, error) {
	st, err := s.stmt(ctx, query)
	if err != nil {
		return nil, err
	}
	return st.ExecContext(ctx, args...)
}

func (s *session) query(ctx context.Context, query string, args []any) (*sql.Rows, error) {
	st, err := s.stmt(ctx, query)
	if err != nil {
		return nil, err
	}
	return st.QueryContext(ctx, args...)
}

func (s *session) forget() {
	for _, st := range s.stmts {
		st.Close()
	}
	s.stmts = nil
}

// drop closes the connection; the next user opens a new one.
func (s *session) drop() {
	s.forget()
	if s.conn == nil {
		return
	}
	// Close alone would put the connection, and an open transaction with it, back into the pool.
	s.conn.Raw(func(any) error { return driver.ErrBadConn })
	s.conn.Close()
	s.conn = nil
}

// slow is when a function given to Write holds up the others long enough to be named in the log.
const slow = 250 * time.Millisecond
