package booking

import (
	"strings"
	"testing"
	"time"

	"greenroom/hooks/config"
)

func TestFreeTimes(t *testing.T) {
	london, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	at := func(text string) time.Time {
		m, err := time.ParseInLocation("2006-01-02 15:04", text, london)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	const clock = "15:04"
	for name, c := range map[string]struct {
		hours, day     string
		length, buffer int
		notBefore      string
		taken          [][2]string
		want           string
	}{
		"a whole span":           {"Mon 10:00-11:00", "2027-06-07", 30, 15, "", nil, "10:00 10:15 10:30"},
		"another day":            {"Mon 10:00-11:00", "2027-06-08", 30, 15, "", nil, ""},
		"from an odd minute":     {"Mon 10:05-11:00", "2027-06-07", 30, 0, "", nil, "10:15 10:30"},
		"a buffer on both sides": {"Mon 09:00-13:00", "2027-06-07", 60, 15, "", [][2]string{{"10:30", "11:30"}}, "09:00 09:15 11:45 12:00"},
		"no buffer, end to end":  {"Mon 09:00-12:00", "2027-06-07", 60, 0, "", [][2]string{{"10:00", "11:00"}}, "09:00 11:00"},
		"with notice":            {"Mon 10:00-11:00", "2027-06-07", 30, 0, "10:20", nil, "10:30"},
		"too long for the span":  {"Mon 10:00-11:00", "2027-06-07", 90, 0, "", nil, ""},
		"the clocks go forward":  {"Sun 00:30-02:30", "2027-03-28", 30, 0, "", nil, "00:30 00:45 02:00"},
		"opening in no hour":     {"Sun 01:30-03:00", "2027-03-28", 30, 0, "", nil, "02:00 02:15 02:30"},
		"closing in no hour":     {"Sun 00:15-01:30", "2027-03-28", 30, 0, "", nil, "00:15 00:30"},
		"until midnight":         {"Mon 23:00-24:00", "2027-06-07", 30, 0, "", nil, "23:00 23:15 23:30"},
		"the clocks go back":     {"Sun 00:30-02:30", "2027-10-31", 60, 0, "", nil, "00:30 00:45 01:00 01:15 01:30 01:45 01:00 01:15 01:30"},
	} {
		c0, err := config.Parse(map[string]string{"GREENROOM_HOURS": c.hours})
		if err != nil {
			t.Fatal(err)
		}
		var notBefore time.Time
		if c.notBefore != "" {
			notBefore = at(c.day + " " + c.notBefore)
		}
		var taken []Period
		for _, p := range c.taken {
			taken = append(taken, Period{at(c.day + " " + p[0]), at(c.day + " " + p[1])})
		}
		length := time.Duration(c.length) * time.Minute
		var got []string
		for _, p := range free(c0.Hours, at(c.day+" 00:00"), length, time.Duration(c.buffer)*time.Minute, notBefore, taken) {
			got = append(got, p.Start.Format(clock))
			if p.End.Sub(p.Start) != length {
				t.Errorf("%s: %v", name, p)
			}
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
