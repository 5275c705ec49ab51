package center

import (
	"slices"
	"strconv"
	"strings"

	"linekeeper/internal/kit/fault"
)

// Problem is one thing wrong with a file.
type Problem struct {
	Line int // 0: not known
	fault.Field
}

// Problems is everything wrong with a file, by line. As an error its kind is Invalid, and its fields
// are found by fault.FieldsOf, with the line in the message.
type Problems struct {
	Name string // of the file, for messages
	List []Problem
}

// Error lists the problems, one on each line: "center.yaml:41: queues[2].target: must be …".
func (p *Problems) Error() string {
	lines := make([]string, len(p.List))
	for i, one := range p.List {
		lines[i] = p.Name + ":"
		if one.Line > 0 {
			lines[i] += strconv.Itoa(one.Line) + ":"
		}
		lines[i] += " " + one.Field.String()
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives the problems as fields.
func (p *Problems) Unwrap() error {
	var f fault.Fields
	for _, one := range p.List {
		if one.Line > 0 {
			one.Message += " (line " + strconv.Itoa(one.Line) + ")"
		}
		f = append(f, one.Field)
	}
	return f
}

// source is where a file was read from, and what is wrong with it.
type source struct {
	name     string
	lines    map[string]int // by path
	problems []Problem
}

func newSource(name string) *source { return &source{name: name, lines: make(map[string]int)} }

// copy is for another attempt to apply the same file.
func (s *source) copy() *source {
	if s == nil {
		return newSource("center")
	}
	return &source{name: s.name, lines: s.lines}
}

// maxProblems is when going on makes no sense to a reader.
const maxProblems = 200

func (s *source) add(path string, rule fault.Rule, format string, args ...any) {
	s.addAt(s.line(path), path, rule, format, args...)
}

func (s *source) addAt(line int, path string, rule fault.Rule, format string, args ...any) {
	if len(s.problems) >= maxProblems {
		return
	}
	var f fault.Fields
	f.Add(path, rule, format, args...)
	s.problems = append(s.problems, Problem{Line: line, Field: f[0]})
}

// nest adds the fields of a noun's error below an item's path, in the file's words. An error of
// another kind than Invalid is given back.
func (s *source) nest(path string, err error) error {
	if err == nil {
		return nil
	}
	fields := fault.FieldsOf(err)
	if fields == nil {
		return err
	}
	for _, f := range fields {
		full := fault.Join(path, fileWord(f.Path))
		s.add(full, f.Rule, "%s", f.Message)
	}
	return nil
}

// fileWord turns a noun's field into the file's, which names things by key and writes durations with
// their unit.
func fileWord(path string) string {
	head, rest := path, ""
	if i := strings.IndexAny(path, ".["); i >= 0 {
		head, rest = path[:i], path[i:]
	}
	return strings.TrimSuffix(strings.TrimSuffix(head, "_id"), "_ms") + rest
}

// line finds the line of a path, or of the nearest thing around it.
func (s *source) line(path string) int {
	for {
		if n, ok := s.lines[path]; ok {
			return n
		}
		i := strings.LastIndexAny(path, ".[")
		if i < 0 {
			return 0
		}
		path = path[:i]
	}
}

func (s *source) err() error {
	if len(s.problems) == 0 {
		return nil
	}
	slices.SortStableFunc(s.problems, func(a, b Problem) int { return a.Line - b.Line })
	return &Problems{Name: s.name, List: s.problems}
}

// suggest gives "; did you mean …?" when one of the words is close.
func suggest(word string, words []string) string {
	best, distance := "", 3
	for _, w := range words {
		if d := apart(word, w); d < distance && d < max(len(word), 2) {
			best, distance = w, d
		}
	}
	if best == "" {
		return ""
	}
	return "; did you mean " + strconv.Quote(best) + "?"
}

// apart counts the letters to insert, drop or replace (Levenshtein).
func apart(a, b string) int {
	if len(a) > 64 || len(b) > 64 {
		return 64
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
