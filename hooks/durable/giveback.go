package durable

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// root is the number of the user who may do everything.
const root = 0

// GiveBack gives what a command of root's made in a data directory to the user whom the directory belongs to, which is
// the user that the server runs as: it could not open its own database otherwise. Nobody else than root can do it, or
// has to.
func GiveBack(dir string) error {
	info, err := os.Stat(dir)
	if err != nil || os.Geteuid() != root {
		return nil // there is no directory, or all that was made in it is the user's own
	}
	owner := info.Sys().(*syscall.Stat_t)
	if owner.Uid == root {
		return nil
	}
	inside, err := os.OpenRoot(dir) // no link in it can lead to a file outside
	if err != nil {
		return err
	}
	defer inside.Close()
	return giveBack(inside.FS(), func(info fs.FileInfo) *syscall.Stat_t { return info.Sys().(*syscall.Stat_t) }, func(name string) error {
		return inside.Lchown(name, int(owner.Uid), int(owner.Gid))
	})
}

// giveBack finds what is root's. A file with another name elsewhere is left alone, for it may be one that root needs.
func giveBack(files fs.FS, stat func(fs.FileInfo) *syscall.Stat_t, give func(name string) error) error {
	var errs []error
	err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) { // a server removes its own while this looks
			return nil
		}
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return nil
		}
		if s := stat(info); s.Uid == root && (entry.IsDir() || s.Nlink == 1) {
			errs = append(errs, give(name))
		}
		return nil
	})
	return errors.Join(append(errs, err)...)
}
