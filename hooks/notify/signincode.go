package notify

import (
	"fmt"

	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/config"
	"greenroom/hooks/people"
)

// signInCode words the mail that carries a client's sign-in code: plain text, and the code in the subject, where a phone
// shows it and a screen reader says it first.
func signInCode(app core.App, c config.Config) {
	app.OnMailerRecordOTPSend("clients").BindFunc(func(e *core.MailerRecordEvent) error {
		code, _ := e.Meta["password"].(string)
		minutes := e.Record.Collection().OTP.Duration / 60
		e.Message.Subject = fmt.Sprintf("%s is your sign-in code for %s", code, c.Studio)
		e.Message.HTML = ""
		e.Message.Text = fmt.Sprintf("Hi%s,\n\nYour sign-in code for %s is %s.\nIt works for %d minutes.\nIf you did not ask for it, you can ignore this mail.\n\n%s\n",
			greeting(e.Record), c.Studio, code, minutes, c.Owner)
		if c.OwnerEmail != "" {
			if e.Message.Headers == nil {
				e.Message.Headers = map[string]string{}
			}
			e.Message.Headers["Reply-To"] = string(c.OwnerEmail)
		}
		return e.Next()
	})
}

// greeting is " <first name>", or nothing where there is no name.
func greeting(client *core.Record) string {
	if first := people.FirstName(client); first != "" {
		return " " + first
	}
	return ""
}
