package testkit

import (
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"

	"github.com/pocketbase/pocketbase/core"
)

// Elsewhere runs SQL on the studio's database from another process, which opens the database for each call.
func (s *Studio) Elsewhere(sql string) {
	s.t.Helper()
	s.other.Lock()
	defer s.other.Unlock()
	if s.other.ask == nil {
		s.startOther()
	}
	err := s.other.ask.Encode(sql)
	failure := "it ended"
	if err == nil {
		err = s.other.answer.Decode(&failure)
	}
	if err != nil || failure != "" {
		s.t.Fatalf("%s in another process: %v %s", sql, err, failure)
	}
}

// other is the process of Elsewhere. It is started by the first call, since starting takes most of the time of a call.
type other struct {
	sync.Mutex
	ask    *json.Encoder // of a statement
	answer *json.Decoder // of the error's text, which is empty after a success
}

func (s *Studio) startOther() {
	s.t.Helper()
	self, err := os.Executable()
	if err != nil {
		s.t.Fatal(err)
	}
	command := exec.Command(self)
	command.Env = append(os.Environ(), elsewhereFile+"="+filepath.Join(s.App.DataDir(), "data.db"))
	command.Stderr = os.Stderr
	ask, err := command.StdinPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	answer, err := command.StdoutPipe()
	if err == nil {
		err = command.Start()
	}
	if err != nil {
		s.t.Fatal(err)
	}
	s.other.ask, s.other.answer = json.NewEncoder(ask), json.NewDecoder(answer)
	s.t.Cleanup(func() {
		_ = ask.Close() // the process ends with its input
		if err := command.Wait(); err != nil {
			s.t.Error(err)
		}
	})
}

// The other process is the test program started again with this variable.
const elsewhereFile = "GREENROOM_ELSEWHERE_FILE"

func init() {
	if path := os.Getenv(elsewhereFile); path != "" {
		runStatements(path, os.Stdin, os.Stdout)
		os.Exit(0)
	}
}

func runStatements(path string, from io.Reader, to io.Writer) {
	ask, answer := json.NewDecoder(from), json.NewEncoder(to)
	for {
		var sql, failure string
		if ask.Decode(&sql) != nil {
			return
		}
		if err := runSQL(path, sql); err != nil {
			failure = err.Error()
		}
		if answer.Encode(failure) != nil {
			return
		}
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
