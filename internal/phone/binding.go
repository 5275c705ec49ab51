package phone

import (
	"fmt"
	"math"
	"net/netip"
	"strings"
	"unicode/utf8"

	"linekeeper/internal/kit/db"
	"linekeeper/internal/tenant"
	"linekeeper/internal/wire/sip"
)

const bindingColumns = `account, uri, position, source, transport, path, call_id, seq, q_thousand, device, since_ms, seen_ms, expires_ms`

func scanBinding(row db.Row) (sip.Contact, error) {
	var c sip.Contact
	var source string
	var position, seq, q int64
	err := row.Scan(&c.Address, &c.URI, &position, &source, &c.Transport, db.FromJSON(&c.Path), &c.CallID, &seq, &q, &c.Agent,
		db.FromMillis(&c.Since), db.FromMillis(&c.Seen), db.FromMillis(&c.Expires))
	if err != nil {
		return c, err
	}
	c.Seq, c.Q = uint32(seq), float64(q)/1000
	if c.Source, err = netip.ParseAddrPort(source); err != nil {
		return c, fmt.Errorf("binding %s of %s: %w", c.URI, c.Address, err)
	}
	return c, nil
}

// Bindings reads where all phones of a tenant are registered, expired ones too. Address is the
// account's name alone.
func Bindings(tx *db.Tx, t tenant.ID) ([]sip.Contact, error) {
	return db.All(tx, scanBinding, `SELECT `+bindingColumns+` FROM phone_binding WHERE tenant_id = $1 ORDER BY account, position`, t)
}

// SaveBindings replaces the bindings of an account.
func SaveBindings(tx *db.Tx, t tenant.ID, account string, contacts []sip.Contact) error {
	if _, err := tx.Exec(`DELETE FROM phone_binding WHERE tenant_id = $1 AND account = $2`, t, account); err != nil {
		return err
	}
	for i, c := range contacts {
		_, err := tx.Exec(`INSERT INTO phone_binding (tenant_id, `+bindingColumns+`)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
			t, account, c.URI, i, c.Source.String(), c.Transport, db.JSON(c.Path), c.CallID, int64(c.Seq),
			int64(math.Round(c.Q*1000)), Words(c.Agent), db.Millis(c.Since), db.Millis(c.Seen), db.Millis(c.Expires))
		if err != nil {
			return err
		}
	}
	return nil
}

// Words makes a text of a phone's own, such as its User-Agent, fit for a database and a screen.
func Words(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r == utf8.RuneError || r == 0x7f {
			return -1
		}
		return r
	}, text)
	if runes := []rune(text); len(runes) > 200 {
		return string(runes[:200])
	}
	return text
}

// Keepable says whether a contact's texts can be written down: a database takes no broken characters.
func Keepable(c sip.Contact) bool {
	ok := func(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) && len(s) <= 2000 }
	for _, p := range c.Path {
		if !ok(p) {
			return false
		}
	}
	return ok(c.URI) && ok(c.CallID)
}
