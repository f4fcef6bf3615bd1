package importer

import (
	"errors"
	"fmt"

	"greenroom/hooks/phrases"

	"github.com/pocketbase/pocketbase/core"
)

// report is the result for the owner.
type report struct {
	DryRun   bool         `json:"dryRun"`
	Tables   []tableCount `json:"tables"`
	Notes    []string     `json:"notes"`    // values that were left out or filled in
	Problems []string     `json:"problems"` // the reasons for which nothing was imported
	Map      string       `json:"map"`      // the file with old and new ids; empty in a dry run
	Files    *copied      `json:"files"`    // null if they were skipped
	waiting  int
}

// tableCount has the number of rows of a table in both systems.
type tableCount struct {
	Table      string `json:"table"`
	Collection string `json:"collection"`
	Old        int    `json:"old"`
	New        int    `json:"new"`
}

func newReport(src *source, s *conversion, o options) *report {
	r := &report{DryRun: o.dryRun, Notes: append([]string{}, s.notes...), Problems: append([]string{}, s.problems...), waiting: len(s.keys)}
	for _, m := range models {
		t := src.tables[m.collection]
		r.Tables = append(r.Tables, tableCount{t.name, m.collection, len(t.rows), 0})
	}
	return r
}

// count counts the rows of the studio.
func (r *report) count(app core.App) error {
	for i := range r.Tables {
		n, err := app.CountRecords(r.Tables[i].Collection)
		if err != nil {
			return err
		}
		r.Tables[i].New = int(n)
	}
	return nil
}

// longestList is how many problems are printed; the JSON has all.
const longestList = 100

func (r *report) lines() (lines []string) {
	if n := len(r.Problems); n > 0 {
		lines = append(lines, "Nothing was imported, because of "+phrases.Count(int64(n), "thing")+" in the old database:")
		lines = append(lines, r.Problems[:min(n, longestList)]...)
		if n > longestList {
			lines = append(lines, fmt.Sprintf("And %d more: --json prints all.", n-longestList))
		}
		return append(lines, r.Notes...)
	}
	lines = append(lines, r.Notes...)
	for _, t := range r.Tables {
		lines = append(lines, fmt.Sprintf("%s: %d there, %d here.", t.Table, t.Old, t.New))
	}
	switch {
	case r.DryRun:
		return append(lines, "This was a rehearsal: nothing was kept, and no file was copied.")
	case r.Files != nil:
		lines = append(lines, r.Files.lines()...)
	case r.waiting > 0:
		lines = append(lines, phrases.Count(int64(r.waiting), "file")+" still to copy: greenroom import files.")
	}
	return append(lines, "The old and the new ids are in "+r.Map+".")
}

// verdict returns an error if not everything was imported.
func (r *report) verdict() error {
	if len(r.Problems) > 0 {
		return errors.New("nothing was imported; put the old rows right, and try again")
	}
	for _, t := range r.Tables {
		if t.Old != t.New {
			return errors.New("the counts differ")
		}
	}
	if r.Files != nil {
		return r.Files.verdict()
	}
	return nil
}
