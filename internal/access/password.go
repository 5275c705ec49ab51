package access

import (
	"context"
	"time"

	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
)

// ChangePassword gives the asker a new password if he knows the present one, and ends his other sessions.
// Wrong attempts are limited as those of SignIn, and count together with them: who found an open desk
// must not guess there what he could not guess at the door.
func (d *Door) ChangePassword(ctx context.Context, who Identity, current, password, source string) error {
	if err := CheckPassword(password); err != nil {
		return err
	}
	if current == password {
		return fault.OneField("password", fault.Taken, "must differ from the present one")
	}
	if len(current) > 4*longestPassword {
		return errNotCurrent()
	}
	key := string(who.Tenant) + "/" + who.Login
	if err := d.limit.ask(time.Now(), key, source); err != nil {
		return err
	}
	var u User
	err := d.db.Read(ctx, func(tx *db.Tx) error {
		var err error
		u, err = GetUser(tx, who.Tenant, who.User)
		return err
	})
	ok := false
	if err == nil {
		ok, err = d.hasher.Verify(ctx, current, u.PasswordHash)
	}
	if err != nil {
		d.limit.forget(key, source) // not the asker's fault
		return err
	}
	if !ok {
		return errNotCurrent()
	}
	d.limit.passed(key, source)
	hash, err := d.hasher.Hash(ctx, password)
	if err != nil {
		return err
	}
	return d.db.Write(ctx, func(tx *db.Tx) error {
		now, err := GetUser(tx, who.Tenant, who.User)
		if err != nil {
			return err
		}
		if now.PasswordHash != u.PasswordHash {
			return fault.Conflict.New("Somebody has changed the password just now. Sign in again.")
		}
		return SetPassword(tx, who.Author(source), who.User, hash, who.Session)
	})
}

func errNotCurrent() error {
	return fault.OneField("current", fault.NotAllowed, "is not your password")
}
