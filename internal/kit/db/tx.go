package db

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"linekeeper/internal/kit/fault"
)

// runner is a connection inside a transaction.
type runner interface {
	exec(ctx context.Context, query string, args []any) (sql.Result, error)
	query(ctx context.Context, query string, args []any) (*sql.Rows, error)
}

// Tx is a transaction, or a snapshot when it comes from Read. It belongs to the function it was
// given to, lives no longer than that, and is not safe for concurrent use.
type Tx struct {
	ctx    context.Context // of this transaction only
	run    runner
	engine Engine
	failed error       // the first statement that failed; none works after it, as in PostgreSQL
	open   []*sql.Rows // closed at the end, whatever the function forgot
	after  []func()
}

// Context is the caller's context during Read. During Write it is never cancelled: once a write
// has begun it runs to its end.
func (tx *Tx) Context() context.Context { return tx.ctx }

// Engine tells which database this is, for the few places where two texts stand side by side.
func (tx *Tx) Engine() Engine { return tx.engine }

// Exec runs a statement and tells how many rows it changed.
func (tx *Tx) Exec(query string, args ...any) (int64, error) {
	if tx.failed != nil {
		return 0, tx.failed
	}
	res, err := tx.run.exec(tx.ctx, query, args)
	if err != nil {
		return 0, tx.fail(err)
	}
	n, err := res.RowsAffected()
	if err != nil {
		return 0, tx.fail(err)
	}
	return n, nil
}

// Query runs a query. Prefer All and One.
func (tx *Tx) Query(query string, args ...any) (*sql.Rows, error) {
	if tx.failed != nil {
		return nil, tx.failed
	}
	rows, err := tx.run.query(tx.ctx, query, args)
	if err != nil {
		return nil, tx.fail(err)
	}
	tx.open = append(tx.open, rows)
	return rows, nil
}

// Row is what a scan function reads one row from.
type Row interface {
	Scan(into ...any) error
}

// QueryRow runs a query of which only the first row counts. Errors come from Scan; no row is
// fault.NotFound.
func (tx *Tx) QueryRow(query string, args ...any) Row {
	rows, err := tx.Query(query, args...)
	return &firstRow{tx: tx, rows: rows, err: err}
}

type firstRow struct {
	tx   *Tx
	rows *sql.Rows
	err  error
}

func (r *firstRow) Scan(into ...any) error {
	if r.err != nil {
		return r.err
	}
	defer r.tx.done(r.rows)
	if !r.rows.Next() {
		if err := r.rows.Err(); err != nil {
			return r.tx.fail(err)
		}
		return errNoRow()
	}
	if err := r.rows.Scan(into...); err != nil {
		return r.tx.fail(err)
	}
	return nil
}

// AfterCommit has fn called once the transaction is on disk and before Write returns, in the order
// of the commits, on the goroutine that commits. It must be quick and must not call Read or Write:
// put something into a mailbox, replace a snapshot. It is not called when the transaction fails.
func (tx *Tx) AfterCommit(fn func()) { tx.after = append(tx.after, fn) }

func (tx *Tx) fail(err error) error {
	tx.failed = translate(err)
	return tx.failed
}

func (tx *Tx) done(rows *sql.Rows) {
	rows.Close()
	if n := len(tx.open); n > 0 && tx.open[n-1] == rows {
		tx.open = tx.open[:n-1]
	}
}

// finish closes what was left open and gives the transaction's verdict: fn's error, or that of a
// failed statement fn has ignored.
func (tx *Tx) finish(err error) error {
	for _, rows := range tx.open {
		rows.Close()
	}
	tx.open = nil
	if err == nil {
		err = tx.failed
	}
	return err
}

// All runs a query and scans every row; nil when there is none. Give queries a LIMIT.
func All[T any](tx *Tx, scan func(Row) (T, error), query string, args ...any) ([]T, error) {
	rows, err := tx.Query(query, args...)
	if err != nil {
		return nil, err
	}
	defer tx.done(rows)
	var all []T
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, translate(err)
		}
		all = append(all, v)
	}
	if err := rows.Err(); err != nil {
		return nil, tx.fail(err)
	}
	return all, nil
}

// One runs a query and scans its first row; none is fault.NotFound.
func One[T any](tx *Tx, scan func(Row) (T, error), query string, args ...any) (T, error) {
	v, err := scan(tx.QueryRow(query, args...))
	if err != nil {
		var zero T
		return zero, translate(err)
	}
	return v, nil
}

// Scalar is the scan function for a query of one column.
func Scalar[T any](row Row) (T, error) {
	var v T
	err := row.Scan(&v)
	return v, err
}

// Page says which part of a list is wanted. After is the key of the last row already seen; empty
// means from the start.
type Page struct {
	After string
	Limit int // 0: DefaultLimit; at most MaxLimit unless Unlimited
}

// Limits of lists.
const (
	DefaultLimit = 100
	MaxLimit     = 1000
	Unlimited    = -1 // for lists that configuration keeps small, read whole at start
)

// Rows is the number for the query's LIMIT.
func (p Page) Rows() int64 {
	switch {
	case p.Limit == Unlimited:
		return 1 << 31
	case p.Limit <= 0:
		return DefaultLimit
	default:
		return int64(min(p.Limit, MaxLimit))
	}
}

// Millis is how an instant is stored: UTC milliseconds, 0 for the zero time.
func Millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// Instant reads what Millis stored.
func Instant(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// JSON is how structured values are stored in TEXT. Values that cannot be marshalled are a
// programming mistake and panic.
func JSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("db: storing %T as JSON: %v", v, err))
	}
	return string(b)
}

// FromJSON gives a destination for Scan that decodes the column's JSON into v. Empty text leaves v
// as it is.
func FromJSON(v any) sql.Scanner { return jsonColumn{v} }

type jsonColumn struct{ into any }

// Scan implements sql.Scanner.
func (c jsonColumn) Scan(src any) error {
	var b []byte
	switch src := src.(type) {
	case string:
		b = []byte(src)
	case []byte:
		b = src
	default:
		return fmt.Errorf("JSON column holds %T", src)
	}
	if len(b) == 0 {
		return nil
	}
	return json.Unmarshal(b, c.into)
}

// FromMillis gives a destination for Scan that reads what Millis stored.
func FromMillis(t *time.Time) sql.Scanner { return millisColumn{t} }

type millisColumn struct{ into *time.Time }

// Scan implements sql.Scanner.
func (c millisColumn) Scan(src any) error {
	ms, ok := src.(int64)
	if !ok {
		return fmt.Errorf("instant column holds %T", src)
	}
	*c.into = Instant(ms)
	return nil
}

func errNoRow() error {
	return fault.NotFound.Wrap(sql.ErrNoRows, "This does not exist.")
}
