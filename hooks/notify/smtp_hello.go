package notify

import (
	"net"
	"net/url"
	"os"
	"strings"
)

// helloName returns the name that the studio gives in EHLO (RFC 5321, 4.1.1.1): the host of the portal's address, else
// the machine's name, else the IP address of the connection. Names that only this machine or its network knows are
// skipped, because some mail servers refuse them.
func helloName(portal string, local net.Addr) string {
	if u, err := url.Parse(portal); err == nil {
		if name := publicName(u.Hostname()); name != "" {
			return name
		}
	}
	if machine, err := os.Hostname(); err == nil {
		if name := publicName(machine); name != "" {
			return name
		}
	}
	if tcp, ok := local.(*net.TCPAddr); ok {
		return addressLiteral(tcp.IP)
	}
	return addressLiteral(net.IPv4(127, 0, 0, 1))
}

// publicName returns a host as EHLO takes it, or "" if others could not know it.
func publicName(host string) string {
	if ip := net.ParseIP(host); ip != nil {
		if ip.IsLoopback() || ip.IsUnspecified() {
			return ""
		}
		return addressLiteral(ip)
	}
	name := strings.ToLower(strings.TrimSuffix(asciiHost(host), "."))
	if !strings.Contains(name, ".") || !isHostName(name) || name == "localhost.localdomain" || strings.HasSuffix(name, ".localhost") {
		return ""
	}
	return name
}

func isHostName(name string) bool {
	return len(name) <= 253 && !strings.HasPrefix(name, ".") && !strings.ContainsFunc(name, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' || r == '.')
	})
}

// addressLiteral returns an IP address in the form of RFC 5321, 4.1.3.
func addressLiteral(ip net.IP) string {
	if ip.To4() != nil {
		return "[" + ip.To4().String() + "]"
	}
	return "[IPv6:" + ip.String() + "]"
}
