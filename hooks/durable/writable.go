package durable

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Writable tells why a server or a command could not write in a data directory; nil where it can. It makes a file and
// removes it, and opens the databases for writing: neither the rights of files nor a disk that is mounted to be read
// say it reliably.
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

// needDirectory makes the data directory where there is none, and refuses one that nobody could write to before
// anything else tries: SQLite would say only that some file cannot be opened.
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

// innermost is what the system said, where it has said which file it means.
func innermost(err error) error {
	if path := (*os.PathError)(nil); errors.As(err, &path) {
		return path
	}
	return err
}
