// Package fault holds the few kinds of error a user can be told about. Each has a sentence for the
// user and, wrapped inside, the detail for the operator. Edges map kinds to HTTP, SIP or socket
// codes in one table; everybody else returns errors and asks KindOf where a decision hangs on it.
package fault

import (
	"context"
	"errors"
)

// Kind says what sort of trouble an error is.
type Kind uint8

// The kinds. The zero value is Internal: an error nobody classified is our fault.
const (
	Internal    Kind = iota // a mistake in the program
	Invalid                 // the input is wrong, and the fields say where
	Denied                  // the asker may not do this, or is not known
	NotFound                // it is not there
	Conflict                // it cannot be done in the present state
	Busy                    // too much at once; trying again later helps
	Unavailable             // something outside (database, disk, network) does not work
)

// String is the kind's name as used on the wire: "not_found".
func (k Kind) String() string {
	switch k {
	case Invalid:
		return "invalid"
	case Denied:
		return "denied"
	case NotFound:
		return "not_found"
	case Conflict:
		return "conflict"
	case Busy:
		return "busy"
	case Unavailable:
		return "unavailable"
	default:
		return "internal"
	}
}

// Error is an error with a kind. Message is a sentence for the user and holds no secrets.
type Error struct {
	Kind    Kind
	Message string
	// Code and Params are the message for a screen, as in Said; empty: the kind says it.
	Code   string
	Params []Said
	cause  error
}

// Error is the whole story, for the operator: the sentence and the wrapped detail.
func (e *Error) Error() string {
	if e.cause == nil {
		return e.Message
	}
	return e.Message + ": " + e.cause.Error()
}

// Unwrap gives the detail.
func (e *Error) Unwrap() error { return e.cause }

// New makes an error of this kind; the text is for the user.
func (k Kind) New(format string, args ...any) error {
	return k.Wrap(nil, format, args...)
}

// Wrap makes an error of this kind around the detail for the operator. A nil cause gives an error
// all the same.
func (k Kind) Wrap(cause error, format string, args ...any) error {
	s := say(format, args...)
	return &Error{Kind: k, Message: s.Text, Code: s.Code, Params: s.Params, cause: cause}
}

// KindOf finds the kind of an error, however deep it is wrapped. A cancelled or timed-out context
// counts as Unavailable. Asking for the kind of nil is a mistake and gives Internal.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	var f Fields
	if errors.As(err, &f) {
		return Invalid
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return Unavailable
	}
	return Internal
}

// Is reports whether err is of this kind; nil is of none.
func Is(err error, k Kind) bool { return err != nil && KindOf(err) == k }

// SaidOf is the sentence for the user with its code; without a code, the kind says it.
func SaidOf(err error) Said {
	var e *Error
	if errors.As(err, &e) {
		return Said{Code: e.Code, Text: e.Message, Params: e.Params}
	}
	return Said{Text: Message(err)}
}

// Why is what an error tells somebody who may know the whole of it, such as who set up what has failed: the sentence with its
// code, else the error in its own words. An error that is no Error tells it by a method Why.
func Why(err error) Said {
	var own interface{ Why() Said }
	if errors.As(err, &own) {
		return own.Why()
	}
	var e *Error
	if errors.As(err, &e) && e.Code != "" {
		return Said{Code: e.Code, Text: err.Error(), Params: e.Params}
	}
	return Said{Text: err.Error()}
}

// Message is the sentence for the user. It never tells the detail of an internal error.
func Message(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Message
	}
	var f Fields
	if errors.As(err, &f) {
		return f.Error()
	}
	if KindOf(err) == Unavailable {
		return "This took too long or was called off."
	}
	return "Something went wrong on our side."
}
