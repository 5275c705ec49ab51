package interaction

import (
	"testing"
	"time"
)

// TestCustomerHolds: the customer's own hold is told once, counts as talk, changes nothing in who is to hear whom, goes
// with his leg and not with the agent, and outlives a restart unless it ended meanwhile.
func TestCustomerHolds(t *testing.T) {
	on, off := CustomerHolds{true}, CustomerHolds{false}
	after := func(more ...Input) []Input { return append(append([]Input{}, talk...), more...) }
	for _, tt := range []struct {
		name   string
		inputs []Input
		last   string
		holds  bool
	}{
		{"in a flow", []Input{arrived, on}, "customer_holds |", true},
		{"in line", []Input{arrived, queued, on}, "customer_holds |", true},
		{"in a talk", after(on), "customer_holds |", true},
		{"told twice", after(on, on), "|", true},
		{"and back", after(on, off), "customer_holds |", false},
		{"back from no hold", after(off), "|", false},
		{"while we hold him", after(HoldSet{By: "ann", On: true}, on), "customer_holds |", true},
		{"over a transfer", after(on, Transfer{"ann", Target{Kind: ToQueue, Queue: &sales}}, OfferMade{Agent: "bob"}), "offered | RingAgent SetTimer", true},
		{"parked", after(on, Park{"ann"}), "", true},
		{"restarted", after(on, Restored{Holds: true}), "restored interrupted | KeepSeat ConnectAgent SetTimer Arrange ContinueRecording", true},
		{"ended meanwhile", after(on, Restored{}), "restored interrupted customer_holds | KeepSeat ConnectAgent SetTimer Arrange ContinueRecording", false},
		{"begun meanwhile", after(Restored{Holds: true}), "restored interrupted customer_holds | KeepSeat ConnectAgent SetTimer Arrange ContinueRecording", true},
		{"he hangs up", after(on, CustomerLeft{Cause: ByCustomer}), "", false},
		{"after the end", after(CustomerLeft{Cause: ByCustomer}, on), "refused", false},
		{"before he was reached", []Input{Arrived{Arrival{Tenant: "t", Channel: Voice, Origin: ByHand, Manual: &Manual{Agent: "ann"}}}, on}, "refused", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, told := life(t, tt.inputs...)
			if last := told[len(told)-1]; tt.last != "" && last != tt.last {
				t.Errorf("got %q, want %q", last, tt.last)
			}
			if got := !s.CustomerHolds.IsZero(); got != tt.holds {
				t.Errorf("he holds: %v, want %v", got, tt.holds)
			}
		})
	}
	s, _ := life(t, after(on, on, off, CustomerLeft{Cause: ByCustomer})...)
	if s.Talk != 4*time.Second || s.Hold != 0 || s.Segment.Hold != 0 {
		t.Errorf("got %v of talk and %v of hold, want 4 s and none", s.Talk, s.Hold)
	}
	if s, _ := life(t, after(on)...); heard(s.Arrange()) != "customer<-agent; agent<-customer" {
		t.Errorf("who hears whom: %s", heard(s.Arrange()))
	}
}
