package config

import (
	"strings"
	"testing"
	"time"
)

func TestHoursAreReadOrRefused(t *testing.T) {
	h, err := parseHours("Mon-Fri 10:00-17:00; sat 10:00-13:00;Mon 18:00-24:00")
	if err != nil {
		t.Fatal(err)
	}
	if len(h[time.Sunday]) != 0 || len(h[time.Monday]) != 2 || h[time.Monday][1] != (Span{1080, 1440}) || h[time.Friday][0] != (Span{600, 1020}) || h[time.Saturday][0] != (Span{600, 780}) {
		t.Errorf("%v", h)
	}
	if h, err = parseHours("Fri-Mon 10:00-11:00"); err != nil || len(h[time.Sunday]) != 1 || len(h[time.Tuesday]) != 0 {
		t.Errorf("over Sunday: %v %v", h, err)
	}
	for text, names := range map[string]string{
		"": "write days", "Mon": "write days", "Mo 10:00-11:00": `"Mo" is no day`, "Mon 10-11": `"10" is no time`, "Mon 17:00-10:00": "ends before",
		"Mon 10:00-25:00": `"25:00"`, "Mon 10:00": "no span", "Mon 10:00-12:00; Mon-Tue 11:00-13:00": "overlap", "Mon 10:00-12:00;": "write days",
	} {
		if _, err := parseHours(text); err == nil || !strings.Contains(err.Error(), names) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: %v", text, err)
		}
	}
}
