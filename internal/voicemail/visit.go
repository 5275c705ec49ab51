package voicemail

import "linekeeper/internal/interaction"

// Visit is an agent who hears his messages by telephone: which one he is at, and what his keys do. It is a value without
// a clock and without sound; the zero value is a visit that is over.
type Visit struct {
	left   []interaction.ID // the one he is at, and those behind it
	number int              // of the one he is at, from 1 on
	quiet  int              // how often he was asked in vain
}

// Saying is something that is said to him.
type Saying string

// What is said.
const (
	SayCount    Saying = "count"   // how many messages there are; Number
	SayAbout    Saying = "about"   // whose message it is and since when it waits; Number, Message
	SayMessage  Saying = "message" // the message itself
	SayKeys     Saying = "keys"    // what the keys do
	SayWrongKey Saying = "wrong"   // this one does nothing
	SayDone     Saying = "done"    // the message is done
	SayOutcome  Saying = "outcome" // it is done but for its outcome, which the desk asks for
	SayCalling  Saying = "calling" // his phone rings in a moment, and then the customer's
	SayTaken    Saying = "taken"   // somebody else has the message
	SayBusy     Saying = "busy"    // he has something else in hand
	SayOffline  Saying = "offline" // he must not be offline for that
	SayNoCall   Saying = "no_call" // the customer cannot be called
	SayFailed   Saying = "failed"  // it did not work, and may the next time
	SayNoMore   Saying = "no_more" // that were all
	SayGoodbye  Saying = "goodbye" // the end
)

// Said is one thing said.
type Said struct {
	Saying  Saying
	Message interaction.ID
	Number  int
}

// Act is what an agent wants done with a message.
type Act string

// What can be done.
const (
	Nothing  Act = ""
	Finish   Act = "finish"    // as the desk's button does
	CallBack Act = "call_back" // likewise
)

// Turn is what follows from a key, from silence, or from what was done.
type Turn struct {
	Say     []Said // one after the other; a key cuts it short
	Do      Act    // at once, with Message; Did takes how it went. Nothing is said then.
	Message interaction.ID
	Call    interaction.ID // the message whose customer is called when the telephone is free again; empty: nobody's
	Over    bool           // the visit ends when all is said
}

// VisitPatience is how often a visitor who presses nothing is asked.
const VisitPatience = 3

// BeginVisit begins with the messages there are for an agent, in the order in which he hears them.
func BeginVisit(messages []interaction.ID) (Visit, Turn) {
	v := Visit{left: messages, number: 1}
	count := Said{Saying: SayCount, Number: len(messages)}
	if len(messages) == 0 {
		return Visit{}, Turn{Say: []Said{count, {Saying: SayGoodbye}}, Over: true}
	}
	return v, v.hear(count)
}

// hear says a message, behind something else.
func (v Visit) hear(before ...Said) Turn {
	id := v.left[0]
	return Turn{Say: append(before, Said{SayAbout, id, v.number}, Said{Saying: SayMessage, Message: id}, Said{Saying: SayKeys})}
}

// next goes on with the next message.
func (v Visit) next(before ...Said) (Visit, Turn) {
	if len(v.left) <= 1 {
		return Visit{}, Turn{Say: append(before, Said{Saying: SayNoMore}, Said{Saying: SayGoodbye}), Over: true}
	}
	v.left, v.number = v.left[1:], v.number+1
	return v, v.hear(before...)
}

// Pressed serves a key, which may come while something is said.
func (v Visit) Pressed(key rune) (Visit, Turn) {
	if len(v.left) == 0 {
		return Visit{}, Turn{Over: true}
	}
	v.quiet = 0
	switch key {
	case '1':
		return v, v.hear()
	case '2':
		return v.next()
	case '3':
		return v, Turn{Do: Finish, Message: v.left[0]}
	case '4':
		return v, Turn{Do: CallBack, Message: v.left[0]}
	case '*', '#':
		return Visit{}, Turn{Say: []Said{{Saying: SayGoodbye}}, Over: true}
	}
	return v, Turn{Say: []Said{{Saying: SayWrongKey}, {Saying: SayKeys}}}
}

// Silent serves somebody who has heard all and pressed nothing.
func (v Visit) Silent() (Visit, Turn) {
	if v.quiet++; len(v.left) == 0 || v.quiet >= VisitPatience {
		return Visit{}, Turn{Say: []Said{{Saying: SayGoodbye}}, Over: true}
	}
	return v, Turn{Say: []Said{{Saying: SayKeys}}}
}

// Did serves how something went that was to be done: SayDone, SayOutcome or SayCalling if it was, else why not.
func (v Visit) Did(how Saying) (Visit, Turn) {
	if len(v.left) == 0 {
		return Visit{}, Turn{Over: true}
	}
	switch how {
	case SayDone, SayOutcome, SayTaken:
		return v.next(Said{Saying: how})
	case SayCalling:
		return Visit{}, Turn{Say: []Said{{Saying: how}}, Call: v.left[0], Over: true}
	}
	return v, Turn{Say: []Said{{Saying: how}, {Saying: SayKeys}}}
}
