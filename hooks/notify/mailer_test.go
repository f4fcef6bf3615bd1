package notify_test

import (
	"bufio"
	"net"
	"net/mail"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pocketbase/pocketbase/tools/mailer"

	"greenroom/hooks/testkit"
)

func message() *mailer.Message {
	return &mailer.Message{
		From: mail.Address{Name: "James Ó Dubhthaigh", Address: "james@example.com"}, To: []mail.Address{{Name: "Söder, Ana", Address: "ana@example.com"}},
		Subject: "Mix 3 – fertig", Text: "Grüße,\nJames\n", Headers: map[string]string{"X-Greenroom": "yes", "X-Forged": "a\r\nBcc: everybody@example.com"},
	}
}

func TestWithoutAServerMailGoesWholeToTheOutbox(t *testing.T) {
	s := testkit.New(t, nil)
	for range 3 {
		if err := s.App.NewMailClient().Send(message()); err != nil {
			t.Fatal(err)
		}
	}
	mails := s.Outbox()
	if len(mails) != 3 {
		t.Fatalf("%d files, want 3", len(mails))
	}
	read, err := mail.ReadMessage(strings.NewReader(mails[0]))
	if err != nil {
		t.Fatal(err)
	}
	to, err := read.Header.AddressList("To")
	if err != nil || to[0].Name != "Söder, Ana" || to[0].Address != "ana@example.com" || read.Header.Get("X-Greenroom") != "yes" || read.Header.Get("Bcc") != "" {
		t.Errorf("to %v (%v), headers %v", to, err, read.Header)
	}
	entries, err := os.ReadDir(filepath.Join(s.App.DataDir(), "outbox"))
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if info, err := entry.Info(); err != nil || info.Mode().Perm() != 0o600 || filepath.Ext(entry.Name()) != ".eml" {
			t.Errorf("%s: %v %v", entry.Name(), info.Mode(), err)
		}
	}
}

func TestWithAServerMailGoesThroughIt(t *testing.T) {
	address, received := smtpSink(t)
	s := testkit.New(t, map[string]string{"SMTP_URL": "smtp://" + address + "?from=studio@example.com", "GREENROOM_OWNER": "Jamie"})
	s.Make("clients", map[string]any{"email": "ana@example.com", "name": "Ana"})
	if answer := s.Do("POST", "/api/collections/clients/request-otp", "", map[string]any{"email": "ana@example.com"}); answer.Status != 200 {
		t.Fatalf("%d %s", answer.Status, answer.Raw)
	}
	select {
	case text := <-received:
		for _, part := range []string{"RCPT TO:<ana@example.com>", "MAIL FROM:<studio@example.com>", `From: "Jamie" <studio@example.com>`, "Hi Ana,"} {
			if !strings.Contains(text, part) {
				t.Errorf("the server did not get %q:\n%s", part, text)
			}
		}
	case <-time.After(time.Minute):
		t.Fatal("no mail arrived")
	}
	if len(s.Outbox()) > 0 {
		t.Error("the mail is in the outbox too")
	}
}

// smtpSink is an SMTP server on loopback that accepts everything, and sends each session's text to the channel.
func smtpSink(t *testing.T) (address string, received <-chan string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	out := make(chan string, 10)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				out <- smtpSession(conn)
			}()
		}
	}()
	return listener.Addr().String(), out
}

func smtpSession(conn net.Conn) string {
	var log strings.Builder
	say := func(line string) { _, _ = conn.Write([]byte(line + "\r\n")) }
	say("220 sink")
	lines, inData := bufio.NewScanner(conn), false
	for lines.Scan() {
		line := lines.Text()
		log.WriteString(line + "\n")
		switch verb := strings.ToUpper(line); {
		case inData && line != ".":
		case inData:
			inData = false
			say("250 taken")
		case strings.HasPrefix(verb, "DATA"):
			inData = true
			say("354 go on")
		case strings.HasPrefix(verb, "QUIT"):
			say("221 bye")
			return log.String()
		default:
			say("250 ok")
		}
	}
	return log.String()
}
