package docs_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestNamesExist checks that what the documents write as code exists: files, variables, Go names, routes, commands with
// their flags, targets of make; and that their links lead somewhere.
func TestNamesExist(t *testing.T) {
	sources := readSources(t)
	pages := documents(t)
	checks := []struct {
		kind   string
		form   *regexp.Regexp // its first group is the name
		exists func(name string) bool
	}{
		{"file", regexp.MustCompile(`^((?:hooks|pb_migrations|pb_hooks|ui|bench|deploy|docs|\.ci)/[^ <>*…]*)$`), exists},
		{"file", regexp.MustCompile(`^([\w+.]+\.(?:go|ts|svelte|mjs))$`), sources.hasFile},
		{"variable", regexp.MustCompile(`^([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)(?:=|$)`), func(name string) bool {
			return sources.contains(strings.TrimSuffix(name, "_FILE"))
		}},
		{"Go name", regexp.MustCompile(`^([a-z]+\.[A-Z]\w*)(?:\(|$)`), sources.declares},
		{"route", regexp.MustCompile(`^([A-Z]+ /api/(?:portal|studio|webhooks)/[^ ?]*)`), func(route string) bool {
			method, path, _ := strings.Cut(route, " ")
			return strings.Contains(pages["architecture.md"], "`"+route) || sources.contains(`routerAdd("`+method+`", "`+path+`"`)
		}},
		{"command", regexp.MustCompile(`^(?:\./)?greenroom ([a-z-]+(?: [a-z]+\b)?)(?:[^.]|$)`), sources.hasCommand},
		{"flag", regexp.MustCompile(`(?:^|[ \[])--([a-z][a-zA-Z-]+)`), sources.hasFlag},
		{"target", regexp.MustCompile(`^make ([a-z-]+)`), func(target string) bool { return sources.contains("\n" + target + ":") }},
	}
	found := map[string]bool{}
	for page, text := range pages {
		for _, code := range codeOf(text) {
			for _, check := range checks {
				for _, name := range check.form.FindAllStringSubmatch(code, -1) {
					found[check.kind] = true
					if !check.exists(name[1]) && !slices.Contains(examples, name[1]) {
						t.Errorf("%s: there is no %s %s", page, check.kind, name[1])
					}
				}
			}
		}
		for _, link := range regexp.MustCompile(`\]\(([^)#:]+)\)`).FindAllStringSubmatch(text, -1) {
			if _, err := os.Stat(filepath.Join(filepath.Dir(page), link[1])); err != nil {
				t.Errorf("%s: the link to %s leads nowhere", page, link[1])
			}
		}
	}
	for _, check := range checks {
		if !found[check.kind] {
			t.Errorf("no document names a %s: the form is wrong", check.kind)
		}
	}
}

// examples are names in recipes of things that the reader is about to make.
var examples = []string{"pb_migrations/1790000100_goal_budget.go"}

// documents returns the texts of the documents by their paths from this folder.
func documents(t *testing.T) map[string]string {
	t.Helper()
	paths, err := filepath.Glob("*.md")
	if err != nil {
		t.Fatal(err)
	}
	pages := map[string]string{}
	for _, path := range append(paths, "../README.md", "../CONTRIBUTING.md", "../SECURITY.md", "../deploy/README.md") {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		pages[path] = string(text)
	}
	return pages
}

// codeOf returns the spans of code in a document, and its indented lines.
func codeOf(text string) []string {
	var code []string
	for _, span := range regexp.MustCompile("`([^`\n]+)`").FindAllStringSubmatch(text, -1) {
		code = append(code, span[1])
	}
	for _, line := range regexp.MustCompile(`(?m)^ {4,}(\S.*)$`).FindAllStringSubmatch(text, -1) {
		code = append(code, line[1])
	}
	return code
}

func exists(path string) bool {
	_, err := os.Stat(filepath.Join("..", path))
	return err == nil
}

// sources are the repository's sources.
type sources struct {
	texts           map[string]string // by their paths from this folder
	commands, flags map[string]bool   // the words in the usages of commands, and the names of flags
}

var (
	usage  = regexp.MustCompile(`Use:\s+"([^"\n]*)"|\(app, "([a-z]+)"|group\("([a-z]+)"`)
	flagOf = regexp.MustCompile(`(?:Flags\(\)|flags|Flag\()[^\n"]*"([a-zA-Z-]+)"`)
	ending = []string{".go", ".js", ".mjs", ".ts", ".svelte", ".service", ".sh", ".example"}
	others = []string{"node_modules", ".git", "build", "pb_data", "demo_data", ".svelte-kit"}
)

func readSources(t *testing.T) sources {
	t.Helper()
	read := sources{map[string]string{}, map[string]bool{}, map[string]bool{}}
	err := filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && slices.Contains(others, entry.Name()):
			return filepath.SkipDir
		case entry.IsDir() || entry.Name() != "Makefile" && !slices.Contains(ending, filepath.Ext(path)) || entry.Name() == "names_test.go":
			return nil
		}
		text, err := os.ReadFile(path)
		read.texts[path] = string(text)
		if !strings.HasPrefix(path, "../hooks/") {
			return err
		}
		for _, found := range usage.FindAllStringSubmatch(string(text), -1) {
			for _, word := range strings.FieldsFunc(strings.Join(found[1:], ""), func(r rune) bool { return r == ' ' || r == '|' }) {
				read.commands[word] = true
			}
		}
		for _, found := range flagOf.FindAllStringSubmatch(string(text), -1) {
			read.flags[found[1]] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return read
}

func (s sources) contains(part string) bool {
	for _, text := range s.texts {
		if strings.Contains(text, part) {
			return true
		}
	}
	return false
}

func (s sources) hasFile(name string) bool {
	for path := range s.texts {
		if filepath.Base(path) == name {
			return true
		}
	}
	return false
}

// declares reports whether one of our packages declares the name, as in access.Page. Names of other packages pass.
func (s sources) declares(name string) bool {
	room, name, _ := strings.Cut(name, ".")
	dir := filepath.Join("..", "hooks", room)
	if _, err := os.Stat(dir); err != nil {
		return true
	}
	form := regexp.MustCompile(`(?m)^(?:func|type|var|const|\t)\s*` + name + `\b`)
	for path, text := range s.texts {
		if filepath.Dir(path) == dir && form.MatchString(text) {
			return true
		}
	}
	return false
}

// ofOthers are the commands and flags that PocketBase adds, and the flags of other programs.
var ofOthers = []string{"serve", "superuser", "upsert", "otp", "migrate", "up", "http", "dir", "reference", "test", "test-name-pattern"}

// hasCommand reports whether there is a command with the name, or with the two names of a group and one of its
// commands. A command that takes one of a few words names them in its usage, as in "second-factor on|off".
func (s sources) hasCommand(names string) bool {
	for name := range strings.FieldsSeq(names) {
		if !slices.Contains(ofOthers, name) && !s.commands[name] {
			return false
		}
	}
	return true
}

func (s sources) hasFlag(name string) bool { return slices.Contains(ofOthers, name) || s.flags[name] }
