package api

import (
	"context"
	"net/http"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/report"
	"linekeeper/internal/tenant"
)

func (s *server) whoAmI(ctx context.Context, _ *nothing) (*meOutput, error) {
	me, err := s.me(ctx, viewerOf(ctx).Identity)
	return &meOutput{me}, err
}

func (s *server) signIn(ctx context.Context, in *signInInput) (*signedInOutput, error) {
	home, err := s.home(ctx)
	if err != nil {
		return nil, err
	}
	v := viewerOf(ctx)
	token, _, err := s.deps.Door.SignIn(ctx, home.ID, in.Body.Login, in.Body.Password, v.source, v.device)
	if err != nil {
		return nil, err
	}
	return s.signedIn(ctx, token)
}

func (s *server) signOut(ctx context.Context, _ *nothing) (*signedOutOutput, error) {
	v := viewerOf(ctx)
	token := tokenOf(v.request)
	s.known.forget(token)
	return &signedOutOutput{SetCookie: cookie(v, "", -1)}, s.deps.Door.SignOut(ctx, token, v.source)
}

func (s *server) demo(ctx context.Context, _ *nothing) (*demoOutput, error) {
	if s.deps.Demo == nil {
		return nil, errNoDemo()
	}
	people, err := s.deps.Demo.People(ctx)
	if err != nil {
		return nil, err
	}
	home, err := s.home(ctx)
	if err != nil {
		return nil, err
	}
	out := &demoOutput{Demo{People: []Person{}}}
	for _, u := range people {
		out.Body.People = append(out.Body.People, personOf(u, home))
	}
	out.Body.Number, out.Body.Dial = s.deps.Demo.Number()
	return out, nil
}

func (s *server) demoSignIn(ctx context.Context, in *demoSignInInput) (*signedInOutput, error) {
	if s.deps.Demo == nil {
		return nil, errNoDemo()
	}
	people, err := s.deps.Demo.People(ctx)
	if err != nil {
		return nil, err
	}
	home, err := s.home(ctx)
	if err != nil {
		return nil, err
	}
	v := viewerOf(ctx)
	for _, u := range people {
		if u.Login == access.CleanLogin(in.Body.Login) {
			token, err := s.deps.Door.Open(ctx, home.ID, u.ID, v.source, v.device)
			if err != nil {
				return nil, err
			}
			return s.signedIn(ctx, token)
		}
	}
	return nil, fault.NotFound.New("Nobody of this name is in the demo.")
}

func errNoDemo() error { return fault.NotFound.New("This is not the demo center.") }

func (s *server) setup(ctx context.Context, in *setupInput) (*signedInOutput, error) {
	home, err := s.home(ctx)
	if err != nil {
		return nil, err
	}
	b, v := in.Body, viewerOf(ctx)
	u, err := s.deps.Door.FirstAdministrator(ctx, home.ID, b.Token, b.Login, b.Name, b.Password, v.source)
	if err != nil {
		return nil, err
	}
	by := v.author()
	by.Tenant, by.User = string(home.ID), string(u.ID)
	u.Language = tenant.Language(b.Language)
	if err := s.deps.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := access.ChangeUser(tx, by, u)
		return err
	}); err != nil {
		return nil, err
	}
	token, err := s.deps.Door.Open(ctx, home.ID, u.ID, v.source, v.device)
	if err != nil {
		return nil, err
	}
	out, err := s.signedIn(ctx, token)
	return out, s.changed("user", err)
}

func (s *server) changeMe(ctx context.Context, in *changeMeInput) (*meOutput, error) {
	v := viewerOf(ctx)
	err := s.deps.DB.Write(ctx, func(tx *db.Tx) error {
		u, err := access.GetUser(tx, v.Tenant, v.User)
		if err != nil {
			return err
		}
		u.Language = tenant.Language(in.Body.Language)
		_, err = access.ChangeUser(tx, v.author(), u)
		return err
	})
	if err := s.changed("user", err); err != nil {
		return nil, err
	}
	me, err := s.me(ctx, v.Identity)
	return &meOutput{me}, err
}

// changeMyPassword also makes every other open page sign in again.
func (s *server) changeMyPassword(ctx context.Context, in *newPasswordInput) (*struct{}, error) {
	v := viewerOf(ctx)
	err := s.deps.Door.ChangePassword(ctx, v.Identity, in.Body.Current, in.Body.Password, v.source)
	return nil, s.changed("user", err)
}

func (s *server) myDay(ctx context.Context, _ *nothing) (*dayOutput, error) {
	v := viewerOf(ctx)
	home, err := s.tenantOf(ctx, v.Tenant)
	if err != nil {
		return nil, err
	}
	from, to := report.Today(time.Now(), home.Location())
	d, err := s.deps.Reports.Day(ctx, v.Tenant, v.User, from, to)
	return &dayOutput{dayShown(d)}, err
}

func dayShown(d report.Day) Day {
	return Day{Calls: d.Calls, TalkMs: d.TalkMs, WrapUpMs: d.WrapUpMs, Missed: d.Missed, Ratings: d.Ratings, RatingSum: d.RatingSum,
		HoldMs: d.HoldMs, Handled: d.Handled, HandledMs: d.HandledMs}
}

// myPast answers with the own days before today.
func (s *server) myPast(ctx context.Context, _ *nothing) (*pastOutput, error) {
	v := viewerOf(ctx)
	home, err := s.tenantOf(ctx, v.Tenant)
	if err != nil {
		return nil, err
	}
	days, err := s.deps.Reports.Past(ctx, v.Tenant, v.User, time.Now(), home.Location())
	if err != nil {
		return nil, err
	}
	out := &pastOutput{Past{Items: []PastDay{}}}
	for _, d := range days {
		out.Body.Items = append(out.Body.Items, PastDay{Date: d.From.Format(time.DateOnly), Day: dayShown(d.Day)})
	}
	return out, nil
}

// signedIn answers who has just been let in with the cookie.
func (s *server) signedIn(ctx context.Context, token string) (*signedInOutput, error) {
	who, err := s.deps.Door.Identify(ctx, token)
	if err != nil {
		return nil, err
	}
	s.known.add(token)
	me, err := s.me(ctx, who)
	return &signedInOutput{SetCookie: cookie(viewerOf(ctx), token, int(access.SessionLimit.Seconds())), Body: me}, err
}

// cookie is the session's cookie; an empty token with a negative age takes it away.
func cookie(v viewer, token string, age int) http.Cookie {
	name := cookiePlain
	if v.secure {
		name = cookieSecure
	}
	return http.Cookie{Name: name, Value: token, Path: "/", MaxAge: age, HttpOnly: true, Secure: v.secure, SameSite: http.SameSiteLaxMode}
}

// me is what the client must know of who asks, as it is now.
func (s *server) me(ctx context.Context, who access.Identity) (Me, error) {
	me := Me{Permissions: []string{}, Version: s.deps.Version, Demo: s.deps.Demo != nil}
	err := s.deps.DB.Read(ctx, func(tx *db.Tx) error {
		home, err := tenant.Get(tx, who.Tenant)
		if err != nil {
			return err
		}
		me.Tenant = Tenant{Name: home.Name, TimeZone: home.TimeZone, Language: string(home.Language)}
		me.User = Person{ID: string(who.Token), Login: who.Login, Name: who.Name, Role: string(who.Role),
			Language: string(home.Language), Phone: string(access.BrowserPhone)}
		if who.User == "" {
			return nil
		}
		u, err := access.GetUser(tx, who.Tenant, who.User)
		me.User = personOf(u, home)
		return err
	})
	for _, p := range access.Permissions() {
		if who.May(p) {
			me.Permissions = append(me.Permissions, string(p))
		}
	}
	return me, err
}

func personOf(u access.User, home tenant.Tenant) Person {
	p := Person{ID: string(u.ID), Login: u.Login, Name: u.Name, Role: string(u.Role), Language: string(u.Language), Phone: string(u.Phone)}
	if p.Language == "" {
		p.Language = string(home.Language)
	}
	return p
}

// home is the tenant strangers come to: the only one, until names in the address tell several apart.
func (s *server) home(ctx context.Context) (t tenant.Tenant, err error) {
	err = s.deps.DB.Read(ctx, func(tx *db.Tx) error {
		t, err = tenant.First(tx)
		return err
	})
	return t, err
}

func (s *server) tenantOf(ctx context.Context, id tenant.ID) (t tenant.Tenant, err error) {
	err = s.deps.DB.Read(ctx, func(tx *db.Tx) error {
		t, err = tenant.Get(tx, id)
		return err
	})
	return t, err
}
