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

// position is where the sync of one calendar stands: the cursor of its row in integrations.
type position struct {
	SyncToken   string `json:"syncToken"`
	Fingerprint string `json:"fingerprint"` // of the clients and calendars that all events up to here were read for
}

// sync is one run over all calendars. Not full reads what changed since the last one, where that is known.
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

// run is one sync on its way.
type run struct {
	*Service
	guests      guestList
	fingerprint string
	window      window
	progress    func(sentence string)
	done        Result
	events      int
}

// positions gives where each calendar stands; those that have to be read anew are left out.
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

// changes reads what changed since the positions. A calendar that cannot be read does not hold up the others.
func (r *run) changes(ctx context.Context, positions map[string]position) (failures error) {
	for _, calendar := range r.calendars {
		before := r.events
		err := r.pages(ctx, calendar, positions[calendar].SyncToken, nil, func(tx core.App, token string) error {
			if r.events == before { // no news: where we stood is as good
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

// everything reads the whole window, cancels the bookings of what is no longer in it, and lets the next run read only
// changes.
func (r *run) everything(ctx context.Context) (failures error) {
	seen, tokens := map[string]bool{}, map[string]string{}
	for _, calendar := range r.calendars {
		failures = errors.Join(failures, r.pages(ctx, calendar, "", seen, func(_ core.App, token string) error {
			tokens[calendar] = token
			return nil
		}))
	}
	if failures != nil { // what was not told of may be in the calendar that could not be read
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

// pages reads and applies page after page, each in a transaction of its own. atLast runs in the last one's, with the
// token from which to go on. The ids of what was told go into seen.
func (r *run) pages(ctx context.Context, calendar, syncToken string, seen map[string]bool, atLast func(tx core.App, token string) error) error {
	pageToken := ""
	for {
		page, err := r.google.list(ctx, calendar, r.window, syncToken, pageToken)
		if err != nil {
			return fmt.Errorf("calendar %s: %w", calendar, err)
		}
		meetings := r.read(page, seen)
		if err := r.lookElsewhere(ctx, calendar, meetings); err != nil {
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

// inTransaction runs work in one, and counts what it did once that is certain.
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

// read gives the meetings of a page. An event that cannot be read is left out, and said in the log: it must not hold up
// the rest.
func (r *run) read(page eventPage, seen map[string]bool) (meetings []meeting) {
	zone, err := time.LoadLocation(page.TimeZone)
	if err != nil || page.TimeZone == "" {
		zone = r.zone
	}
	at := map[string]int{} // of each in meetings: what changes while it is listed may come twice, the newer last
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

// savePosition stores where the sync of a calendar stands, and that all is well.
func (r *run) savePosition(tx core.App, calendar, token string) error {
	cursor, err := json.Marshal(position{token, r.fingerprint})
	if err != nil {
		return err
	}
	return integrations.Set(tx, rowOf(calendar), integrations.OK, string(cursor), "")
}

// lookElsewhere replaces what was taken out of one calendar, or is not certain there, by the copy in another that says
// more.
func (r *run) lookElsewhere(ctx context.Context, calendar string, meetings []meeting) error {
	if len(r.calendars) == 1 {
		return nil
	}
	known, err := bookingsOf(r.app, meetings)
	if err != nil {
		return err
	}
	for i, m := range meetings {
		if m.says() >= rank("accepted") || len(known[m.id]) == 0 && !slices.ContainsFunc(m.guests, r.isClient) {
			continue
		}
		there, err := r.find(ctx, m.id, calendar)
		if err != nil && (m.cancelled || m.answer == "declined") {
			return err // it may go on there
		}
		if there.says() > m.says() {
			meetings[i] = there
		}
	}
	return nil
}

func (r *run) isClient(address string) bool { return r.guests.byEmail[address] != "" }

// maxLookups is how many events are asked for one by one. When more are missing a calendar was emptied or exchanged.
const maxLookups = 500

// missing gives the meetings that have a booking in the window and were not told of: cancelled, unless they moved out
// of it.
func (r *run) missing(ctx context.Context, seen map[string]bool) (out []meeting, err error) {
	var ids []string
	err = r.app.DB().Select("calendarEventId").From("bookings").
		Where(dbx.NewExp("cancelledAt = '' AND endTime > {:from} AND startTime < {:to} AND client IN (SELECT id FROM clients WHERE archivedAt = '')",
			dbx.Params{"from": database.Stored(r.window.from), "to": database.Stored(r.window.to)})).Column(&ids)
	if err != nil {
		return nil, fmt.Errorf("calendar: read bookings: %w", err)
	}
	for _, id := range ids {
		id, _, _ = strings.Cut(id, furtherGuest)
		if seen[id] {
			continue
		}
		seen[id] = true
		out = append(out, meeting{id: id, cancelled: true})
	}
	if len(out) > maxLookups {
		return out, nil
	}
	for i := range out {
		if out[i], err = r.find(ctx, out[i].id, ""); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// find asks the calendars, but for one, for an event that may be gone, and gives the copy that says most.
func (r *run) find(ctx context.Context, id, except string) (meeting, error) {
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
		if m, err := e.meeting(r.own, r.zone, r.zone); err == nil && m.says() > best.says() {
			best = m
		}
	}
	return best, nil
}
