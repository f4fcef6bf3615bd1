package notify

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/mailer"
	"github.com/pocketbase/pocketbase/tools/security"
)

// OutboxDirName is the folder in the data directory for mails without a mail server. Each is a complete .eml file, and
// one log line names it.
const OutboxDirName = "outbox"

// replaceMailers replaces PocketBase's mailers, which wait for a silent server without limit.
func (o *outbox) replaceMailers() {
	o.app.OnMailerSend().BindFunc(func(e *core.MailerEvent) error {
		switch e.Mailer.(type) {
		case *mailer.SMTPClient, *mailer.Sendmail:
			e.Mailer = newMailer(o.ctx, e.App, func() error { return nil })
		}
		return e.Next()
	})
}

// newMailer returns the mailer for one mail: SMTP, or without a mail server a file. It calls irrevocable at the last
// moment at which the mail has certainly not been sent, and does not send it if that fails.
func newMailer(ctx context.Context, app core.App, irrevocable func() error) mailer.Mailer {
	if s := app.Settings().SMTP; s.Enabled {
		return server{ctx, s, app.Settings().Meta.AppURL, irrevocable}
	}
	return folder{app, irrevocable}
}

// folder is a mailer that writes files.
type folder struct {
	app         core.App
	irrevocable func() error
}

func (f folder) Send(m *mailer.Message) error {
	content, err := render(m)
	if err != nil {
		return err
	}
	dir := filepath.Join(f.app.DataDir(), OutboxDirName)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return notWritten(err)
	}
	name := time.Now().UTC().Format("20060102T150405.000") + "-" + security.PseudorandomString(6) + ".eml"
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path+".part", content, 0o600); err != nil {
		return notWritten(err)
	}
	if err := f.irrevocable(); err != nil {
		return err
	}
	if err := os.Rename(path+".part", path); err != nil {
		return notWritten(err)
	}
	f.app.Logger().Info("No mail server is set, so a mail was written to a file.", "file", path)
	return nil
}

// notWritten is the error of a file that could not be written. It is certain that the mail was not sent.
func notWritten(err error) error {
	return &refusal{said: "the file cannot be written: " + err.Error(), ofServer: true}
}
