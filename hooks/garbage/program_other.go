//go:build !linux

package garbage

// unmapProgram does nothing where the system has no such advice.
func unmapProgram() {}
