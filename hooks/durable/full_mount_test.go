package durable_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"greenroom/hooks/testkit"
)

// The data directory is a small mount in memory. Once it is full, every request that would store something is refused
// with a sentence and a status that promises nothing; nobody is signed out, and pages can be read. With free space
// everything works again, also after a kill; and the dashboard restores a backup although a mount point cannot be
// renamed.
func aFullMount(t *testing.T) {
	needs(t, "mount", "dd")
	data := filepath.Join(t.TempDir(), "mounted")
	if err := os.Mkdir(data, 0o700); err != nil {
		t.Fatal(err)
	}
	if said, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=96m,mode=700", "tmpfs", data).CombinedOutput(); err != nil {
		t.Fatalf("this machine cannot prove it: mount: %v\n%s", err, said)
	}
	t.Cleanup(func() { _ = exec.Command("umount", "-l", data).Run() })

	s := openAt(t, data, nil)
	item, _ := s.must("POST", records("action_items"), map[string]any{"project": projectId, "title": "Send stems", "assignedTo": "client"})["id"].(string)
	kept := s.writeAsClient(t, "Before")
	filler := filepath.Join(data, "filler")
	_ = exec.Command("dd", "if=/dev/zero", "of="+filler, "bs=4k").Run() // dd fails once the disk is full, as it should

	refused := map[string]int{}
	// Free pages in the database and its log have to be used up first.
	for round := range 60 {
		form, contentType := s.form(strings.Repeat("file ", 20_000))
		for what, answer := range map[string]reply{
			"comment": s.reply("POST", records("comments"), s.client, "application/json", toJSON(map[string]any{"milestone": milestoneId, "body": strings.Repeat("full ", 1900)})),
			"tick":    s.reply("PATCH", records("action_items")+"/"+item, s.client, "application/json", toJSON(map[string]any{"completedAt": fmt.Sprintf("2026-11-28 10:00:%02d.000Z", round)})),
			"file":    s.reply("POST", records("attachments"), s.client, contentType, form),
			"code":    s.reply("POST", "/api/collections/clients/request-otp", "", "application/json", toJSON(map[string]any{"email": "ada@example.com"})),
			"page":    s.reply("GET", "/api/portal/overview", s.client, "", nil),
		} {
			switch {
			case answer.status < 300:
				if what == "comment" {
					kept = append(kept, answer.id)
				}
			case answer.status == http.StatusInsufficientStorage && (strings.Contains(answer.message, "could not be stored just now") || strings.Contains(answer.message, "no room for this file")),
				answer.status == http.StatusServiceUnavailable && answer.message != "":
				refused[what]++
			default:
				t.Errorf("%s on a full disk: %d %s", what, answer.status, answer.message)
			}
		}
	}
	if refused["comment"] == 0 || refused["file"] == 0 || refused["code"] == 0 {
		t.Errorf("a full disk took everything: %v", refused)
	}
	if refused["page"] > 0 {
		t.Errorf("%d pages were not shown", refused["page"])
	}
	t.Logf("refused: %v; %d comments were taken", refused, len(kept))

	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	testkit.Eventually(t, "there is room again", func() bool {
		answer := s.reply("POST", records("comments"), s.client, "application/json", toJSON(map[string]any{"milestone": milestoneId, "body": "After"}))
		return answer.status == http.StatusOK
	})
	s.kill()
	s.start()
	for _, id := range kept {
		s.must("GET", records("comments")+"/"+id, nil)
	}
	database := s.database("data.db")
	database.whole()
	database.Close()

	s.must("POST", "/api/backups", map[string]any{"name": "kept.zip"})
	s.must("PATCH", records("projects")+"/"+projectId, map[string]any{"title": "Renamed since"})
	before := s.said.starts()
	s.must("POST", "/api/backups/kept.zip/restore", nil)
	s.awaitStart(before)
	if title := s.must("GET", records("projects")+"/"+projectId, nil)["title"]; title != "Stage" {
		t.Errorf("after the restore the project is called %q", title)
	}
}

// writeAsClient writes a comment as the client, and returns its id in a list.
func (s *studio) writeAsClient(t *testing.T, words string) []string {
	t.Helper()
	answer := s.reply("POST", records("comments"), s.client, "application/json", toJSON(map[string]any{"milestone": milestoneId, "body": words}))
	if answer.status != http.StatusOK {
		t.Fatalf("%d %s", answer.status, answer.message)
	}
	return []string{answer.id}
}

// reply is an answer that may be a refusal.
type reply struct {
	status      int
	id, message string
}

func (s *studio) reply(method, path, token, contentType string, body []byte) reply {
	s.t.Helper()
	request, err := http.NewRequest(method, s.url+path, bytes.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	request.Header.Set("Content-Type", contentType)
	request.Header.Set("Authorization", token)
	response, err := s.http.Do(request)
	if err != nil {
		s.t.Fatalf("%s %s: %v\n%s", method, path, err, s.said)
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	var said struct{ Id, Message string }
	_ = json.Unmarshal(raw, &said) // an HTML page has neither field
	return reply{response.StatusCode, said.Id, said.Message}
}

func (s *studio) form(content string) (body []byte, contentType string) {
	s.t.Helper()
	var written bytes.Buffer
	form := multipart.NewWriter(&written)
	part, err := form.CreateFormFile("file", "take.txt")
	if err == nil {
		_, err = io.WriteString(part, content)
	}
	if err == nil {
		err = form.WriteField("project", projectId)
	}
	if err == nil {
		err = form.Close()
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return written.Bytes(), form.FormDataContentType()
}

func toJSON(body map[string]any) []byte {
	content, _ := json.Marshal(body) // strings always marshal
	return content
}
