package calendar

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"greenroom/hooks/integrations"
)

// BookingRow tells the owner why clients cannot book, where only the owner can mend it.
const BookingRow = integration + ":booking"

// NotWritable is what stands there where the studio may read the calendar and not write to it.
const NotWritable = "Clients cannot book: Google does not let the studio write to the calendar. Share it with the service account as " +
	"\"Make changes to events\", or let the authorised user consent to the scope calendar.events."

// noteBooking writes down how writing to the calendar fared: what Google refuses for good, or that it works again. What
// passes is no news.
func (s *Service) noteBooking(ctx context.Context, failure error) {
	if ctx.Err() != nil {
		return
	}
	if failure == nil {
		s.setBooking("")
		return
	}
	r := gravest(failure)
	switch {
	case r == nil || passes(r):
	case r.status == http.StatusForbidden && !r.ofToken:
		s.setBooking(NotWritable)
	case r.ofToken || r.status == http.StatusUnauthorized:
		s.setBooking("Clients cannot book: " + Sentence(failure))
	}
}

// noteRole looks at what the studio may do in the calendar that clients book in, as Google says with each list.
func (s *Service) noteRole(calendar, role string) {
	if !s.books || calendar != s.calendars[0] || role == "" {
		return
	}
	may, known := s.google.mayWrite()
	switch {
	case !slices.Contains([]string{"owner", "writer"}, role) || known && !may:
		s.setBooking(NotWritable)
	case known:
		s.setBooking("")
	}
}

// mayWrite tells whether the access that was given has the scope for writing, where that is known.
func (g *google) mayWrite() (may, known bool) {
	token, err := g.token().Token()
	if err != nil {
		return false, false
	}
	given, _ := token.Extra("scope").(string)
	if given == "" {
		return true, !g.ofPerson // a service account has the scope that it asks for
	}
	return slices.ContainsFunc(strings.Fields(given), func(scope string) bool {
		return scope == writeEvents || scope == "https://www.googleapis.com/auth/calendar"
	}), true
}

func (s *Service) setBooking(trouble string) {
	row, err := integrations.Row(s.app, BookingRow)
	switch {
	case err != nil:
	case trouble == "" && row != nil:
		err = integrations.Drop(s.app, BookingRow)
	case trouble != "" && (row == nil || row.GetString("lastError") != trouble):
		s.app.Logger().Warn(trouble)
		err = integrations.Set(s.app, BookingRow, stateRefused, "", trouble)
	}
	if err != nil {
		s.app.Logger().Error("How booking fares could not be written down.", "error", err)
	}
}

// MayHaveHappened tells of a failure after which nobody knows whether Google did what it was asked: no answer came, or
// one of a fault of its own.
func MayHaveHappened(err error) bool {
	r := (*refusal)(nil)
	return !errors.As(err, &r) || r.status >= 500
}
