package voice

import "linekeeper/internal/kit/fault"

// waysOut are the trunks that may carry a call, in the order in which they are tried.
func (e *Edge) waysOut(want OutCall) ([]way, error) {
	return nil, fault.Unavailable.New("No trunk of this project calls numbers outside.")
}
