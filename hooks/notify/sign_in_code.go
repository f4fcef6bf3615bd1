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

// bindSignInCode words the mail that carries a sign-in code, of a client or of the owner's second factor: plain text,
// and the code in the subject, where a phone shows it and a screen reader says it first. It sends the mail too, for
// PocketBase tries only once.
func (o *outbox) bindSignInCode() {
	o.codes.of = map[string]context.CancelFunc{}
	o.app.OnMailerRecordOTPSend("clients", core.CollectionNameSuperusers).BindFunc(func(e *core.MailerRecordEvent) error {
		done, ok := o.begin() // PocketBase sends in the background, and a stop has to wait for that
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

// noteAddress notes where a code goes before it goes there. PocketBase notes it afterwards, and takes the first code
// whose address it knows as proof of the address, which ends the sign-ins of before: a code that is entered faster than
// that would leave this to the next one.
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
	e.Message.Headers["Message-ID"] = newMessageId(e.Message.From.Address) // one for all tries, so that a mail program shows it once
	if o.config.OwnerEmail != "" {
		e.Message.Headers["Reply-To"] = string(o.config.OwnerEmail)
	}
}

// greeting is " <first name>", or nothing where there is no name.
func greeting(client *core.Record) string {
	if first := cleanName(people.FirstName(client)); first != "" {
		return " " + first
	}
	return ""
}

// waitingCodes knows which client's code waits for its next try: a newer code of the same client takes its place.
type waitingCodes struct {
	mu sync.Mutex
	of map[string]context.CancelFunc
}

// replace ends the waiting of the client's earlier code. The returned function is called when the new one waits no
// more.
func (w *waitingCodes) replace(clientId string, end context.CancelFunc) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if earlier := w.of[clientId]; earlier != nil {
		earlier()
	}
	w.of[clientId] = end
}

// leave forgets a code that waits no more, unless a newer one has taken its place.
func (w *waitingCodes) leave(clientId string, ctx context.Context) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if ctx.Err() == nil {
		delete(w.of, clientId)
	}
}

// The pauses between the tries of a code, whose reader waits for it: servers that greylist want a minute or a few.
const (
	firstCodePause   = 10 * time.Second
	longestCodePause = time.Minute
)

// codeMailer sends one code, and tries again while the code is good and the server says that it may take the mail
// later.
type codeMailer struct {
	o           *outbox
	client      *core.Record
	otpId, code string
	until       time.Time
}

// errCodeReplaced ends the tries of a code whose client has asked for another one.
var errCodeReplaced = errors.New("a newer code took its place")

// Send never fails for PocketBase, which would then write to the database after a stop has ceased to wait for it.
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

// try sends the code once, within the time for which it is good.
func (m codeMailer) try(message *mailer.Message) error {
	ctx, cancel := context.WithTimeout(m.o.ctx, m.until.Sub(m.o.now()))
	defer cancel()
	return m.o.send(ctx, message, ctx.Err)
}

// giveUp ends a code that has not left. It is removed unless its mail may have arrived after all, so that it does not
// count among the codes of the client that are still good.
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

// note tells the owner why the code has not left, in the mail server's words; nothing where it has.
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

// hide keeps the code out of what is stored: a server may repeat the subject that it refuses.
func (m codeMailer) hide(failure error) string {
	return strings.ReplaceAll(failure.Error(), m.code, "…")
}
