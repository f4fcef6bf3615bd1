package durable

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"
)

// lockDirectory makes this process the only server of a data directory until it ends or restarts. Two servers on one
// directory would upload two histories to one replica. It is an flock, which the system releases after a crash. The
// directory itself is locked, because a restore of PocketBase's would move a lock file in it away.
func lockDirectory(dir string) (*os.File, error) {
	directory, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(directory.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	for range lockAttempts { // IsLocked may hold the lock for a moment
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			break
		}
		time.Sleep(lockPause)
		err = syscall.Flock(int(directory.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	}
	switch {
	case errors.Is(err, syscall.EWOULDBLOCK):
		_ = directory.Close() // nothing was written to it
		return nil, fmt.Errorf("another server runs on the data directory %s: stop that one first, or give this one a directory of its own with --dir", dir)
	case err != nil: // some network file systems have no locks
		say("The data directory %s cannot be locked (%v): take care that only one server runs on it.", dir, err)
	}
	return directory, nil
}

// A server that finds its directory locked tries again lockAttempts times, lockPause apart, since a call of IsLocked
// may have held the lock. A check holds it for less than one pause.
const (
	lockAttempts = 3
	lockPause    = 50 * time.Millisecond
)

// IsLocked reports whether a server has locked the data directory. That server may still be starting, or standing by.
func IsLocked(dir string) (bool, error) {
	directory, err := os.Open(dir)
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer directory.Close()                                                   // releases the lock as well
	err = syscall.Flock(int(directory.Fd()), syscall.LOCK_SH|syscall.LOCK_NB) // shared, so that concurrent checks do not hinder each other
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return true, nil
	}
	return false, err
}
