package access_test

import (
	"testing"

	"linekeeper/internal/audit"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/db/dbtest"
	"linekeeper/internal/kit/fault"
)

// TestChangePassword needs the present one, keeps this session and ends the others.
func TestChangePassword(t *testing.T) {
	t.Parallel()
	c := newCenter(t, dbtest.SQLite(t))
	const next = "staple battery"
	token, who, err := c.door.SignIn(t.Context(), c.t, "ann", "correct horse", "192.0.2.1", "here")
	if err != nil {
		t.Fatal(err)
	}
	other, _, err := c.door.SignIn(t.Context(), c.t, "ann", "correct horse", "192.0.2.2", "there")
	if err != nil {
		t.Fatal(err)
	}
	for _, wrong := range [][2]string{{"no", next}, {"correct horse", "short"}, {"correct horse", "correct horse"}, {"", next}} {
		if err := c.door.ChangePassword(t.Context(), who, wrong[0], wrong[1], "192.0.2.1"); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q to %q: got %v", wrong[0], wrong[1], err)
		}
	}
	if err := c.door.ChangePassword(t.Context(), who, "correct horse", next, "192.0.2.1"); err != nil {
		t.Fatal(err)
	}
	if _, err := c.door.Identify(t.Context(), token); err != nil {
		t.Errorf("the session in which it was changed: %v", err)
	}
	if _, err := c.door.Identify(t.Context(), other); !fault.Is(err, fault.Denied) {
		t.Errorf("the other session: %v", err)
	}
	if _, _, err := c.door.SignIn(t.Context(), c.t, "ann", "correct horse", "192.0.2.1", "x"); !fault.Is(err, fault.Denied) {
		t.Errorf("the old password: %v", err)
	}
	if _, _, err := c.door.SignIn(t.Context(), c.t, "ann", next, "192.0.2.1", "x"); err != nil {
		t.Errorf("the new password: %v", err)
	}
	c.write(t, func(tx *db.Tx) error {
		lines, err := audit.List(tx, string(c.t), audit.Filter{User: string(who.User), Action: audit.Change}, db.Page{})
		if err != nil || len(lines) != 1 || string(lines[0].Detail) != `{"password":true}` || lines[0].Source != "192.0.2.1" {
			t.Errorf("audit: %+v, %v", lines, err)
		}
		return nil
	})
}

// TestChangePasswordIsLimited like signing in, and together with it.
func TestChangePasswordIsLimited(t *testing.T) {
	t.Parallel()
	c := newCenter(t, dbtest.SQLite(t))
	_, who, err := c.door.SignIn(t.Context(), c.t, "ann", "correct horse", "192.0.2.1", "here")
	if err != nil {
		t.Fatal(err)
	}
	busy := false
	for range 12 {
		err := c.door.ChangePassword(t.Context(), who, "guess", "staple battery", "192.0.2.1")
		busy = busy || fault.Is(err, fault.Busy)
	}
	if !busy {
		t.Error("guesses were not limited")
	}
}
