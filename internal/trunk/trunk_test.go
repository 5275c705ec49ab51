package trunk_test

import (
	"net/netip"
	"strings"
	"testing"

	"linekeeper/internal/audit"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/db/dbtest"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/kit/secret"
	"linekeeper/internal/tenant"
	"linekeeper/internal/trunk"
)

func TestFind(t *testing.T) {
	t.Parallel()
	trunks := []trunk.Trunk{
		{Key: "wide", Addresses: []string{"192.0.2.0/24", "2001:db8::/32"}},
		{Key: "one", Addresses: []string{"192.0.2.7", "10.0.0.1/8"}},
		{Key: "twin", Addresses: []string{"192.0.2.0/24"}},
		{Key: "broken", Addresses: []string{"x", "1.2.3.4/99"}},
	}
	for addr, want := range map[string]string{
		"192.0.2.7": "one", "192.0.2.8": "wide", "::ffff:192.0.2.7": "one", "2001:db8::1": "wide", "2001:db8::1%eth0": "wide",
		"10.255.0.1": "one", "192.0.3.1": "", "2001:db9::1": "", "1.2.3.4": "",
	} {
		got, ok := trunk.Find(trunks, netip.MustParseAddr(addr))
		if got.Key != want || ok != (want != "") {
			t.Errorf("%s: got %q, want %q", addr, got.Key, want)
		}
	}
	if _, ok := trunk.Find(trunks, netip.Addr{}); ok {
		t.Error("no address belongs to a trunk")
	}
}

func TestStore(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			home, err := tenant.Create(tx, audit.Author{}, tenant.Tenant{Name: "T", TimeZone: "UTC", Language: "en"})
			if err != nil {
				return err
			}
			by := audit.Author{Tenant: string(home.ID)}
			_, err = trunk.Create(tx, by, trunk.Trunk{Key: "k", Name: "K", Addresses: []string{"1.2.3"}, Codecs: []string{"PCMA", "GSM", "PCMA"}, MaxCalls: -1})
			if f := fault.FieldsOf(err); len(f) != 4 || f[0].Path != "addresses[0]" || f[1].Path != "codecs[1]" {
				t.Errorf("got %v, want four fields", err)
			}
			_, err = trunk.Create(tx, by, trunk.Trunk{Key: "k", Name: "K", Kind: trunk.ByRegistration, Codecs: []string{"PCMA"}, Password: "open",
				Settings: trunk.Settings{Host: "a b", Proxy: "x:0", Registrars: []string{"h;x"}, AuthUser: "a\"b", Domain: "-x", Format: "x", Prefix: "a",
					Country: "XX", Caller: "x", Callers: []string{"a"}, Rates: []string{"1"}, Blocked: []string{""}, Countries: []string{"x"}, Order: -1}})
			if f := fault.FieldsOf(err); len(f) != 16 {
				t.Errorf("got %d, %v, want 16 fields", len(f), err)
			}
			box, err := secret.NewBox("a key that is long enough")
			if err != nil {
				return err
			}
			k, err := trunk.Create(tx, by, trunk.Trunk{Key: "k", Name: "K", Addresses: []string{"192.0.2.7"}, Codecs: []string{"PCMA"}, NAT: true, MaxCalls: 30,
				Password: box.Seal("hunter2"), Settings: trunk.Settings{Host: "carrier.example;transport=tcp", User: "us", Rates: []string{"+7* 1 2"}}})
			if err != nil {
				return err
			}
			k.Codecs = []string{"opus", "G722", "PCMU", "PCMA"}
			if _, err := trunk.Change(tx, by, k); err != nil {
				return err
			}
			kept := k
			kept.Password, kept.Name = "", "K2"
			if kept, err = trunk.Change(tx, by, kept); err != nil || kept.Password != k.Password {
				t.Errorf("a change without the password: %+v, %v", kept, err)
			}
			k = kept
			lines, err := audit.List(tx, string(home.ID), audit.Filter{}, db.Page{})
			for _, l := range lines {
				if strings.Contains(string(l.Detail), "sealed1") || strings.Contains(string(l.Detail), "hunter2") {
					t.Errorf("the audit has a secret: %s, %v", l.Detail, err)
				}
			}
			if got, err := trunk.ByKey(tx, home.ID, "k"); err != nil || db.JSON(got) != db.JSON(k) {
				t.Errorf("got %+v, %v; want %+v", got, err, k)
			}
			if list, err := trunk.List(tx, home.ID, db.Page{}); err != nil || len(list) != 1 {
				t.Errorf("list: %+v, %v", list, err)
			}
			if err := trunk.Delete(tx, audit.Author{Tenant: "other"}, k.ID); !fault.Is(err, fault.NotFound) {
				t.Errorf("another tenant: %v", err)
			}
			return trunk.Delete(tx, by, k.ID)
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
