package testkit

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/logger"
)

// Logged is every line of the log so far, those that PocketBase still keeps back included.
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
