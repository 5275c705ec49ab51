package flow

import (
	"errors"
	"fmt"
)

// Said is a sentence for a person: in English, and as a code with what stands in it, so that a screen can say
// it in another language. The zero value says nothing.
type Said struct {
	// Code names the sentence; empty: the text is a name, a value or a program's own words, and is not translated.
	Code string `json:"code,omitempty"`
	Text string `json:"text"`
	// Params are what stands in the sentence, in its order.
	Params []Said `json:"params,omitempty"`
}

// String gives the English text.
func (s Said) String() string { return s.Text }

func (s Said) empty() bool { return s.Text == "" }

// saidf makes a sentence of a format that sentences knows; parameters that are sentences keep their codes.
func saidf(format string, args ...any) Said {
	s := Said{Code: sentences[format], Text: fmt.Sprintf(format, args...)}
	for _, a := range args {
		p, ok := a.(Said)
		if !ok {
			p = Said{Text: fmt.Sprint(a)}
		}
		s.Params = append(s.Params, p)
	}
	return s
}

// saidError is a sentence that is an error.
type saidError struct{ Said }

// Error implements error.
func (e saidError) Error() string { return e.Text }

// saidOf is what an error says; one of another package keeps its own words.
func saidOf(err error) Said {
	var e saidError
	if errors.As(err, &e) {
		return e.Said
	}
	return Said{Text: err.Error()}
}

// docOf is what a parameter, or a way out, of a kind is for.
func docOf(code, kind, name, doc string) Said {
	return Said{Code: code, Text: doc, Params: []Said{{Text: kind}, {Text: name}}}
}

// The codes of docOf.
const (
	paramDocCode = "param_doc"
	edgeDocCode  = "edge_doc"
)
