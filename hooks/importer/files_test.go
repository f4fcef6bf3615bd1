package importer

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"greenroom/hooks/integrations"
	"greenroom/hooks/testkit"
)

// TestFilesAreCopiedInsideTheBucket copies the existing objects, reports the missing ones, and continues after an
// interruption.
func TestFilesAreCopiedInsideTheBucket(t *testing.T) {
	address := oldStudio(t, fill(2)...)
	g := testkit.NewGateway(t)
	s := testkit.New(t, g.Environment())
	if r, err := importInto(t, s.App, options{address: address}); err != nil || r.verdict() != nil {
		t.Fatal(err, r)
	}
	rows, err := s.App.FindAllRecords("attachments")
	if err != nil {
		t.Fatal(err)
	}
	const gone = "client1project1file2"
	content := func(old string) string { return "the sound of " + old }
	for client := range 2 {
		for project := range 5 {
			for file := range 2 {
				id := fmt.Sprintf("client%dproject%d", client+1, project+1)
				if old := fmt.Sprintf("%sfile%d", id, file+1); old != gone {
					g.Put(t, fmt.Sprintf("old/%s/mix %d.wav", id, file+1), content(old))
				}
			}
		}
	}
	var said []string
	passed := at()
	now := func() time.Time { passed = passed.Add(time.Second); return passed }
	copyAgain := func() *copied {
		t.Helper()
		done, err := copyFiles(context.Background(), s.App, now, func(line string) { said = append(said, line) })
		if err != nil {
			t.Fatal(err)
		}
		return done
	}
	done := copyAgain()
	if done.Copied != 19 || len(done.Failed) != 0 || !slices.Equal(done.Missing, []string{"mix 2.wav (old/client1project1/mix 2.wav)"}) || done.verdict() == nil {
		t.Errorf("%+v", done)
	}
	if len(said) != 10 || !strings.HasPrefix(said[4], "50 per cent: 10 of 20 files, ") || !strings.HasSuffix(said[9], ", 0s left.") {
		t.Errorf("it said %q", said)
	}
	for _, a := range rows {
		if a.Id == NewId(gone) {
			continue
		}
		copied, err := os.ReadFile(g.Object(a.GetString("url")))
		if err != nil || !strings.HasPrefix(string(copied), "the sound of client") {
			t.Fatalf("%s: %q %v", a.GetString("url"), copied, err)
		}
		answer := s.Do("GET", "/api/portal/attachments/"+a.Id+"/link", s.Owner, nil)
		if answer.Status != 200 {
			t.Fatalf("no link to an imported file: %d %s", answer.Status, answer.Raw)
		}
	}
	size, err := s.App.FindRecordById("attachments", NewId("client2project3file1"))
	if err != nil || size.GetInt("size") != len(content("client2project3file1")) {
		t.Errorf("the size is what the old system said, not what the file has: %d %v", size.GetInt("size"), err)
	}
	left, err := integrations.Rows(s.App, marker, "")
	if err != nil || len(left) != 1 || left[0].GetString("state") != missing {
		t.Errorf("%d marks are left, %v", len(left), err)
	}

	g.Put(t, "old/client1project1/mix 2.wav", content(gone)) // the missing object turns up
	if done := copyAgain(); done.Copied != 1 || done.verdict() != nil {
		t.Errorf("the late one: %+v", done)
	}
	if done := copyAgain(); done.Copied != 0 || done.verdict() != nil {
		t.Errorf("nothing is left to copy: %+v", done)
	}
}

// An attachment that cannot be read just now keeps its mark, by which a later copy finds its file. That of a deleted
// attachment goes.
func TestAMarkStaysWhereItsAttachmentCannotBeRead(t *testing.T) {
	g := testkit.NewGateway(t)
	s := testkit.New(t, g.Environment())
	if err := integrations.Set(s.App, filePrefix+"nosuchrecord123", waiting, "old/mix.wav", ""); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		rename string
		fails  bool
		marks  int
	}{
		{"ALTER TABLE attachments RENAME TO elsewhere", true, 1},
		{"ALTER TABLE elsewhere RENAME TO attachments", false, 0},
	} {
		if _, err := s.App.NonconcurrentDB().NewQuery(step.rename).Execute(); err != nil {
			t.Fatal(err)
		}
		_, failure := copyFiles(context.Background(), s.App, at, func(string) {})
		marks, err := integrations.Rows(s.App, marker, "")
		if err != nil || (failure != nil) != step.fails || len(marks) != step.marks {
			t.Errorf("%s: the copy says %v, and %d marks are left, %v", step.rename, failure, len(marks), err)
		}
	}
}
