package phone_test

import (
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/audit"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/db/dbtest"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/phone"
	"linekeeper/internal/tenant"
	"linekeeper/internal/wire/sip"
)

func TestNamesAndSecrets(t *testing.T) {
	t.Parallel()
	for login, want := range map[string]string{"ann": "ann", "ann.b-1_c": "ann.b-1_c", "анна": "phone-80e29e9a78", "a@b": "phone-7508d8b501"} {
		if got := phone.NameFor(login); got != want {
			t.Errorf("%q: got %q, want %q", login, got, want)
		}
	}
	if a, b := phone.NewSecret(), phone.NewSecret(); a == b || len(a) != 26 || phone.CheckSecret(a) != nil {
		t.Errorf("got %q and %q", a, b)
	}
	for _, bad := range []string{"", "short", "with a blank in the middle", "слишком необычный пароль", strings.Repeat("x", 201)} {
		if fault.KindOf(phone.CheckSecret(bad)) != fault.Invalid {
			t.Errorf("%q is taken", bad)
		}
	}
	hash := phone.HashOf("ann", "a secret that is long")
	if err := phone.CheckHash(hash); err != nil {
		t.Error(err)
	}
	for _, bad := range []string{"", "ann", hash + "0", strings.ToUpper(hash), "a b" + hash, hash[:len(hash)-1] + "g"} {
		if phone.CheckHash(bad) == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

func TestAccountsAndBindings(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		var home tenant.Tenant
		var ann, bob access.User
		write := func(f func(tx *db.Tx) error) {
			t.Helper()
			if err := d.Write(t.Context(), f); err != nil {
				t.Fatal(err)
			}
		}
		write(func(tx *db.Tx) (err error) {
			if home, err = tenant.Create(tx, audit.Author{}, tenant.Tenant{Name: "T", TimeZone: "UTC", Language: "en"}); err != nil {
				return err
			}
			by := audit.Author{Tenant: string(home.ID)}
			if ann, err = access.CreateUser(tx, by, access.User{Login: "ann", Name: "Ann", Role: access.Agent, Phone: access.SIPPhone}); err != nil {
				return err
			}
			bob, err = access.CreateUser(tx, by, access.User{Login: "bob", Name: "Bob", Role: access.Agent, Phone: access.BrowserPhone})
			return err
		})
		by := audit.Author{Tenant: string(home.ID)}
		write(func(tx *db.Tx) error {
			a, secret, err := phone.Renew(tx, by, ann.ID)
			if err != nil {
				return err
			}
			if a.Hash() != phone.HashOf("ann", secret) || a.User != ann.ID || time.Since(a.Made) > time.Minute {
				t.Errorf("got %+v", a)
			}
			all, err := phone.Accounts(tx, home.ID)
			if len(all) != 1 || all[0] != a {
				t.Errorf("got %+v", all)
			}
			return err
		})
		err := d.Write(t.Context(), func(tx *db.Tx) error { return phone.Put(tx, by, bob.ID, phone.HashOf("ann", "other")) })
		if fault.KindOf(err) != fault.Conflict {
			t.Errorf("a name taken: got %v", err)
		}
		now := time.Now().UTC().Truncate(time.Millisecond)
		contacts := []sip.Contact{
			{Address: "ann", URI: "sip:ann@[2001:db8::1]:5060;transport=tcp", Source: netip.MustParseAddrPort("[2001:db8::1]:4711"), Transport: sip.TCP,
				Path: []string{"<sip:p1;lr>", "<sip:p2;lr>"}, CallID: "c", Seq: 4294967295, Q: 0.7, Agent: "Phone \x01\xff", Since: now, Seen: now, Expires: now.Add(time.Hour)},
			{Address: "ann", URI: "sip:a@x", Source: netip.MustParseAddrPort("192.0.2.1:5060"), Transport: sip.UDP, CallID: "d", Seq: 1, Q: 1, Since: now, Seen: now, Expires: now},
		}
		write(func(tx *db.Tx) error { return phone.SaveBindings(tx, home.ID, "ann", contacts[1:]) })
		write(func(tx *db.Tx) error { return phone.SaveBindings(tx, home.ID, "ann", contacts) })
		write(func(tx *db.Tx) error {
			got, err := phone.Bindings(tx, home.ID)
			contacts[0].Agent = "Phone "
			for i := range got {
				got[i].Since, got[i].Seen, got[i].Expires = got[i].Since.UTC(), got[i].Seen.UTC(), got[i].Expires.UTC()
			}
			if !reflect.DeepEqual(got, contacts) {
				t.Errorf("got\n%+v\nwant\n%+v", got, contacts)
			}
			return err
		})
		write(func(tx *db.Tx) error {
			if err := phone.SaveBindings(tx, home.ID, "ann", nil); err != nil {
				return err
			}
			if err := phone.Revoke(tx, by, ann.ID); err != nil {
				return err
			}
			got, err := phone.Bindings(tx, home.ID)
			if len(got) != 0 {
				t.Errorf("got %+v", got)
			}
			return err
		})
		if phone.Keepable(sip.Contact{URI: "sip:\xff"}) || phone.Keepable(sip.Contact{Path: []string{"\x00"}}) || !phone.Keepable(contacts[0]) {
			t.Error("what can be written down is misjudged")
		}
	})
}
