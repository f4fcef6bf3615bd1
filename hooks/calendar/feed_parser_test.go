package calendar_test

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// parseFeed reads a calendar strictly by RFC 5545: lines end in CRLF, have at most 75 octets and split no character;
// special characters in text are escaped; and every event has each required property once.
func parseFeed(t testing.TB, raw []byte) (events []map[string]string) {
	t.Helper()
	body, ok := strings.CutSuffix(string(raw), "\r\n")
	if !ok {
		t.Fatal("the feed does not end with a line's end")
	}
	var lines []string
	for physical := range strings.SplitSeq(body, "\r\n") {
		switch {
		case len(physical) > 75:
			t.Errorf("a line of %d octets: %q", len(physical), physical)
		case !utf8.ValidString(physical):
			t.Errorf("a line that breaks a character: %q", physical)
		case strings.ContainsFunc(physical, func(r rune) bool { return r < ' ' || r == 0x7f }):
			t.Errorf("a line with control characters: %q", physical)
		case physical == "":
			t.Error("an empty line")
		}
		if more, folded := strings.CutPrefix(physical, " "); folded && len(lines) > 0 {
			lines[len(lines)-1] += more
			continue
		}
		lines = append(lines, physical)
	}
	var open []string
	for i, line := range lines {
		name, value, ok := strings.Cut(line, ":")
		if !ok {
			t.Fatalf("a line without a value: %q", line)
		}
		name, _, _ = strings.Cut(name, ";")
		switch {
		case name == "BEGIN":
			open = append(open, value)
			if value == "VEVENT" {
				events = append(events, map[string]string{})
			}
		case name == "END":
			if len(open) == 0 || open[len(open)-1] != value {
				t.Fatalf("line %d ends %s in %v", i, value, open)
			}
			open = open[:len(open)-1]
		case len(open) == 2:
			e := events[len(events)-1]
			if _, twice := e[name]; twice {
				t.Errorf("%s twice in one event", name)
			}
			e[name] = unescape(t, name, value)
		case len(open) != 1:
			t.Errorf("%q is in no calendar", line)
		}
	}
	if len(open) != 0 || lines[0] != "BEGIN:VCALENDAR" || lines[1] != "VERSION:2.0" || !strings.HasPrefix(lines[2], "PRODID:") {
		t.Errorf("no whole calendar: begins %q, open at its end: %v", lines[:3], open)
	}
	for _, e := range events {
		for _, name := range []string{"UID", "DTSTAMP", "DTSTART", "SEQUENCE", "STATUS", "SUMMARY"} {
			if e[name] == "" {
				t.Errorf("an event without %s: %v", name, e)
			}
		}
	}
	return events
}

// unescape reads a value of type TEXT.
func unescape(t testing.TB, name, value string) string {
	t.Helper()
	if !slices.Contains([]string{"SUMMARY", "LOCATION", "DESCRIPTION"}, name) {
		return value
	}
	var out strings.Builder
	for i := 0; i < len(value); i++ {
		switch c := value[i]; {
		case c == ',' || c == ';':
			t.Errorf("%s has a bare %q: %q", name, c, value)
		case c == '\\' && i+1 < len(value) && strings.IndexByte(`\,;nN`, value[i+1]) >= 0:
			i++
			out.WriteString(strings.NewReplacer("n", "\n", "N", "\n").Replace(value[i : i+1]))
		case c == '\\':
			t.Errorf("%s escapes what need not be: %q", name, value)
		default:
			out.WriteByte(c)
		}
	}
	return out.String()
}
