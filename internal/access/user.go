package access

import (
	"strings"
	"time"

	"linekeeper/internal/kit/fault"
	"linekeeper/internal/kit/number"
	"linekeeper/internal/tenant"
)

// UserID identifies a user.
type UserID string

// PhoneKind is what an agent is called on.
type PhoneKind string

// The kinds of phone.
const (
	BrowserPhone PhoneKind = "browser"
	SIPPhone     PhoneKind = "sip"
	OutsidePhone PhoneKind = "outside" // a number in the telephone network
)

// PhoneKinds lists all of them.
func PhoneKinds() []PhoneKind { return []PhoneKind{BrowserPhone, SIPPhone, OutsidePhone} }

// PhoneEncryption is how the sound of a user's SIP phones is protected.
type PhoneEncryption string

// The protections of phones. A phone that cannot do what is asked for gets no calls, and can make none.
const (
	PhoneAuto PhoneEncryption = ""     // SDES for phones that signal over TLS and can do it, else none
	PhoneOff  PhoneEncryption = "off"  // plain RTP
	PhoneSDES PhoneEncryption = "sdes" // SRTP with the keys in the signalling (RFC 4568), which must be TLS
	PhoneDTLS PhoneEncryption = "dtls" // SRTP with the keys from a handshake (RFC 5763)
)

// PhoneEncryptions lists all of them.
func PhoneEncryptions() []PhoneEncryption {
	return []PhoneEncryption{PhoneAuto, PhoneOff, PhoneSDES, PhoneDTLS}
}

// User is someone who can sign in.
type User struct {
	ID           UserID          `json:"id"`
	Login        string          `json:"login"` // unique, lower case
	Name         string          `json:"name"`
	Role         Role            `json:"role"`
	Language     tenant.Language `json:"language"` // empty: the tenant's
	PasswordHash string          `json:"-"`        // as kit/secret makes it; empty: cannot sign in with a password
	Phone        PhoneKind       `json:"phone"`
	PhoneURI     string          `json:"phone_uri"`      // sip:user@host:port of a SIP phone that does not register; empty: it does
	PhoneNumber  string          `json:"phone_number"`   // as kit/number has it; called when Phone is OutsidePhone
	AutoAnswer   bool            `json:"auto_answer"`    // offers are accepted by themselves
	SecondLine   bool            `json:"second_line"`    // is offered another call while the first is on hold
	Confirm      bool            `json:"confirm_answer"` // a SIP phone that was picked up must press 1, as outside phones must always
	ChoosesPhone bool            `json:"chooses_phone"`  // may set Phone and PhoneNumber himself
	// Encryption is of the sound of SIP phones.
	Encryption PhoneEncryption `json:"media_encryption"`
	Disabled   bool            `json:"disabled"` // keeps the name in history, but cannot sign in or work
	Created    time.Time       `json:"created"`
}

// HasPassword reports whether the user can sign in with a password.
func (u User) HasPassword() bool { return u.PasswordHash != "" }

// Validate checks what can be checked without the database.
func (u User) Validate() error {
	var f fault.Fields
	checkLogin(&f, u.Login)
	f.Text("name", u.Name, true, 200)
	fault.OneOf(&f, "role", u.Role, Roles()...)
	tenant.CheckOptionalLanguage(&f, "language", u.Language)
	fault.OneOf(&f, "phone", u.Phone, PhoneKinds()...)
	fault.OneOf(&f, "media_encryption", u.Encryption, PhoneEncryptions()...)
	switch {
	case u.PhoneNumber == "" && u.Phone == OutsidePhone:
		f.Add("phone_number", fault.Required, "an outside phone needs its number, such as +4930123456")
	case u.PhoneNumber != "" && (number.Normalize(u.PhoneNumber) != u.PhoneNumber || strings.ContainsAny(u.PhoneNumber, "*#")):
		f.Add("phone_number", fault.Malformed, "%q is not a telephone number; write one like +4930123456", u.PhoneNumber)
	}
	switch {
	case u.Phone == BrowserPhone && u.PhoneURI != "":
		f.Add("phone_uri", fault.NotAllowed, "only a SIP phone has an address")
	case u.PhoneURI != "" && !sipAddress(u.PhoneURI):
		f.Add("phone_uri", fault.Malformed, "%q is not a SIP address; write one like sip:ann@192.0.2.7:5060", u.PhoneURI)
	}
	return f.Err()
}

// CleanLogin is a login as stored: logins do not distinguish capital letters.
func CleanLogin(login string) string { return strings.ToLower(strings.TrimSpace(login)) }

// CleanNumber is a phone's number as stored; what is no number stays, so that Validate can say so.
func CleanNumber(text string) string {
	text = strings.TrimSpace(text)
	if n := number.Normalize(text); n != "" {
		return n
	}
	return text
}

func checkLogin(f *fault.Fields, login string) {
	f.Text("login", login, true, 100)
	if login != CleanLogin(login) {
		f.Add("login", fault.Malformed, "must be in lower case without blanks around it")
	} else if strings.ContainsAny(login, " \t\n") {
		f.Add("login", fault.Malformed, "must not contain blanks")
	}
}

func sipAddress(uri string) bool {
	rest, ok := strings.CutPrefix(strings.ToLower(uri), "sip:")
	if !ok {
		return false
	}
	user, host, ok := strings.Cut(rest, "@")
	return ok && user != "" && host != "" && !strings.ContainsAny(uri, " \t\r\n<>\"")
}

// Limits of passwords. They are long or short, nothing else is asked of them (NIST SP 800-63B, 3.1.1).
const (
	shortestPassword = 8
	longestPassword  = 200
)

// CheckPassword checks a new password.
func CheckPassword(password string) error {
	n := len([]rune(password))
	switch {
	case password == "":
		return fault.OneField("password", fault.Required, "must not be empty")
	case n < shortestPassword:
		return fault.OneField("password", fault.OutOfRange, "must have at least %d characters", shortestPassword)
	case n > longestPassword:
		return fault.OneField("password", fault.TooLong, "must have at most %d characters", longestPassword)
	}
	return nil
}
