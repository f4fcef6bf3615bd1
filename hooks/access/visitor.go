package access

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/pocketbase/pocketbase/core"
)

// forwardedFor is the header in which a proxy says whose request it passes on.
const forwardedFor = "X-Forwarded-For"

// Visitor is the header in which PocketBase finds the visitor's address, as it is found here. Nobody else can set it.
const Visitor = "Greenroom-Visitor"

// Proxies are the peers whose X-Forwarded-For is believed.
type Proxies []netip.Prefix

// Loopback is this machine, where a proxy stands that serves the studio's https address.
var Loopback = Proxies{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}

func (p Proxies) trust(address netip.Addr) bool {
	return slices.ContainsFunc(p, func(network netip.Prefix) bool { return network.Contains(address) })
}

// visitor is the address that a request comes from: the peer's, or the last one that the proxies name which is no proxy
// itself.
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

// parseHop reads an address as proxies write it, some of them with a port.
func parseHop(hop string) (netip.Addr, bool) {
	hop = strings.TrimSpace(hop)
	if host, _, err := net.SplitHostPort(hop); err == nil {
		hop = host
	}
	address, err := netip.ParseAddr(strings.Trim(hop, "[]"))
	return address.Unmap().WithZone(""), err == nil
}

// networkOf is the part of an address that one visitor cannot choose: a household has 2^64 addresses of IPv6.
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

// nameVisitor puts the network of the visitor on the request, so that PocketBase's own limits count by it too. An
// address that the owner has named in a list of the settings stays whole, for it is compared with that list.
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
