package api

import (
	"context"
	"net/http"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
)

// APIToken lets a program use the API; without the token itself, which nothing keeps.
type APIToken struct {
	ID        string `json:"id"`
	Key       string `json:"key"`
	Name      string `json:"name"`
	Role      string `json:"role" enum:"agent,supervisor,quality,administrator"`
	CreatedMs int64  `json:"created_ms"`
	ExpiresMs int64  `json:"expires_ms" doc:"Lets in until then; 0: for ever"`
	UsedMs    int64  `json:"used_ms" doc:"Last request, to a minute; 0: none yet"`
}

// NewAPIToken is what a token is made of.
type NewAPIToken struct {
	Key       string `json:"key" maxLength:"64"`
	Name      string `json:"name" maxLength:"200"`
	Role      string `json:"role" doc:"agent, supervisor, quality or administrator: what the program may do"`
	ExpiresMs int64  `json:"expires_ms" minimum:"0" doc:"Lets in until then, to a second; 0: for ever"`
}

// MadeAPIToken is a new token. It is told once.
type MadeAPIToken struct {
	APIToken
	Token string `json:"token" doc:"Sent as Authorization: Bearer; it cannot be shown again"`
}

// tokenRoutes make and remove tokens. What one may do is never changed: a program gets a new one.
func (s *server) tokenRoutes() []route {
	manage := may(access.ManageAccess)
	return []route{
		rt(http.MethodGet, "/api-tokens", "listApiTokens", manage, "The tokens programs use the API with, in order", s.listTokens),
		rt(http.MethodPost, "/api-tokens", "createApiToken", manage, "Make one; the token is told once", s.createToken, status(http.StatusCreated)),
		rt(http.MethodDelete, "/api-tokens/{id}", "revokeApiToken", manage, "Let nobody in with it any more, at once", s.revokeToken, status(http.StatusNoContent)),
	}
}

func (s *server) listTokens(ctx context.Context, in *listInput) (*listOutput[APIToken], error) {
	k := kept[access.Token, APIToken, NewAPIToken]{
		list: access.ListTokens, after: func(k access.Token) string { return k.Key }, show: shownToken,
	}
	page, err := k.page(ctx, s.deps.DB, viewerOf(ctx), *in)
	return &listOutput[APIToken]{page}, err
}

func (s *server) createToken(ctx context.Context, in *createInput[NewAPIToken]) (*oneOutput[MadeAPIToken], error) {
	b := in.Body
	k := access.Token{Key: b.Key, Name: b.Name, Role: access.Role(b.Role)}
	if b.ExpiresMs != 0 {
		if k.Expires = db.Instant(b.ExpiresMs).Truncate(time.Second); k.Expired(time.Now()) {
			return nil, fault.OneField("expires_ms", fault.OutOfRange, "must be in the future")
		}
	}
	token, hash := access.NewAPIToken()
	k.Hash = hash
	err := s.deps.DB.Write(ctx, func(tx *db.Tx) (err error) {
		k, err = access.CreateToken(tx, viewerOf(ctx).author(), k)
		return err
	})
	return &oneOutput[MadeAPIToken]{MadeAPIToken{shownToken(k), token}}, s.changed("api_token", err)
}

func (s *server) revokeToken(ctx context.Context, in *idInput) (*nothing, error) {
	return nil, s.changed("api_token", s.deps.DB.Write(ctx, func(tx *db.Tx) error {
		return access.DeleteToken(tx, viewerOf(ctx).author(), access.TokenID(in.ID))
	}))
}

func shownToken(k access.Token) APIToken {
	return APIToken{ID: string(k.ID), Key: k.Key, Name: k.Name, Role: string(k.Role),
		CreatedMs: db.Millis(k.Created), ExpiresMs: db.Millis(k.Expires), UsedMs: db.Millis(k.Used)}
}
