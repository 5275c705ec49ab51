package access

import (
	"context"
	"time"

	"linekeeper/internal/audit"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/kit/secret"
	"linekeeper/internal/tenant"
)

// setupLink is how long the link printed at the first start works.
const setupLink = 24 * time.Hour

// NeedsSetup reports whether a tenant has no administrator who can sign in, so that the one-time
// link should be printed.
func NeedsSetup(tx *db.Tx, t tenant.ID) (bool, error) {
	n, err := db.One(tx, db.Scalar[int64], `SELECT COUNT(id) FROM users
		WHERE tenant_id = $1 AND role = $2 AND NOT disabled AND password_hash <> ''`, t, Administrator)
	return n == 0, err
}

// CreateSetupLink makes the token of the one-time link; links made before stop working.
func CreateSetupLink(tx *db.Tx) (token string, err error) {
	if _, err := tx.Exec(`DELETE FROM setup_link`); err != nil {
		return "", err
	}
	token = secret.NewToken()
	_, err = tx.Exec(`INSERT INTO setup_link (token_hash, expires_ms) VALUES ($1, $2)`,
		secret.HashToken(token), db.Millis(time.Now().Add(setupLink)))
	return token, err
}

// CheckSetupLink is nil if the link still works, else Denied.
func CheckSetupLink(tx *db.Tx, token string) error {
	expires, err := db.One(tx, db.Scalar[int64], `SELECT expires_ms FROM setup_link WHERE token_hash = $1`, secret.HashToken(token))
	if fault.Is(err, fault.NotFound) || err == nil && !time.Now().Before(db.Instant(expires)) {
		return fault.Denied.New("This link has been used or is too old; restart the program to get a new one.")
	}
	return err
}

// FirstAdministrator uses the link up: it makes the administrator with this password. A tenant that
// has one already refuses.
func (d *Door) FirstAdministrator(ctx context.Context, t tenant.ID, token, login, name, password, source string) (User, error) {
	// Checked before hashing, which is costly, and again in the transaction.
	if err := d.db.Read(ctx, func(tx *db.Tx) error { return CheckSetupLink(tx, token) }); err != nil {
		return User{}, err
	}
	u := User{Login: CleanLogin(login), Name: name, Role: Administrator, Phone: BrowserPhone}
	var f fault.Fields
	if err := f.Nest("", u.Validate()); err != nil {
		return User{}, err
	}
	if err := f.Nest("", CheckPassword(password)); err != nil {
		return User{}, err
	}
	if err := f.Err(); err != nil {
		return User{}, err
	}
	hash, err := d.hasher.Hash(ctx, password)
	if err != nil {
		return User{}, err
	}
	u.PasswordHash = hash
	err = d.db.Write(ctx, func(tx *db.Tx) error {
		if err := CheckSetupLink(tx, token); err != nil {
			return err
		}
		needed, err := NeedsSetup(tx, t)
		if err != nil {
			return err
		}
		if !needed {
			return fault.Conflict.New("There is an administrator already.")
		}
		if _, err := tx.Exec(`DELETE FROM setup_link`); err != nil {
			return err
		}
		u, err = CreateUser(tx, audit.Author{Tenant: string(t), Source: source}, u)
		return err
	})
	return u, err
}

// SetPassword checks, hashes and stores a password; see the function of the same name.
func (d *Door) SetPassword(ctx context.Context, by audit.Author, user UserID, password, keepSession string) error {
	if err := CheckPassword(password); err != nil {
		return err
	}
	hash, err := d.hasher.Hash(ctx, password)
	if err != nil {
		return err
	}
	return d.db.Write(ctx, func(tx *db.Tx) error { return SetPassword(tx, by, user, hash, keepSession) })
}
