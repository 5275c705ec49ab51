package api

import (
	"net/http"
	"slices"

	"linekeeper/internal/access"
	"linekeeper/internal/center"
)

// routes is the list of everything the API offers. From it come the mux, the permission checks, the
// OpenAPI file and the test that walks every route with every role.
func (s *server) routes() []route {
	const (
		get    = http.MethodGet
		post   = http.MethodPost
		put    = http.MethodPut
		patch  = http.MethodPatch
		remove = http.MethodDelete
	)
	// Own interactions or everyone's: the reader decides by viewer.
	readInteractions := may(access.SeeInteractions, access.SeeOwnDay)
	listen, reports := may(access.ListenRecordings, access.WorkCalls), may(access.SeeReports)
	wav := answers("The audio, stereo: the customer left, the agent right; byte ranges work", "audio/wav")
	csv := answers("Text, UTF-8 with byte order mark, separated by commas", "text/csv")
	xlsx := answers("A workbook", xlsxType)
	return slices.Concat([]route{
		rt(get, "/session", "whoAmI", signedIn(), "Who is asking, with permissions", s.whoAmI),
		rt(post, "/session", "signIn", anyone(), "Sign in; sets the session's cookie", s.signIn),
		rt(remove, "/session", "signOut", signedIn(), "Sign out", s.signOut, status(http.StatusNoContent)),
		rt(get, "/demo", "demo", anyone(), "The demo center's people and number; not found in any other", s.demo),
		rt(post, "/demo/session", "demoSignIn", anyone(), "Sign in as one of the demo's people", s.demoSignIn),
		rt(post, "/setup", "setup", anyone(), "Make the first administrator with the one-time link, and sign in", s.setup),
		rt(patch, "/me", "changeMe", person(), "Change own choices", s.changeMe),
		rt(put, "/me/password", "changeMyPassword", person(), "Change the own password; other sessions end", s.changeMyPassword, status(http.StatusNoContent)),
		rt(get, "/me/day", "myDay", person(), "Own figures of today", s.myDay),
		rt(get, "/me/past", "myPast", person(), "Own figures of the 28 days before today", s.myPast),
		rt(get, "/me/phone", "myPhone", person(), "What one is called on, and which SIP phones are registered", s.myPhone),
		rt(put, "/me/phone", "chooseMyPhone", person(), "Choose what to be called on, if one may", s.chooseMyPhone),
		rt(post, "/me/phone/secret", "renewMyPhoneSecret", person(), "Make a new secret for the own SIP phones; told once", s.renewMyPhoneSecret),
		rt(get, "/users/{id}/phone", "userPhone", may(access.SeeSetup), "A user's SIP phones", s.userPhone),
		rt(post, "/users/{id}/phone/secret", "renewPhoneSecret", may(access.ManageAccess), "Make a new secret for a user's SIP phones; told once", s.renewPhoneSecret),
		rt(remove, "/users/{id}/phone/secret", "revokePhoneSecret", may(access.ManageAccess), "Let no phone of a user sign in any more", s.revokePhoneSecret, status(http.StatusNoContent)),

		rt(get, "/interactions", "listInteractions", readInteractions, "Search; agents find their own", s.listInteractions),
		rt(get, "/interactions/{id}", "getInteraction", readInteractions, "One with its segments, offers and recordings", s.getInteraction),
		rt(get, "/interactions/{id}/events", "interactionEvents", readInteractions, "Its timeline", s.interactionEvents),
		rt(post, "/interactions/{id}/control", "control", may(access.WorkCalls), "Do to a running call what a button of the desk does: hold, transfer, consult, record …", s.control, status(http.StatusNoContent)),
		rt(post, "/calls", "call", may(access.WorkCalls), "Have an agent call a customer: first his phone is connected, then the customer is called", s.call, status(http.StatusCreated)),
		rt(get, "/prompts/{key}/sound", "promptSound", may(access.WorkCalls, access.SeeSetup), "What a prompt sounds like; the key instead of its id", s.promptSound, wav),
		rt(get, "/parked", "parked", may(access.WorkCalls), "The parked calls", s.parked),
		rt(get, "/interactions/{id}/recording", "listen", listen, "Its audio; each listening is noted", s.listen, wav),
		rt(get, "/interactions/{id}/recording/peaks", "peaks", listen, "Its waveform", s.peaks),
		rt(put, "/interactions/{id}/hold", "setHold", may(access.HoldRecordings), "Keep its recordings whatever their age: a legal hold", s.setHold),
		rt(remove, "/interactions/{id}/hold", "liftHold", may(access.HoldRecordings), "Lift the legal hold", s.liftHold, status(http.StatusNoContent)),
		rt(get, "/recordings/overdue", "overdueRecordings", may(access.HoldRecordings), "The recordings that are removed next: past their project's days and not held", s.overdue),

		rt(get, "/callbacks", "listCallbacks", may(access.SeeInteractions, access.WorkCalls), "Customers who are to be called back, and those of the last days; agents find those of their queues", s.listCallbacks),
		rt(post, "/callbacks", "promiseCallback", may(access.WorkCalls), "Promise the customer of an interaction in one's hand a call at a time", s.promiseCallback, status(http.StatusCreated)),
		rt(remove, "/callbacks/{id}", "cancelCallback", may(access.WorkCalls), "Cancel a callback, and the call for it", s.cancelCallback, status(http.StatusNoContent)),
		rt(put, "/callbacks/{id}/time", "moveCallback", may(access.WorkCalls), "Call the customer at another time", s.moveCallback),
		rt(post, "/callbacks/{id}/reopen", "reopenCallback", may(access.WorkCalls), "Take up a callback that was cancelled or given up, in its old place", s.reopenCallback),

		rt(get, "/interactions/{id}/sip", "ladder", may(access.SeeInteractions), "The SIP messages of its calls, digits and secrets masked", s.ladder),
		rt(get, "/interactions/{id}/sip.txt", "ladderText", may(access.SeeInteractions), "The same for text2pcap and Wireshark", s.ladderText, answers("Hexadecimal lines with times and directions; the first line says how to make a capture of them", textType)),

		rt(get, "/customers/{id}", "getCustomer", may(access.SeeCustomers), "One customer", s.getCustomer),
		rt(patch, "/customers/{id}", "changeCustomer", may(access.ChangeCustomers), "Change name, note, language, segment or fields, add a number", s.changeCustomer),
		rt(get, "/customers/{id}/interactions", "customerInteractions", may(access.SeeCustomers), "What happened before, newest first", s.customerInteractions),

		rt(get, "/reports/summary", "summary", reports, "Figures by queue, agent, hour or day", s.summary),
		rt(get, "/reports/summary.csv", "summaryCSV", reports, "The same as text", s.summaryCSV, csv),
		rt(get, "/reports/summary.xlsx", "summaryXLSX", reports, "The same as a workbook", s.summaryXLSX, xlsx),
		rt(get, "/reports/metrics", "metrics", reports, "Every figure's definition", s.metrics),

		rt(get, "/audit", "audit", may(access.SeeAudit, access.Monitor), "Who did what when, the newest first; supervisors find monitorings only", s.auditList),
		rt(get, "/audit.csv", "auditCSV", may(access.SeeAudit, access.Monitor), "The newest 10,000 lines of it as text", s.auditCSV, csv),

		rt(get, "/directory", "directory", may(access.SeeInteractions, access.SeeReports), "Names to choose from in filters", s.directory),
		rt(get, "/board", "board", may(access.SeeLive), "The present of queues and agents", s.board),
		rt(get, "/desk", "desk", person(), "WebSocket: commands in, changes out", s.desk, describe("See edge/desk/protocol.go."), status(http.StatusSwitchingProtocols)),

		rt(get, "/trunk-lines", "trunkLines", may(access.SeeSetup), "How the carriers' lines are now", s.trunkLines),
		rt(post, "/trunks/{id}/test", "testTrunk", may(access.ChangeSetup), "Ask a carrier whether it is there, and tell what it says", s.testTrunk),

		rt(get, "/flow-kinds", "flowKinds", may(access.SeeSetup), "The nodes flows are drawn with", s.flowKinds),
		rt(post, "/flows/check", "checkFlow", may(access.SeeSetup), "What is wrong with a program", s.checkFlow),
		rt(post, "/flows/rehearse", "rehearseFlow", may(access.SeeSetup), "Play a program with its tests, in no time and without calling anybody", s.rehearseFlow),
		rt(post, "/flows/{id}/replay", "replayFlow", may(access.SeeSetup), "Play past calls through a program and see what would change, so many at a time", s.replayFlow),
		rt(put, "/flows/{id}/draft", "saveDraft", may(access.ChangeSetup), "Keep a program one works on", s.saveDraft),
		rt(post, "/flows/{id}/publish", "publishFlow", may(access.ChangeSetup), "Make the draft, or an earlier version, what new interactions run", s.publishFlow),
		rt(get, "/flows/{id}/versions", "flowVersions", may(access.SeeSetup), "What was published, the last first", s.flowVersions),
		rt(get, "/flows/{id}/versions/{version}", "flowVersion", may(access.SeeSetup), "A program that was published", s.flowVersion),
		rt(get, "/flows/{id}/counts", "flowCounts", may(access.SeeSetup), "How often today's interactions have passed its nodes", s.flowCounts),
		rt(get, "/flows/{id}/diff", "flowDiff", may(access.SeeSetup), "What differs between two programs of a flow", s.flowDiff),

		rt(post, "/center/apply", "applyCenter", may(access.ChangeSetup), "Bring the center to what the file says, all or nothing", s.applyCenter, bodyLimit(center.MaxPacked), takesBytes()),
		rt(get, "/center/export", "exportCenter", may(access.ChangeSetup), "The whole center as a file", s.exportCenter, answers("The file", yamlType, zipType)),
	},
		keptRoutes(s, s.users()),
		keptRoutes(s, s.queues()),
		keptRoutes(s, s.entries()),
		keptRoutes(s, s.trunks()),
		keptRoutes(s, s.dispositions()),
		keptRoutes(s, s.breakReasons()),
		keptRoutes(s, s.skills()),
		keptRoutes(s, s.projects()),
		keptRoutes(s, s.hours()),
		keptRoutes(s, s.flows()),
		keptRoutes(s, s.prompts()),
		s.promptRoutes(),
		s.flowFileRoutes(),
		s.speechRoutes(),
		s.gatewayRoutes(),
		s.tokenRoutes(),
		s.hoursRoutes(),
		keptRoutes(s, s.triggers()),
		s.triggerRoutes(),
		keptRoutes(s, s.plugins()),
		s.pluginRoutes(),
		s.lineRoutes(),
		s.leaderRoutes(),
		s.shiftRoutes(),
		s.noticeRoutes(),
		s.whatIfRoutes(),
		keptRoutes(s, s.alertRules()),
		s.alertRoutes(),
	)
}
