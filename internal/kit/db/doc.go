// Package db is the one door to the SQL database: SQLite in the data folder, or PostgreSQL. Callers
// write one text with $1 placeholders and cannot tell which engine answers.
//
// Read runs a function on one consistent snapshot. Write runs a function in a transaction; when it
// returns nil to the caller, the change is on disk. On SQLite one goroutine owns the writing
// connection and puts many Writes into one transaction, each in a savepoint, so that they share one
// flush (one that is alone needs no savepoint); on PostgreSQL every Write is a transaction of its own at
// REPEATABLE READ, run again when the server asks for it. Therefore a function given to Write
//
//   - has no effect outside the database except through Tx.AfterCommit, since it may run twice,
//   - does not wait for anything, since others wait for it,
//   - does not call Read or Write itself, since on SQLite it would wait for itself.
//
// Rules for the SQL text: text keys, BIGINT milliseconds, BOOLEAN, JSON in TEXT, named columns, no
// upper/lower-case tricks (SQLite folds ASCII only), NULLS FIRST/LAST said, no FOR UPDATE. After a
// statement fails, all later ones of the same transaction fail too, on both engines. Text columns
// are created with COLLATE "C" on PostgreSQL (Migrate adds it), so that both engines sort alike:
// by byte.
package db
