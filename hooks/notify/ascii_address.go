package notify

import (
	"net/mail"
	"strings"

	"golang.org/x/net/idna"
)

// hosts turns names of hosts into their form in ASCII as browsers and mail programs do (RFC 5891, UTS 46).
var hosts = idna.New(idna.MapForLookup(), idna.Transitional(false), idna.StrictDomainName(false))

// asciiHost is a host's name in ASCII, xn-- where it has other letters; a name that has no such form stays as it is.
func asciiHost(host string) string {
	if isASCII(host) {
		return host
	}
	if ascii, err := hosts.ToASCII(host); err == nil {
		return ascii
	}
	return host
}

// asciiDomain is a mail address with its domain in ASCII.
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

// inASCII gives addresses as headers name them: every server and program reads their domains.
func inASCII(addresses []mail.Address) (out []mail.Address) {
	for _, a := range addresses {
		out = append(out, mail.Address{Name: cleanName(a.Name), Address: asciiDomain(a.Address)})
	}
	return out
}
