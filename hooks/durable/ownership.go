package durable

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// root is the user id of root.
const root = 0

// RestoreOwner changes the owner (chown) of files that a command run by root made in a data directory to the directory's
// owner. That is the user who runs the server, which could not open its own database otherwise. It does nothing when
// another user than root calls it.
func RestoreOwner(dir string) error {
	info, err := os.Stat(dir)
	if err != nil || os.Geteuid() != root {
		return nil // without a directory, or without root's rights, there is nothing to change
	}
	owner := info.Sys().(*syscall.Stat_t)
	if owner.Uid == root {
		return nil
	}
	inside, err := os.OpenRoot(dir) // an os.Root, so that no symbolic link leads to a file outside
	if err != nil {
		return err
	}
	defer inside.Close()
	return restoreOwner(inside.FS(), func(info fs.FileInfo) *syscall.Stat_t { return info.Sys().(*syscall.Stat_t) }, func(name string) error {
		return inside.Lchown(name, int(owner.Uid), int(owner.Gid))
	})
}

// restoreOwner calls give for every file and folder that root owns. A file with several hard links is left alone: it may be
// one of the system's.
func restoreOwner(files fs.FS, stat func(fs.FileInfo) *syscall.Stat_t, give func(name string) error) error {
	var errs []error
	err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) { // a running server removes files meanwhile
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
