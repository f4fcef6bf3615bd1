package durable

import (
	"io/fs"
	"slices"
	"syscall"
	"testing"
	"testing/fstest"
)

func TestRestoreOwner(t *testing.T) {
	files := fstest.MapFS{"data.db": {}, "data.db-wal": {}, "storage/a/file": {}, "linked": {}, "pb_hooks/own.pb.js": {}}
	stats := map[string]syscall.Stat_t{
		"data.db": {Uid: 1000, Nlink: 1}, "data.db-wal": {Uid: root, Nlink: 1}, "storage": {Uid: root, Nlink: 3}, "a": {Uid: 1000}, "file": {Uid: root, Nlink: 1},
		"linked": {Uid: root, Nlink: 2}, "pb_hooks": {Uid: 1000}, "own.pb.js": {Uid: 1000, Nlink: 1}, ".": {Uid: 1000},
	}
	var given []string
	err := restoreOwner(files, func(info fs.FileInfo) *syscall.Stat_t { s := stats[info.Name()]; return &s }, func(name string) error {
		given = append(given, name)
		return nil
	})
	if want := []string{"data.db-wal", "storage", "storage/a/file"}; err != nil || !slices.Equal(given, want) {
		t.Errorf("%v were given back, want %v: %v", given, want, err)
	}
}
