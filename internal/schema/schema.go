// Package schema holds the database's migrations: forward only, numbered, never edited after a
// release, one text for SQLite and PostgreSQL. schema.sql is the state they lead to; a test
// compares it, so that a change of the schema is seen in review as one.
package schema

import "embed"

// Migrations are the numbered SQL files in goose's format.
//
//go:embed migrations/*.sql
var Migrations embed.FS
