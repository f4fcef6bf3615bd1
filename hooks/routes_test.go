package hooks_test

import (
	"go/ast"
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

	"greenroom/hooks/testkit"
)

// TestRouteTable compares the table of docs/architecture.md with the routes in the source, and checks that each route
// refuses those whom its guard excludes.
func TestRouteTable(t *testing.T) {
	inSource, documented := sourceRoutes(t), documentedRoutes(t)
	for _, route := range slices.Sorted(maps.Keys(documented)) {
		if !inSource[route] {
			t.Errorf("docs/architecture.md has %s, the source has not", route)
		}
	}
	s := testkit.New(t, everyService)
	_, client := s.Client("Ana")
	for _, route := range slices.Sorted(maps.Keys(inSource)) {
		guard, ok := documented[route]
		if !ok {
			t.Errorf("%s is not in the table of docs/architecture.md", route)
			continue
		}
		method, path, _ := strings.Cut(route, " ")
		path = regexp.MustCompile(`\{\w+\}`).ReplaceAllString(path, "unknown00000000")
		if answer := s.Do(method, path, "", map[string]any{}); answer.Status < 400 || answer.Status >= 500 {
			t.Errorf("%s answers a guest with %d: its guard is %q", route, answer.Status, guard)
		}
		if guard != "the owner" {
			continue
		}
		if answer := s.Do(method, path, client, map[string]any{}); answer.Status != 401 && answer.Status != 403 {
			t.Errorf("%s answers a client with %d: its guard is %q", route, answer.Status, guard)
		}
	}
}

// everyService is an environment in which all services are on, so that all routes exist.
var everyService = map[string]string{
	"STRIPE_SECRET_KEY":     "sk_test_routes",
	"STRIPE_WEBHOOK_SECRET": "whsec_routes",
	"CRON_SECRET":           "a secret of the tests' timer, long enough",
}

// documentedRoutes returns the routes of the table as "METHOD /path", each with its guard.
func documentedRoutes(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile("../docs/architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	routes := map[string]string{}
	for row := range strings.Lines(string(text)) {
		cells := strings.Split(row, "|")
		if len(cells) < 4 {
			continue
		}
		for _, found := range regexp.MustCompile("`([A-Z]+ /[^`?]+)").FindAllStringSubmatch(cells[1], -1) {
			routes[found[1]] = strings.TrimSpace(cells[2])
		}
	}
	if len(routes) == 0 {
		t.Fatal("docs/architecture.md has no table of routes")
	}
	return routes
}

// sourceRoutes finds the calls in the source that register a route: Router.GET("/…"), or group.GET("/…") on a group of
// the same function.
func sourceRoutes(t *testing.T) map[string]bool {
	t.Helper()
	routes := map[string]bool{}
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		texts := constants(file)
		prefixes := map[string]string{}
		ast.Inspect(file, func(node ast.Node) bool {
			if assign, ok := node.(*ast.AssignStmt); ok && len(assign.Rhs) == 1 {
				if prefix, ok := called(assign.Rhs[0], texts, "Group"); ok {
					prefixes[assign.Lhs[0].(*ast.Ident).Name] = prefix
				}
			}
			call, ok := node.(*ast.CallExpr)
			if !ok {
				return true
			}
			for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE"} {
				path, ok := called(call, texts, method)
				if !ok {
					continue
				}
				on := call.Fun.(*ast.SelectorExpr).X
				if group, isName := on.(*ast.Ident); isName {
					path = prefixes[group.Name] + path
				}
				routes[method+" "+path] = true
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return routes
}

// called returns the first argument of a call of the named method, if that argument is a string literal or constant.
func called(node ast.Expr, texts map[string]string, method string) (string, bool) {
	call, ok := node.(*ast.CallExpr)
	if !ok || len(call.Args) == 0 {
		return "", false
	}
	selector, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || selector.Sel.Name != method {
		return "", false
	}
	return text(call.Args[0], texts)
}

func text(node ast.Expr, texts map[string]string) (string, bool) {
	switch node := node.(type) {
	case *ast.BasicLit:
		value, err := strconv.Unquote(node.Value)
		return value, err == nil && strings.HasPrefix(value, "/")
	case *ast.Ident:
		value, ok := texts[node.Name]
		return value, ok
	case *ast.BinaryExpr:
		left, ok := text(node.X, texts)
		right, also := text(node.Y, texts)
		return left + right, ok && also
	}
	return "", false
}

// constants returns those string constants of a file that look like a path.
func constants(file *ast.File) map[string]string {
	texts := map[string]string{}
	ast.Inspect(file, func(node ast.Node) bool {
		if spec, ok := node.(*ast.ValueSpec); ok {
			for i, value := range spec.Values {
				if found, ok := text(value, nil); ok {
					texts[spec.Names[i].Name] = found
				}
			}
		}
		return true
	})
	return texts
}
