package calendar

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/database"
	"greenroom/hooks/integrations"
)

// position is up to where a calendar was synced, stored as JSON in the cursor of its row.
type position struct {
	SyncToken   string `json:"syncToken"`
	Fingerprint string `json:"fingerprint"` // see guestList.fingerprint
}

// sync runs over all calendars once. Unless full, it reads only changes if it can: with a stored position for every
// calendar, and a sync token that Google still accepts.
func (s *Service) sync(ctx context.Context, full bool, progress func(sentence string)) (Result, error) {
	guests, err := activeClients(s.app)
	if err != nil {
		return Result{}, fmt.Errorf("calendar: read clients: %w", err)
	}
	r := &run{Service: s, guests: guests, fingerprint: guests.fingerprint(s.calendars), window: windowAt(s.now()), progress: progress}
	positions, err := r.positions()
	if err != nil {
		return Result{}, err
	}
	if !full && len(positions) == len(s.calendars) {
		if err = r.changes(ctx, positions); !expired(err) {
			return r.done, err
		}
	}
	return r.done, r.everything(ctx)
}

// run is the state of one sync.
type run struct {
	*Service
	guests      guestList
	fingerprint string
	window      window
	progress    func(sentence string)
	done        Result
	events      int
}

// positions returns the stored position of each calendar that can be continued from.
func (r *run) positions() (map[string]position, error) {
	out := map[string]position{}
	for _, calendar := range r.calendars {
		row, err := integrations.Row(r.app, rowOf(calendar))
		if err != nil {
			return nil, fmt.Errorf("calendar: read %s: %w", rowOf(calendar), err)
		}
		var p position
		if row == nil || json.Unmarshal([]byte(row.GetString("cursor")), &p) != nil || p.SyncToken == "" || p.Fingerprint != r.fingerprint {
			continue
		}
		out[calendar] = p
	}
	return out, nil
}

func rowOf(calendar string) string { return integration + ":" + calendar }

// changes reads what changed since the positions. A calendar that cannot be read does not keep the others from being
// read.
func (r *run) changes(ctx context.Context, positions map[string]position) (failures error) {
	for _, calendar := range r.calendars {
		before := r.events
		err := r.pages(ctx, calendar, positions[calendar].SyncToken, nil, func(tx core.App, token string) error {
			if r.events == before { // nothing changed, and the old token stays valid
				return nil
			}
			return r.savePosition(tx, calendar, token)
		})
		if expired(err) {
			return err
		}
		failures = errors.Join(failures, err)
	}
	return failures
}

// everything reads the whole window, cancels the bookings whose meetings are gone, and stores the positions for later
// syncs.
func (r *run) everything(ctx context.Context) (failures error) {
	seen, tokens := map[string]bool{}, map[string]string{}
	for _, calendar := range r.calendars {
		failures = errors.Join(failures, r.pages(ctx, calendar, "", seen, func(_ core.App, token string) error {
			tokens[calendar] = token
			return nil
		}))
	}
	// What is missing may be in the calendar that could not be read, so nothing is cancelled.
	if failures != nil {
		return failures
	}
	missing, err := r.missing(ctx, seen)
	if err != nil {
		return err
	}
	return r.inTransaction(func(tx core.App) (Result, error) {
		done, err := r.apply(tx, missing, r.guests, r.window)
		for calendar, token := range tokens {
			err = errors.Join(err, r.savePosition(tx, calendar, token))
		}
		return done, err
	})
}

// pages reads and applies all pages of one calendar, each in its own transaction. atLast runs in the transaction of the
// last page, with the next sync token. Unless seen is nil, the ids of all live events are added to it.
func (r *run) pages(ctx context.Context, calendar, syncToken string, seen map[string]bool, atLast func(tx core.App, token string) error) error {
	pageToken := ""
	for {
		page, err := r.google.list(ctx, calendar, r.window, syncToken, pageToken)
		if err != nil {
			return fmt.Errorf("calendar %s: %w", calendar, err)
		}
		meetings, err := r.preferOtherCopies(ctx, calendar, r.read(page, seen))
		if err != nil {
			return err
		}
		r.noteRole(calendar, page.AccessRole)
		if r.events += len(page.Items); len(page.Items) > 0 {
			r.tellOfChange()
		}
		r.progress(fmt.Sprintf("%d events read.", r.events))
		pageToken = page.NextPageToken
		err = r.inTransaction(func(tx core.App) (Result, error) {
			done, err := r.apply(tx, meetings, r.guests, r.window)
			if err == nil && pageToken == "" {
				err = atLast(tx, page.NextSyncToken)
			}
			return done, err
		})
		if err != nil || pageToken == "" {
			return err
		}
	}
}

// inTransaction runs work in a transaction, and adds its result to the run's after the commit.
func (r *run) inTransaction(work func(tx core.App) (Result, error)) error {
	var done Result
	err := r.app.RunInTransaction(func(tx core.App) (err error) {
		done, err = work(tx)
		return err
	})
	if err != nil {
		return fmt.Errorf("%w: %w", errNotWritten, err)
	}
	r.done.add(done)
	return nil
}

// read returns the meetings of a page. An event that cannot be read is logged and left out, so that it does not block
// the others.
func (r *run) read(page eventPage, seen map[string]bool) (meetings []meeting) {
	zone, err := time.LoadLocation(page.TimeZone)
	if err != nil || page.TimeZone == "" {
		zone = r.zone
	}
	at := map[string]int{} // index in meetings by id: an event that changes during the listing may come twice, the newer one last
	for _, e := range page.Items {
		m, err := e.meeting(r.own, zone, r.zone)
		if seen != nil && !m.cancelled {
			seen[e.Id] = true
		}
		if err != nil {
			r.app.Logger().Warn("An event of the calendar cannot be read and makes no booking.", "event", e.Id, "error", err)
			continue
		}
		if i, twice := at[m.id]; twice {
			meetings[i] = m
			continue
		}
		at[m.id] = len(meetings)
		meetings = append(meetings, m)
	}
	return meetings
}

// savePosition stores the position of a calendar and the state OK.
func (r *run) savePosition(tx core.App, calendar, token string) error {
	cursor, err := json.Marshal(position{token, r.fingerprint})
	if err != nil {
		return err
	}
	return integrations.Set(tx, rowOf(calendar), integrations.OK, string(cursor), "")
}

// preferOtherCopies replaces a meeting that was removed from this calendar, or that the owner has not accepted there,
// by the copy in another calendar with more certainty. Where that copy cannot be read, the meeting is left out.
func (r *run) preferOtherCopies(ctx context.Context, calendar string, meetings []meeting) (preferred []meeting, err error) {
	if len(r.calendars) == 1 {
		return meetings, nil
	}
	known, err := bookingsOf(r.app, meetings)
	if err != nil {
		return nil, err
	}
	for _, m := range meetings {
		if m.certainty() >= rank("accepted") || len(known[m.id]) == 0 && !slices.ContainsFunc(m.guests, r.isClient) {
			preferred = append(preferred, m)
			continue
		}
		there, err := r.find(ctx, m.id, calendar)
		if err != nil && (m.cancelled || m.answer == "declined") { // it may still take place by a copy in another calendar
			if errors.Is(err, errUnreadable) {
				continue
			}
			return nil, err
		}
		if there.certainty() > m.certainty() {
			m = there
		}
		preferred = append(preferred, m)
	}
	return preferred, nil
}

func (r *run) isClient(address string) bool { return r.guests.byEmail[address] != "" }

// maxLookups limits how many missing events are asked for one by one. If more are missing, a calendar was emptied or
// exchanged, and all count as cancelled.
const maxLookups = 500

// missing returns the meetings that have a live booking in the window but were not listed: as cancelled, or as they are
// now if they moved out of the window. One that exists and cannot be read is left out, and keeps its booking.
func (r *run) missing(ctx context.Context, seen map[string]bool) (out []meeting, err error) {
	var ids []string
	err = r.app.DB().Select("calendarEventId").From("bookings").
		Where(dbx.NewExp("cancelledAt = '' AND endTime > {:from} AND startTime < {:to} AND client IN (SELECT id FROM clients WHERE archivedAt = '')",
			dbx.Params{"from": database.Stored(r.window.from), "to": database.Stored(r.window.to)})).Column(&ids)
	if err != nil {
		return nil, fmt.Errorf("calendar: read bookings: %w", err)
	}
	var gone []meeting
	for _, id := range ids {
		id, _, _ = strings.Cut(id, furtherGuest)
		if seen[id] {
			continue
		}
		seen[id] = true
		gone = append(gone, meeting{id: id, cancelled: true})
	}
	if len(gone) > maxLookups {
		return gone, nil
	}
	for _, m := range gone {
		now, err := r.find(ctx, m.id, "")
		if errors.Is(err, errUnreadable) {
			continue
		}
		if err != nil {
			return nil, err
		}
		out = append(out, now)
	}
	return out, nil
}

// errUnreadable says that a copy of an event exists which cannot be read, so that it may take place.
var errUnreadable = errors.New("an event that cannot be read")

// find asks all calendars except one for an event, and returns the copy with the most certainty; cancelled if there is
// none. The error is errUnreadable if no copy takes place for certain, and one cannot be read.
func (r *run) find(ctx context.Context, id, except string) (meeting, error) {
	unreadable := false
	best := meeting{id: id, cancelled: true}
	for _, calendar := range r.calendars {
		if calendar == except {
			continue
		}
		e, err := r.google.get(ctx, calendar, id)
		if err != nil {
			return best, err
		}
		if e == nil {
			continue
		}
		m, err := e.meeting(r.own, r.zone, r.zone)
		if err != nil {
			r.app.Logger().Warn("An event of the calendar cannot be read and leaves its booking as it is.", "event", id, "calendar", calendar, "error", err)
			unreadable = true
			continue
		}
		if m.certainty() > best.certainty() {
			best = m
		}
	}
	if unreadable && (best.cancelled || best.answer == "declined") {
		return best, errUnreadable
	}
	return best, nil
}
