// Package media carries sound without knowing why: legs (one party's RTP in and out), rooms (who
// hears whom, relayed or mixed), prompts and music, digits in and out, the quality of what is heard,
// and the two-channel recording file.
//
// It does not know of calls, customers, agents or SIP; edge/voice joins those to legs. Protocol
// details live in the folders below: rtp (headers, telephone events), rtcp (reports), codec and g711
// (sound to samples and back), detect (keys, faxes and voices in sound), wav (the file), tone (generators
// and measurement). DESIGN.md draws the packet path, who owns which goroutine and the rule that decides
// whose packets are believed.
//
// Everything runs inside a testing/synctest bubble over network.NewMemory: nothing here blocks on
// anything but channels, timers and the given sockets.
package media
