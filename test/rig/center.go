package rig

import (
	"cmp"
	"fmt"
	"strings"
	"time"
)

// What every center of the rig has.
const (
	Number     = "1000" // the entry whose flow queues at once, or begins with the menu
	MenuNumber = "1001" // the entry with the menu
	Password   = "correct horse battery staple"
	AdminToken = "lk_rig0000000000000000000000000000000000"
)

// User is somebody of the center.
type User struct {
	Login, Name, Role string
	Password          string // empty: cannot sign in with one
	PhoneURI          string // empty: the browser
	PhoneSecret       string // of a SIP phone that registers; empty: the browser
	Confirm           bool   // who picks up must press 1
	Encryption        string // of the phone's sound: off, sdes, dtls; empty: SDES where it can be
}

// Center is a small center: one project, two queues that every agent serves, a flow that queues at
// once and one with a menu, two outcomes.
type Center struct {
	Users     []User
	Recording bool
	Offer     time.Duration // 20 s
	WrapUp    time.Duration // 0: none
	Disposed  bool          // an outcome is required
	MaxCalls  int           // of the trunk; 0: no limit
	Addresses []string      // of the trunk; 127.0.0.0/8
	Codecs    []string      // of the trunk; PCMU, PCMA
	Encrypted string        // of the trunk's sound: sdes, dtls; none
	Out       []string      // hosts of further trunks that calls go out by, in this order
	Direct    bool          // Number's flow queues at once; else it says something first
}

// YAML is the center as a file for --apply.
func (c Center) YAML() string {
	if c.Offer == 0 {
		c.Offer = 20 * time.Second
	}
	if len(c.Addresses) == 0 {
		c.Addresses = []string{"127.0.0.0/8"}
	}
	if len(c.Codecs) == 0 {
		c.Codecs = []string{"PCMU", "PCMA"}
	}
	var b strings.Builder
	p := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	p("tenant: {name: Rig, time_zone: UTC, language: en}")
	p("projects: [{key: shop, name: Shop, recording_format: wav}]")
	p("trunks:\n  - {key: line, name: Line, addresses: [%s], codecs: [%s], max_calls: %d, media_encryption: %s}",
		`"`+strings.Join(c.Addresses, `", "`)+`"`, strings.Join(c.Codecs, ", "), c.MaxCalls, cmp.Or(c.Encrypted, "none"))
	for i, host := range c.Out {
		p("  - {key: out%d, name: Out %d, addresses: [192.0.2.%d], host: %q, order: %d, codecs: [PCMU, PCMA]}", i, i, i+1, host, i)
	}
	p("queues:")
	for _, q := range []string{"sales", "support"} {
		p("  - {key: %s, name: %s, project: shop, target: 20s, short_abandon: 1s, offer: %s, wrap_up: %s, disposition_required: %v, recording: %v}",
			q, q, c.Offer, c.WrapUp, c.Disposed, c.Recording)
	}
	p("flows:")
	p("  - key: direct\n    program: {schema: 1, start: line, nodes: {line: {kind: enqueue, queue: sales, edges: {failed: end}}, end: {kind: hangup}}}")
	p(`  - key: menu
    program:
      schema: 1
      start: greeting
      nodes:
        greeting: {kind: say, prompt: greeting, barge_in: true, next: menu}
        menu: {kind: menu, prompt: menu, timeout: 5, tries: 3, edges: {"1": sales, "2": support, invalid: support, no_input: support}}
        sales: {kind: enqueue, queue: sales, edges: {failed: end}}
        support: {kind: enqueue, queue: support, edges: {failed: end}}
        end: {kind: hangup}`)
	p("entries:")
	p("  - {key: direct, name: Direct, number: \"%s\", project: shop, flow: direct}", Number)
	p("  - {key: menu, name: Menu, number: \"%s\", project: shop, flow: menu}", MenuNumber)
	p("dispositions:")
	p("  - key: order\n    project: shop\n    names: {en: Order, ru: Заказ, th: คำสั่งซื้อ}\n    children: [{key: sold, success: true, names: {en: Sold, ru: Продано, th: ขายแล้ว}}, {key: refused, names: {en: Refused, ru: Отказ, th: ปฏิเสธ}}]")
	p("break_reasons: [{key: lunch, names: {en: Lunch, ru: Обед, th: พักเที่ยง}}]")
	p("api_tokens: [{key: rig, name: Rig, role: administrator, token: %s}]", AdminToken)
	if len(c.Users) > 0 {
		p("users:")
	}
	for _, u := range c.Users {
		line := fmt.Sprintf("  - {login: %s, name: %q, role: %s", u.Login, u.Name, u.Role)
		if u.Password != "" {
			line += fmt.Sprintf(", password: %q", u.Password)
		}
		if u.PhoneURI != "" {
			line += fmt.Sprintf(", phone: sip, phone_uri: %q", u.PhoneURI)
		}
		if u.PhoneSecret != "" {
			line += fmt.Sprintf(", phone: sip, phone_secret: %q, confirm_answer: %v, media_encryption: %q", u.PhoneSecret, u.Confirm, u.Encryption)
		}
		if u.Role == "agent" {
			line += ", queues: [sales, support]"
		}
		p("%s}", line)
	}
	return b.String()
}
