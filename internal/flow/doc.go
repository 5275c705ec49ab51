// Package flow is what talks to a customer before and beside an agent: programs drawn by people,
// kept as data, and the interpreter that runs one of them per interaction. A program is a versioned
// JSON graph of nodes; a node is one function and one entry of the table, in node_*.go. The package
// also owns the tables flow and prompt and the prompts' sound.
//
// It plays and hears through Talker, which a channel may be (edge/voice is); it asks for a place in
// line through Places, for a queue's rules through Queues and for opening hours through Hours;
// speech comes from a Speaker (edge/speech). package app plugs these in. What a flow did is told to
// the interaction as inputs and written nowhere else. DESIGN.md draws it.
package flow
