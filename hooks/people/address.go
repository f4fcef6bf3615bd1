package people

import (
	"database/sql"
	"errors"
	"slices"
	"strings"

	"github.com/pocketbase/pocketbase/core"
	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"
)

// Address is the one form of an email address by which addresses are compared: small letters, and the domain as people
// read it, whether it was given so or as an A-label (xn--…, RFC 5890). Dots and plus tags of the local part stay: only
// its own server knows whether they matter.
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

// FindByEmail finds the client, or one of a client's people, with an address, however its domain is written here or in
// the database: addresses that were stored long ago may have A-labels. Nobody is sql.ErrNoRows.
func FindByEmail(app core.App, address string) (*core.Record, error) {
	for _, form := range forms(address) {
		record, err := app.FindAuthRecordByEmail("clients", form)
		if !errors.Is(err, sql.ErrNoRows) {
			return record, err
		}
	}
	return nil, sql.ErrNoRows
}

// forms are the ways in which an address may be stored, capitals of ASCII aside: as given, and with its domain as
// people and as mail servers read it.
func forms(address string) []string {
	given, readable := strings.TrimSpace(address), Address(address)
	out := []string{given, readable}
	if at := strings.LastIndexByte(readable, '@'); at >= 0 {
		if domain, err := idna.Lookup.ToASCII(readable[at+1:]); err == nil {
			out = append(out, readable[:at+1]+domain)
		}
	}
	slices.Sort(out[1:])
	return slices.Compact(out)
}
