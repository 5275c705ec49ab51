package flow

import _ "embed" // the sample programs

//go:embed programs/main.json
var sampleMain []byte

//go:embed programs/waiting.json
var sampleWaiting []byte

//go:embed programs/closed.json
var closedProgram []byte

//go:embed programs/safety.json
var safetyProgram []byte

//go:embed programs/sorry.json
var sorryProgram []byte

//go:embed programs/leave-message.json
var leaveMessageProgram []byte

//go:embed programs/offer-in-line.json
var offerInLineProgram []byte

// Closed names the built-in flow of a number whose opening hours are over: it says so and hangs up.
// It can be given wherever a flow's identity can.
const Closed ID = "built-in:closed"

// SampleMain is a program that greets, offers two choices (1 queue "sales", 2 queue "support") and
// puts the caller in line.
func SampleMain() []byte { return append([]byte(nil), sampleMain...) }

// SampleWaiting is the program of those who wait when a queue has none of its own.
func SampleWaiting() []byte { return append([]byte(nil), sampleWaiting...) }
