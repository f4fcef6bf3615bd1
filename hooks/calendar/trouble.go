package calendar

import (
	"errors"
	"net/http"
	"net/mail"
	"time"

	"github.com/pocketbase/pocketbase/tools/mailer"

	"greenroom/hooks/integrations"
)

// States of the calendar's row, besides integrations.OK.
const (
	stateDown    = "down"    // a temporary failure
	stateRefused = "refused" // the owner has to do something
)

// quiet is how often lastSuccessAt is renewed while all is well. Renewing it at each sync would write to the database
// every ten minutes or more often.
const quiet = time.Hour

// ownerTold is the cursor of the calendar's row while the owner has been told of a refusal by mail. A success clears
// it.
const ownerTold = "told"

// note records the result of a sync in the calendar's row if it is news, and mails the owner once about a refusal that
// only they can resolve.
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
	tell := state == stateRefused && cursor != ownerTold
	if tell {
		cursor = ownerTold
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

// Sentence explains an error of Sync's to the owner, in the words of its row in integrations.
func Sentence(err error) string {
	_, sentence := stateOf(err)
	return sentence
}

// errNotWritten marks a failure of the studio's own database, as opposed to Google's.
var errNotWritten = errors.New("calendar: write bookings")

// gravest returns the refusal among the joined errors of several calendars that is least temporary, or nil without one.
func gravest(failure error) (worst *refusal) {
	failures := []error{failure}
	if joined, ok := failure.(interface{ Unwrap() []error }); ok {
		failures = joined.Unwrap()
	}
	for _, f := range failures {
		if r := (*refusal)(nil); errors.As(f, &r) && (worst == nil || isTemporary(worst)) {
			worst = r
		}
	}
	return worst
}

// stateOf returns the state and the sentence for the calendar's row after a result.
func stateOf(failure error) (state, sentence string) {
	r := gravest(failure)
	switch {
	case failure == nil:
		return integrations.OK, ""
	case r == nil && (errors.Is(failure, errNotWritten) || errors.Is(failure, errBrokeOff)):
		return stateDown, "Bookings could not be written. They stay as they were, and the sync tries again by itself. The log says why."
	case r == nil || isTemporary(r):
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

// mail sends the sentence to the owner, if GREENROOM_OWNER_EMAIL is set.
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
