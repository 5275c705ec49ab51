package api

import (
	"context"

	"linekeeper/internal/access"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/phone"
	"linekeeper/internal/tenant"
)

// PhoneDevice is a SIP phone that is registered now.
type PhoneDevice struct {
	URI       string `json:"uri" doc:"As it named itself"`
	Device    string `json:"device" doc:"Its own words of what it is; may be empty"`
	Address   string `json:"address" doc:"Where it signed in from"`
	Transport string `json:"transport" doc:"UDP, TCP or TLS"`
	SinceMs   int64  `json:"since_ms" doc:"Registered without a break since"`
	SeenMs    int64  `json:"seen_ms" doc:"Last heard of"`
	ExpiresMs int64  `json:"expires_ms" doc:"Unless it signs in again before"`
}

// PhoneAccount is what a user's SIP phones sign in with, but for the secret.
type PhoneAccount struct {
	Account string        `json:"account" doc:"User name of the phone; empty: no secret was made"`
	MadeMs  int64         `json:"made_ms" doc:"When the secret was made; 0: none"`
	Host    string        `json:"host" doc:"Where phones sign in; empty: the host of this web page"`
	Port    int           `json:"port"`
	Devices []PhoneDevice `json:"devices"`
}

// PhoneSecret is a new secret. It is told once.
type PhoneSecret struct {
	PhoneAccount
	Secret string `json:"secret" doc:"Password of the phone; it cannot be shown again"`
}

// MyPhone is what one is called on.
type MyPhone struct {
	Phone   string `json:"phone" enum:"browser,sip,outside"`
	Number  string `json:"number" doc:"Called when phone is outside"`
	URI     string `json:"uri" doc:"Of a SIP phone that does not sign in here"`
	Chooses bool   `json:"chooses" doc:"One may change phone and number oneself"`
	PhoneAccount
}

// MyPhoneChoice is what one wants to be called on.
type MyPhoneChoice struct {
	Phone  string `json:"phone" enum:"browser,sip,outside"`
	Number string `json:"number" maxLength:"64" doc:"Required when phone is outside"`
}

type phoneOutput struct {
	Body PhoneAccount
}

type phoneSecretOutput struct {
	Body PhoneSecret
}

type myPhoneOutput struct {
	Body MyPhone
}

type myPhoneInput struct {
	Body MyPhoneChoice
}

func (s *server) userPhone(ctx context.Context, in *idInput) (*phoneOutput, error) {
	v := viewerOf(ctx)
	var a phone.Account
	err := s.deps.DB.Read(ctx, func(tx *db.Tx) (err error) {
		if _, err = access.GetUser(tx, v.Tenant, access.UserID(in.ID)); err == nil {
			a, err = accountOf(tx, v.Tenant, access.UserID(in.ID))
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	shown, err := s.phoneAccount(ctx, a)
	return &phoneOutput{shown}, err
}

// accountOf is a user's account; the zero value if no secret was made.
func accountOf(tx *db.Tx, t tenant.ID, user access.UserID) (phone.Account, error) {
	a, err := phone.Get(tx, t, user)
	if fault.Is(err, fault.NotFound) {
		return phone.Account{}, nil
	}
	return a, err
}

// phoneAccount adds where phones sign in, and those that have.
func (s *server) phoneAccount(ctx context.Context, a phone.Account) (PhoneAccount, error) {
	shown := PhoneAccount{Account: a.Name, MadeMs: db.Millis(a.Made), Devices: []PhoneDevice{}}
	if s.deps.Phones == nil {
		return shown, nil
	}
	shown.Host, shown.Port = s.deps.Phones.Server()
	if a.Name == "" {
		return shown, nil
	}
	devices, err := s.deps.Phones.Devices(ctx, a.Name)
	shown.Devices = append(shown.Devices, devices...)
	return shown, err
}

func (s *server) renewPhoneSecret(ctx context.Context, in *idInput) (*phoneSecretOutput, error) {
	return s.renewSecret(ctx, access.UserID(in.ID))
}

// renewSecret makes a user's secret anew. Phones with the old one are gone at once.
func (s *server) renewSecret(ctx context.Context, user access.UserID) (*phoneSecretOutput, error) {
	v := viewerOf(ctx)
	var old, a phone.Account
	var secret string
	err := s.deps.DB.Write(ctx, func(tx *db.Tx) (err error) {
		if old, err = accountOf(tx, v.Tenant, user); err == nil {
			a, secret, err = phone.Renew(tx, v.author(), user)
		}
		return err
	})
	if err := s.changed("user", err); err != nil {
		return nil, err
	}
	if err := s.forgetPhones(ctx, old); err != nil {
		return nil, err
	}
	shown, err := s.phoneAccount(ctx, a)
	return &phoneSecretOutput{PhoneSecret{PhoneAccount: shown, Secret: secret}}, err
}

func (s *server) forgetPhones(ctx context.Context, a phone.Account) error {
	if s.deps.Phones == nil || a.Name == "" {
		return nil
	}
	return s.deps.Phones.Forget(ctx, a.Name)
}

func (s *server) revokePhoneSecret(ctx context.Context, in *idInput) (*nothing, error) {
	v := viewerOf(ctx)
	var old phone.Account
	err := s.deps.DB.Write(ctx, func(tx *db.Tx) (err error) {
		if _, err = access.GetUser(tx, v.Tenant, access.UserID(in.ID)); err != nil {
			return err
		}
		if old, err = accountOf(tx, v.Tenant, access.UserID(in.ID)); err == nil {
			err = phone.Revoke(tx, v.author(), access.UserID(in.ID))
		}
		return err
	})
	if err := s.changed("user", err); err != nil {
		return nil, err
	}
	return nil, s.forgetPhones(ctx, old)
}

func (s *server) myPhone(ctx context.Context, _ *nothing) (*myPhoneOutput, error) {
	v := viewerOf(ctx)
	var u access.User
	var a phone.Account
	err := s.deps.DB.Read(ctx, func(tx *db.Tx) (err error) {
		if u, err = access.GetUser(tx, v.Tenant, v.User); err == nil {
			a, err = accountOf(tx, v.Tenant, v.User)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	shown, err := s.phoneAccount(ctx, a)
	return &myPhoneOutput{MyPhone{Phone: string(u.Phone), Number: u.PhoneNumber, URI: u.PhoneURI, Chooses: u.ChoosesPhone, PhoneAccount: shown}}, err
}

// errFixedPhone says that an agent may not choose.
func errFixedPhone() error {
	return fault.Denied.New("Your phone is set by an administrator.")
}

func (s *server) chooseMyPhone(ctx context.Context, in *myPhoneInput) (*myPhoneOutput, error) {
	v := viewerOf(ctx)
	err := s.deps.DB.Write(ctx, func(tx *db.Tx) error {
		u, err := access.GetUser(tx, v.Tenant, v.User)
		if err != nil {
			return err
		}
		if !u.ChoosesPhone {
			return errFixedPhone()
		}
		u.Phone, u.PhoneNumber = access.PhoneKind(in.Body.Phone), in.Body.Number
		if u.Phone != access.SIPPhone {
			u.PhoneURI = ""
		}
		_, err = access.ChangeUser(tx, v.author(), u)
		return rename("phone_number", "number", err)
	})
	if err := s.changed("user", err); err != nil {
		return nil, err
	}
	return s.myPhone(ctx, nil)
}

// renewMyPhoneSecret is for those whose phone it is.
func (s *server) renewMyPhoneSecret(ctx context.Context, _ *nothing) (*phoneSecretOutput, error) {
	v := viewerOf(ctx)
	err := s.deps.DB.Read(ctx, func(tx *db.Tx) error {
		u, err := access.GetUser(tx, v.Tenant, v.User)
		if err == nil && !u.ChoosesPhone && u.Phone != access.SIPPhone {
			return errFixedPhone()
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.renewSecret(ctx, v.User)
}
