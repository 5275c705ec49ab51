package api

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/db/dbtest"
	"linekeeper/internal/phone"
)

// onePhone is a registrar with one phone for every account.
type onePhone struct{ forgotten []string }

func (*onePhone) Devices(_ context.Context, account string) ([]PhoneDevice, error) {
	return []PhoneDevice{{URI: "sip:" + account + "@192.0.2.9", Device: "Desk phone", Address: "192.0.2.9:5060", Transport: "UDP"}}, nil
}

func (p *onePhone) Forget(_ context.Context, account string) error {
	p.forgotten = append(p.forgotten, account)
	return nil
}

func (*onePhone) Server() (string, int) { return "sip.example", 5060 }

// TestPhoneSecrets makes, renews and revokes what phones sign in with.
func TestPhoneSecrets(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		phones := &onePhone{}
		w := newWorld(t, d, func(d *Deps) { d.Phones = phones })
		agent := string(w.users["agent"])
		path := "/api/v1/users/" + agent + "/phone"
		var shown PhoneAccount
		w.must(200, &shown, "administrator", "GET", path, "")
		if shown.Account != "" || shown.Port != 5060 || len(shown.Devices) != 0 {
			t.Errorf("before there is a secret: got %+v", shown)
		}
		var first, second PhoneSecret
		w.must(200, &first, "administrator", "POST", path+"/secret", "")
		w.must(200, &second, "administrator", "POST", path+"/secret", "")
		if first.Account != "agent" || len(first.Secret) != 26 || first.Secret == second.Secret || second.MadeMs == 0 {
			t.Errorf("got %+v and %+v", first, second)
		}
		rec := w.must(200, &shown, "supervisor", "GET", path, "")
		if strings.Contains(rec.Body.String(), second.Secret) || len(shown.Devices) != 1 || shown.Devices[0].Device != "Desk phone" {
			t.Errorf("got %s", rec.Body)
		}
		w.write(func(tx *db.Tx) error {
			a, err := phone.Get(tx, w.tenant, w.users["agent"])
			if a.Hash() != phone.HashOf("agent", second.Secret) {
				t.Errorf("kept is %s", a.Hash())
			}
			return err
		})
		if fmt.Sprint(phones.forgotten) != "[agent]" {
			t.Errorf("forgotten are %v: the phones with the first secret", phones.forgotten)
		}
		w.must(204, nil, "administrator", "DELETE", path+"/secret", "")
		w.must(204, nil, "administrator", "DELETE", path+"/secret", "")
		w.must(200, &shown, "administrator", "GET", path, "")
		if shown.Account != "" || fmt.Sprint(phones.forgotten) != "[agent agent]" {
			t.Errorf("revoked: got %+v, forgotten %v", shown, phones.forgotten)
		}
		if lines := w.audited("phone"); len(lines) != 3 || strings.Contains(fmt.Sprint(lines), second.Secret) {
			t.Errorf("got audit lines %v, want two changes and a removal", lines)
		}
		w.refused(404, "administrator", "POST", "/api/v1/users/nobody/phone/secret", "")
		if n := w.told("user"); n != 4 {
			t.Errorf("Changed was told %d times, want 4", n)
		}
	})
}

// TestMyPhone is what an agent may do himself.
func TestMyPhone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dbtest.SQLite(t), func(d *Deps) { d.Phones = &onePhone{} })
	path := "/api/v1/users/" + string(w.users["agent"])
	w.refused(403, "agent", "PUT", "/api/v1/me/phone", `{"phone":"sip","number":""}`)
	w.refused(403, "agent", "POST", "/api/v1/me/phone/secret", "")
	body := `{"login":"agent","name":"Ann","role":"agent","language":"","phone":"browser","phone_uri":"","phone_number":"","auto_answer":false,"confirm_answer":false,"chooses_phone":true,"disabled":false}`
	w.must(200, nil, "administrator", "PUT", path, body)
	if p := w.refused(422, "agent", "PUT", "/api/v1/me/phone", `{"phone":"outside","number":""}`); p.Fields[0].Path != "body.number" {
		t.Errorf("got %+v", p.Fields)
	}
	var mine MyPhone
	w.must(200, &mine, "agent", "PUT", "/api/v1/me/phone", `{"phone":"outside","number":"+49 30 123456"}`)
	if mine.Phone != "outside" || mine.Number != "+4930123456" || !mine.Chooses {
		t.Errorf("got %+v", mine)
	}
	w.must(200, &mine, "agent", "PUT", "/api/v1/me/phone", `{"phone":"sip","number":"+4930123456"}`)
	var secret PhoneSecret
	w.must(200, &secret, "agent", "POST", "/api/v1/me/phone/secret", "")
	w.must(200, &mine, "agent", "GET", "/api/v1/me/phone", "")
	if mine.Phone != "sip" || mine.Account != "agent" || secret.Secret == "" || len(mine.Devices) != 1 {
		t.Errorf("got %+v", mine)
	}
}
