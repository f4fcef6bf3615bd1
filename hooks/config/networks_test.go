package config

import (
	"fmt"
	"testing"
)

func TestNetworks(t *testing.T) {
	for given, want := range map[string]string{
		"10.0.0.7":             "[10.0.0.7/32]",
		"172.16.0.0/12, ::1":   "[172.16.0.0/12 ::1/128]",
		"::ffff:10.0.0.7":      "[10.0.0.7/32]",
		"2001:db8::/32":        "[2001:db8::/32]",
		"10.0.0.7/8":           "[]",
		"0.0.0.0/0":            "[]",
		"::/0":                 "[]",
		"proxy.example.com":    "[]",
		"10.0.0.7,":            "[]",
		"10.0.0.7 10.0.0.8":    "[]",
		"10.0.0.7,10.0.0.0/33": "[]",
	} {
		got, err := parseNetworks(given)
		if fmt.Sprint(got) != want || (err != nil) != (want == "[]") {
			t.Errorf("%q: %v, %v; want %s", given, got, err, want)
		}
	}
}
