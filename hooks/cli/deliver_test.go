package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"greenroom/hooks/testkit"

	"github.com/pocketbase/dbx"
)

func TestDeliverAndMarks(t *testing.T) {
	for name, withServer := range map[string]bool{"with a server": true, "without a server": false} {
		t.Run(name, func(t *testing.T) {
			dir := testkit.Dir(t)
			if withServer {
				serve(t, dir)
			}
			app, _, project := album(t, dir)
			d := save(t, app, "deliverables", map[string]any{"project": project.Id, "title": "Final mix", "status": "PENDING"})
			sound, empty := filepath.Join(t.TempDir(), "mix 3.wav"), filepath.Join(t.TempDir(), "empty.wav")
			for path, content := range map[string]string{sound: "RIFF\x24\x00\x00\x00WAVEfmt \x10\x00\x00\x00", empty: ""} {
				if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			run := func(want string, args ...string) {
				t.Helper()
				if out, err := typed(t, app, "", args...); err != nil || out != want {
					t.Errorf("%v: %q, %v, want %q", args, out, err, want)
				}
			}
			run("Final mix has no file yet.\n", "marks", "album", "mix")
			run("Delivered version 1 of Final mix, Live album.\n", "deliver", "album", "mix", sound)
			run("Delivered version 2 of Final mix, Live album.\n", "deliver", "album", "final", sound, "--words", "The snare is earlier.")
			now, err := app.FindRecordById("deliverables", d.Id)
			if err != nil {
				t.Fatal(err)
			}
			second, err := app.FindFirstRecordByFilter("attachments", "version = 2")
			if err != nil || now.GetString("attachment") != second.Id || now.GetString("status") != "DELIVERED" ||
				second.GetString("filename") != "mix 3.wav" || second.GetInt("size") != 20 || second.GetString("mimeType") != "audio/wav" {
				t.Fatalf("%v, %v, %v", now, second, err)
			}
			if said, err := app.FindFirstRecordByData("comments", "attachment", second.Id); err != nil || said.GetString("body") != "The snare is earlier." || !said.GetBool("isJames") {
				t.Errorf("%v, %v", said, err)
			}
			run("No marks on version 2 of Final mix.\n", "marks", "album", "mix")
			for _, m := range []map[string]any{{"atMs": 3_672_900, "untilMs": 3_680_000, "body": "the whole\nchorus"}, {"atMs": 72_000, "body": "late"}} {
				m["deliverable"], m["timed"] = d.Id, true
				save(t, app, "comments", m)
			}
			run("1:12, James: late\n1:01:12 to 1:01:20, James: the whole chorus\n", "marks", "album", "mix")

			for want, file := range map[string]string{"there is no file ": filepath.Join(dir, "nowhere.wav"), empty + " is empty": empty, dir + " is no file": dir} {
				if _, err := typed(t, app, "", "deliver", "album", "mix", file); err == nil || !strings.HasPrefix(err.Error(), want) {
					t.Errorf("%s: %v", file, err)
				}
			}
			if n, err := app.CountRecords("attachments", dbx.HashExp{"deliverable": d.Id}); n != 2 || err != nil {
				t.Errorf("%d versions, %v", n, err)
			}
		})
	}
}
