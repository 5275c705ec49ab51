package app

import (
	"strings"
	"testing"

	"linekeeper/internal/outgoing"
)

// TestDemoGateways: the demo carries SMS and e-mail by itself, and a file that is given is taken instead.
func TestDemoGateways(t *testing.T) {
	t.Parallel()
	all, err := demoGateways(Config{})
	if err != nil || len(all) != 2 || all[0].Carries != outgoing.SMS || all[1].Carries != outgoing.Email {
		t.Fatalf("got %+v, %v", all, err)
	}
	if _, err := demoGateways(Config{GatewayFile: "/nowhere/gateways.yaml"}); err == nil || !strings.Contains(err.Error(), "gateway-file") {
		t.Errorf("a file that is not there: %v", err)
	}
}
