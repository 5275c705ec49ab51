package app

import (
	"linekeeper/internal/access"
	"linekeeper/internal/flow"
	"linekeeper/internal/interaction"
)

// The registry is made before the engines it uses, because they tell it things: these ports look
// the engine up when it is called, which is after New.
type (
	routerPort   struct{ a *App }
	flowPort     struct{ a *App }
	recorderPort struct{ a *App }
)

func (p routerPort) Enqueue(place interaction.Place) { p.a.lines().Enqueue(place) }
func (p routerPort) Withdraw(id interaction.ID, party interaction.PartyID) {
	p.a.router.Withdraw(id, party)
}
func (p routerPort) Keep(id interaction.ID, agent access.UserID) { p.a.router.Keep(id, agent) }
func (p routerPort) Hold(id interaction.ID, agent access.UserID, on bool) {
	p.a.router.Hold(id, agent, on)
}
func (p routerPort) Release(r interaction.Release) { p.a.router.Release(r) }
func (p flowPort) Start(run interaction.FlowRun) {
	if at, ok := flow.ParsePosition(interaction.FlowStepped{What: flow.StepWaits, Text: run.At}); ok {
		p.a.flows.Resume(run, at)
		return
	}
	p.a.flows.Start(run)
}
func (p flowPort) Stop(id interaction.ID)                               { p.a.flows.Stop(id) }
func (p recorderPort) Start(s interaction.State, c interaction.Channel) { p.a.recorder.Start(s, c) }
func (p recorderPort) Stop(id interaction.ID)                           { p.a.recorder.Stop(id) }
func (p recorderPort) Continue(s interaction.State, c interaction.Channel) {
	p.a.recorder.Continue(s, c)
}
func (p recorderPort) Pause(id interaction.ID, why string) { p.a.recorder.Pause(id, why) }
func (p recorderPort) Resume(id interaction.ID)            { p.a.recorder.Resume(id) }
