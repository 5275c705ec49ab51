package flow

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/expr-lang/expr/builtin"
)

// VarType says what a variable holds.
type VarType string

// The types of variables. Unset variables hold nothing; a program that may read one does not compile.
const (
	TextVar    VarType = "text"    // string
	NumberVar  VarType = "number"  // float64
	BooleanVar VarType = "boolean" // bool
	TimeVar    VarType = "time"    // time.Time
	DataVar    VarType = "data"    // whatever a look-up answered: lists and objects of these
)

// VarTypes are the types of variables, the simplest first.
func VarTypes() []VarType { return []VarType{TextVar, NumberVar, BooleanVar, TimeVar, DataVar} }

// Variable is what a program remembers.
type Variable struct {
	Type VarType `json:"type"`
	Doc  string  `json:"doc,omitempty"`
	// Default is what it holds at the start; nil: it is unset until a node sets it.
	Default any `json:"default,omitempty"`
	// Secret values are in no time line, log or position: after a restart they are unset. They can be
	// compared and sent by look-ups, but not said and not copied into a variable that is not secret.
	Secret bool `json:"secret,omitempty"`
	// Input is given by whoever starts the program: a trigger, or a flow that runs it.
	Input bool `json:"input,omitempty"`
	// Output may be read by the flow that runs this one, once it has returned.
	Output bool `json:"output,omitempty"`
}

// Limits of variables.
const (
	maxVariables = 200
	maxValue     = 64 << 10 // bytes of one value as JSON
)

var variableName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)

// words of the expression language that cannot name a variable.
var reserved = append([]string{"and", "or", "not", "in", "matches", "contains", "startsWith", "endsWith", "let", "if", "else",
	"true", "false", "nil", "response", "result"}, builtin.Names...)

// parseVariables reads the declarations.
func parseVariables(raw json.RawMessage, found *Problems) map[string]Variable {
	all := map[string]Variable{}
	if raw == nil {
		return all
	}
	fields, names, err := object(raw)
	if err != nil {
		found.add("", "variables", "must be an object from name to declaration: %v", err)
		return all
	}
	if len(names) > maxVariables {
		found.add("", "variables", "must be at most %d", maxVariables)
		return all
	}
	for _, name := range names {
		at := "variables." + name
		var v Variable
		d := json.NewDecoder(strings.NewReader(string(fields[name])))
		d.DisallowUnknownFields()
		switch err := d.Decode(&v); {
		case !variableName.MatchString(name):
			found.add("", at, "a variable's name is 1 to 40 small letters, digits and _, a letter first")
			continue
		case given[name]:
			found.add("", at, "%q is a word of expressions; choose another name, such as %q. Taken are %s, and the language's own words, such as len and round",
				name, "my_"+name, strings.Join(slices.Sorted(maps.Keys(given)), ", "))
			continue
		case slices.Contains(reserved, name):
			found.add("", at, "%q is a word of the language of expressions; choose another name, such as %q", name, "my_"+name)
			continue
		case err != nil:
			found.add("", at, "must be an object with a type: %v", err)
			continue
		case !slices.Contains(VarTypes(), v.Type):
			found.add("", at+".type", "must be one of text, number, boolean, time, data")
			continue
		}
		if v.Default != nil {
			value, err := convert(v.Default, v.Type)
			if err != nil {
				found.tell("", at+".default", saidOf(err))
			}
			v.Default = value
		}
		all[name] = v
	}
	return all
}

// said is the type's name in a sentence.
func (t VarType) said() Said {
	s := saidf("text")
	switch t {
	case NumberVar:
		s = saidf("number")
	case BooleanVar:
		s = saidf("boolean")
	case TimeVar:
		s = saidf("time")
	case DataVar:
		s = saidf("data")
	}
	return s
}

// zero is a value of the type, for the checker of expressions.
func (t VarType) zero() any {
	switch t {
	case NumberVar:
		return 0.0
	case BooleanVar:
		return false
	case TimeVar:
		return time.Time{}
	case DataVar:
		return nil
	}
	return ""
}

// convert makes a value one of the type where that cannot lose anything: digits become a number, a
// number becomes text; a time is read from RFC 3339 or a plain date.
func convert(v any, to VarType) (any, error) {
	if size(v) > maxValue {
		return nil, saidError{saidf("is longer than %d bytes", maxValue)}
	}
	switch to {
	case TextVar:
		switch v := v.(type) {
		case string:
			return v, nil
		case bool:
			return strconv.FormatBool(v), nil
		case time.Time:
			return v.Format(time.RFC3339), nil
		}
		if f, ok := float(v); ok {
			return strconv.FormatFloat(f, 'f', -1, 64), nil
		}
	case NumberVar:
		if f, ok := float(v); ok {
			return f, nil
		}
		if s, ok := v.(string); ok {
			if f, err := strconv.ParseFloat(strings.TrimSpace(s), 64); err == nil && !math.IsNaN(f) && !math.IsInf(f, 0) {
				return f, nil
			}
		}
	case BooleanVar:
		switch v := v.(type) {
		case bool:
			return v, nil
		case string:
			if b, err := strconv.ParseBool(v); err == nil {
				return b, nil
			}
		}
	case TimeVar:
		switch v := v.(type) {
		case time.Time:
			return v, nil
		case string:
			for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05", time.DateOnly} {
				if t, err := time.Parse(layout, v); err == nil {
					return t, nil
				}
			}
		}
	case DataVar:
		return v, nil
	}
	return nil, saidError{saidf("is %s, not %s", describe(v), to.said())}
}

func float(v any) (float64, bool) {
	switch v := v.(type) {
	case float64:
		return v, !math.IsNaN(v) && !math.IsInf(v, 0)
	case int:
		return float64(v), true
	case int64:
		return float64(v), true
	case time.Duration:
		return v.Seconds(), true
	}
	return 0, false
}

func describe(v any) Said {
	switch v.(type) {
	case nil:
		return saidf("nothing")
	case string:
		return saidf("text")
	case bool:
		return saidf("true or false")
	case time.Time:
		return saidf("a time")
	case []any:
		return saidf("a list")
	case map[string]any:
		return saidf("an object")
	}
	if _, ok := float(v); ok {
		return saidf("a number")
	}
	return Said{Text: fmt.Sprintf("a %T", v)}
}

// size is about what the value takes as JSON.
func size(v any) int {
	switch v := v.(type) {
	case string:
		return len(v)
	case []any:
		n := 2
		for _, one := range v {
			n += 1 + size(one)
		}
		return n
	case map[string]any:
		n := 2
		for k, one := range v {
			n += 4 + len(k) + size(one)
		}
		return n
	}
	return 8
}
