package config

import (
	"net/netip"
	"strings"
)

// Networks are IP addresses and networks (CIDR).
type Networks []netip.Prefix

func parseNetworks(v string) (Networks, error) {
	var out Networks
	for entry := range strings.SplitSeq(v, ",") {
		entry = strings.TrimSpace(entry)
		network, err := netip.ParsePrefix(entry)
		if address, errAddress := netip.ParseAddr(entry); errAddress == nil {
			address = address.Unmap()
			network, err = address.Prefix(address.BitLen())
		}
		if err != nil || network != network.Masked() {
			return nil, plainError("write addresses or networks separated by commas, such as 10.0.0.7, 172.16.0.0/12")
		}
		if network.Bits() == 0 {
			return nil, plainError("it trusts everybody; name the addresses of your proxies")
		}
		out = append(out, network)
	}
	return out, nil
}
