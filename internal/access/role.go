package access

import "slices"

// Role is what a user is here for. Everything a user may do follows from it.
type Role string

// The roles.
const (
	Agent         Role = "agent"
	Supervisor    Role = "supervisor"
	Quality       Role = "quality"
	Administrator Role = "administrator"
)

// Roles lists all of them.
func Roles() []Role { return []Role{Agent, Supervisor, Quality, Administrator} }

// Permission is one thing that can be allowed.
type Permission string

// The permissions.
const (
	WorkCalls        Permission = "work_calls"        // be offered interactions, set the own status, check the own phone
	SeeOwnDay        Permission = "see_own_day"       // the own interactions and figures
	SeeLive          Permission = "see_live"          // the live board of queues and agents
	SetOthersStatus  Permission = "set_others_status" // another agent's status
	MoveWaiting      Permission = "move_waiting"      // waiting customers: to another queue, another priority, one agent; each time is noted
	SeeInteractions  Permission = "see_interactions"  // everyone's interactions and their time lines
	Monitor          Permission = "monitor"           // listen to others' calls, whisper, barge in, take over; each use is noted
	ListenRecordings Permission = "listen_recordings" // everyone's recordings; each listening is noted
	HoldRecordings   Permission = "hold_recordings"   // keep recordings whatever their age, and let them go
	SeeReports       Permission = "see_reports"       // reports and their files
	SeeCustomers     Permission = "see_customers"     // customers and their notes
	ChangeCustomers  Permission = "change_customers"
	SeeSetup         Permission = "see_setup"     // users, queues, entries, trunks, dispositions …
	ChangeSetup      Permission = "change_setup"  // the same, and the center as a file
	ManageAccess     Permission = "manage_access" // users, passwords, sessions, API tokens
	SeeAudit         Permission = "see_audit"
	WriteNotices     Permission = "write_notices" // to agents, and see who has read them
)

// Permissions lists all of them.
func Permissions() []Permission {
	return []Permission{WorkCalls, SeeOwnDay, SeeLive, SetOthersStatus, MoveWaiting, SeeInteractions, Monitor, ListenRecordings, HoldRecordings, SeeReports,
		SeeCustomers, ChangeCustomers, SeeSetup, ChangeSetup, ManageAccess, SeeAudit, WriteNotices}
}

// May decides whether a role allows something. It is the only place that does.
func May(r Role, p Permission) bool {
	switch r {
	case Administrator:
		return slices.Contains(Permissions(), p)
	case Supervisor:
		switch p {
		case WorkCalls, SeeOwnDay, SeeLive, SetOthersStatus, MoveWaiting, SeeInteractions, Monitor, ListenRecordings, HoldRecordings, SeeReports,
			SeeCustomers, ChangeCustomers, SeeSetup, WriteNotices:
			return true
		}
	case Quality:
		switch p {
		case SeeLive, SeeInteractions, ListenRecordings, SeeReports, SeeCustomers:
			return true
		}
	case Agent:
		switch p {
		case WorkCalls, SeeOwnDay, SeeCustomers, ChangeCustomers:
			return true
		}
	}
	return false
}
