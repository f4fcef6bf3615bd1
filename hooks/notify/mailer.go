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

// OutboxDirName is the folder in the data directory that takes mail when there is no mail server: each mail is a whole
// file there, which any mail program can open, and one log line says where.
const OutboxDirName = "outbox"

// carryMail puts our own carriers in the place of PocketBase's, which wait for a silent server without end.
func (o *outbox) carryMail() {
	o.app.OnMailerSend().BindFunc(func(e *core.MailerEvent) error {
		switch e.Mailer.(type) {
		case *mailer.SMTPClient, *mailer.Sendmail:
			e.Mailer = carrier(o.ctx, e.App, func() error { return nil })
		}
		return e.Next()
	})
}

// carrier takes one mail to the mail server or, without one, to a file. It calls irrevocable at the last moment at
// which it is certain that the mail has not gone, and stops there when that fails.
func carrier(ctx context.Context, app core.App, irrevocable func() error) mailer.Mailer {
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

// notWritten is certain: no mail went, and none would.
func notWritten(err error) error {
	return &refusal{said: "the file cannot be written: " + err.Error(), ofServer: true}
}
