// Package notify is everything that leaves as mail.
//
// With a mail server (SMTP_URL, or one set in the dashboard) mail goes through it. Without one nothing is lost: each mail
// is written whole to <data directory>/outbox/*.eml, where any mail program can open it, and one log line says where.
package notify

import (
	"fmt"
	"net/mail"
	"os"
	"path/filepath"
	"time"

	"github.com/domodwyer/mailyak/v3"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/mailer"
	"github.com/pocketbase/pocketbase/tools/security"

	"greenroom/hooks/config"
)

// OutboxDirName is the folder in the data directory that takes mail when there is no mail server.
const OutboxDirName = "outbox"

// Register makes mail go through the mail server or to the outbox, and words the mails of PocketBase that clients get.
func Register(app core.App, c config.Config) {
	app.OnMailerSend().BindFunc(func(e *core.MailerEvent) error {
		if !e.App.Settings().SMTP.Enabled {
			e.Mailer = outbox{e.App}
		}
		return e.Next()
	})
	signInCode(app, c)
}

// outbox is a mailer that writes files.
type outbox struct{ app core.App }

func (o outbox) Send(m *mailer.Message) error {
	content, err := render(m)
	if err != nil {
		return err
	}
	dir := filepath.Join(o.app.DataDir(), OutboxDirName)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("outbox: %w", err)
	}
	name := time.Now().UTC().Format("20060102T150405.000") + "-" + security.PseudorandomString(6) + ".eml"
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path+".part", content, 0o600); err != nil {
		return fmt.Errorf("outbox: %w", err)
	}
	if err := os.Rename(path+".part", path); err != nil {
		return fmt.Errorf("outbox: %w", err)
	}
	o.app.Logger().Info("No mail server is set, so a mail was written to a file.", "file", path)
	return nil
}

// render writes a message as the file a mail program would receive (RFC 5322, MIME).
func render(m *mailer.Message) ([]byte, error) {
	yak := mailyak.New("", nil)
	yak.From(m.From.Address)
	yak.FromName(m.From.Name)
	yak.To(addresses(m.To)...)
	yak.Cc(addresses(m.Cc)...)
	yak.Subject(m.Subject)
	yak.Plain().Set(m.Text)
	yak.HTML().Set(m.HTML)
	for name, value := range m.Headers {
		yak.AddHeader(name, value)
	}
	for name, content := range m.Attachments {
		yak.Attach(name, content)
	}
	buf, err := yak.MimeBuf()
	if err != nil {
		return nil, fmt.Errorf("outbox: %w", err)
	}
	return buf.Bytes(), nil
}

func addresses(list []mail.Address) (out []string) {
	for _, a := range list {
		out = append(out, a.String())
	}
	return out
}
