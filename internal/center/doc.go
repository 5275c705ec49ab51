// Package center is the whole center as one YAML file: read it (Parse, Load), compare it with the
// database (Plan), bring the database to it (Apply), write it from the database (Export). Applying
// is idempotent and all or nothing. Things are known by their key; what the file does not have is
// left alone, unless the file says prune. The rules are those of the nouns' Validate, so that a file
// and the set-up screens refuse the same.
package center
