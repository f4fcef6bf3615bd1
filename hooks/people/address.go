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

// Address returns the form of an email address in which addresses are compared: in small letters, with the domain in
// Unicode even if it was given as A-labels (xn--…, RFC 5890). Dots and plus tags in the local part stay, because only
// its own server knows whether they matter.
func Address(given string) string {
	given = norm.NFC.String(strings.ToLower(strings.TrimSpace(given)))
	at := strings.LastIndexByte(given, '@')
	if at < 0 {
		return given
	}
	return given[:at+1] + readable(given[at+1:])
}

// WithReadableDomain returns an address as it is stored: as it was given, with the domain in Unicode.
func WithReadableDomain(given string) string {
	at := strings.LastIndexByte(given, '@')
	if at < 0 || !strings.Contains(strings.ToLower(given[at:]), "xn--") {
		return given
	}
	return given[:at+1] + readable(given[at+1:])
}

// readable returns a domain in Unicode, or unchanged if it is not valid.
func readable(domain string) string {
	out, err := idna.Lookup.ToUnicode(domain)
	if err != nil || out == "" {
		return domain
	}
	return out
}

// FindByEmail finds the client or person with an address, whichever form its domain has here or in the database, since
// addresses stored long ago may have A-labels. The error is sql.ErrNoRows if there is none.
func FindByEmail(app core.App, address string) (*core.Record, error) {
	for _, form := range forms(address) {
		record, err := app.FindAuthRecordByEmail("clients", form)
		if !errors.Is(err, sql.ErrNoRows) {
			return record, err
		}
	}
	return nil, sql.ErrNoRows
}

// forms returns the forms in which an address may be stored, apart from ASCII capitals: as given, and with its domain
// in Unicode and in A-labels.
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
