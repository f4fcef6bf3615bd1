package people

import (
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"
)

// Address is the one form of an email address by which addresses are compared: small letters, and the domain as people read
// it, whether it was given so or as an A-label (xn--…, RFC 5890). Dots and plus tags of the local part stay: only its own
// server knows whether they matter.
func Address(given string) string {
	given = norm.NFC.String(strings.ToLower(strings.TrimSpace(given)))
	at := strings.LastIndexByte(given, '@')
	if at < 0 {
		return given
	}
	return given[:at+1] + readable(given[at+1:])
}

// WithReadableDomain is an address as it is stored: as it was given, with the domain as people read it.
func WithReadableDomain(given string) string {
	at := strings.LastIndexByte(given, '@')
	if at < 0 || !strings.Contains(strings.ToLower(given[at:]), "xn--") {
		return given
	}
	return given[:at+1] + readable(given[at+1:])
}

// readable is a domain without A-labels; as it was where it is no domain.
func readable(domain string) string {
	out, err := idna.Lookup.ToUnicode(domain)
	if err != nil || out == "" {
		return domain
	}
	return out
}
