package access

import (
	"net/http"
	"net/netip"
	"strings"

	"greenroom/hooks/config"
)

// forwardedProto is the header in which a proxy names the scheme of the visitor's request.
const forwardedProto = "X-Forwarded-Proto"

// Origin returns the scheme and host for addresses of this server: the configured ones, whatever Host a proxy sends, or
// else those of the request. Without a Host header, as from a proxy that speaks HTTP/1.0, it returns "", and the
// address becomes relative.
func Origin(c config.Config, r *http.Request) string {
	if c.URL != nil {
		return c.URL.Scheme + "://" + c.URL.Host
	}
	if r.Host == "" {
		return ""
	}
	if r.TLS != nil || TrustedBy(c).speakTLS(r) {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// speakTLS reports whether the visitor's request reached a trusted proxy by https. If the header lists several schemes,
// the first is the visitor's; connections between proxies are often plain.
func (p Proxies) speakTLS(r *http.Request) bool {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !p.trust(peer.Addr().Unmap()) {
		return false
	}
	scheme, _, _ := strings.Cut(r.Header.Get(forwardedProto), ",")
	return strings.EqualFold(strings.TrimSpace(scheme), "https")
}
