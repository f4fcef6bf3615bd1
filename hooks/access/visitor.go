package access

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/pocketbase/pocketbase/core"
)

// forwardedFor is the header in which proxies list the addresses of a request's way.
const forwardedFor = "X-Forwarded-For"

// Visitor is the header that tells PocketBase the visitor's address. The server sets it itself, and overwrites what a
// visitor sends.
const Visitor = "Greenroom-Visitor"

// Proxies are the networks of peers whose X-Forwarded-For is trusted.
type Proxies []netip.Prefix

// Loopback is this machine, on which a proxy may serve the studio's https address.
var Loopback = Proxies{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}

func (p Proxies) trust(address netip.Addr) bool {
	return slices.ContainsFunc(p, func(network netip.Prefix) bool { return network.Contains(address) })
}

// visitor returns the address that a request comes from: the peer's or, behind trusted proxies, the last listed address
// that is not a trusted proxy itself.
func (p Proxies) visitor(r *http.Request) netip.Addr {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	address := peer.Addr().Unmap()
	hops := strings.Split(strings.Join(r.Header.Values(forwardedFor), ","), ",")
	for i := len(hops) - 1; i >= 0 && p.trust(address); i-- {
		before, ok := parseHop(hops[i])
		if !ok {
			break
		}
		address = before
	}
	return address
}

// parseHop parses an address in X-Forwarded-For. Some proxies append a port.
func parseHop(hop string) (netip.Addr, bool) {
	hop = strings.TrimSpace(hop)
	if host, _, err := net.SplitHostPort(hop); err == nil {
		hop = host
	}
	address, err := netip.ParseAddr(strings.Trim(hop, "[]"))
	return address.Unmap().WithZone(""), err == nil
}

// networkOf returns the /64 network of an IPv6 address, because one household has 2^64 addresses; an IPv4 address is
// returned unchanged.
func networkOf(address netip.Addr) netip.Addr {
	if !address.Is6() || address.Is4In6() {
		return address
	}
	network, err := address.Prefix(64)
	if err != nil {
		return address
	}
	return network.Addr()
}

// nameVisitor stores the visitor's network in the request's Visitor header, so that PocketBase's own limits count by it
// too, and returns it. If the owner has listed the address in the settings, the header gets the whole address, because
// PocketBase compares it with that list.
func nameVisitor(settings *core.Settings, p Proxies, r *http.Request) netip.Addr {
	address := p.visitor(r)
	if !address.IsValid() {
		r.Header.Del(Visitor)
		return address
	}
	network := networkOf(address)
	named := network
	for _, entry := range slices.Concat(settings.SuperuserIPs, settings.RateLimits.ExcludedIPs) {
		one, err := netip.ParseAddr(entry)
		within, errNetwork := netip.ParsePrefix(entry)
		if err == nil && one.Unmap() == address || errNetwork == nil && within.Contains(address) {
			named = address
		}
	}
	r.Header.Set(Visitor, named.String())
	return network
}
