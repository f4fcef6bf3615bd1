package docs_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestImportsGoDownwards compares the list of rooms in architecture.md with the folders of hooks/, and checks that each
// room imports only rooms of lower lines. Tests may import any room.
func TestImportsGoDownwards(t *testing.T) {
	lineOf := listedRooms(t)
	imports := importsOfRooms(t)
	for _, room := range slices.Sorted(maps.Keys(imports)) {
		line, listed := lineOf[room]
		if !listed {
			t.Errorf("hooks/%s is not in the list of architecture.md", room)
		}
		for _, lower := range imports[room] {
			if at, listed := lineOf[lower]; listed && at <= line {
				t.Errorf("hooks/%s imports hooks/%s, which does not stand below it in architecture.md", room, lower)
			}
		}
	}
	for _, room := range slices.Sorted(maps.Keys(lineOf)) {
		if imports[room] == nil {
			t.Errorf("architecture.md lists hooks/%s, which has no Go file", room)
		}
	}
}

// listedRooms returns the line of each room in the list of architecture.md, by the room's path below hooks/.
func listedRooms(t *testing.T) map[string]int {
	t.Helper()
	text, err := os.ReadFile("architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	rooms := map[string]int{}
	for i, line := range strings.Split(string(text), "\n") {
		names := regexp.MustCompile(`^ {6}((?:[a-z]+/)+(?: (?:[a-z]+/)+)*) `).FindStringSubmatch(line)
		if names == nil {
			continue
		}
		for _, name := range strings.Fields(names[1]) {
			rooms[strings.TrimSuffix(name, "/")] = i
		}
	}
	return rooms
}

// importsOfRooms returns the rooms that each room imports, by their paths below hooks/.
func importsOfRooms(t *testing.T) map[string][]string {
	t.Helper()
	imports := map[string][]string{}
	err := filepath.WalkDir("../hooks", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") {
			return err
		}
		room, err := filepath.Rel("../hooks", filepath.Dir(path))
		if err != nil || room == "." {
			return err
		}
		if imports[room] == nil {
			imports[room] = []string{}
		}
		if strings.HasSuffix(path, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range file.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			if below, ok := strings.CutPrefix(imported, "greenroom/hooks/"); ok && !slices.Contains(imports[room], below) {
				imports[room] = append(imports[room], below)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return imports
}
