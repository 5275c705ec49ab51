package flow

import (
	"errors"

	"linekeeper/internal/kit/fault"
)

// Said is a sentence for a person.
type Said = fault.Said

// saidf makes a sentence of a format that sentences knows; parameters that are sentences keep their codes.
func saidf(format string, args ...any) Said { return fault.Say(sentences, format, args...) }

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

// wordOf is a word of a closed list, which a screen has in its languages: an end, or what a closed queue does.
func wordOf(code, word string) Said { return Said{Code: code, Text: word} }

// The codes of wordOf.
const (
	endWord    = "end_word"
	closedWord = "closed_word"
)
