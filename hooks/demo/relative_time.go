package demo

import (
	"time"
	_ "time/tzdata" // London has to be known on a machine without a zone database
)

// moment is a time relative to the loading of the demo, so that what is overdue in the tables is overdue whenever it is
// loaded. nil means no time.
type moment func(now time.Time) time.Time

var london = func() *time.Location {
	zone, err := time.LoadLocation("Europe/London")
	if err != nil {
		panic(err) // the zone is embedded
	}
	return zone
}()

// ago is a time of day in London, a number of days before today.
func ago(days int, clock string) moment { return in(-days, clock) }

// in is a time of day in London, a number of days after today.
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

// within is some hours from now, rounded to the full or half hour.
func within(hours int) moment {
	return func(now time.Time) time.Time {
		return now.Add(time.Duration(hours) * time.Hour).Truncate(30 * time.Minute)
	}
}

// dueIn is a due date, which forms send as midnight in UTC.
func dueIn(days int) moment {
	return func(now time.Time) time.Time {
		today := now.In(london)
		return time.Date(today.Year(), today.Month(), today.Day()+days, 0, 0, 0, 0, time.UTC)
	}
}

func overdueBy(days int) moment { return dueIn(-days) }

// dueThisWeek is this week's Friday, and from Friday on its Sunday: a day of this calendar week that is not over,
// whenever the demo is loaded.
func dueThisWeek(now time.Time) time.Time {
	const friday, sunday = 4, 6
	today := (int(now.In(london).Weekday()) + 6) % 7 // Monday is 0
	if today < friday {
		return dueIn(friday - today)(now)
	}
	return dueIn(sunday - today)(now)
}
