// Package tenant is the separate customer of the installation: everything else carries its id. Also
// here is what every noun needs to speak to people: the product's languages and names in them.
//
// Functions that read take a transaction of db.Read or db.Write and the tenant; functions that
// change take one of db.Write and an audit.Author, and write their audit line in it. All nouns do it
// this way.
package tenant

import (
	"maps"
	"slices"
	"time"

	"linekeeper/internal/kit/fault"
)

// ID identifies a tenant.
type ID string

// Tenant is one customer of the installation.
type Tenant struct {
	ID       ID        `json:"id"`
	Name     string    `json:"name"`
	TimeZone string    `json:"time_zone"` // IANA name, such as Europe/Moscow
	Language Language  `json:"language"`
	Created  time.Time `json:"created"`
}

// Language is one the product speaks.
type Language string

// The languages.
const (
	English Language = "en"
	Russian Language = "ru"
	Thai    Language = "th"
)

// Languages lists all of them.
func Languages() []Language { return []Language{English, Russian, Thai} }

// Validate checks what can be checked without the database.
func (t Tenant) Validate() error {
	var f fault.Fields
	f.Text("name", t.Name, true, 200)
	CheckTimeZone(&f, "time_zone", t.TimeZone)
	fault.OneOf(&f, "language", t.Language, Languages()...)
	return f.Err()
}

// Location is the tenant's time zone; UTC if the machine does not know it.
func (t Tenant) Location() *time.Location { return Location(t.TimeZone) }

// Location finds a time zone by its IANA name; UTC if the machine does not know it.
func Location(name string) *time.Location {
	l, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC
	}
	return l
}

// CheckTimeZone checks an IANA name.
func CheckTimeZone(f *fault.Fields, path, name string) {
	if name == "" {
		f.Add(path, fault.Required, "must not be empty")
		return
	}
	if _, err := time.LoadLocation(name); err != nil || name == "Local" {
		f.Add(path, fault.Malformed, "%q is not a time zone; write one like Europe/Moscow or Asia/Bangkok", name)
	}
}

// CheckOptionalLanguage checks a language of which empty means the tenant's.
func CheckOptionalLanguage(f *fault.Fields, path string, l Language) {
	if l != "" {
		fault.OneOf(f, path, l, Languages()...)
	}
}

// Names is a name in one or more languages.
type Names map[Language]string

// In gives the name in a language, else in English, else in any.
func (n Names) In(l Language) string {
	for _, try := range append([]Language{l}, Languages()...) {
		if s := n[try]; s != "" {
			return s
		}
	}
	return ""
}

// Check notes what is wrong with the names.
func (n Names) Check(f *fault.Fields, path string) {
	if len(n) == 0 {
		f.Add(path, fault.Required, "needs a name in at least one language")
	}
	for _, l := range slices.Sorted(maps.Keys(n)) {
		at := fault.Join(path, string(l))
		if !slices.Contains(Languages(), l) {
			f.Add(at, fault.Unknown, "%q is not one of the languages en, ru, th", string(l))
			continue
		}
		f.Text(at, n[l], true, 200)
	}
}
