// Package billing is a service outside of the product, for the demo: it tells the balance of a contract to who knows its
// PIN, and takes promises to pay as a plug-in of flows, over HTTP, as a customer's own system would. Accounts are made up.
package billing

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"time"
)

// Account is what a customer owes.
type Account struct {
	Contract string
	PIN      string
	Balance  float64
	Currency string // USD, RUB, THB
	// DueIn is after how many days it is due; 0: nothing is.
	DueIn int
}

// Question is what is asked.
type Question struct {
	Contract string `json:"contract"`
	PIN      string `json:"pin"`
}

// Answer is what is told; of who does not know the PIN only that.
type Answer struct {
	Right    bool    `json:"right"`
	Balance  float64 `json:"balance,omitempty"`
	Currency string  `json:"currency,omitempty"`
	Due      string  `json:"due,omitempty"` // 2026-12-01; empty: nothing is due
}

const (
	maxQuestion = 16 << 10 // bytes
	patience    = 10 * time.Second
)

// Handler answers POST /balance, and the plug-in's contract under /promise.
func Handler(accounts []Account, now func() time.Time) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /balance", func(w http.ResponseWriter, r *http.Request) {
		var q Question
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxQuestion)).Decode(&q); err != nil {
			http.Error(w, "send contract and pin as JSON", http.StatusBadRequest)
			return
		}
		tell(w, answer(accounts, q, now()))
	})
	mux.HandleFunc("GET /promise/manifest", serveManifest)
	mux.HandleFunc("POST /promise", servePromise)
	return mux
}

func tell(w http.ResponseWriter, answer any) {
	text, err := json.Marshal(answer)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(text) // who asked may be gone
}

func answer(accounts []Account, q Question, now time.Time) Answer {
	for _, a := range accounts {
		if a.Contract != q.Contract || subtle.ConstantTimeCompare([]byte(a.PIN), []byte(q.PIN)) != 1 {
			continue
		}
		told := Answer{Right: true, Balance: a.Balance, Currency: a.Currency}
		if a.DueIn > 0 {
			told.Due = now.AddDate(0, 0, a.DueIn).Format(time.DateOnly)
		}
		return told
	}
	return Answer{}
}

// Serve answers on a listener, which it closes, until ctx ends.
func Serve(ctx context.Context, l net.Listener, accounts []Account) error {
	s := &http.Server{Handler: Handler(accounts, time.Now), ReadHeaderTimeout: patience, ReadTimeout: patience, WriteTimeout: patience, IdleTimeout: time.Minute}
	stop := context.AfterFunc(ctx, func() { _ = s.Close() }) // what runs is a demo's answer
	defer stop()
	if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
