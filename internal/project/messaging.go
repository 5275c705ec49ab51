package project

import (
	"net/mail"
	"strings"
	"unicode"

	"linekeeper/internal/kit/fault"
)

// Messaging says how a project's e-mail and SMS go out. The zero value: by the server's first gateway for each, as the sender
// that one names.
type Messaging struct {
	// EmailGateway and SMSGateway are names in the configuration of the server; empty: its first one.
	EmailGateway string `json:"email_gateway"`
	// EmailFrom is the sender: an address, with a name or without, or a name alone beside the gateway's address; empty: the gateway's.
	EmailFrom  string `json:"email_from"`
	SMSGateway string `json:"sms_gateway"`
	// SMSFrom is the sender as the SMS service knows it, a number or a name; empty: the gateway's.
	SMSFrom string `json:"sms_from"`
}

// check does not look whether the gateways are there; see checkVoices.
func (m Messaging) check(f *fault.Fields) {
	for _, one := range []struct{ at, name string }{{"messaging.email_gateway", m.EmailGateway}, {"messaging.sms_gateway", m.SMSGateway}} {
		if one.name != "" && !voiceForm.MatchString(one.name) {
			f.Add(one.at, fault.Malformed, "name a gateway of the server's configuration, such as mail")
		}
	}
	f.Text("messaging.email_from", m.EmailFrom, false, 200)
	f.Text("messaging.sms_from", m.SMSFrom, false, 20)
	for _, one := range []struct{ at, text string }{{"messaging.email_from", m.EmailFrom}, {"messaging.sms_from", m.SMSFrom}} {
		if strings.ContainsFunc(one.text, unicode.IsControl) {
			f.Add(one.at, fault.Malformed, "must be one line")
		}
	}
	if strings.Contains(m.EmailFrom, "@") {
		if _, err := mail.ParseAddress(m.EmailFrom); err != nil {
			f.Add("messaging.email_from", fault.Malformed, "write a name, or an address such as Support <support@example.com>")
		}
	}
}
