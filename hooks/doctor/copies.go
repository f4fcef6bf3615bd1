package doctor

import (
	"path/filepath"

	"greenroom/hooks/durable"
)

// restoredCopy warns that the data directory is a restored copy and not the studio.
func restoredCopy(p *patient) check {
	if !durable.IsCopy(p.dir) {
		return check{}
	}
	return check{"restored copy", warning, "this data directory is a copy to look at, which sends no mail and reaches nothing outside",
		"To make it the studio, stop the one that is served now and remove " + filepath.Join(p.dir, durable.CopyMark)}
}

// standby warns that the data of this machine, which the other checks read, may be old.
func standby(p *patient) check {
	if !p.config.Lease || p.served {
		return check{}
	}
	return check{"standby", warning, "no server serves this data directory, so what it holds may be old: another machine may have gone on",
		"Run the doctor on the machine that serves the studio; where none does, start the server"}
}
