package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"linekeeper/internal/kit/fault"
)

// translate gives a database error its kind. Errors that have one already, and errors that are not
// the database's, pass unchanged.
func translate(err error) error {
	if err == nil {
		return nil
	}
	var known *fault.Error
	var fields fault.Fields
	if errors.As(err, &known) || errors.As(err, &fields) {
		return err
	}
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		return translateSQLite(err, lite.Code())
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return translatePostgres(err, pg)
	}
	if errors.Is(err, sql.ErrNoRows) {
		return errNoRow()
	}
	var connect *pgconn.ConnectError
	var netErr net.Error
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return fault.Unavailable.Wrap(err, "The request was called off or took too long.")
	case errors.As(err, &connect), errors.As(err, &netErr),
		errors.Is(err, driver.ErrBadConn), errors.Is(err, sql.ErrConnDone), errors.Is(err, sql.ErrTxDone),
		errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF),
		strings.Contains(err.Error(), "conn closed"):
		return fault.Unavailable.Wrap(err, "The database cannot be reached.")
	}
	return err
}

func translateSQLite(err error, code int) error {
	if code&0xff == sqlite3.SQLITE_CONSTRAINT {
		switch code {
		case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, sqlite3.SQLITE_CONSTRAINT_ROWID:
			return fault.Conflict.Wrap(err, "This already exists.")
		case sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
			return fault.Conflict.Wrap(err, "Something this refers to, or that refers to it, stands in the way.")
		}
		return err
	}
	switch code & 0xff {
	case sqlite3.SQLITE_FULL:
		return fault.Unavailable.Wrap(err, "The disk of the database is full.")
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return fault.Unavailable.Wrap(err, "The database is locked by another program.")
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return fault.Unavailable.Wrap(err, "The database file is damaged; restore a backup.")
	case sqlite3.SQLITE_IOERR:
		return fault.Unavailable.Wrap(err, "The disk of the database does not work.")
	case sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM:
		return fault.Unavailable.Wrap(err, "The database file cannot be opened for writing.")
	case sqlite3.SQLITE_INTERRUPT:
		return fault.Unavailable.Wrap(err, "The request was called off or took too long.")
	}
	return err
}

func translatePostgres(err error, pg *pgconn.PgError) error {
	switch pg.Code {
	case "23505":
		return fault.Conflict.Wrap(err, "This already exists.")
	case "23503":
		return fault.Conflict.Wrap(err, "Something this refers to, or that refers to it, stands in the way.")
	case "40001", "40P01":
		return fault.Busy.Wrap(err, "Too many changes to the same thing at once.")
	case "53100":
		return fault.Unavailable.Wrap(err, "The disk of the database is full.")
	case "57014":
		return fault.Unavailable.Wrap(err, "The request was called off or took too long.")
	case "25006":
		return fault.Unavailable.Wrap(err, "The database refuses changes.")
	case "XX001", "XX002":
		return fault.Unavailable.Wrap(err, "The database is damaged; restore a backup.")
	}
	switch pg.Code[:min(2, len(pg.Code))] {
	case "08", "28", "53", "57", "58", "3D":
		return fault.Unavailable.Wrap(err, "The database cannot be reached.")
	}
	return err
}

// again reports whether PostgreSQL asks for the transaction to be run once more.
func again(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "40001" || pg.Code == "40P01")
}

func inUse(folder, pid string) error {
	return fault.Conflict.New("The data folder %s is in use by process %s.", folder, pid)
}

// errUnknown marks a commit whose answer never came.
var errUnknown = errors.New("the database went away while it committed")

// Unknown reports whether a Write may have happened although it gave err: PostgreSQL went away after
// it was told to commit and before it answered. Who writes again must look first.
func Unknown(err error) bool { return errors.Is(err, errUnknown) }

// commitError tells a commit that was refused from one of which nobody knows.
func commitError(err error) error {
	if errors.Is(err, sql.ErrTxDone) {
		return fault.Unavailable.Wrap(err, "The database cannot be reached.")
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) && !strings.HasPrefix(pg.Code, "57") && !strings.HasPrefix(pg.Code, "08") ||
		errors.Is(err, pgx.ErrTxCommitRollback) {
		return err
	}
	return fault.Unavailable.Wrap(fmt.Errorf("%w: %w", errUnknown, err), "The database cannot be reached.")
}

// Taken reports whether err says that a unique key exists already.
func Taken(err error) bool {
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		c := lite.Code()
		return c == sqlite3.SQLITE_CONSTRAINT_UNIQUE || c == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY
	}
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == "23505"
}

// Dangling reports whether err says that a foreign key would point to nothing.
func Dangling(err error) bool {
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		return lite.Code() == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY
	}
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == "23503"
}
