package queue

import (
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/kit/number"
)

// Do is what becomes of a customer who is sent on by a queue: at closing time, or by an overflow rule.
type Do string

// What can become of customers. The zero value is Serve.
const (
	Serve      Do = ""          // he waits as always
	CallBack   Do = "callback"  // at closing time he is promised a call, by a rule he is offered one; at the place he had in line
	OtherQueue Do = "queue"     // he waits in another queue, since when he waited here
	RunFlow    Do = "flow"      // a flow takes him
	VoiceMail  Do = "voicemail" // he may leave a message for the queue
	Outside    Do = "outside"   // a number outside is called for him; where it is not reached he comes back to his place
	HangUp     Do = "hang_up"   // he hears that it is closed or that nobody can take the call, and the call ends
)

// Act is what becomes of one customer.
type Act struct {
	Do     Do     `json:"do,omitempty"`
	Queue  string `json:"queue,omitempty"`  // key, for OtherQueue
	Flow   string `json:"flow,omitempty"`   // key, for RunFlow
	Number string `json:"number,omitempty"` // as it would be dialed, for Outside
}

// String is the act with where it leads: queue:sales. It tells one act from another.
func (a Act) String() string {
	if to := a.Queue + a.Flow + a.Number; to != "" {
		return string(a.Do) + ":" + to
	}
	return string(a.Do)
}

// check checks an act of a queue in a field.
func (a Act) check(f *fault.Fields, path string, q Queue) {
	switch a.Do {
	case Serve, HangUp, VoiceMail, RunFlow:
	case CallBack:
		if !q.Callback.On {
			f.Add(path+".do", fault.Unknown, "the queue calls nobody back; switch callbacks on, or choose something else")
		}
	case OtherQueue:
		if a.Queue == q.Key {
			f.Add(path+".queue", fault.Unknown, "must be another queue")
		}
	case Outside:
		if a.Number != "" && number.Normalize(a.Number) == "" {
			f.Add(path+".number", fault.Malformed, "is no telephone number")
		}
	default:
		f.Add(path+".do", fault.Unknown, "%q is not one of callback, queue, flow, voicemail, outside, hang_up; empty: served", string(a.Do))
	}
	if (a.Do == OtherQueue) != (a.Queue != "") {
		f.Add(path+".queue", fault.Required, "name a queue exactly when customers go to another one")
	}
	if (a.Do == RunFlow) != (a.Flow != "") {
		f.Add(path+".flow", fault.Required, "name a flow exactly when a flow takes customers")
	}
	if (a.Do == Outside) != (a.Number != "") {
		f.Add(path+".number", fault.Required, "name a number exactly when customers go to a number outside")
	}
	f.Text(path+".number", a.Number, false, 64)
}
