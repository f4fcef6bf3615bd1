package records_test

import (
	"fmt"
	"testing"

	"github.com/pocketbase/dbx"

	"greenroom/hooks/testkit"
)

// wav is the header of a WAV file, from which the media type is detected.
const wav = "RIFF\x24\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x44\xac\x00\x00\x88\x58\x01\x00\x02\x00\x10\x00data\x00\x00\x00\x00"

func TestCommentsAboutMoments(t *testing.T) {
	s := testkit.New(t, nil)
	ana := testkit.NewHousehold(t, s, "ana")
	d, goal := ana.Records["deliverables"].Id, ana.Records["goals"].Id
	words := ana.James["attachments"].Id // version 1 is a text file, in which there are no moments
	version := deliver(t, s, s.Owner, ana.Records["projects"].Id, d, wav)
	if version.Status != 200 || version.JSON()["mimeType"] != "audio/wav" {
		t.Fatalf("%d %s", version.Status, version.Raw)
	}
	write := func(token string, more map[string]any) testkit.Answer {
		body := map[string]any{"deliverable": d, "body": "the snare is late", "timed": true, "atMs": 72_000}
		for name, value := range more {
			body[name] = value
		}
		return s.Do("POST", "/api/collections/comments/records", token, body)
	}
	moment := func(a testkit.Answer) string {
		c := a.JSON()
		return fmt.Sprint(a.Status, " ", c["timed"], " ", c["atMs"], " ", c["untilMs"])
	}

	for token, who := range map[string]string{ana.Token: "the client", s.Owner: "the owner"} {
		for want, more := range map[string]map[string]any{
			"200 true 72000 0":     nil,
			"200 true 0 0":         {"atMs": 0},
			"200 true 72000 73000": {"untilMs": 73_000, "attachment": version.JSON()["id"]},
			"200 false 0 0":        {"timed": false, "atMs": 0},
		} {
			if got := moment(write(token, more)); got != want {
				t.Errorf("%s, %v: %s, want %s", who, more, got, want)
			}
		}
		const whole, sound = "A moment is a whole number of milliseconds from the beginning, 0 or more.", "Only a comment on a version that is sound can be about a moment."
		for _, c := range []struct {
			more map[string]any
			want string
		}{
			{map[string]any{"atMs": -1}, whole},
			{map[string]any{"atMs": 0.5}, whole},
			{map[string]any{"atMs": 1e300}, whole},
			{map[string]any{"atMs": "soon"}, whole},
			{map[string]any{"atMs": "NaN"}, whole},
			{map[string]any{"atMs": []int{1}}, whole},
			{map[string]any{"untilMs": -1}, whole},
			{map[string]any{"untilMs": 72_000}, "The end of a stretch comes after its beginning. Leave untilMs out for a single moment."},
			{map[string]any{"timed": false}, "Set timed as well, so that the comment is about a moment."},
			{map[string]any{"attachment": words}, sound},
			{map[string]any{"deliverable": "", "goal": goal}, "Only a comment on a deliverable can be about a moment."},
		} {
			if a := write(token, c.more); a.Status != 400 || a.Message() != c.want {
				t.Errorf("%s, %v: %d %s, want %q", who, c.more, a.Status, a.Raw, c.want)
			}
		}
	}

	if _, err := s.App.DB().Update("attachments", dbx.Params{"durationMs": 90_000}, dbx.HashExp{"id": version.JSON()["id"]}).Execute(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		more map[string]any
		want string
	}{
		{map[string]any{"atMs": 90_000}, "200 true 90000 0"},
		{map[string]any{"atMs": 90_001}, "400 <nil> <nil> <nil>"},
		{map[string]any{"untilMs": 90_000}, "200 true 72000 90000"},
		{map[string]any{"untilMs": 90_001}, "400 <nil> <nil> <nil>"},
	} {
		if got := moment(write(ana.Token, c.more)); got != c.want {
			t.Errorf("of a file of 90 seconds, %v: %s, want %s", c.more, got, c.want)
		}
	}

	mine := fmt.Sprint("/api/collections/comments/records/", write(ana.Token, nil).JSON()["id"])
	for name, value := range map[string]any{"timed": false, "atMs": 1, "untilMs": 80_000, "attachment": words} {
		if a := s.Do("PATCH", mine, ana.Token, map[string]any{name: value}); a.Status != 400 {
			t.Errorf("the client changes %s: %d %s", name, a.Status, a.Raw)
		}
	}
	if a := s.Do("PATCH", mine, s.Owner, map[string]any{"attachment": words}); a.Status != 400 {
		t.Errorf("the owner takes a moment to another version: %d %s", a.Status, a.Raw)
	}
	if got := moment(s.Do("PATCH", mine, s.Owner, map[string]any{"timed": false, "atMs": 1, "untilMs": 2})); got != "200 true 72000 0" {
		t.Errorf("the owner changed the moment: %s", got)
	}
	if got := moment(s.Do("PATCH", mine, ana.Token, map[string]any{"body": "the snare is early", "timed": true, "atMs": 72_000})); got != "200 true 72000 0" {
		t.Errorf("other words about the same moment: %s", got)
	}
	deliver(t, s, s.Owner, ana.Records["projects"].Id, d, wav)
	if a := s.Do("DELETE", fmt.Sprint("/api/collections/attachments/records/", version.JSON()["id"]), s.Owner, nil); a.Status != 204 {
		t.Errorf("a version with moments goes: %d %s", a.Status, a.Raw)
	}
	if got := moment(s.Do("GET", mine, s.Owner, nil)); got != "200 true 72000 0" {
		t.Errorf("left: %s", got)
	}
}
