package voice

import (
	"context"
	"fmt"
	"time"

	"linekeeper/internal/wire/sip"
)

// lightTime is how long a phone may take to say that it has heard of its messages.
const lightTime = 5 * time.Second

// Messages are how many messages there are for an account: nobody's yet, and in somebody's hand.
type Messages struct{ New, Old int }

// lights has the stack tell SIP phones how many messages wait for who uses them (RFC 3842).
func (e *Edge) lights(c *sip.Config) {
	a := e.config.Accounts
	if a.Messages == nil {
		return
	}
	e.notices = sip.NewNotices(sip.NoticesConfig{
		Event: "message-summary", Type: "application/simple-message-summary", Domain: a.Realm,
		Body: func(_ context.Context, account string, at func(user string) string) []byte {
			return summary(at(mailboxNumber), a.Messages(account))
		},
	})
	c.Notices = e.notices
}

// summary says how many messages nobody has in hand yet, and how many somebody has. The mailbox is what a phone's message
// button calls.
func summary(mailbox string, m Messages) []byte {
	lit := "no"
	if m.New > 0 {
		lit = "yes"
	}
	return fmt.Appendf(nil, "Messages-Waiting: %s\r\nMessage-Account: %s\r\nVoice-Message: %d/%d (0/0)\r\n", lit, mailbox, m.New, m.Old)
}

// MessagesChanged tells an account's phones how many messages there are now: those that have subscribed, and, without
// being asked, the others. A phone that does not want to know is left alone.
func (e *Edge) MessagesChanged(ctx context.Context, account string) {
	if e.notices == nil {
		return
	}
	e.stack.Notify(account)
	ctx, cancel := context.WithTimeout(ctx, lightTime)
	defer cancel()
	contacts, err := e.registrar.Lookup(ctx, account)
	if err != nil {
		e.log.Warn("an account's phones cannot be read", "account", account, "err", err)
	}
	for _, c := range contacts {
		if e.notices.Subscribed(account, c) {
			continue
		}
		if err := e.stack.Tell(ctx, account, c); err != nil {
			e.log.Debug("a phone took no notice of its messages", "account", account, "phone", c.URI, "err", err)
		}
	}
}
