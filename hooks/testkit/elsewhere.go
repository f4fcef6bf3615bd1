package testkit

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/pocketbase/pocketbase/core"
)

// Elsewhere runs SQL on the studio's database from another process.
func (s *Studio) Elsewhere(sql string) {
	s.t.Helper()
	self, err := os.Executable()
	if err != nil {
		s.t.Fatal(err)
	}
	command := exec.Command(self)
	command.Env = append(os.Environ(), elsewhereFile+"="+filepath.Join(s.App.DataDir(), "data.db"), elsewhereSQL+"="+sql)
	if out, err := command.CombinedOutput(); err != nil {
		s.t.Fatalf("%s in another process: %v %s", sql, err, out)
	}
}

// The other process is the test program started again; it gets its task by these variables.
const (
	elsewhereFile = "GREENROOM_ELSEWHERE_FILE"
	elsewhereSQL  = "GREENROOM_ELSEWHERE_SQL"
)

func init() {
	if path := os.Getenv(elsewhereFile); path != "" {
		if err := runSQL(path, os.Getenv(elsewhereSQL)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
}

func runSQL(path, sql string) error {
	db, err := core.DefaultDBConnect(path)
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.NewQuery(sql).Execute()
	return err
}
