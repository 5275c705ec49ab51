package voice

import (
	"context"
	"net/netip"
	"strings"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/wire/sip"
)

// Accounts is what SIP phones sign in with.
type Accounts struct {
	Realm string // of all secrets
	// Find gives the user and the secret of an account, from memory.
	Find func(account string) (access.UserID, sip.Secret, bool)
	// Store keeps where phones are over a restart, by account@Realm.
	Store sip.ContactStore
	// Changed is told how many phones are registered with an account, after each change and in order;
	// it must not block. nil: nobody wants to know.
	Changed func(account string, phones int)
	// Messages counts those for who uses an account; nil: its phones are told of none. It must not block.
	Messages func(account string) Messages
}

// phoneAlive is how often a registered phone is asked whether it is there. Translators forget a way
// that is not used for half a minute.
const phoneAlive = 25 * time.Second

// admitPhones sets the stack up for phones that register.
func (e *Edge) admitPhones(c *sip.Config) {
	a := e.config.Accounts
	auth := sip.NewAuthenticator(sip.AuthConfig{Realm: a.Realm, Secret: func(account string) (sip.Secret, bool) {
		_, secret, ok := a.Find(account)
		return secret, ok
	}})
	e.registrar = sip.NewRegistrar(sip.RegistrarConfig{
		Store: a.Store, Domain: a.Realm, KeepAlive: phoneAlive,
		Changed: func(address string, contacts []sip.Contact) {
			if account, _, _ := strings.Cut(address, "@"); a.Changed != nil {
				a.Changed(account, len(contacts))
			}
		},
	})
	c.Auth, c.Registrar = auth, e.registrar
	e.lights(c)
	c.Challenge = func(source netip.AddrPort) bool {
		if _, trunk := e.config.Directory.Trunk(source.Addr().Unmap()); trunk {
			return e.registrar.Registered(source) // a phone in the network of a trunk
		}
		return true
	}
	e.trustRegistered(auth)
}

// trustRegistered has those who were registered before a restart be looked at whatever others guess.
func (e *Edge) trustRegistered(auth *sip.Authenticator) {
	ctx, cancel := context.WithTimeout(context.Background(), e.limit.Begin)
	defer cancel()
	store := e.config.Accounts.Store
	addresses, err := store.Addresses(ctx)
	if err != nil {
		e.log.Warn("registered phones cannot be read", "err", err)
	}
	for _, address := range addresses {
		contacts, _ := store.Load(ctx, address) // they are trusted when they register again
		for _, c := range contacts {
			account, _, _ := strings.Cut(address, "@")
			auth.Trust(account, c.Source.Addr())
		}
	}
}

// Registered are the phones registered with an account now, the preferred and then the latest first.
func (e *Edge) Registered(ctx context.Context, account string) ([]sip.Contact, error) {
	if e.registrar == nil || account == "" {
		return nil, nil
	}
	return e.registrar.Lookup(ctx, account)
}

// ForgetPhones takes every phone of an account out, when its secret is no longer good.
func (e *Edge) ForgetPhones(ctx context.Context, account string) error {
	if e.registrar == nil {
		return nil
	}
	return e.registrar.Forget(ctx, account)
}
