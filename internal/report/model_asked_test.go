package report_test

import (
	"linekeeper/internal/callback"
	"linekeeper/internal/report"
)

func sumsOfAsked(a asked) (report.Sums, []string) {
	switch a.State {
	case callback.Reached:
		sums, metrics := report.Sums{Asked: 1, CalledBack: 1}, []string{"callbacks", "callbacks_reached"}
		if !a.talked.IsZero() {
			metrics = append(metrics, "callback_delay")
			sums.Delays = []int64{max(0, a.talked.Sub(a.Asked).Milliseconds())}
			if a.Slot.After(a.Asked) {
				sums.Delays[0] = max(0, a.talked.Sub(a.Slot).Milliseconds())
			}
		}
		return sums, metrics
	case callback.GivenUp:
		return report.Sums{Asked: 1, GivenUp: 1}, []string{"callbacks", "callbacks_given_up"}
	case callback.Cancelled:
		return report.Sums{Asked: 1, Cancelled: 1}, []string{"callbacks", "callbacks_cancelled"}
	}
	return report.Sums{Asked: 1}, []string{"callbacks"}
}
