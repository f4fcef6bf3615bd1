package testkit

import (
	"net"
	"testing"
)

// FreeAddress is one on this machine, with a port on which nobody listens. Another program may take it at any moment: a
// program that can listen on port 0 by itself should.
func FreeAddress(t testing.TB) string {
	t.Helper()
	probe, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer probe.Close()
	return probe.Addr().String()
}
