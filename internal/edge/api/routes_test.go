package api

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"linekeeper/internal/access"
	"linekeeper/internal/kit/db/dbtest"
)

// who may what: N nobody, A agent, Q quality, S supervisor, D administrator, T token of an
// administrator. A new route is decided here before the test passes.
func decisions() map[string]string {
	return map[string]string{
		"whoAmI": "AQSDT", "signIn": "NAQSDT", "signOut": "AQSDT",
		"demo": "NAQSDT", "demoSignIn": "NAQSDT", "setup": "NAQSDT",
		"changeMe": "AQSD", "changeMyPassword": "AQSD", "myDay": "AQSD", "myPast": "AQSD", "myPhone": "AQSD", "chooseMyPhone": "AQSD", "renewMyPhoneSecret": "AQSD",
		"userPhone": "SDT", "renewPhoneSecret": "DT", "revokePhoneSecret": "DT",
		"listInteractions": "AQSDT", "getInteraction": "AQSDT", "interactionEvents": "AQSDT",
		"ladder": "QSDT", "ladderText": "QSDT", "listen": "AQSDT", "peaks": "AQSDT",
		"control": "ASDT", "call": "ASDT", "parked": "ASDT", "promptSound": "ASDT",
		"setHold": "SDT", "liftHold": "SDT", "overdueRecordings": "SDT",
		"getCustomer": "AQSDT", "changeCustomer": "ASDT", "customerInteractions": "AQSDT",
		"summary": "QSDT", "summaryCSV": "QSDT", "summaryXLSX": "QSDT", "metrics": "QSDT",
		"audit": "SDT", "auditCSV": "SDT",
		"listCallbacks": "AQSDT", "promiseCallback": "ASDT", "cancelCallback": "ASDT", "moveCallback": "ASDT", "reopenCallback": "ASDT",
		"setAgentStatus": "SDT", "setAgentQueues": "SDT",
		"shiftTerms": "QSDT", "setShiftTerms": "SDT", "allowAgent": "SDT",
		"checklist": "AQSDT", "setChecklist": "SDT", "tick": "AQSD", "spotCheck": "SDT", "shiftStarts": "QSDT", "setShiftStarts": "SDT",
		"whatIfStart": "QSDT", "startWhatIf": "QSDT", "whatIf": "QSDT", "stopWhatIf": "QSDT",
		"directory": "QSDT", "board": "QSDT", "desk": "AQSD",
		"queueLine": "QSDT", "moveWaiting": "SDT", "prioritiseWaiting": "SDT", "pickWaiting": "SDT",
		"applyCenter": "DT", "exportCenter": "DT",
		"listUsers": "SDT", "getUser": "SDT", "createUser": "DT", "replaceUser": "DT",
		"listApiTokens": "DT", "createApiToken": "DT", "revokeApiToken": "DT",
		"listQueues": "AQSDT", "getQueue": "AQSDT", "createQueue": "DT", "replaceQueue": "DT", "deleteQueue": "DT",
		"listEntries": "SDT", "getEntry": "SDT", "createEntry": "DT", "replaceEntry": "DT", "deleteEntry": "DT",
		"trunkLines": "SDT", "testTrunk": "DT",
		"listTrunks": "SDT", "getTrunk": "SDT", "createTrunk": "DT", "replaceTrunk": "DT", "deleteTrunk": "DT",
		"listDispositions": "AQSDT", "getDisposition": "AQSDT", "createDisposition": "DT", "replaceDisposition": "DT", "deleteDisposition": "DT",
		"listBreakReasons": "AQSDT", "getBreakReason": "AQSDT", "createBreakReason": "DT", "replaceBreakReason": "DT", "deleteBreakReason": "DT",
		"listSkills": "AQSDT", "getSkill": "AQSDT", "createSkill": "DT", "replaceSkill": "DT", "deleteSkill": "DT",
		"listProjects": "SDT", "getProject": "SDT", "createProject": "DT", "replaceProject": "DT", "deleteProject": "DT",
		"listHours": "SDT", "getHours": "SDT", "createHours": "DT", "replaceHours": "DT", "deleteHours": "DT",
		"listFlows": "SDT", "getFlow": "SDT", "createFlow": "DT", "replaceFlow": "DT", "deleteFlow": "DT",
		"flowKinds": "SDT", "checkFlow": "SDT", "flowCounts": "SDT", "rehearseFlow": "SDT", "packFlow": "SDT", "lookFlow": "SDT", "takeFlowPrompts": "DT", "replayFlow": "SDT", "saveDraft": "DT", "publishFlow": "DT", "flowVersions": "SDT", "flowVersion": "SDT", "flowDiff": "SDT",
		"recordPrompt": "DT", "hearPrompt": "SDT", "promptUses": "SDT", "previewPrompt": "DT", "hearShipped": "SDT", "readSpeech": "SDT", "listGateways": "SDT", "hoursAt": "SDT", "publicHolidays": "SDT",
		"listTriggers": "SDT", "getTrigger": "SDT", "createTrigger": "DT", "replaceTrigger": "DT", "deleteTrigger": "DT",
		"triggerRuns": "SDT", "triggerLastRuns": "SDT", "runTrigger": "DT", "newTriggerAddress": "DT", "hook": "NAQSDT",
		"listPlugins": "SDT", "getPlugin": "SDT", "createPlugin": "DT", "replacePlugin": "DT", "deletePlugin": "DT", "readPluginManifest": "DT",
		"listNotices": "SDT", "getNotice": "SDT", "writeNotice": "SDT", "changeNotice": "SDT", "withdrawNotice": "SDT", "remindNotice": "SDT", "noticeReaders": "SDT", "noticeReadersCSV": "SDT", "markNotice": "AQSD",
		"listAlertRules": "SDT", "getAlertRule": "SDT", "createAlertRule": "DT", "replaceAlertRule": "DT", "deleteAlertRule": "DT", "alertHookKey": "DT", "alerts": "SDT", "seeAlert": "SDT",
		"listPrompts": "SDT", "getPrompt": "SDT", "createPrompt": "DT", "replacePrompt": "DT", "deletePrompt": "DT",
	}
}

// TestEveryRouteWithEveryRole walks the list of routes with nobody, each role and a token.
func TestEveryRouteWithEveryRole(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dbtest.SQLite(t))
	left := decisions()
	people := map[string]string{"N": nobody, "A": string(access.Agent), "Q": string(access.Quality),
		"S": string(access.Supervisor), "D": string(access.Administrator), "T": "token"}
	for _, r := range w.server.routes() {
		may, decided := left[r.op.OperationID]
		if !decided {
			t.Errorf("nobody has decided who may %s (%s %s)", r.op.OperationID, r.op.Method, r.op.Path)
		}
		delete(left, r.op.OperationID)
		if r.op.OperationID == "signOut" {
			continue // ends the sessions the others need; TestSession has it
		}
		path := strings.ReplaceAll(r.op.Path, "{id}", "00000000-0000-7000-8000-000000000000")
		body := ""
		if r.op.Method != http.MethodGet && r.op.Method != http.MethodDelete {
			body = "{}"
		}
		for letter, who := range people {
			rec := w.ask(who, r.op.Method, path, body)
			var p Problem
			_ = json.Unmarshal(rec.Body.Bytes(), &p) // not every answer is a problem
			let := p.Detail != "Please sign in." && p.Detail != "Your role does not allow this."
			if let != strings.Contains(may, letter) {
				t.Errorf("%s by %q: got %d %s, want let in: %v", r.op.OperationID, who, rec.Code, p.Detail, strings.Contains(may, letter))
			}
			want := http.StatusForbidden
			if who == nobody {
				want = http.StatusUnauthorized
			}
			if !let && rec.Code != want {
				t.Errorf("%s by %q: got %d, want %d", r.op.OperationID, who, rec.Code, want)
			}
			if rec.Code >= 500 {
				t.Errorf("%s by %q: got %d %s", r.op.OperationID, who, rec.Code, rec.Body)
			}
		}
	}
	for id := range left {
		t.Errorf("there is no route %s to decide about", id)
	}
}

// TestStolenAndBrokenTokens get nothing.
func TestStolenAndBrokenTokens(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dbtest.SQLite(t))
	session := w.tokens["administrator"]
	for _, header := range []string{"Bearer nonsense", "Bearer lk_nonsense", "Basic YWRtaW46YWRtaW4=", "Bearer " + session, "Bearer ", "lk_"} {
		w.refused(http.StatusUnauthorized, nobody, "GET", "/api/v1/users", "", "Authorization", header)
	}
	for _, cookie := range []string{"lk_session=x", "lk_session=", "lk_session=" + w.tokens["token"], "__Host-lk_session=x"} {
		w.refused(http.StatusUnauthorized, nobody, "GET", "/api/v1/users", "", "Cookie", cookie)
	}
}
