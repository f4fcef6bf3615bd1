package notify

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/mailer"

	"greenroom/hooks/people"
)

// bindSignInCode writes the mail with a sign-in code, of a client or of the owner's second factor: as plain text, with
// the code in the subject, which phones show and screen readers read first. It also sends the mail, because PocketBase
// would try only once.
func (o *outbox) bindSignInCode() {
	o.codes.of = map[string]context.CancelFunc{}
	o.app.OnMailerRecordOTPSend("clients", core.CollectionNameSuperusers).BindFunc(func(e *core.MailerRecordEvent) error {
		// PocketBase sends in the background, and a stop has to wait for that.
		done, ok := o.begin()
		if !ok {
			return nil
		}
		defer done()
		code, _ := e.Meta["password"].(string)
		otpId, _ := e.Meta["otpId"].(string)
		lasts := e.Record.Collection().OTP.DurationTime()
		o.wordCode(e, code, lasts)
		o.noteAddress(e, otpId)
		e.Mailer = codeMailer{o: o, client: e.Record, otpId: otpId, code: code, until: o.now().Add(lasts)}
		return e.Next()
	})
}

// noteAddress stores to which address a code is sent before sending it. PocketBase stores that afterwards, and treats
// the first code with a known address as proof of the address, which ends earlier sign-ins. A code entered before
// PocketBase stored the address would leave this to the next code.
func (o *outbox) noteAddress(e *core.MailerRecordEvent, otpId string) {
	otp, err := e.App.FindOTPById(otpId)
	if err == nil && len(e.Message.To) > 0 {
		otp.SetSentTo(e.Message.To[0].Address)
		err = e.App.Save(otp)
	}
	if err != nil {
		e.App.Logger().Warn("The address of a sign-in code could not be noted.", "client", e.Record.Id, "error", err)
	}
}

func (o *outbox) wordCode(e *core.MailerRecordEvent, code string, lasts time.Duration) {
	e.Message.Subject = fmt.Sprintf("%s is your sign-in code for %s", code, o.config.Studio)
	e.Message.HTML = ""
	e.Message.Text = fmt.Sprintf("Hi%s,\n\nYour sign-in code for %s is %s.\nIt works for %d minutes.\nIf you did not ask for it, you can ignore this mail.\n\n%s\n",
		greeting(e.Record), o.config.Studio, code, int(lasts.Minutes()), o.config.Owner)
	if e.Message.Headers == nil {
		e.Message.Headers = map[string]string{}
	}
	e.Message.Headers["Auto-Submitted"] = "auto-generated"
	e.Message.Headers["Message-ID"] = newMessageId(e.Message.From.Address) // the same for all attempts, so that mail programs show one mail
	if o.config.OwnerEmail != "" {
		e.Message.Headers["Reply-To"] = string(o.config.OwnerEmail)
	}
}

// greeting returns a space and the first name, or "" without a name.
func greeting(client *core.Record) string {
	if first := cleanName(people.FirstName(client)); first != "" {
		return " " + first
	}
	return ""
}

// waitingCodes holds, for each client, how to end the retries of their code. A newer code replaces it.
type waitingCodes struct {
	mu sync.Mutex
	of map[string]context.CancelFunc
}

// replace ends the retries of the client's earlier code and registers the new one, which end stops.
func (w *waitingCodes) replace(clientId string, end context.CancelFunc) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if earlier := w.of[clientId]; earlier != nil {
		earlier()
	}
	w.of[clientId] = end
}

// leave removes a code whose sending has ended, unless a newer one replaced it (its ctx has ended).
func (w *waitingCodes) leave(clientId string, ctx context.Context) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if ctx.Err() == nil {
		delete(w.of, clientId)
	}
}

// Pauses between the attempts at a code. They are short since somebody waits for it; servers that greylist want one to
// a few minutes.
const (
	firstCodePause   = 10 * time.Second
	longestCodePause = time.Minute
)

// codeMailer sends one code, and retries while the code is valid and the refusal is temporary.
type codeMailer struct {
	o           *outbox
	client      *core.Record
	otpId, code string
	until       time.Time
}

// errCodeReplaced ends the attempts at a code whose client has requested another one.
var errCodeReplaced = errors.New("a newer code took its place")

// Send always returns nil. After an error PocketBase would write to the database, perhaps when a stop no longer waits
// for it.
func (m codeMailer) Send(message *mailer.Message) error {
	waiting, end := context.WithCancel(m.o.ctx)
	defer end()
	m.o.codes.replace(m.client.Id, end)
	defer m.o.codes.leave(m.client.Id, waiting)

	for wait := firstCodePause; ; wait = min(2*wait, longestCodePause) {
		err := m.try(message)
		if err == nil {
			m.note("", nil)
			return nil
		}
		if no := (*refusal)(nil); errors.As(err, &no) && no.permanent || m.o.now().Add(wait).After(m.until) {
			m.giveUp(err)
			return nil
		}
		m.note("has not left yet, and is tried again until it ends", err)
		select {
		case <-waiting.Done():
			if m.o.ctx.Err() == nil {
				err = errCodeReplaced
			}
			m.giveUp(err)
			return nil
		case <-m.o.after(m.o.vary(wait)):
		}
		if !m.o.now().Before(m.until) {
			m.giveUp(err)
			return nil
		}
	}
}

// try sends the code once, and gives up when it expires.
func (m codeMailer) try(message *mailer.Message) error {
	ctx, cancel := context.WithTimeout(m.o.ctx, m.until.Sub(m.o.now()))
	defer cancel()
	return m.o.send(ctx, message, ctx.Err)
}

// giveUp ends a code that was not sent. If it certainly was not, its record is deleted, so that it does not count
// against the client's limit of valid codes.
func (m codeMailer) giveUp(failure error) {
	if errors.Is(failure, errCodeReplaced) {
		m.o.app.Logger().Info("A sign-in code waited for the mail server until a newer one took its place.", "client", m.client.Id)
	} else {
		m.o.app.Logger().Warn("A sign-in code did not leave.", "client", m.client.Id, "reason", m.hide(failure))
		m.note("did not leave while it was good", failure)
	}
	if no := (*refusal)(nil); !errors.As(failure, &no) && !errors.Is(failure, errCodeReplaced) {
		return
	}
	otp, err := m.o.app.FindOTPById(m.otpId)
	if err == nil {
		err = m.o.app.Delete(otp)
	}
	if err != nil {
		m.o.app.Logger().Error("A sign-in code that did not leave could not be removed.", "client", m.client.Id, "error", err)
	}
}

// note tells the owner in integrations why the code was not sent, in the mail server's words; without a failure it
// removes that.
func (m codeMailer) note(how string, failure error) {
	state, reason := waiting, ""
	if failure != nil {
		reason = fmt.Sprintf("A sign-in code for %s %s: %s", m.client.Email(), how, m.hide(failure))
	}
	if no := (*refusal)(nil); strings.HasPrefix(how, "did") || errors.As(failure, &no) && no.permanent {
		state = failed
	}
	m.o.noteMail(codeTrouble+m.client.Id, state, reason, failure)
}

// hide removes the code from a stored error, because a server may quote the subject that it refuses.
func (m codeMailer) hide(failure error) string {
	return strings.ReplaceAll(failure.Error(), m.code, "…")
}
