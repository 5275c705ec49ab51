package fault

import (
	"errors"
	"strings"
)

// Rule names what a field violates, so that a client can say it in the user's language.
type Rule string

// The rules.
const (
	Required   Rule = "required"     // must not be empty
	Malformed  Rule = "malformed"    // not of the form asked for
	TooLong    Rule = "too_long"     // more characters or items than allowed
	OutOfRange Rule = "out_of_range" // a number or time outside its limits
	Unknown    Rule = "unknown"      // names something that is not there
	Taken      Rule = "taken"        // must be unique and is not
	NotAllowed Rule = "not_allowed"  // fine in itself, not in this combination
)

// Field is one thing wrong with the input. Path is as in JSON: "members[2].login"; empty means the
// whole input. Message is a sentence without the path.
type Field struct {
	Path    string `json:"path"`
	Rule    Rule   `json:"rule"`
	Message string `json:"message"`
	// Code and Params are the message for a screen, as in Said; empty: the rule says it.
	Code   string `json:"code,omitempty"`
	Params []Said `json:"params,omitempty"`
}

// Fields is everything wrong with one input; as an error its kind is Invalid. The zero value is
// ready to Add to; return Err(), never the value itself, so that no fields means no error.
type Fields []Field

// Add notes a fault.
func (f *Fields) Add(path string, rule Rule, format string, args ...any) {
	f.Tell(path, rule, say(format, args...))
}

// Tell notes a fault that is a sentence already.
func (f *Fields) Tell(path string, rule Rule, s Said) {
	*f = append(*f, Field{Path: path, Rule: rule, Message: s.Text, Code: s.Code, Params: s.Params})
}

// Nest adds the fields of err below path. An error that is not Invalid is returned, nil otherwise.
func (f *Fields) Nest(path string, err error) error {
	if err == nil {
		return nil
	}
	inner := FieldsOf(err)
	if inner == nil {
		return err
	}
	for _, g := range inner {
		g.Path = Join(path, g.Path)
		*f = append(*f, g)
	}
	return nil
}

// Err is nil when there is nothing wrong.
func (f Fields) Err() error {
	if len(f) == 0 {
		return nil
	}
	return f
}

// Error lists the faults in one line.
func (f Fields) Error() string {
	parts := make([]string, len(f))
	for i, g := range f {
		parts[i] = g.String()
	}
	return strings.Join(parts, "; ")
}

// String is "path: message".
func (f Field) String() string {
	if f.Path == "" {
		return f.Message
	}
	return f.Path + ": " + f.Message
}

// OneField is an Invalid error about a single field.
func OneField(path string, rule Rule, format string, args ...any) error {
	var f Fields
	f.Add(path, rule, format, args...)
	return f
}

// FieldsOf gives the faults of an Invalid error; nil for any other error. An Invalid error without
// fields gives one with an empty path.
func FieldsOf(err error) Fields {
	var f Fields
	if errors.As(err, &f) {
		return f
	}
	var e *Error
	if errors.As(err, &e) && e.Kind == Invalid {
		return Fields{{Rule: Malformed, Message: e.Message, Code: e.Code, Params: e.Params}}
	}
	return nil
}

// Join puts two paths together: Join("queues[2]", "target") is "queues[2].target".
func Join(outer, inner string) string {
	switch {
	case outer == "":
		return inner
	case inner == "":
		return outer
	case strings.HasPrefix(inner, "["):
		return outer + inner
	default:
		return outer + "." + inner
	}
}
