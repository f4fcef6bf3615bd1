package files

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/pocketbase/pocketbase/core"
)

// keepPrivate lets nobody else on the machine read the data directory. Whatever this process and its libraries write is
// the user's alone; what an earlier version left readable is closed at the start.
func (s *service) keepPrivate() {
	syscall.Umask(0o077)
	s.app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		if err := closeTree(e.App.DataDir()); err != nil {
			e.App.Logger().Warn("Some of the data directory stays readable for others on this machine.", "error", err)
		}
		return e.Next()
	})
}

func closeTree(dir string) error {
	return filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) || err == nil && entry.Type()&^fs.ModeDir != 0 {
			return nil // it went while we looked, or is no file
		}
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil || info.Mode().Perm()&0o077 == 0 {
			return ignoreGone(err)
		}
		return ignoreGone(os.Chmod(path, info.Mode().Perm()&0o700))
	})
}

func ignoreGone(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
