package api

import (
	"context"
	"net/http"

	"linekeeper/internal/access"
)

// Gateway is one that takes outgoing e-mail or SMS.
type Gateway struct {
	Name    string `json:"name" doc:"As the server's configuration names it"`
	Kind    string `json:"kind" enum:"smtp,http,demo" doc:"demo: the demo's own, which sends nothing"`
	Carries string `json:"carries" enum:"email,sms"`
	Sent    int64  `json:"sent" doc:"Messages it has taken since the start of the server"`
	Failed  int64  `json:"failed" doc:"Those it has refused for good"`
	GivenUp int64  `json:"given_up" doc:"Those it has not taken in time"`
	Waiting int64  `json:"waiting" doc:"Those still to be sent"`
}

func (s *server) gatewayRoutes() []route {
	return []route{
		rt(http.MethodGet, "/gateways", "listGateways", may(access.SeeSetup), "Gateways of outgoing e-mail and SMS", s.listGateways),
	}
}

func (s *server) listGateways(context.Context, *struct{}) (*oneOutput[List[Gateway]], error) {
	out := []Gateway{}
	if s.deps.Gateways != nil {
		out = s.deps.Gateways()
	}
	return &oneOutput[List[Gateway]]{List[Gateway]{Items: out}}, nil
}
