package number

import (
	"time"

	"github.com/nyaruka/phonenumbers/v2"
	"github.com/nyaruka/phonenumbers/v2/timezone"
)

// Zone is the time zone (IANA) of where a number is from, if all the places it may be from have the same time at an
// instant; else it is empty, as for the mobile numbers of a country with several times.
func Zone(normalized string, at time.Time) string {
	parsed, err := phonenumbers.Parse(normalized, "")
	if err != nil {
		return ""
	}
	names, err := timezone.GetTimeZonesForNumber(parsed)
	if err != nil {
		return ""
	}
	found, offset := "", 0
	for _, name := range names {
		zone, err := time.LoadLocation(name)
		if err != nil || name == "Etc/Unknown" {
			return ""
		}
		_, o := at.In(zone).Zone()
		switch {
		case found == "":
			found, offset = name, o
		case o != offset:
			return ""
		}
		if name == "Europe/London" { // rather than Europe/Guernsey
			found = name
		}
	}
	return found
}
