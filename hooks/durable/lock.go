package durable

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"
)

// lockDirectory makes this process the only server of a data directory until it ends or starts anew. Two servers on one
// directory would upload two histories to one replica. The lock is the system's, so that a crash leaves none behind. It
// is on the directory itself: a file in it would be moved away when a backup is restored.
func lockDirectory(dir string) (*os.File, error) {
	directory, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(directory.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	for range looks { // somebody may be looking just now whether it is locked
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			break
		}
		time.Sleep(lookTakes)
		err = syscall.Flock(int(directory.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	}
	switch {
	case errors.Is(err, syscall.EWOULDBLOCK):
		_ = directory.Close() // it was only looked at
		return nil, fmt.Errorf("another server runs on the data directory %s: stop that one first, or give this one a directory of its own with --dir", dir)
	case err != nil: // a network file system without locks
		say("The data directory %s cannot be locked (%v): take care that only one server runs on it.", dir, err)
	}
	return directory, nil
}

// looks is how often a server tries again that finds its directory locked, and lookTakes for how long IsLocked may hold
// it.
const (
	looks     = 3
	lookTakes = 50 * time.Millisecond
)

// IsLocked tells whether a server has the data directory, though it may not serve yet, or stand by.
func IsLocked(dir string) (bool, error) {
	directory, err := os.Open(dir)
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer directory.Close()                                                   // and with it what this has locked
	err = syscall.Flock(int(directory.Fd()), syscall.LOCK_SH|syscall.LOCK_NB) // others may look at the same moment
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return true, nil
	}
	return false, err
}
