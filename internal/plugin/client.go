package plugin

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"linekeeper/internal/kit/fault"
	"linekeeper/internal/kit/outbound"
	"linekeeper/internal/kit/secret"
)

// Web carries questions; outbound.Client implements it.
type Web interface {
	Do(ctx context.Context, r outbound.Request) (outbound.Answer, error)
}

// Client asks plug-ins. Everything must be set.
type Client struct {
	Web Web
	// Open gives the secret back that was sealed.
	Open func(secret.Sealed) (string, error)
}

// SignatureHeader has the moment and the signature of a question: t=1763800000,v1=hex of HMAC-SHA256 of the moment, a
// dot and the body.
const SignatureHeader = "Linekeeper-Signature"

// Signature signs what is sent at a moment.
func Signature(key string, at time.Time, body string) string {
	moment := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(moment + "." + body))
	return "t=" + moment + ",v1=" + hex.EncodeToString(mac.Sum(nil))
}

// Ask asks for the next turn. The error says what went wrong, without what was sent.
func (c *Client) Ask(ctx context.Context, p Plugin, q Question) (Answer, error) {
	body, err := json.Marshal(q)
	if err != nil {
		return Answer{}, err
	}
	header := http.Header{"Content-Type": {"application/json"}, "Idempotency-Key": {q.Talk + "-" + strconv.Itoa(q.Step)}}
	a, err := c.send(ctx, p, outbound.Request{
		Method: http.MethodPost, URL: p.URL, Header: header, Body: string(body), Timeout: p.Timeout(), Limit: MaxAnswer,
	})
	if err != nil {
		return Answer{}, err
	}
	return ParseAnswer(a.Body)
}

// Manifest asks what a plug-in offers. The error is for the person who registers it.
func (c *Client) Manifest(ctx context.Context, p Plugin) ([]Kind, error) {
	a, err := c.send(ctx, p, outbound.Request{
		URL: strings.TrimSuffix(p.URL, "/") + "/manifest", Header: http.Header{}, Timeout: 10 * time.Second, Limit: maxManifest,
	})
	if err != nil {
		return nil, fault.Unavailable.Wrap(err, "The plug-in does not give its manifest: %s.", err.Error())
	}
	return ParseManifest(a.Body)
}

func (c *Client) send(ctx context.Context, p Plugin, r outbound.Request) (outbound.Answer, error) {
	if p.Secret != "" {
		key, err := c.Open(p.Secret)
		if err != nil {
			return outbound.Answer{}, err
		}
		r.Header.Set(SignatureHeader, Signature(key, time.Now(), r.Body))
	}
	a, err := c.Web.Do(ctx, r)
	if err == nil && a.Status != http.StatusOK {
		err = fmt.Errorf("the answer has the status %d", a.Status)
	}
	return a, err
}
