package notify_test

import (
	"encoding/json"
	"net"
	"net/http"
	"os/exec"
	"strings"
	"testing"

	"greenroom/hooks/testkit"
)

// A real mail server (mailpit) receives a mail and parses it as mail programs do.
func TestARealServerAndMailProgramReadTheSame(t *testing.T) {
	smtp, api := testkit.FreeAddress(t), testkit.FreeAddress(t)
	process := exec.Command(testkit.ToolAsDependency(t, "github.com/axllent/mailpit", "v1.27.11"), "--smtp", smtp, "--listen", api, "--disable-version-check")
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = process.Process.Kill()
		_ = process.Wait()
	})
	r := newRoomAt(t, &mailServer{address: smtp}, nil)
	poll(t, "mailpit", func() bool {
		conn, err := net.Dial("tcp", smtp)
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
	notices["ownerComment"](r)
	r.now = r.now.Add(gathered)
	r.outbox.At(r.now)
	if err := r.outbox.Round(); err != nil {
		t.Fatal(err)
	}
	r.wantStates(map[string]int{"sent": 1})

	var list struct{ Messages []struct{ ID string } }
	get(t, "http://"+api+"/api/v1/messages", &list)
	if len(list.Messages) != 1 {
		t.Fatalf("%d mails arrived", len(list.Messages))
	}
	var message struct {
		Subject, Text, HTML, MessageID string
		From                           struct{ Name, Address string }
		To, Bcc, ReplyTo               []struct{ Name, Address string }
		Attachments                    []any
		ListUnsubscribe                struct {
			Errors, HeaderPost string
			Links              []string
		}
	}
	get(t, "http://"+api+"/api/v1/message/"+list.Messages[0].ID, &message)
	if message.Subject != "Northern Lights EP: my comment on “Mixes”" || message.HTML != "" || len(message.Attachments)+len(message.Bcc) > 0 ||
		!strings.HasPrefix(message.Text, "Hi Ana,\r\n\r\nI wrote to you about “Mixes”") && !strings.HasPrefix(message.Text, "Hi Ana,\n\nI wrote to you about “Mixes”") {
		t.Errorf("a mail program shows %+v", message)
	}
	if message.From.Name != "James Ó Dubhthaigh" || message.To[0].Name != "Ana Söder" || message.ReplyTo[0].Address != "james@example.com" {
		t.Errorf("from %v to %v, replies to %v", message.From, message.To, message.ReplyTo)
	}
	if u := message.ListUnsubscribe; u.Errors != "" || u.HeaderPost != "List-Unsubscribe=One-Click" || len(u.Links) != 1 {
		t.Errorf("unsubscribing: %+v", u)
	}
}

func get(t *testing.T, url string, into any) {
	t.Helper()
	answer, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if err := json.NewDecoder(answer.Body).Decode(into); err != nil {
		t.Fatal(err)
	}
}
