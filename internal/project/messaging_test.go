package project_test

import (
	"strings"
	"testing"

	"linekeeper/internal/kit/fault"
	"linekeeper/internal/project"
)

// TestMessaging holds what senders and gateways may be.
func TestMessaging(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		m     project.Messaging
		wrong string // the field
	}{
		{project.Messaging{}, ""},
		{project.Messaging{EmailGateway: "mail", EmailFrom: "Банк <bank@example.com>", SMSGateway: "texts-2", SMSFrom: "MyBank"}, ""},
		{project.Messaging{EmailFrom: "Bank of Bangkok"}, ""},
		{project.Messaging{EmailFrom: "bank@"}, "messaging.email_from"},
		{project.Messaging{EmailFrom: "Bank\nBcc: x"}, "messaging.email_from"},
		{project.Messaging{EmailGateway: "a\tb"}, "messaging.email_gateway"},
		{project.Messaging{SMSGateway: strings.Repeat("a", 101)}, "messaging.sms_gateway"},
		{project.Messaging{SMSFrom: strings.Repeat("1", 21)}, "messaging.sms_from"},
	} {
		found := fault.FieldsOf(project.Project{Key: "p", Name: "P", Messaging: test.m}.Validate())
		if len(found) == 0 != (test.wrong == "") || len(found) > 0 && found[0].Path != test.wrong {
			t.Errorf("%+v: %v, want %q", test.m, found, test.wrong)
		}
	}
}
