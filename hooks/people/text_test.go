package people

import "testing"

func TestIsWebLink(t *testing.T) {
	for address, want := range map[string]bool{
		"https://meet.example.com/a": true,
		"http://meet.example.com":    true,
		"HTTPS://meet.example.com":   true,
		"":                           false,
		"javascript:alert(1)":        false,
		"data:text/html,x":           false,
		"//meet.example.com":         false,
		"https:meet":                 false,
		"https:///a":                 false,
		"ftp://meet.example.com":     false,
		"https://meet.example.com/%": false,
	} {
		if got := IsWebLink(address); got != want {
			t.Errorf("%q: %v", address, got)
		}
	}
}
