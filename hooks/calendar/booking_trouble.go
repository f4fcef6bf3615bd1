package calendar

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"greenroom/hooks/integrations"
)

// BookingRow names the row of integrations that tells the owner why clients cannot book, when only the owner can change
// that. Without trouble there is no such row.
const BookingRow = integration + ":booking"

// NotWritable is the text of that row when the studio may read the calendar but not write to it.
const NotWritable = "Clients cannot book: Google does not let the studio write to the calendar. Share it with the service account as " +
	"\"Make changes to events\", or let the authorised user consent to the scope calendar.events."

// noteBooking records the result of writing to the calendar: a refusal that only the owner can resolve is written to
// BookingRow, and a success removes the row. Temporary failures change nothing.
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
	case r == nil || isTemporary(r):
	case r.status == http.StatusForbidden && !r.ofToken:
		s.setBooking(NotWritable)
	case r.ofToken || r.status == http.StatusUnauthorized:
		s.setBooking("Clients cannot book: " + Sentence(failure))
	}
}

// noteRole checks, with each list, whether the studio may write to the calendar in which clients book. Google tells the
// access role in every list.
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

// mayWrite reports whether the granted scopes include writing events. known is false where the token's answer names no
// scopes and the access is a person's.
func (g *google) mayWrite() (may, known bool) {
	token, err := g.token().Token()
	if err != nil {
		return false, false
	}
	given, _ := token.Extra("scope").(string)
	if given == "" {
		return true, !g.ofPerson // a service account is granted the scopes that it asks for
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

// MayHaveHappened reports whether Google may have done what it was asked in spite of the error: there was no answer, or
// a status of 500 or more.
func MayHaveHappened(err error) bool {
	r := (*refusal)(nil)
	return !errors.As(err, &r) || r.status >= 500
}
