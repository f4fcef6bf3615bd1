package database

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"syscall"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Trouble tells whether an error is the machine's and nobody's mistake: 507 where the disk is full, 503 where the
// database is slow, locked or not to be read; else 0.
func Trouble(err error) (status int) {
	var answered *sqlite.Error
	switch {
	case err == nil:
		return 0
	case errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT):
		return http.StatusInsufficientStorage
	case errors.Is(err, context.DeadlineExceeded):
		return http.StatusServiceUnavailable
	case errors.As(err, &answered):
		return troubleOf(answered.Code())
	}
	// PocketBase keeps the words of some errors and not the errors.
	said := err.Error()
	switch {
	case strings.Contains(said, "database or disk is full") || strings.Contains(said, "no space left on device"):
		return http.StatusInsufficientStorage
	case strings.Contains(said, "database is locked") || strings.Contains(said, "table is locked") || strings.Contains(said, "disk I/O error") ||
		strings.Contains(said, "database is closed"): // the server is about to start anew
		return http.StatusServiceUnavailable
	}
	return 0
}

func troubleOf(code int) int {
	switch code & 0xff {
	case sqlite3.SQLITE_FULL:
		return http.StatusInsufficientStorage
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_NOMEM:
		return http.StatusServiceUnavailable
	}
	return 0
}
