package testkit

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/logger"
)

// Logged returns all lines of the log, including those that PocketBase has not written to its table yet.
func (s *Studio) Logged() (lines []string) {
	s.t.Helper()
	if err := s.App.Logger().Handler().(*logger.BatchHandler).WriteAll(context.WithValue(context.Background(), logger.BlockKey, true)); err != nil {
		s.t.Fatal(err)
	}
	var logs []*core.Log
	if err := s.App.LogQuery().OrderBy("rowid").All(&logs); err != nil {
		s.t.Fatal(err)
	}
	for _, log := range logs {
		data, err := json.Marshal(log.Data)
		if err != nil {
			s.t.Fatal(err)
		}
		lines = append(lines, fmt.Sprint(log.Level, " ", log.Message, " ", string(data)))
	}
	return lines
}
