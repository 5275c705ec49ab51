package flow

import _ "embed" // the sample programs

//go:embed programs/main.json
var sampleMain []byte

//go:embed programs/waiting.json
var sampleWaiting []byte

// SampleMain is a program that greets, offers two choices (1 queue "sales", 2 queue "support") and
// puts the caller in line.
func SampleMain() []byte { return append([]byte(nil), sampleMain...) }

// SampleWaiting is the program of those who wait when a queue has none of its own.
func SampleWaiting() []byte { return append([]byte(nil), sampleWaiting...) }
