package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/pocketbase/pocketbase"
	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"
	"github.com/spf13/cobra"

	"greenroom/hooks"
	"greenroom/hooks/config"
	"greenroom/hooks/testkit"
	_ "greenroom/pb_migrations"
)

// execute runs a command line on the app.
func execute(t *testing.T, app core.App, args ...string) (out string, err error) {
	t.Helper()
	return run([]*cobra.Command{versionCommand(), clientCommand(app, settings(t)), peopleCommand(app, settings(t)), projectCommand(app, settings(t)), searchCommand(app, settings(t)), commentsCommand(app, settings(t))}, args...)
}

// run runs a command line with only the given commands.
func run(commands []*cobra.Command, args ...string) (out string, err error) {
	var written bytes.Buffer
	root := &cobra.Command{Use: "greenroom", SilenceErrors: true, SilenceUsage: true}
	root.AddCommand(commands...)
	root.SetOut(&written)
	root.SetErr(io.Discard)
	root.SetArgs(args)
	err = root.ExecuteContext(context.Background())
	return written.String(), err
}

// must runs a command line that has to succeed.
func must(t *testing.T, app core.App, args ...string) (out string) {
	t.Helper()
	out, err := execute(t, app, args...)
	if err != nil {
		t.Fatalf("%s: %v", strings.Join(args, " "), err)
	}
	return out
}

func decode[T any](t *testing.T, out string) (value T) {
	t.Helper()
	if err := json.Unmarshal([]byte(out), &value); err != nil {
		t.Fatalf("not JSON: %v\n%s", err, out)
	}
	return value
}

func settings(t *testing.T, environment ...map[string]string) config.Config {
	t.Helper()
	all := map[string]string{}
	for _, e := range environment {
		maps.Copy(all, e)
	}
	c, err := config.Parse(all)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// open opens an app of its own on a data directory, as each run of a command does.
func open(t *testing.T, dir string, environment ...map[string]string) core.App {
	t.Helper()
	app := core.NewBaseApp(core.BaseAppConfig{DataDir: dir})
	hooks.Register(app, settings(t, environment...))
	if err := app.Bootstrap(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := testkit.End(app); err != nil {
			t.Error(err)
		}
	})
	return app
}

// server is a running server.
type server struct {
	core.App
	url  string
	stop func() // may be called before the test ends
}

// serve runs a server on a data directory, which commands can reach, until the test ends.
func serve(t *testing.T, dir string, environment ...map[string]string) server {
	t.Helper()
	app := core.NewBaseApp(core.BaseAppConfig{DataDir: dir})
	hooks.Register(app, settings(t, environment...))
	answerCommands(app)
	if err := app.Bootstrap(); err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ready := make(chan struct{})
	app.OnServe().Bind(&hook.Handler[*core.ServeEvent]{Priority: -10_000, Func: func(e *core.ServeEvent) error {
		defer close(ready)
		e.Listener, e.InstallerFunc = listener, nil
		return e.Next()
	}})
	ended := make(chan error, 1)
	go func() { ended <- apis.Serve(app, apis.ServeConfig{HttpAddr: listener.Addr().String()}) }()
	<-ready
	stop := sync.OnceFunc(func() {
		if err := errors.Join(testkit.End(app), <-ended); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	return server{app, "http://" + listener.Addr().String(), stop}
}

// save saves a record with every hook.
func save(t *testing.T, app core.App, collection string, fields map[string]any) *core.Record {
	t.Helper()
	c, err := app.FindCollectionByNameOrId(collection)
	if err != nil {
		t.Fatal(err)
	}
	record := core.NewRecord(c)
	record.Load(fields)
	if err := app.Save(record); err != nil {
		t.Fatalf("%s: %v", collection, err)
	}
	return record
}

func TestMistakesInTheCommandLineAreOneSentence(t *testing.T) {
	app := open(t, testkit.Dir(t))
	for name, tc := range map[string]struct {
		args []string
		want string
	}{
		"no such command":   {[]string{"client", "delete"}, "there is no command client delete, only client add, client archive, client export, client invite, client list, client restore"},
		"unknown flag":      {[]string{"client", "list", "--everything"}, "unknown flag: --everything"},
		"surplus for list":  {[]string{"client", "list", "x"}, `unknown command "x"`},
		"surplus for show":  {[]string{"project", "show", "Album", "mix"}, "greenroom project show takes one argument"},
		"nothing to show":   {[]string{"project", "show"}, "greenroom project show takes one argument"},
		"nobody to archive": {[]string{"client", "archive"}, "greenroom client archive takes one argument"},
		"surplus version":   {[]string{"version", "x"}, `unknown command "x"`},
	} {
		t.Run(name, func(t *testing.T) {
			out, err := execute(t, app, tc.args...)
			if err == nil || !strings.HasPrefix(err.Error(), tc.want) {
				t.Errorf("got %v, want %q…", err, tc.want)
			}
			if out != "" {
				t.Errorf("printed %s", out)
			}
		})
	}
}

func TestAnEmptyDataDirectoryWorks(t *testing.T) {
	for _, args := range [][]string{{"client", "list", "--json"}, {"project", "list", "--json"}} {
		if out := must(t, open(t, t.TempDir()), args...); strings.TrimSpace(out) != "[]" {
			t.Errorf("%v: %s", args, out)
		}
	}
	if out := must(t, open(t, t.TempDir()), "client", "add", "nora@example.com"); out != "Added nora@example.com.\n" {
		t.Error(out)
	}
}

// start runs a command line as main does, on a data directory that does not exist.
func start(t *testing.T, mistake error, args ...string) (dir, out string, err error) {
	t.Helper()
	saved := os.Args
	t.Cleanup(func() { os.Args = saved })
	dir = filepath.Join(t.TempDir(), "data")
	os.Args = append([]string{"greenroom", "--dir", dir}, args...)
	app := pocketbase.New()
	var written bytes.Buffer
	app.RootCmd.SetOut(&written)
	HooksDir(app)
	Register(app, settings(t))
	err = Run(app, settings(t), mistake)
	return dir, written.String(), err
}

func TestRun(t *testing.T) {
	mistake := errors.New("SMTP_URL is malformed")
	for name, tc := range map[string]struct {
		args     []string
		mistake  error
		want     string // the beginning of the error
		makesDir bool
	}{
		"version":                    {[]string{"version"}, nil, "", false},
		"version despite a mistake":  {[]string{"version"}, mistake, "", false},
		"list":                       {[]string{"client", "list"}, nil, "", true},
		"list with a mistake":        {[]string{"client", "list"}, mistake, "SMTP_URL is malformed", false},
		"serve with a mistake":       {[]string{"serve"}, mistake, "SMTP_URL is malformed", false},
		"help despite a mistake":     {[]string{"client", "--help"}, mistake, "", false},
		"no such command":            {[]string{"clinet", "list"}, nil, `unknown command "clinet" for "greenroom"`, false},
		"unknown flag, no command":   {[]string{"--everything"}, nil, "unknown flag: --everything", true},
		"unknown flag for a command": {[]string{"client", "list", "--everything"}, nil, "unknown flag: --everything", true},
	} {
		t.Run(name, func(t *testing.T) {
			dir, out, err := start(t, tc.mistake, tc.args...)
			if tc.want == "" && err != nil || tc.want != "" && (err == nil || !strings.HasPrefix(err.Error(), tc.want)) {
				t.Errorf("got %v, want %q…", err, tc.want)
			}
			if err != nil && (strings.Contains(err.Error(), "\n") || out != "") {
				t.Errorf("not one sentence: %v\n%s", err, out)
			}
			info, err := os.Stat(dir)
			if (err == nil) != tc.makesDir {
				t.Errorf("data directory: %v, want it made: %v", err, tc.makesDir)
			}
			if err == nil && info.Mode().Perm() != 0o700 {
				t.Errorf("the new data directory has mode %v", info.Mode().Perm())
			}
		})
	}
}
