package people

import "testing"

func TestAddressesHaveOneForm(t *testing.T) {
	for given, want := range map[string]string{
		"Ana@Example.COM":               "ana@example.com",
		" ben@xn--bcher-kva.example ":   "ben@bücher.example",
		"ben@BÜCHER.example":            "ben@bücher.example",
		"ben@bu\u0308cher.example":      "ben@bücher.example",
		"ana.soeder+studio@gmail.com":   "ana.soeder+studio@gmail.com",
		"anasoeder@googlemail.com":      "anasoeder@googlemail.com",
		"jösé@example.com":              "jösé@example.com",
		"nobody":                        "nobody",
		"a@xn--not-a-label-\u00ff.test": "a@xn--not-a-label-ÿ.test",
	} {
		if got := Address(given); got != want {
			t.Errorf("%q is %q", given, got)
		}
	}
	for given, want := range map[string]string{"Ben@xn--bcher-kva.example": "Ben@bücher.example", "Ben@Example.com": "Ben@Example.com"} {
		if got := WithReadableDomain(given); got != want {
			t.Errorf("%q is stored as %q", given, got)
		}
	}
}
