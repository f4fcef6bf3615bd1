package doctor

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/durable"
)

// These are PocketBase's two databases in the data directory.
const (
	dataFile = "data.db"
	logsFile = "auxiliary.db"
)

// dataDirectory checks whether the data directory exists, can be written, and is closed to the machine's other users.
func dataDirectory(p *patient) check {
	c := check{Name: "data directory", State: ok, Say: p.dir}
	info, err := os.Stat(p.dir)
	var cannotWrite error
	strange := ""
	if err == nil && info.IsDir() {
		cannotWrite, strange = durable.Writable(p.dir), p.strange(info)
	}
	switch {
	case errors.Is(err, os.ErrNotExist):
		c.State, c.Say = warning, "there is no data directory yet: it is made when the server first starts"
		c.Do = "If there should be one, say where with --dir; looked for at " + p.dir
	case err != nil:
		c.State, c.Say, c.Do = fails, "it cannot be looked at: "+err.Error(), "Run the doctor as the user that the server runs as"
	case !info.IsDir():
		c.State, c.Say, c.Do = fails, p.dir+" is a file", "Say with --dir where the data directory is, or move the file away"
	case cannotWrite != nil:
		c.State, c.Say = fails, "nothing can be written: "+cannotWrite.Error()
		c.Do = fmt.Sprintf("Give %s to the user that the server runs as, and look whether the disk is mounted read-only", p.dir)
	case strange != "":
		c.State, c.Say = warning, strange+" belongs to another user than "+p.dir+", so the server may not be able to write it"
		c.Do = fmt.Sprintf("Give it back: chown -R --reference=%s %s", p.dir, p.dir)
	case info.Mode().Perm()&0o007 != 0:
		c.State, c.Say, c.Do = warning, p.dir+" is open to every user of this machine", "Close it: chmod 700 "+p.dir
	case !exists(filepath.Join(p.dir, dataFile)) && p.hasBackups():
		c.State, c.Say, c.Do = fails, "there is no database in "+p.dir+", and there are backups of one", "Restore the newest: greenroom restore --to a new directory"
	case !exists(filepath.Join(p.dir, dataFile)):
		c.State, c.Say = warning, "there is no database in "+p.dir+" yet: it is made when the server first starts"
		c.Do = "If there should be one, say where with --dir"
	}
	return c
}

// hasBackups reports whether there has been a studio in the data directory.
func (p *patient) hasBackups() bool {
	found, err := archivesIn(filepath.Join(p.dir, core.LocalBackupsDirName))
	return err == nil && len(found) > 0
}

// strange returns a file of the data directory that another user owns, as when root has run a command.
func (p *patient) strange(dir fs.FileInfo) string {
	entries, _ := os.ReadDir(p.dir) // the check reports a directory that cannot be read
	for _, entry := range entries {
		if info, err := entry.Info(); err == nil && p.ownerOf(info) != p.ownerOf(dir) {
			return entry.Name()
		}
	}
	return ""
}

// ownerOf returns the user id of a file's owner.
func ownerOf(info fs.FileInfo) uint32 { return info.Sys().(*syscall.Stat_t).Uid }

// exists reports whether there is a file or directory at the path.
func exists(path string) bool {
	_, err := os.Lstat(path)
	return !errors.Is(err, os.ErrNotExist)
}
