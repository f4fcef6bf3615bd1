package demo

import (
	"time"
	_ "time/tzdata" // London must be known on the barest machine
)

// moment is a time as seen from the moment of loading, so that what is overdue in the tables is overdue whenever the
// studio is loaded. A nil moment is no time at all.
type moment func(now time.Time) time.Time

var london = func() *time.Location {
	zone, err := time.LoadLocation("Europe/London")
	if err != nil {
		panic(err) // it is embedded
	}
	return zone
}()

// ago is a number of days before today, at a time by the studio's clock.
func ago(days int, clock string) moment { return in(-days, clock) }

// in is a number of days after today, at a time by the studio's clock.
func in(days int, clock string) moment {
	return func(now time.Time) time.Time {
		at, err := time.Parse("15:04", clock)
		if err != nil {
			panic("demo: " + clock + " is no time of day") // a mistake in the tables
		}
		today := now.In(london)
		return time.Date(today.Year(), today.Month(), today.Day()+days, at.Hour(), at.Minute(), 0, 0, london)
	}
}

// within is a few hours from now, at the full or the half hour.
func within(hours int) moment {
	return func(now time.Time) time.Time {
		return now.Add(time.Duration(hours) * time.Hour).Truncate(30 * time.Minute)
	}
}

// dueIn is a date without a time, as a form sends it: midnight, UTC.
func dueIn(days int) moment {
	return func(now time.Time) time.Time {
		today := now.In(london)
		return time.Date(today.Year(), today.Month(), today.Day()+days, 0, 0, 0, 0, time.UTC)
	}
}

func overdueBy(days int) moment { return dueIn(-days) }

// dueThisWeek is this week's Friday, or its Sunday from Friday on: in this calendar week, and not over yet, whenever
// the studio is loaded.
func dueThisWeek(now time.Time) time.Time {
	const friday, sunday = 4, 6
	today := (int(now.In(london).Weekday()) + 6) % 7 // from Monday, 0
	if today < friday {
		return dueIn(friday - today)(now)
	}
	return dueIn(sunday - today)(now)
}
