package durable_test

import (
	"fmt"
	"net"
	"net/textproto"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"greenroom/hooks/testkit"
)

// A mail is handed to the mail server only once the replica knows that it is about to be. Otherwise a machine that
// takes over would send it again.
func TestNoMailGoesThatAnotherMachineWouldSendAgain(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	post := newPost(t)
	s := openWith(t, g.environment("GREENROOM_SYNC", "commit", "SMTP_URL", "smtp://"+post.address+"?from=studio@example.com"))
	s.dueMail()
	g.line.goDown()
	s.start()
	testkit.Eventually(t, "the mail was tried", func() bool { return s.mail()["attempts"] == 1.0 })
	if n := post.taken.Load(); n != 0 || s.mailState() != "waiting" {
		t.Errorf("%d mails were handed over without the bucket; it is %s", n, s.mailState())
	}
	s.stop()
	g.line.comeBack()
	s.makeDue()
	s.start()
	testkit.Eventually(t, "the mail is sent", func() bool { return s.mailState() == "sent" })
	if n := post.taken.Load(); n != 1 {
		t.Errorf("%d mails were handed over", n)
	}
}

// dueMail causes a notice to a client, and stops the server when the notice is due.
func (s *studio) dueMail() {
	s.t.Helper()
	s.must("PATCH", records("clients")+"/"+clientId, map[string]any{"verified": true, "timezone": daytime()})
	s.must("POST", records("sessions"), map[string]any{"project": projectId, "title": "Tracking", "notes": "Done."})
	s.stop()
	s.makeDue()
}

func (s *studio) makeDue() {
	s.t.Helper()
	s.change("UPDATE outbox SET happenedAt = strftime('%Y-%m-%d %H:%M:%fZ', 'now', '-10 minutes'), nextAttemptAt = strftime('%Y-%m-%d %H:%M:%fZ', 'now', '-1 minute')")
}

// daytime names a time zone in which it is about noon now, because notices are not sent at night.
func daytime() string {
	return fmt.Sprintf("Etc/GMT%+d", time.Now().UTC().Hour()-12)
}

// mail returns the first row of the outbox.
func (s *studio) mail() map[string]any {
	s.t.Helper()
	items, _ := s.must("GET", records("outbox")+"?sort=happenedAt", nil)["items"].([]any)
	if len(items) == 0 {
		s.t.Fatal("no mail is in the outbox")
	}
	row, _ := items[0].(map[string]any)
	return row
}

func (s *studio) mailState() string {
	s.t.Helper()
	state, _ := s.mail()["state"].(string)
	return state
}

// post is an SMTP server that accepts everything (RFC 5321).
type post struct {
	address string
	taken   atomic.Int64
}

func newPost(t *testing.T) *post {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	p := &post{address: listener.Addr().String()}
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			go p.converse(textproto.NewConn(connection))
		}
	}()
	return p
}

func (p *post) converse(c *textproto.Conn) {
	defer c.Close()
	_ = c.PrintfLine("220 post") // the next line notices a client that hung up
	for {
		line, err := c.ReadLine()
		if err != nil {
			return
		}
		answer := "250 yes"
		switch verb, _, _ := strings.Cut(strings.ToUpper(line), " "); verb {
		case "DATA":
			_ = c.PrintfLine("354 go on")
			if _, err := c.ReadDotBytes(); err != nil {
				return
			}
			p.taken.Add(1)
		case "QUIT":
			answer = "221 bye"
		}
		_ = c.PrintfLine("%s", answer)
	}
}
