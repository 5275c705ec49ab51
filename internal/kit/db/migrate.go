package db

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"linekeeper/internal/kit/fault"
)

// migrator is what goose needs to know about an engine.
type migrator struct {
	dialect goose.Dialect
	pool    *sql.DB
	rewrite func([]byte) []byte
	options []goose.ProviderOption
	done    func()
}

func (e *sqliteEngine) migrator() (migrator, error) {
	// A pool of its own, because the writer may hold the one writing connection.
	pool, err := openSQLiteFile(e.path, "immediate", false)
	if err != nil {
		return migrator{}, err
	}
	pool.SetMaxOpenConns(1)
	return migrator{
		dialect: goose.DialectSQLite3,
		pool:    pool,
		rewrite: func(b []byte) []byte { return b },
		done:    func() { pool.Close() },
	}, nil
}

func (e *postgresEngine) migrator() (migrator, error) {
	// Several nodes may start together.
	locker, err := lock.NewPostgresSessionLocker()
	if err != nil {
		return migrator{}, err
	}
	return migrator{
		dialect: goose.DialectPostgres,
		pool:    e.pool,
		rewrite: forPostgres,
		options: []goose.ProviderOption{goose.WithSessionLocker(locker)},
		done:    func() {},
	}, nil
}

// Migrate brings the schema up to date with the numbered files at the root of files. It is
// called before the database is used. A database that a newer release has changed is refused.
func (d *DB) Migrate(ctx context.Context, files fs.FS) error {
	m, err := d.engine.migrator()
	if err != nil {
		return fmt.Errorf("migrating: %w", err)
	}
	defer m.done()
	options := append(m.options, goose.WithDisableGlobalRegistry(true))
	p, err := goose.NewProvider(m.dialect, m.pool, rewritten{files, m.rewrite}, options...)
	if err != nil {
		return fmt.Errorf("reading the migrations: %w", err)
	}
	have, known, err := versions(ctx, p)
	if err != nil {
		return translate(fmt.Errorf("asking for the schema's version: %w", err))
	}
	if have > known {
		return fault.Unavailable.New("The database belongs to a newer release (its schema is %d, this release knows %d).", have, known)
	}
	results, err := p.Up(ctx)
	if err != nil {
		var partial *goose.PartialError
		if errors.As(err, &partial) && partial.Failed != nil {
			return translate(fmt.Errorf("migration %s: %w", path.Base(partial.Failed.Source.Path), partial.Err))
		}
		return translate(fmt.Errorf("migrating: %w", err))
	}
	for _, r := range results {
		d.log.Info("migrated the database", "to", r.Source.Version, "took", r.Duration)
	}
	return nil
}

func versions(ctx context.Context, p *goose.Provider) (have, known int64, err error) {
	for _, s := range p.ListSources() {
		known = max(known, s.Version)
	}
	have, err = p.GetDBVersion(ctx)
	return have, known, err
}

// textColumn finds a column's type in CREATE TABLE and ADD COLUMN; casts and comments are left alone.
var textColumn = regexp.MustCompile(`(?m)^(\s+[a-z_0-9]+\s+|\s*ALTER TABLE [a-z_]+ ADD COLUMN [a-z_]+\s+)TEXT\b`)

// forPostgres makes PostgreSQL sort text columns by byte, as SQLite does, whatever the locale the
// database was created with; and leaves out what only SQLite knows: tables whose rows stand in the
// order of the key, so that there is no second tree for it.
func forPostgres(b []byte) []byte {
	b = bytes.ReplaceAll(b, []byte(") WITHOUT ROWID;"), []byte(");"))
	return textColumn.ReplaceAll(b, []byte(`${1}TEXT COLLATE "C"`))
}

// rewritten is a file system whose files pass through a function.
type rewritten struct {
	fs.FS
	rewrite func([]byte) []byte
}

// Open implements fs.FS.
func (r rewritten) Open(name string) (fs.File, error) {
	f, err := r.FS.Open(name)
	if err != nil {
		return nil, err
	}
	if info, err := f.Stat(); err != nil || info.IsDir() {
		return f, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if _, err := b.ReadFrom(f); err != nil {
		return nil, err
	}
	text := r.rewrite(b.Bytes())
	return &textFile{Reader: bytes.NewReader(text), info: sized{info, int64(len(text))}}, nil
}

type textFile struct {
	*bytes.Reader
	info fs.FileInfo
}

func (f *textFile) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *textFile) Close() error               { return nil }

type sized struct {
	fs.FileInfo
	size int64
}

func (s sized) Size() int64 { return s.size }
