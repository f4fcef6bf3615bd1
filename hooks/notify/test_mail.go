package notify

import (
	"errors"
	"fmt"
	"net/mail"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/mailer"

	"greenroom/hooks/config"
)

// SendTest sends a test mail to an address, by the same mailer as notices.
func SendTest(app core.App, c config.Config, to string) error {
	address, err := mail.ParseAddress(to)
	if err != nil {
		return fmt.Errorf("%q is no mail address", to)
	}
	text, err := words("test mail text", c)
	if err != nil {
		return err
	}
	return post(app, c, *address, letter{Subject: c.Studio + ": mail works", Text: text, Link: app.Settings().Meta.AppURL, Signature: c.Owner})
}

// post sends a letter at once, in the foreground.
func post(app core.App, c config.Config, to mail.Address, l letter) error {
	body, err := l.body()
	if err != nil {
		return err
	}
	meta := app.Settings().Meta
	message := &mailer.Message{From: mail.Address{Name: meta.SenderName, Address: meta.SenderAddress}, To: []mail.Address{to},
		Subject: l.Subject, Text: body, Headers: map[string]string{"Auto-Submitted": "auto-generated"}}
	if c.OwnerEmail != "" {
		message.Headers["Reply-To"] = (&mail.Address{Name: c.Owner, Address: string(c.OwnerEmail)}).String()
	}
	err = app.NewMailClient().Send(message)
	if no := (*refusal)(nil); err != nil && !errors.As(err, &no) {
		return fmt.Errorf("it is not known whether the mail server took it: %w", err)
	}
	return err
}
