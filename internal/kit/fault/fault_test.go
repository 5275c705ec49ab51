package fault_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"linekeeper/internal/kit/fault"
)

func TestKindOf(t *testing.T) {
	t.Parallel()
	detail := errors.New("dial tcp: refused")
	for _, c := range []struct {
		err     error
		kind    fault.Kind
		message string
	}{
		{errors.New("plain"), fault.Internal, "Something went wrong on our side."},
		{fmt.Errorf("loading: %w", fault.NotFound.New("There is no queue %q.", "x")), fault.NotFound, `There is no queue "x".`},
		{fault.Unavailable.Wrap(detail, "The database cannot be reached."), fault.Unavailable, "The database cannot be reached."},
		{fault.OneField("name", fault.Required, "must not be empty"), fault.Invalid, "name: must not be empty"},
		{fmt.Errorf("asking: %w", context.Canceled), fault.Unavailable, "This took too long or was called off."},
		{fault.Busy.Wrap(fault.Conflict.New("inner"), "outer"), fault.Busy, "outer"},
	} {
		if got := fault.KindOf(c.err); got != c.kind {
			t.Errorf("%v: kind %v, want %v", c.err, got, c.kind)
		}
		if got := fault.Message(c.err); got != c.message {
			t.Errorf("%v: message %q, want %q", c.err, got, c.message)
		}
	}
	if err := fault.Unavailable.Wrap(detail, "No."); !errors.Is(err, detail) || !strings.Contains(err.Error(), "refused") {
		t.Errorf("the detail is lost: %v", err)
	}
	if fault.Is(nil, fault.Internal) {
		t.Error("nil is of a kind")
	}
}

func TestFields(t *testing.T) {
	t.Parallel()
	var f fault.Fields
	if f.Err() != nil {
		t.Error("no fields are an error")
	}
	f.Add("a", fault.Required, "must not be empty")
	if err := f.Nest("queues[2]", fault.OneField("target", fault.OutOfRange, "must be from %d to %d", 1, 2)); err != nil {
		t.Error(err)
	}
	if err := f.Nest("list", fault.OneField("[3]", fault.Taken, "is listed twice")); err != nil {
		t.Error(err)
	}
	if err := f.Nest("x", fault.Conflict.New("not about fields")); err == nil {
		t.Error("a conflict became a field")
	}
	want := "a: must not be empty; queues[2].target: must be from 1 to 2; list[3]: is listed twice"
	if got := f.Err().Error(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestKey(t *testing.T) {
	t.Parallel()
	for key, ok := range map[string]bool{
		"a": true, "sales_2": true, "0-x": true, "": false, "Sales": false, "_a": false, "-a": false, "a b": false, "é": false,
		strings.Repeat("k", 63): true, strings.Repeat("k", 64): false,
	} {
		var f fault.Fields
		f.Key("key", key)
		if (f.Err() == nil) != ok {
			t.Errorf("%q: got %v, want ok %v", key, f.Err(), ok)
		}
	}
}
