package access

import (
	"time"

	"linekeeper/internal/audit"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/kit/id"
	"linekeeper/internal/tenant"
)

const userColumns = `id, login, name, role, language, password_hash, phone, phone_uri, phone_number, auto_answer, second_line, confirm_answer, chooses_phone, disabled, created_ms, media_encryption`

func scanUser(row db.Row) (User, error) {
	var u User
	err := row.Scan(&u.ID, &u.Login, &u.Name, &u.Role, &u.Language, &u.PasswordHash,
		&u.Phone, &u.PhoneURI, &u.PhoneNumber, &u.AutoAnswer, &u.SecondLine, &u.Confirm, &u.ChoosesPhone, &u.Disabled, db.FromMillis(&u.Created), &u.Encryption)
	return u, err
}

// GetUser reads one user.
func GetUser(tx *db.Tx, t tenant.ID, u UserID) (User, error) {
	return db.One(tx, scanUser, `SELECT `+userColumns+` FROM users WHERE tenant_id = $1 AND id = $2`, t, u)
}

// UserByLogin reads the user with this login.
func UserByLogin(tx *db.Tx, t tenant.ID, login string) (User, error) {
	return db.One(tx, scanUser, `SELECT `+userColumns+` FROM users WHERE tenant_id = $1 AND login = $2`, t, CleanLogin(login))
}

// ListUsers reads users by login; the page goes on after a login.
func ListUsers(tx *db.Tx, t tenant.ID, page db.Page) ([]User, error) {
	return db.All(tx, scanUser, `SELECT `+userColumns+` FROM users
		WHERE tenant_id = $1 AND login > $2 ORDER BY login LIMIT $3`, t, page.After, page.Rows())
}

// CreateUser saves a new user and gives it its id. The password is hashed before, outside of the
// transaction, because that takes long.
func CreateUser(tx *db.Tx, by audit.Author, u User) (User, error) {
	u.Login, u.PhoneNumber = CleanLogin(u.Login), CleanNumber(u.PhoneNumber)
	if err := u.Validate(); err != nil {
		return User{}, err
	}
	u.ID, u.Created = UserID(id.New()), time.Now().UTC().Truncate(time.Millisecond)
	_, err := tx.Exec(`INSERT INTO users (tenant_id, `+userColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`,
		by.Tenant, u.ID, u.Login, u.Name, u.Role, u.Language, u.PasswordHash,
		u.Phone, u.PhoneURI, u.PhoneNumber, u.AutoAnswer, u.SecondLine, u.Confirm, u.ChoosesPhone, u.Disabled, db.Millis(u.Created), u.Encryption)
	if err != nil {
		return User{}, refuseUser(err, u)
	}
	return u, audit.Created(tx, by, "user", string(u.ID), u)
}

// ChangeUser saves a user under its id, all but the password. A user who becomes disabled, or gets
// another role, is signed out everywhere. The last administrator stays one.
func ChangeUser(tx *db.Tx, by audit.Author, u User) (User, error) {
	u.Login, u.PhoneNumber = CleanLogin(u.Login), CleanNumber(u.PhoneNumber)
	if err := u.Validate(); err != nil {
		return User{}, err
	}
	t := tenant.ID(by.Tenant)
	old, err := GetUser(tx, t, u.ID)
	if err != nil {
		return User{}, err
	}
	u.PasswordHash, u.Created = old.PasswordHash, old.Created
	if u == old {
		return u, nil
	}
	if old.Role == Administrator && !old.Disabled && (u.Role != Administrator || u.Disabled) {
		others, err := db.One(tx, db.Scalar[int64], `SELECT COUNT(id) FROM users
			WHERE tenant_id = $1 AND role = $2 AND NOT disabled AND id <> $3`, t, Administrator, u.ID)
		if err != nil {
			return User{}, err
		}
		if others == 0 {
			return User{}, fault.Conflict.New("%s is the last administrator and must stay one.", old.Name)
		}
	}
	_, err = tx.Exec(`UPDATE users SET login = $3, name = $4, role = $5, language = $6, phone = $7, phone_uri = $8,
		phone_number = $9, auto_answer = $10, confirm_answer = $11, chooses_phone = $12, disabled = $13, second_line = $14, media_encryption = $15
		WHERE tenant_id = $1 AND id = $2`,
		t, u.ID, u.Login, u.Name, u.Role, u.Language, u.Phone, u.PhoneURI,
		u.PhoneNumber, u.AutoAnswer, u.Confirm, u.ChoosesPhone, u.Disabled, u.SecondLine, u.Encryption)
	if err != nil {
		return User{}, refuseUser(err, u)
	}
	if u.Disabled || u.Role != old.Role {
		if err := endSessions(tx, t, u.ID, ""); err != nil {
			return User{}, err
		}
	}
	return u, audit.Changed(tx, by, "user", string(u.ID), old, u)
}

// SetPassword saves a password's hash and ends all the user's sessions but the one kept (the hash of
// its token; empty keeps none).
func SetPassword(tx *db.Tx, by audit.Author, u UserID, hash, keep string) error {
	t := tenant.ID(by.Tenant)
	n, err := tx.Exec(`UPDATE users SET password_hash = $3 WHERE tenant_id = $1 AND id = $2`, t, u, hash)
	if err != nil {
		return err
	}
	if n == 0 {
		return fault.NotFound.New("There is no such user.")
	}
	if err := endSessions(tx, t, u, keep); err != nil {
		return err
	}
	return audit.Note(tx, by, audit.Change, "user", string(u), map[string]bool{"password": true})
}

func refuseUser(err error, u User) error {
	if db.Taken(err) {
		return fault.OneField("login", fault.Taken, "there is already a user with the login %q", u.Login)
	}
	return err
}
