package doctor

import (
	"path/filepath"
	"syscall"

	"greenroom/hooks/phrases"
)

const (
	leastFree       = 500 << 20
	leastFreePart   = 20 // the reciprocal of the part of the disk that has to be free
	comfortablyFree = 2 << 30
)

// diskSpace checks the free space of the disk on which the data is, or will be.
func diskSpace(p *patient) check {
	c := check{Name: "disk space"}
	dir := p.dir
	for !exists(dir) && dir != filepath.Dir(dir) {
		dir = filepath.Dir(dir)
	}
	free, total, err := p.space(dir)
	if err != nil {
		c.State, c.Say, c.Do = fails, "it cannot be measured: "+err.Error(), "Look with: df -h "+dir
		return c
	}
	c.State, c.Say = ok, phrases.Bytes(free)+" free of "+phrases.Bytes(total)
	switch {
	case free < leastFree || free < total/leastFreePart:
		c.State = fails
	case free < comfortablyFree:
		c.State = warning
	}
	if c.State != ok {
		c.Do = "Make room: old backups are in " + filepath.Join(p.dir, "backups")
	}
	return c
}

// space returns the bytes of a disk; free are those for users other than root.
func space(dir string) (free, total uint64, err error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return 0, 0, err
	}
	return uint64(s.Bavail) * uint64(s.Bsize), s.Blocks * uint64(s.Bsize), nil
}
