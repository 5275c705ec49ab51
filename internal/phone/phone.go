// Package phone keeps what agents' SIP phones sign in with, and where they are registered. Which phone
// an agent is called on is a matter of his user (package access); how phones are called is one of
// edge/voice.
package phone

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/audit"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/tenant"
	"linekeeper/internal/wire/sip"
)

// Realm is what all secrets are made for (RFC 3261 section 22.1). It is the same everywhere, so that a
// center that moves to another address keeps its phones.
const Realm = "linekeeper"

// Account is what all SIP phones of a user sign in with. Of the secret only digests are kept, by which
// it can be checked and not be told; whoever has them can sign in, so they are never shown.
type Account struct {
	Tenant tenant.ID
	User   access.UserID
	Name   string // which the phone signs in with; unique over all tenants
	MD5    string // H(name:Realm:secret) in hex (RFC 7616 section 3.4.2)
	SHA256 string
	Made   time.Time
}

// NewSecret makes a secret of 130 bits that can be read out and typed: 26 capital letters and digits.
func NewSecret() string { return rand.Text() }

// shortestSecret is for secrets in center files: phones are guessed at from anywhere, all day.
const shortestSecret = 20

// CheckSecret checks a secret that somebody else made.
func CheckSecret(secret string) error {
	switch {
	case len(secret) < shortestSecret:
		return fault.OneField("phone_secret", fault.OutOfRange, "must have at least %d characters", shortestSecret)
	case len(secret) > 200:
		return fault.OneField("phone_secret", fault.TooLong, "must have at most 200 characters")
	case strings.ContainsFunc(secret, func(r rune) bool { return r <= ' ' || r > '~' }):
		return fault.OneField("phone_secret", fault.Malformed, "phones take only Latin letters, digits and signs, without blanks")
	}
	return nil
}

// NameFor is the name that a user's phones sign in with: the login if every phone can send it, else
// one made of it.
func NameFor(login string) string {
	safe := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '.' || r == '-' || r == '_'
	}
	if login != "" && len(login) <= 64 && !strings.ContainsFunc(login, func(r rune) bool { return !safe(r) }) {
		return login
	}
	sum := sha256.Sum256([]byte(login))
	return "phone-" + hex.EncodeToString(sum[:5])
}

// HashOf is what is kept of a secret, as text for a center file: name, MD5 and SHA-256.
func HashOf(name, secret string) string {
	s := sip.NewSecret(name, Realm, secret)
	return name + ":" + s.MD5 + ":" + s.SHA256
}

// Hash is HashOf of an account's secret.
func (a Account) Hash() string { return a.Name + ":" + a.MD5 + ":" + a.SHA256 }

// CheckHash checks that a text is one that HashOf could have made.
func CheckHash(hash string) error {
	_, err := parseHash(hash)
	return err
}

func parseHash(hash string) (Account, error) {
	parts := strings.Split(hash, ":")
	if len(parts) != 3 || NameFor(parts[0]) != parts[0] || !isHex(parts[1], 32) || !isHex(parts[2], 64) {
		return Account{}, fault.Invalid.New("this is not the hash of a phone's secret as export --secrets writes it")
	}
	return Account{Name: parts[0], MD5: parts[1], SHA256: parts[2]}, nil
}

func isHex(text string, length int) bool {
	_, err := hex.DecodeString(text)
	return err == nil && len(text) == length && text == strings.ToLower(text)
}

const columns = `tenant_id, user_id, account, md5, sha256, made_ms`

func scan(row db.Row) (Account, error) {
	var a Account
	err := row.Scan(&a.Tenant, &a.User, &a.Name, &a.MD5, &a.SHA256, db.FromMillis(&a.Made))
	return a, err
}

// Get reads a user's account; NotFound if no secret was made.
func Get(tx *db.Tx, t tenant.ID, user access.UserID) (Account, error) {
	return db.One(tx, scan, `SELECT `+columns+` FROM phone WHERE tenant_id = $1 AND user_id = $2`, t, user)
}

// Accounts reads all of a tenant, by user.
func Accounts(tx *db.Tx, t tenant.ID) ([]Account, error) {
	return db.All(tx, scan, `SELECT `+columns+` FROM phone WHERE tenant_id = $1 ORDER BY user_id`, t)
}

// Renew makes a new secret for a user's phones, the first or in place of the old one, with which
// nobody can sign in any more. It is told here and never again.
func Renew(tx *db.Tx, by audit.Author, user access.UserID) (Account, string, error) {
	u, err := access.GetUser(tx, tenant.ID(by.Tenant), user)
	if err != nil {
		return Account{}, "", err
	}
	secret := NewSecret()
	err = Put(tx, by, user, HashOf(NameFor(u.Login), secret))
	if err != nil {
		return Account{}, "", err
	}
	a, err := Get(tx, tenant.ID(by.Tenant), user)
	return a, secret, err
}

// Put saves a secret by its hash.
func Put(tx *db.Tx, by audit.Author, user access.UserID, hash string) error {
	a, err := parseHash(hash)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO phone (`+columns+`) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (tenant_id, user_id) DO UPDATE SET account = excluded.account, md5 = excluded.md5,
		sha256 = excluded.sha256, made_ms = excluded.made_ms`,
		by.Tenant, user, a.Name, a.MD5, a.SHA256, db.Millis(time.Now()))
	if db.Taken(err) {
		return fault.Conflict.New("Another user's phones sign in as %s; change this user's login first.", a.Name)
	}
	if err != nil {
		return err
	}
	return audit.Note(tx, by, audit.Change, "phone", string(user), map[string]bool{"secret": true})
}

// Revoke takes a user's secret away; having none is no error.
func Revoke(tx *db.Tx, by audit.Author, user access.UserID) error {
	n, err := tx.Exec(`DELETE FROM phone WHERE tenant_id = $1 AND user_id = $2`, by.Tenant, user)
	if err != nil || n == 0 {
		return err
	}
	return audit.Note(tx, by, audit.Delete, "phone", string(user), map[string]bool{"secret": true})
}
