package calendar

import (
	"errors"
	"net/http"
	"net/mail"
	"time"

	"github.com/pocketbase/pocketbase/tools/mailer"

	"greenroom/hooks/integrations"
)

// The states of the calendar's row, besides integrations.OK.
const (
	stateDown    = "down"    // it passes by itself
	stateRefused = "refused" // somebody has to do something
)

// quiet is how long a service that goes well says nothing new.
const quiet = time.Hour

// told is the cursor of the calendar's row from the mail to the owner until all is well again.
const told = "told"

// note writes down how a run ended, when that is news, and tells the owner by one mail of what only they can mend.
func (s *Service) note(failure error) {
	row, err := integrations.Row(s.app, integration)
	if err != nil {
		s.app.Logger().Error("The state of the calendar cannot be read.", "error", err)
		return
	}
	state, sentence := stateOf(failure)
	cursor := ""
	if row != nil {
		recently := s.now().Sub(row.GetDateTime("lastSuccessAt").Time()) < quiet
		if row.GetString("state") == state && row.GetString("lastError") == sentence && (failure != nil || recently) {
			return
		}
		if failure != nil {
			cursor = row.GetString("cursor")
		}
	}
	tell := state == stateRefused && cursor != told
	if tell {
		cursor = told
	}
	if err := integrations.Set(s.app, integration, state, cursor, sentence); err != nil {
		s.app.Logger().Error("The state of the calendar cannot be written.", "error", err)
	}
	if failure != nil {
		s.app.Logger().Warn(sentence, "error", failure)
	}
	if tell {
		s.mail(sentence)
	}
}

// Sentence says what an error of Sync's means to the owner, as its row in integrations does.
func Sentence(err error) string {
	_, sentence := stateOf(err)
	return sentence
}

// errNotWritten is a failure of the studio's own, with which Google has nothing to do.
var errNotWritten = errors.New("calendar: write bookings")

// gravest is the refusal among a run's failures, one a calendar, that passes least.
func gravest(failure error) (worst *refusal) {
	failures := []error{failure}
	if joined, ok := failure.(interface{ Unwrap() []error }); ok {
		failures = joined.Unwrap()
	}
	for _, f := range failures {
		if r := (*refusal)(nil); errors.As(f, &r) && (worst == nil || passes(worst)) {
			worst = r
		}
	}
	return worst
}

// stateOf tells what a failure means to the owner.
func stateOf(failure error) (state, sentence string) {
	r := gravest(failure)
	switch {
	case failure == nil:
		return integrations.OK, ""
	case r == nil && (errors.Is(failure, errNotWritten) || errors.Is(failure, errBrokeOff)):
		return stateDown, "Bookings could not be written. They stay as they were, and the sync tries again by itself. The log says why."
	case r == nil || passes(r):
		return stateDown, "Google Calendar does not answer. Bookings stay as they are, and the sync tries again by itself."
	case r.reason == "invalid_grant":
		return stateRefused, "Google no longer accepts the credentials (invalid_grant): the access was withdrawn or has ended. Make new ones and set GOOGLE_CREDENTIALS."
	case r.ofToken || r.status == http.StatusUnauthorized:
		return stateRefused, "Google does not accept the credentials. Check GOOGLE_CREDENTIALS."
	case r.status == http.StatusForbidden || r.status == http.StatusNotFound:
		return stateRefused, "Google does not let the studio read the calendar. Share it with the account of GOOGLE_CREDENTIALS, and check GOOGLE_CALENDAR_ID."
	}
	return stateRefused, "Google refuses to list the calendar's events: " + r.Error() + "."
}

// mail tells the owner, where there is an address.
func (s *Service) mail(sentence string) {
	if s.owner == "" {
		return
	}
	meta := s.app.Settings().Meta
	message := &mailer.Message{
		From:    mail.Address{Name: meta.SenderName, Address: meta.SenderAddress},
		To:      []mail.Address{{Address: string(s.owner)}},
		Subject: "Bookings are no longer kept in step with Google Calendar",
		Text:    sentence + "\n\nUntil then the bookings stay as they are. When it is mended, the next sync takes up everything that was missed.\n",
	}
	if err := s.app.NewMailClient().Send(message); err != nil {
		s.app.Logger().Error("The owner could not be told of the calendar by mail.", "error", err)
	}
}
