package durable

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Writable returns an error if a server or a command could not write in the data directory. It creates and removes a
// file, and opens the databases for writing, because neither permissions nor the mount's options tell it reliably.
func Writable(dir string) error {
	file, err := os.CreateTemp(dir, ".try-")
	if err != nil {
		return err
	}
	_, err = file.WriteString("This file shows that files can be written here.\n")
	if err := errors.Join(err, file.Sync(), file.Close(), os.Remove(file.Name())); err != nil {
		return err
	}
	for _, name := range []string{dataFile, logsFile} {
		for _, suffix := range databaseFiles {
			file, err := os.OpenFile(filepath.Join(dir, name+suffix), os.O_RDWR, 0)
			if errors.Is(err, os.ErrNotExist) {
				continue
			}
			if err != nil {
				return err
			}
			_ = file.Close() // nothing was written
		}
	}
	return nil
}

// needDirectory creates the data directory if it is missing, and refuses one that cannot be written before SQLite
// tries, which would say only that it is unable to open a file.
func needDirectory(dir string) error {
	err := os.MkdirAll(dir, 0o700)
	if err == nil {
		err = Writable(dir)
	}
	if err != nil {
		return fmt.Errorf("the data directory %s cannot be written: %w. Run greenroom as the user it belongs to, look whether its disk is mounted read-only, "+
			"or say with --dir where the data is", dir, innermost(err))
	}
	return nil
}

// innermost returns the *os.PathError inside err, which names the file, or err where there is none.
func innermost(err error) error {
	if path := (*os.PathError)(nil); errors.As(err, &path) {
		return path
	}
	return err
}
