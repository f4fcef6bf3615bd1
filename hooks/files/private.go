package files

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/pocketbase/pocketbase/core"
)

// restrictDataDir makes the data directory unreadable for other users of the machine: by the umask for everything that
// this process writes, and by chmod at the start for what an earlier version left readable.
func (s *service) restrictDataDir() {
	syscall.Umask(0o077)
	s.app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		if err := chmodTree(e.App.DataDir()); err != nil {
			e.App.Logger().Warn("Some of the data directory stays readable for others on this machine.", "error", err)
		}
		return e.Next()
	})
}

func chmodTree(dir string) error {
	return filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) || err == nil && entry.Type()&^fs.ModeDir != 0 {
			return nil // removed during the walk, or neither a file nor a folder
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
