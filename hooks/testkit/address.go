package testkit

import (
	"net"
	"testing"
)

// FreeAddress returns host:port of a free port on this machine. Another program may take it at any moment, so a program
// that can listen on port 0 should do so.
func FreeAddress(t testing.TB) string {
	t.Helper()
	probe, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer probe.Close()
	return probe.Addr().String()
}
