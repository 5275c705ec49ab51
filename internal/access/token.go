package access

import (
	"strings"
	"time"

	"linekeeper/internal/audit"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/kit/id"
	"linekeeper/internal/kit/secret"
	"linekeeper/internal/tenant"
)

// TokenPrefix begins every API token, so that one that leaked into a log or repository is found.
const TokenPrefix = "lk_"

// TokenID identifies an API token.
type TokenID string

// Token lets a program use the API with a role. The token itself is shown once, when it is made.
type Token struct {
	ID      TokenID   `json:"id"`
	Key     string    `json:"key"` // unique
	Name    string    `json:"name"`
	Role    Role      `json:"role"`
	Hash    string    `json:"-"` // of the token
	Created time.Time `json:"created"`
	Expires time.Time `json:"expires,omitzero"` // no longer lets in from then on; zero: never
	Used    time.Time `json:"-"`                // last request, to a minute; zero: none yet
}

// Expired reports whether the token no longer lets in.
func (k Token) Expired(now time.Time) bool { return !k.Expires.IsZero() && !now.Before(k.Expires) }

// Validate checks what can be checked without the database.
func (k Token) Validate() error {
	var f fault.Fields
	f.Key("key", k.Key)
	f.Text("name", k.Name, true, 200)
	fault.OneOf(&f, "role", k.Role, Roles()...)
	return f.Err()
}

// NewAPIToken makes a token for a program and its hash for storage.
func NewAPIToken() (token, hash string) {
	token = TokenPrefix + secret.NewToken()
	return token, secret.HashToken(token)
}

// CheckAPIToken checks a token that somebody has chosen, as in a center file.
func CheckAPIToken(token string) error {
	if !strings.HasPrefix(token, TokenPrefix) || len(token) < len(TokenPrefix)+32 || strings.ContainsAny(token, " \t\r\n") {
		return fault.OneField("token", fault.Malformed, "must be %s and at least 32 random characters", TokenPrefix)
	}
	return nil
}

const tokenColumns = `id, key, name, role, token_hash, created_ms, expires_ms, used_ms`

func scanToken(row db.Row) (Token, error) {
	var k Token
	err := row.Scan(&k.ID, &k.Key, &k.Name, &k.Role, &k.Hash, db.FromMillis(&k.Created),
		db.FromMillis(&k.Expires), db.FromMillis(&k.Used))
	return k, err
}

// GetToken reads one API token.
func GetToken(tx *db.Tx, t tenant.ID, k TokenID) (Token, error) {
	return db.One(tx, scanToken, `SELECT `+tokenColumns+` FROM api_token WHERE tenant_id = $1 AND id = $2`, t, k)
}

// ListTokens reads API tokens by key; the page goes on after a key.
func ListTokens(tx *db.Tx, t tenant.ID, page db.Page) ([]Token, error) {
	return db.All(tx, scanToken, `SELECT `+tokenColumns+` FROM api_token
		WHERE tenant_id = $1 AND key > $2 ORDER BY key LIMIT $3`, t, page.After, page.Rows())
}

// CreateToken saves a new API token with the hash of NewAPIToken and gives it its id.
func CreateToken(tx *db.Tx, by audit.Author, k Token) (Token, error) {
	if err := k.Validate(); err != nil {
		return Token{}, err
	}
	if k.Hash == "" {
		return Token{}, fault.OneField("token", fault.Required, "must not be empty")
	}
	k.ID, k.Created, k.Used = TokenID(id.New()), time.Now().UTC().Truncate(time.Millisecond), time.Time{}
	_, err := tx.Exec(`INSERT INTO api_token (tenant_id, id, key, name, role, token_hash, created_ms, expires_ms, used_ms)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0)`,
		by.Tenant, k.ID, k.Key, k.Name, k.Role, k.Hash, db.Millis(k.Created), db.Millis(k.Expires))
	if err != nil {
		return Token{}, refuseToken(err, k)
	}
	return k, audit.Created(tx, by, "api_token", string(k.ID), k)
}

// ChangeToken saves an API token under its id, with its hash.
func ChangeToken(tx *db.Tx, by audit.Author, k Token) (Token, error) {
	if err := k.Validate(); err != nil {
		return Token{}, err
	}
	old, err := GetToken(tx, tenant.ID(by.Tenant), k.ID)
	if err != nil {
		return Token{}, err
	}
	if k.Hash == "" {
		k.Hash = old.Hash
	}
	k.Created, k.Used = old.Created, old.Used
	if k == old {
		return k, nil
	}
	_, err = tx.Exec(`UPDATE api_token SET key = $3, name = $4, role = $5, token_hash = $6, expires_ms = $7
		WHERE tenant_id = $1 AND id = $2`, by.Tenant, k.ID, k.Key, k.Name, k.Role, k.Hash, db.Millis(k.Expires))
	if err != nil {
		return Token{}, refuseToken(err, k)
	}
	return k, audit.Changed(tx, by, "api_token", string(k.ID), old, k)
}

// DeleteToken takes an API token's right away at once.
func DeleteToken(tx *db.Tx, by audit.Author, which TokenID) error {
	old, err := GetToken(tx, tenant.ID(by.Tenant), which)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(`DELETE FROM api_token WHERE tenant_id = $1 AND id = $2`, by.Tenant, which); err != nil {
		return err
	}
	return audit.Deleted(tx, by, "api_token", string(which), old)
}

func refuseToken(err error, k Token) error {
	if db.Taken(err) {
		return fault.OneField("key", fault.Taken, "there is already an API token with the key %q, or with the same token", k.Key)
	}
	return err
}
