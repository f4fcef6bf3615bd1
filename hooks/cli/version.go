package cli

import "runtime/debug"

// pocketBaseVersion is the one that was built in.
func pocketBaseVersion() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, module := range info.Deps {
			if module.Path == "github.com/pocketbase/pocketbase" {
				return module.Version
			}
		}
	}
	return "unknown"
}
