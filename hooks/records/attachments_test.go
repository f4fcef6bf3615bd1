package records_test

import (
	"bytes"
	"strings"
	"testing"

	"greenroom/hooks/testkit"
)

func TestFileFactsAreReadFromTheFile(t *testing.T) {
	s := testkit.New(t, nil)
	h := testkit.NewHousehold(t, s, "ana")
	wav := "RIFF\x24\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x22\x56\x00\x00\x44\xac\x00\x00\x02\x00\x10\x00data\x00\x00\x00\x00"
	for name, tc := range map[string]struct {
		token, content string
		fields         map[string]string
		filename, mime string
		by             string
	}{
		"the client's text":      {h.Token, "hello", nil, "take.txt", "text/plain; charset=utf-8", "client"},
		"a sound called text":    {h.Token, wav, nil, "take.txt", "audio/wav", "client"},
		"the owner's, with name": {s.Owner, "hello", map[string]string{"filename": "Final mix.txt"}, "Final mix.txt", "text/plain; charset=utf-8", "james"},
		"the owner's, with lies": {s.Owner, "hello", map[string]string{"size": "7", "mimeType": "x/y", "url": "http://evil", "uploadedBy": "client"}, "take.txt", "text/plain; charset=utf-8", "james"},
	} {
		t.Run(name, func(t *testing.T) {
			fields := map[string]string{"project": h.Records["projects"].Id}
			for k, v := range tc.fields {
				fields[k] = v
			}
			contentType, body := testkit.Upload(t, tc.content, fields)
			answer := s.Send("POST", "/api/collections/attachments/records", tc.token, contentType, body)
			got := answer.JSON()
			if answer.Status != 200 || got["filename"] != tc.filename || got["mimeType"] != tc.mime || got["uploadedBy"] != tc.by || got["size"] != float64(len(tc.content)) {
				t.Fatalf("%d %s", answer.Status, answer.Raw)
			}
			fsys, err := s.App.NewFilesystem()
			if err != nil {
				t.Fatal(err)
			}
			defer fsys.Close()
			reader, err := fsys.GetReader(got["url"].(string))
			if err != nil {
				t.Fatalf("nothing lies at %v: %v", got["url"], err)
			}
			defer reader.Close()
			var stored bytes.Buffer
			if _, err := stored.ReadFrom(reader); err != nil || stored.String() != tc.content {
				t.Errorf("at %v lies %q (%v)", got["url"], stored.String(), err)
			}
		})
	}
}

func TestAFileNeedsAPlace(t *testing.T) {
	s := testkit.New(t, nil)
	ana, ben := testkit.NewHousehold(t, s, "ana"), testkit.NewHousehold(t, s, "ben")
	for name, fields := range map[string]map[string]string{
		"no project":                     {},
		"somebody else's project":        {"project": ben.Records["projects"].Id},
		"somebody else's session":        {"project": ana.Records["projects"].Id, "session": ben.Records["sessions"].Id},
		"a session that is none":         {"project": ana.Records["projects"].Id, "session": "nosuchrecord123"},
		"a name with control characters": {"project": ana.Records["projects"].Id, "filename": "a\x07b"},
	} {
		contentType, body := testkit.Upload(t, "hello", fields)
		answer := s.Send("POST", "/api/collections/attachments/records", ana.Token, contentType, body)
		if answer.Status != 400 || answer.Message() == "" {
			t.Errorf("%s: %d %s", name, answer.Status, answer.Raw)
		}
	}
	json := s.Do("POST", "/api/collections/attachments/records", ana.Token, map[string]any{"project": ana.Records["projects"].Id, "file": "../../data.db"})
	if json.Status != 400 {
		t.Errorf("a file by its name alone: %d %s", json.Status, json.Raw)
	}
	if names := s.Do("GET", "/api/collections/attachments/records", ana.Token, nil); strings.Count(string(names.Raw), `"url"`) != 2 {
		t.Errorf("a refused file is listed: %s", names.Raw)
	}
}
