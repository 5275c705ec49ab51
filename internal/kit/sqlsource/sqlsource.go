// Package sqlsource looks up rows in databases that others own: read only, with values bound and never
// pasted, a limit of rows and of time, and few connections to each, so that a slow source delays only those
// who ask it. What goes wrong is told without addresses and passwords.
package sqlsource

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite" // registers the driver "sqlite"
)

// Limits of a source.
const (
	connections = 4        // to each at once; who finds none free within its time fails
	maxCell     = 16 << 10 // bytes of one value
	failures    = 5        // in a row, after which it is left alone for rest
	rest        = 15 * time.Second
)

// The reasons for which a source is not even asked.
var (
	ErrUnknown = errors.New("no such source is configured")
	ErrResting = errors.New("it failed too often and is left alone for a while")
)

// Sources are the configured databases by name. It is safe for concurrent use.
type Sources struct {
	all map[string]*source
}

type source struct {
	db *sql.DB

	mu     sync.Mutex // guards what follows
	failed int        // in a row
	until  time.Time  // left alone
}

var sourceName = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,62}$`)

// Open reads a list of name=address with white space between. Nothing is connected yet: a source that is not
// there is no reason not to start. Errors do not repeat addresses.
func Open(list string) (*Sources, error) {
	s := &Sources{all: map[string]*source{}}
	for _, one := range strings.Fields(list) {
		name, address, ok := strings.Cut(one, "=")
		if !ok || !sourceName.MatchString(name) || s.all[name] != nil {
			s.Close()
			return nil, fmt.Errorf("flow-sources: each must be name=address, with a name of its own of small letters, digits, _ and -")
		}
		db, err := open(address)
		if err != nil {
			s.Close()
			return nil, fmt.Errorf("flow-sources: %s: %w", name, err)
		}
		db.SetMaxOpenConns(connections)
		db.SetConnMaxIdleTime(time.Minute)
		s.all[name] = &source{db: db}
	}
	return s, nil
}

func open(address string) (*sql.DB, error) {
	if path, ok := strings.CutPrefix(address, "sqlite:"); ok && path != "" {
		u := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath()}
		u.RawQuery = url.Values{"mode": {"ro"}, "_pragma": {"query_only(1)", "busy_timeout(500)"}}.Encode()
		return sql.Open("sqlite", u.String())
	}
	if !strings.HasPrefix(address, "postgres://") && !strings.HasPrefix(address, "postgresql://") {
		return nil, errors.New("the address begins neither with postgres:// nor with sqlite:/")
	}
	cfg, err := pgx.ParseConfig(address)
	if err != nil {
		return nil, errors.New("the address cannot be read")
	}
	cfg.ConnectTimeout = 2 * time.Second
	cfg.DefaultQueryExecMode = pgx.QueryExecModeExec // values go as text, whose type the server finds; poolers in between keep working
	cfg.RuntimeParams["application_name"] = "linekeeper"
	return stdlib.OpenDB(*cfg), nil
}

// Close ends all connections.
func (s *Sources) Close() {
	for _, one := range s.all {
		_ = one.db.Close()
	}
}

// Names are the sources there are, sorted.
func (s *Sources) Names() (names []string) {
	for name := range s.all {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Look asks a source and gives the first rows, most at the most, as objects of text, numbers (float64),
// truth, times and nil. :name in the query stands for the value of that name. Ctx bounds the time.
func (s *Sources) Look(ctx context.Context, name, query string, values map[string]string, most int) ([]map[string]any, error) {
	src := s.all[name]
	if src == nil {
		return nil, ErrUnknown
	}
	text, args, err := bind(query, values)
	if err != nil {
		return nil, err
	}
	if src.rests() {
		return nil, ErrResting
	}
	rows, there, err := src.look(ctx, text, args, most)
	switch {
	case there || err == nil:
		src.note(false)
	case !errors.Is(ctx.Err(), context.Canceled): // the customer who goes says nothing of the source
		src.note(true)
	}
	if err != nil {
		return nil, plain(ctx, err)
	}
	return rows, nil
}

func (s *source) rests() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return time.Now().Before(s.until)
}

func (s *source) note(failed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !failed {
		s.failed = 0
	} else if s.failed++; s.failed >= failures {
		s.failed, s.until = 0, time.Now().Add(rest)
	}
}

// look asks. There says that the source has answered, be it that it refuses the query.
func (s *source) look(ctx context.Context, text string, args []any, most int) (all []map[string]any, there bool, err error) {
	tx, err := s.db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, false, err
	}
	defer func() { _ = tx.Rollback() }()
	rows, err := tx.QueryContext(ctx, text, args...)
	if err != nil {
		return nil, ctx.Err() == nil, err
	}
	defer func() { _ = rows.Close() }()
	columns, err := rows.Columns()
	if err != nil {
		return nil, true, err
	}
	for len(all) < most && rows.Next() {
		cells, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range cells {
			into[i] = &cells[i]
		}
		if err := rows.Scan(into...); err != nil {
			return nil, true, err
		}
		row := map[string]any{}
		for i, c := range columns {
			if row[c], err = value(cells[i]); err != nil {
				return nil, true, fmt.Errorf("column %s: %w", c, err)
			}
		}
		all = append(all, row)
	}
	return all, ctx.Err() == nil, rows.Err()
}

var errLong = fmt.Errorf("a value is longer than %d bytes", maxCell)

// value is what a cell holds, in the types of programs.
func value(v any) (any, error) {
	switch v := v.(type) {
	case int64:
		return float64(v), nil
	case float32:
		return float64(v), nil
	case []byte:
		return value(string(v))
	case string:
		if len(v) > maxCell {
			return nil, errLong
		}
		return strings.ToValidUTF8(v, "\ufffd"), nil
	case nil, bool, float64, time.Time:
		return v, nil
	}
	return fmt.Sprint(v), nil
}

// plain is an error without what only administrators may see: drivers name hosts, users and data in theirs.
func plain(ctx context.Context, err error) error {
	var refused *pgconn.PgError
	switch {
	case ctx.Err() != nil:
		return errors.New("it did not answer in time")
	case errors.As(err, &refused):
		return fmt.Errorf("the database refused the query (%s)", refused.Code)
	case errors.Is(err, errLong):
		return err
	}
	return errors.New("it cannot be asked")
}

// bind writes the query with numbered places for its values. Inside of quotes and comments a colon is a colon,
// and :: is PostgreSQL's cast.
func bind(query string, values map[string]string) (text string, args []any, err error) {
	var b strings.Builder
	places := map[string]int{}
	for i := 0; i < len(query); {
		if n := skip(query[i:]); n > 0 {
			b.WriteString(query[i : i+n])
			i += n
			continue
		}
		name := ""
		if query[i] == ':' {
			name = nameAt(query[i+1:])
		}
		if name == "" {
			b.WriteByte(query[i])
			i++
			continue
		}
		v, ok := values[name]
		if !ok {
			return "", nil, fmt.Errorf("the query has :%s, which is not among its values", name)
		}
		if places[name] == 0 {
			args = append(args, v)
			places[name] = len(args)
		}
		b.WriteString("$" + strconv.Itoa(places[name]))
		i += 1 + len(name)
	}
	return b.String(), args, nil
}

// skip is the length of what a query begins with if it is quoted, a comment or a cast; 0: none of them.
func skip(s string) int {
	upTo := func(end string, from int) int {
		if i := strings.Index(s[from:], end); i >= 0 {
			return from + i + len(end)
		}
		return len(s)
	}
	switch {
	case strings.HasPrefix(s, "::"):
		return 2
	case strings.HasPrefix(s, "--"):
		return upTo("\n", 2)
	case strings.HasPrefix(s, "/*"):
		return upTo("*/", 2)
	case s[0] == '\'' || s[0] == '"': // a doubled quote begins the next one
		return upTo(s[:1], 1)
	}
	return 0
}

// nameAt is the name a text begins with.
func nameAt(s string) string {
	for i, r := range s {
		letter := r >= 'a' && r <= 'z' || r == '_'
		if !letter && (i == 0 || r < '0' || r > '9') {
			return s[:i]
		}
	}
	return s
}

// Check says what is wrong with a query and the names of its values; empty: nothing that can be told without
// the database.
func Check(query string, names []string) string {
	given := map[string]string{}
	for _, n := range names {
		if nameAt(n) != n || n == "" {
			return fmt.Sprintf("%q cannot name a value: small letters, digits and _", n)
		}
		given[n] = ""
	}
	text, _, err := bind(query, given)
	if err != nil {
		return err.Error()
	}
	word := ""
	if words := strings.Fields(strings.ToLower(query)); len(words) > 0 {
		word = words[0]
	}
	switch {
	case !utf8.ValidString(query):
		return "the query is not text"
	case word != "select" && word != "with":
		return "the query must begin with SELECT or WITH"
	case statements(text) > 1:
		return "the query must be one statement, without ;"
	}
	return ""
}

// statements counts them by their separators.
func statements(text string) int {
	n := 1
	for i := 0; i < len(text); {
		if k := skip(text[i:]); k > 0 {
			i += k
			continue
		}
		if text[i] == ';' {
			n++
		}
		i++
	}
	return n
}
