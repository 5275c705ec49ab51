// Package shift is what belongs to an agent's shift beside his customers: what is asked of him before he may take
// calls (the phone check, the checklist of the workplace), a leader's word that he may without it, and the time
// clock. It knows no rotas: a planned start is all that is planned of a shift here.
//
// NotReady is the one rule that says what an agent lacks; whoever makes another demand adds a fact and a line to it.
// Storage works as in package tenant.
package shift
