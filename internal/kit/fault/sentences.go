package fault

import "maps"

// Sentences gives the codes of refusals by their formats. A screen has each of them in its languages, with the parameters
// named a, b, c in the order of the format; what has none is said by its rule or kind. A code keeps its meaning and its parameters.
func Sentences() map[string]string { return maps.Clone(sentences) }

var sentences = map[string]string{
	// Any field.
	"must not be empty":               "empty",
	"must have at most %d characters": "too_many_characters",
	"must consist of a-z, 0-9, _ and -, beginning with a letter or digit": "key_form",
	"must be from %d to %d":                     "range",
	"there is already a %s with the key %q":     "key_taken",
	"there is no queue with the key %q":         "no_queue",
	"there is no break reason %q":               "no_break_reason",
	"customers would go round: %s":              "queue_circle",
	"there is no such flow, or no such project": "no_flow_or_project",

	// Flows.
	"Somebody else has saved this flow meanwhile. Compare with what is there now, then save again.": "flow_saved_meanwhile",
	"There is no draft to publish.":                "flow_no_draft",
	"This flow is still in use.":                   "flow_in_use",
	"This flow has no version %d.":                 "flow_no_version",
	"The earlier program cannot be read.":          "flow_earlier_unread",
	"The later program cannot be read.":            "flow_later_unread",
	"must be at most %d bytes":                     "too_many_bytes",
	"must be JSON":                                 "json",
	"must be after from, by at most 31 days":       "replay_days",
	"This is not the cursor of an earlier answer.": "cursor",

	"there is no %s %q%s":                         "not_there",
	"this is no flow's file: %v":                  "flow_file",
	"there is no %s in the file that can be read": "flow_file_part",

	// Prompts.
	"the file is larger than %d MB":                                                "sound_too_large",
	"send a WAV file, 16 bits linear, mu-law or A-law, one or two channels: %v":    "sound_not_wav",
	"there is no sound in the file":                                                "sound_empty",
	"the sound is longer than %d minutes":                                          "sound_too_long",
	"%q is no file of a prompt":                                                    "sound_name",
	"its content is not what was recorded under this name":                         "sound_content",
	"nothing is shipped as %q%s":                                                   "not_shipped",
	"must be a file below %s in the data folder, or %s and a shipped prompt's key": "sound_place",
	"the languages are %s":                                                         "languages",
	"Recorded prompts are not kept here.":                                          "sound_not_kept",
	"There is no sound here.":                                                      "sound_none",
	"There is no sound: neither audio, nor a text and an engine that speaks it.":   "sound_unspoken",
	"This does not sound: %v.":                                                     "sound_broken",

	"Too many texts to speak; try again in a moment.": "sound_too_often",

	// Triggers.
	"This trigger may start %d times a minute; try again later.":                   "trigger_too_often",
	"%q is not one of interaction_ended, queue_waiting, status_changed, low_score": "trigger_event",
	"%q is not one of available, break, offline":                                   "trigger_status",
	"name the mean that is too low":                                                "trigger_mean",
	"name the question the score is of":                                            "trigger_question",
	"name the queue that is watched":                                               "trigger_queue",
	"%q is not one of schedule, event, hook":                                       "trigger_kind",
	"%q is not a day; write mon, tue, wed, thu, fri, sat or sun":                   "trigger_day",
	"name 1 to 100 times such as 09:00":                                            "trigger_times",
	"%q is not a time such as 09:00":                                               "trigger_time",
	"there is already a trigger with the key %q":                                   "trigger_key_taken",
	"there is no such flow":                                                        "no_flow",
	"the flow has mistakes: open it in the editor, put them right, publish":        "trigger_flow_wrong",
	"the flow needs a customer; write \"channels\": [%q] into it":                  "trigger_flow_customer",
	"This web hook is switched off.":                                               "hook_off",
	"Only a web hook has an address.":                                              "hook_only",
	"another trigger has this address already":                                     "hook_address_taken",
	"the body has more than %d names, or is nested deeper than %d":                 "hook_body",
	"More than %d within a minute.":                                                "trigger_run_often",
	"%d flows wait to be started.":                                                 "trigger_run_waits",
	"The server was restarted meanwhile.":                                          "trigger_run_restarted",
	"Step %s: %s":                                                                  "flow_step",
	"The flow turned through %d steps without waiting and was stopped.":            "flow_turned",
	"The flow did not end within %d steps or %s and was stopped.":                  "flow_endless",
	"The input %q is missing.":                                                     "flow_input_missing",
	"The input %q %s.":                                                             "flow_input_wrong",
	"The trigger was removed.":                                                     "trigger_removed",
	"There is no such trigger.":                                                    "no_trigger",
	"The center is closing down.":                                                  "closing_down",
	"Flows cannot be started here.":                                                "flows_not_started",

	// Notices.
	"write it in at least one language":                                                       "notice_languages",
	"%q is not one of the languages en, ru, th":                                               "notice_language",
	"say whom it is for: everybody, queues, projects or people":                               "notice_whom",
	"it is for everybody already: name no queues and projects beside":                         "notice_everybody",
	"must be after its beginning":                                                             "notice_order",
	"must be in the future":                                                                   "notice_future",
	"There are %d notices already. Withdraw those that are of no use any more.":               "notice_too_many",
	"Somebody else has changed this notice meanwhile. Look what it says now, then change it.": "notice_changed_by",
	"This notice does not hold now: nobody sees it at the desk.":                              "notice_not_now",
	"This notice was withdrawn. Write a new one.":                                             "notice_withdrawn",
	"names something that is not there any more":                                              "notice_gone",
	"This notice has been changed meanwhile. Read it once more, then confirm it.":             "notice_changed",
	"This notice is over; nothing is to be done.":                                             "notice_over",
	"There is no such notice for you.":                                                        "notice_none",
	"this language is there already":                                                          "notice_twice",
	"This agent has to do something first: %s":                                                "agent_hindered",

	// The board.
	"This agent is not at the desk, or his phone is away: nobody else can make him available.": "agent_away",
	"The status of this agent has changed meanwhile. Look what it is now, then decide.":        "agent_status_changed",
	"The queues of this agent have changed meanwhile. Look which they are now, then decide.":   "agent_queues_changed",
	"This server has no agents.":                 "no_agents",
	"This queue is not there any more.":          "queue_gone",
	"This agent is not there any more.":          "agent_gone",
	"There is no such queue.":                    "no_such_queue",
	"Nobody waits at this server.":               "no_lines",
	"Say for whom: an API token takes no calls.": "pick_for_whom",
	"%s has changed the place of this customer meanwhile. Look where he waits now, then decide.":                   "place_changed",
	"Too late: this customer does not wait any more, or an agent is being asked for him.":                          "place_late",
	"This customer waits for one agent just now. Move him to another queue, or wait until everybody may take him.": "place_kept",
	"This customer was promised a call by this queue; he cannot be moved to another.":                              "place_promised",
	"%s is not free just now: choose somebody who is available and has nothing in hand.":                           "pick_not_free",
}
