// Package schema holds the database's migrations: forward only, numbered, never edited after a
// release, one text for SQLite and PostgreSQL. schema.sql is the state they lead to; a test
// compares it, so that a change of the schema is seen in review as one.
package schema

import (
	"embed"
	"io/fs"
)

// Migrations are the numbered SQL files in goose's format, in the folder "migrations".
//
//go:embed migrations/*.sql
var Migrations embed.FS

// Files are the migrations as db.Migrate wants them: at the root.
func Files() fs.FS {
	sub, err := fs.Sub(Migrations, "migrations")
	if err != nil {
		panic(err) // the folder is part of the binary
	}
	return sub
}
