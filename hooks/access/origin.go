package access

import (
	"net/http"
	"net/netip"
	"strings"

	"greenroom/hooks/config"
)

// forwardedProto is the header in which a proxy says how it was asked.
const forwardedProto = "X-Forwarded-Proto"

// Origin begins the addresses of this server: the configured one, whatever Host a proxy sends, else as whoever asks
// reaches it. Where that is not said either, as by a proxy that speaks HTTP/1.0, nothing does: the address is relative.
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

// speakTLS tells whether the visitor asked a proxy of ours by https. Of several proxies the first one is meant: the
// visitor's connection ends there, and what stands between it and us is often plain.
func (p Proxies) speakTLS(r *http.Request) bool {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !p.trust(peer.Addr().Unmap()) {
		return false
	}
	scheme, _, _ := strings.Cut(r.Header.Get(forwardedProto), ",")
	return strings.EqualFold(strings.TrimSpace(scheme), "https")
}
