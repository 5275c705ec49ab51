package gateway

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"linekeeper/internal/kit/outbound"
	"linekeeper/internal/outgoing"
)

// Hooks is the name of the gateway of web hooks, which every server has.
const Hooks = "web-hook"

// The headers of a web hook. The signature is "t=<seconds>,v1=<hex>": HMAC-SHA-256, by the key of the address, of the seconds, a
// full stop and the body.
const (
	HookEvent     = "Linekeeper-Event"
	HookSignature = "Linekeeper-Signature"
)

// Hook gives the gateway of web hooks: each message is a POST of its body. Key gives the key that signs what goes to an
// address; inside are hosts that may have addresses of the own network.
func Hook(key func(address string) ([]byte, error), inside []string, net Dialer) outgoing.Named {
	web := outbound.New(outbound.Config{Inside: inside, AtOnce: 1000, Failures: 1 << 30, Dial: net.Dial}) // who waits and rests is decided by package outgoing
	return outgoing.Named{Name: Hooks, Kind: "hook", Carries: outgoing.Hook, Gateway: hook{key, web}, Parallel: 4, PerAddress: 1000}
}

type hook struct {
	key func(string) ([]byte, error)
	web *outbound.Client
}

// Close frees idle connections.
func (h hook) Close() error { h.web.Close(); return nil }

// Send implements outgoing.Gateway. Every answer but 2xx is tried again, save 410, by which a program says that it is gone.
func (h hook) Send(ctx context.Context, m outgoing.Message) (string, error) {
	key, err := h.key(m.To)
	if err != nil {
		return "", fmt.Errorf("there is no key to sign with: %w", err)
	}
	at := strconv.FormatInt(time.Now().Unix(), 10)
	r := outbound.Request{Method: http.MethodPost, URL: m.To, Body: m.Body, Header: http.Header{}, Timeout: 10 * time.Second}
	r.Header.Set("Content-Type", jsonType)
	r.Header.Set("Idempotency-Key", string(m.ID))
	r.Header.Set(HookEvent, m.Subject)
	r.Header.Set(HookSignature, "t="+at+",v1="+Sign(key, at, m.Body))
	answer, err := h.web.Do(ctx, r)
	switch {
	case err != nil:
		return "", err
	case answer.Status == http.StatusGone:
		return "", fmt.Errorf("%w: it answers 410, gone", outgoing.ErrRefused)
	case answer.Status/100 != 2:
		return "", errors.New("it answers " + strconv.Itoa(answer.Status))
	}
	return "", nil
}

// Sign is the signature of a body sent at an instant.
func Sign(key []byte, at, body string) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(at + "." + body))
	return hex.EncodeToString(mac.Sum(nil))
}
