package access

import (
	"context"
	"strings"
	"time"

	"linekeeper/internal/audit"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/kit/secret"
	"linekeeper/internal/tenant"
)

// Identity is who is asking: a user in a session, or a program with an API token.
type Identity struct {
	Tenant   tenant.ID       `json:"tenant_id"`
	User     UserID          `json:"user_id"` // empty for an API token
	Login    string          `json:"login"`
	Name     string          `json:"name"`
	Role     Role            `json:"role"`
	Language tenant.Language `json:"language"` // never empty
	Session  string          `json:"-"`        // hash of the session's token; empty for an API token
	Token    TokenID         `json:"-"`        // of an API token
	Expires  time.Time       `json:"-"`        // when the session ends at the latest; zero for an API token
}

// May decides whether the asker may do something.
func (i Identity) May(p Permission) bool { return May(i.Role, p) }

// Require is nil if the asker may do something, else Denied.
func (i Identity) Require(p Permission) error {
	if i.May(p) {
		return nil
	}
	return fault.Denied.New("Your role does not allow this.")
}

// Author is the asker in audit lines. An API token is named by its id.
func (i Identity) Author(source string) audit.Author {
	user := string(i.User)
	if user == "" {
		user = string(i.Token)
	}
	return audit.Author{Tenant: string(i.Tenant), User: user, Source: source}
}

// Door lets people and programs in. It is safe for concurrent use.
type Door struct {
	db     *db.DB
	hasher *secret.Hasher
	limit  *limiter
}

// NewDoor makes the door; the hasher is shared with whoever else sets passwords.
func NewDoor(d *db.DB, hasher *secret.Hasher) *Door {
	return &Door{db: d, hasher: hasher, limit: newLimiter()}
}

// Hasher is for setting passwords: hash first, then store in a transaction.
func (d *Door) Hasher() *secret.Hasher { return d.hasher }

// errWrong says as little as it can: not whether the login exists.
func errWrong() error { return fault.Denied.New("The login or the password is not right.") }

// SignIn opens a session for a login and password. Attempts are limited by login together with the
// address, by address, and loosely by login alone; then the answer is Busy, with the wait in its
// sentence (see RetryAfter). Wrong passwords, unknown logins and disabled users give the same Denied
// after the same work. The token goes into the browser's cookie and nowhere else.
func (d *Door) SignIn(ctx context.Context, t tenant.ID, login, password, source, device string) (token string, who Identity, err error) {
	login = CleanLogin(login)
	if err := d.limit.ask(time.Now(), string(t)+"/"+login, source); err != nil {
		return "", Identity{}, err
	}
	var u User
	var language tenant.Language
	err = d.db.Read(ctx, func(tx *db.Tx) error {
		home, err := tenant.Get(tx, t)
		if err != nil {
			return err
		}
		language = home.Language
		u, err = UserByLogin(tx, t, login)
		if fault.Is(err, fault.NotFound) {
			return nil
		}
		return err
	})
	if err != nil {
		d.limit.forget(string(t)+"/"+login, source) // not the asker's fault
		return "", Identity{}, err
	}
	if len(password) > 4*longestPassword {
		password = "" // hashed all the same, so that the answer takes as long
	}
	ok, err := d.hasher.Verify(ctx, password, u.PasswordHash)
	if err != nil {
		d.limit.forget(string(t)+"/"+login, source)
		return "", Identity{}, err
	}
	if !ok || u.ID == "" || u.Disabled {
		return "", Identity{}, errWrong()
	}
	d.limit.passed(string(t)+"/"+login, source)
	err = d.db.Write(ctx, func(tx *db.Tx) error {
		// The user may have been disabled, or the password changed, while it was hashed.
		now, err := GetUser(tx, t, u.ID)
		if err != nil {
			return err
		}
		if now.Disabled || now.PasswordHash != u.PasswordHash {
			return errWrong()
		}
		var s Session
		token, s, err = openSession(tx, t, u.ID, time.Now().UTC().Truncate(time.Millisecond), source, device)
		if err != nil {
			return err
		}
		who = identify(s, now, language)
		return audit.Note(tx, who.Author(source), audit.SignIn, "user", string(u.ID), nil)
	})
	if err != nil {
		return "", Identity{}, err
	}
	return token, who, nil
}

func identify(s Session, u User, language tenant.Language) Identity {
	if u.Language != "" {
		language = u.Language
	}
	return Identity{Tenant: s.tenant, User: u.ID, Login: u.Login, Name: u.Name, Role: u.Role, Language: language,
		Session: s.TokenHash, Expires: s.Expires}
}

// Open makes a session for a user without a password, for the demo's one-click sign-in and after the
// setup link.
func (d *Door) Open(ctx context.Context, t tenant.ID, user UserID, source, device string) (token string, err error) {
	err = d.db.Write(ctx, func(tx *db.Tx) error {
		u, err := GetUser(tx, t, user)
		if err != nil {
			return err
		}
		if u.Disabled {
			return errWrong()
		}
		token, _, err = openSession(tx, t, user, time.Now().UTC().Truncate(time.Millisecond), source, device)
		if err != nil {
			return err
		}
		return audit.Note(tx, audit.Author{Tenant: string(t), User: string(user), Source: source}, audit.SignIn, "user", string(user), nil)
	})
	return token, err
}

// errNobody is what an unknown, expired or revoked token gets.
func errNobody() error { return fault.Denied.New("Please sign in.") }

// Identify finds who holds a token: of a session's cookie, or an API token (TokenPrefix). It counts
// as a sign of life of the session. Denied: nobody.
func (d *Door) Identify(ctx context.Context, token string) (Identity, error) {
	if strings.HasPrefix(token, TokenPrefix) {
		return d.identifyToken(ctx, token)
	}
	hash := secret.HashToken(token)
	who, seen, err := d.session(ctx, hash)
	if err != nil {
		return Identity{}, err
	}
	if now := time.Now(); now.Sub(seen) >= seenEvery {
		err := d.db.Write(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(`UPDATE session SET seen_ms = $2 WHERE token_hash = $1 AND seen_ms < $2`, hash, db.Millis(now))
			return err
		})
		if err != nil {
			return Identity{}, err
		}
	}
	return who, nil
}

// StillValid reports whether a session (Identity.Session) still counts, without being a sign of life:
// for open sockets, asked on a timer.
func (d *Door) StillValid(ctx context.Context, session string) (Identity, error) {
	who, _, err := d.session(ctx, session)
	return who, err
}

func (d *Door) session(ctx context.Context, hash string) (who Identity, seen time.Time, err error) {
	err = d.db.Read(ctx, func(tx *db.Tx) error {
		s, err := db.One(tx, scanSession, `SELECT `+sessionColumns+` FROM session WHERE token_hash = $1`, hash)
		if err != nil {
			return err
		}
		if !s.Live(time.Now()) {
			return errNobody()
		}
		u, err := GetUser(tx, s.tenant, s.User)
		if err != nil {
			return err
		}
		if u.Disabled {
			return errNobody()
		}
		home, err := tenant.Get(tx, s.tenant)
		if err != nil {
			return err
		}
		who, seen = identify(s, u, home.Language), s.Seen
		return nil
	})
	if fault.Is(err, fault.NotFound) {
		err = errNobody()
	}
	return who, seen, err
}

func (d *Door) identifyToken(ctx context.Context, token string) (who Identity, err error) {
	var k Token
	hash := secret.HashToken(token)
	err = d.db.Read(ctx, func(tx *db.Tx) error {
		row := tx.QueryRow(`SELECT api_token.tenant_id, api_token.id, api_token.key, api_token.name, api_token.role, tenant.language,
				api_token.expires_ms, api_token.used_ms
			FROM api_token JOIN tenant ON tenant.id = api_token.tenant_id WHERE token_hash = $1`, hash)
		return row.Scan(&who.Tenant, &who.Token, &who.Login, &who.Name, &who.Role, &who.Language,
			db.FromMillis(&k.Expires), db.FromMillis(&k.Used))
	})
	if fault.Is(err, fault.NotFound) {
		err = errNobody()
	}
	if err != nil {
		return Identity{}, err
	}
	now := time.Now()
	if k.Expired(now) {
		return Identity{}, fault.Denied.New("This API token has expired. An administrator can make a new one.")
	}
	if now.Sub(k.Used) < seenEvery {
		return who, nil
	}
	return who, d.db.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(`UPDATE api_token SET used_ms = $2 WHERE token_hash = $1 AND used_ms < $2`, hash, db.Millis(now))
		return err
	})
}

// SignOut ends the session of a token; an unknown one is no error.
func (d *Door) SignOut(ctx context.Context, token, source string) error {
	return d.db.Write(ctx, func(tx *db.Tx) error {
		s, err := db.One(tx, scanSession, `SELECT `+sessionColumns+` FROM session WHERE token_hash = $1`, secret.HashToken(token))
		if fault.Is(err, fault.NotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		if _, err := tx.Exec(`DELETE FROM session WHERE token_hash = $1`, s.TokenHash); err != nil {
			return err
		}
		by := audit.Author{Tenant: string(s.tenant), User: string(s.User), Source: source}
		return audit.Note(tx, by, audit.SignOut, "user", string(s.User), nil)
	})
}
