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

// Trouble returns the HTTP status for an error that is the machine's failure and nobody's mistake: 507 for a full disk,
// 503 for a database that is slow, locked or unreadable. It returns 0 for other errors.
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
	// PocketBase converts some errors to text.
	said := err.Error()
	switch {
	case strings.Contains(said, "database or disk is full") || strings.Contains(said, "no space left on device"):
		return http.StatusInsufficientStorage
	case strings.Contains(said, "database is locked") || strings.Contains(said, "table is locked") || strings.Contains(said, "disk I/O error") ||
		// The database is closed while the server restarts.
		strings.Contains(said, "database is closed"):
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
