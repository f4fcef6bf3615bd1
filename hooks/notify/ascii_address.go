package notify

import (
	"net/mail"
	"strings"

	"golang.org/x/net/idna"
)

// hosts converts host names to ASCII (punycode) as browsers and mail programs do: UTS 46, non-transitional (RFC 5891).
var hosts = idna.New(idna.MapForLookup(), idna.Transitional(false), idna.StrictDomainName(false))

// asciiHost returns a host name in ASCII, or unchanged if it has no valid ASCII form.
func asciiHost(host string) string {
	if isASCII(host) {
		return host
	}
	if ascii, err := hosts.ToASCII(host); err == nil {
		return ascii
	}
	return host
}

// asciiDomain returns a mail address with its domain in ASCII.
func asciiDomain(address string) string {
	at := strings.LastIndexByte(address, '@')
	if at < 0 {
		return address
	}
	return address[:at+1] + asciiHost(address[at+1:])
}

func isASCII(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r >= 0x80 })
}

// inASCII returns addresses for a header: with their domains in ASCII, which every server and program can read.
func inASCII(addresses []mail.Address) (out []mail.Address) {
	for _, a := range addresses {
		out = append(out, mail.Address{Name: cleanName(a.Name), Address: asciiDomain(a.Address)})
	}
	return out
}
