package archive

import (
	"path"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"greenroom/hooks/people"
)

// maxNameBytes leaves room for folders before the name: on Windows a path may have 260 characters.
const maxNameBytes = 120

// maxEndingBytes is the longest file extension. A longer one is a sentence with a full stop in it.
const maxEndingBytes = 24

// safeName returns a file name that every system can unpack into its folder: no path, no characters or device names
// that Windows refuses, nothing invisible, not too long.
func safeName(name, otherwise string) string {
	name = norm.NFC.String(strings.ToValidUTF8(name, "_"))
	name = strings.Map(func(r rune) rune {
		if people.Unprintable(r) || unicode.Is(unicode.Cf, r) || strings.ContainsRune(`/\<>:"|?*`, r) {
			return '_'
		}
		return r
	}, name)
	name = strings.TrimRight(strings.TrimSpace(name), ". ")
	name = strings.TrimLeft(name, ". ") // a leading full stop hides the file
	if !people.Visible(strings.Trim(name, "_")) {
		name = otherwise
	}
	stem, _, _ := strings.Cut(name, ".")
	if devices[strings.ToUpper(strings.TrimSpace(stem))] {
		name = "_" + name
	}
	return fitted(name, "")
}

// devices are names that Windows opens as a device, with any extension.
var devices = func() map[string]bool {
	names := map[string]bool{"CON": true, "PRN": true, "AUX": true, "NUL": true, "CONIN$": true, "CONOUT$": true}
	for _, port := range []string{"COM", "LPT"} {
		for _, number := range "0123456789¹²³" {
			names[port+string(number)] = true
		}
	}
	return names
}()

// fitted inserts a mark before a name's extension and shortens the name if it is too long.
func fitted(name, mark string) string {
	ending := path.Ext(name)
	if len(ending) > maxEndingBytes || strings.ContainsRune(ending, ' ') {
		ending = ""
	}
	stem := strings.TrimSuffix(name, ending)
	for most := maxNameBytes - len(ending) - len(mark); len(stem) > most; {
		_, last := utf8.DecodeLastRuneInString(stem)
		stem = stem[:len(stem)-last]
	}
	return strings.TrimRight(stem, " ") + mark + ending
}

// names gives each file of a folder a unique name, also where case does not matter.
type names map[string]bool

func (n names) take(name, otherwise string) string {
	name = safeName(name, otherwise)
	taken := name
	for i := 2; n[strings.ToLower(taken)]; i++ {
		taken = fitted(name, " ("+strconv.Itoa(i)+")")
	}
	n[strings.ToLower(taken)] = true
	return taken
}
