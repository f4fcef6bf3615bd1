package billing

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/router"
	"github.com/pocketbase/pocketbase/tools/types"
	"golang.org/x/text/currency"

	"greenroom/hooks/database"
	"greenroom/hooks/people"
	"greenroom/hooks/phrases"
)

// Order is a request for a draft invoice. Its amounts are text as people write them, such as "62.50" in the currency's
// main unit; amounts in a Draft are integers in minor units.
type Order struct {
	Project  string   `json:"project"`  // the project's id
	Rate     string   `json:"rate"`     // the price of an hour of the sessions; empty if only fixed amounts are billed
	Currency string   `json:"currency"` // an ISO 4217 code; empty means gbp
	Since    string   `json:"since"`    // a date, such as 2026-11-01; earlier sessions are left out
	Fixed    []string `json:"fixed"`    // what and how much, such as "Mixing, first half=640"
	RoundUp  bool     `json:"roundUp"`  // bill each session to the next quarter of an hour
	DryRun   bool     `json:"dryRun"`   // only return what would be on the invoice
}

// Draft describes a draft invoice, or one that would be made. Total is in minor units with Exponent decimals.
type Draft struct {
	Invoice  string   `json:"invoice"` // Stripe's id; empty if none was made
	URL      string   `json:"url"`     // of the invoice in Stripe's dashboard, where the owner finalises it
	Already  bool     `json:"already"` // a draft with the same lines was found and no new one made
	Client   string   `json:"client"`
	Project  string   `json:"project"`
	Currency string   `json:"currency"`
	Exponent int      `json:"exponent"`
	Total    int64    `json:"total"`
	Lines    []Line   `json:"lines"`
	LeftOut  []string `json:"leftOut"` // one sentence for each session that is not on the invoice
	Words    []string `json:"words"`   // the whole draft as lines of text to be read out
}

// Line is one line of an invoice. Amount is in minor units.
type Line struct {
	Session     string `json:"session"` // the session's id; empty for a fixed amount
	Description string `json:"description"`
	Minutes     int64  `json:"minutes"` // as billed, after rounding
	Amount      int64  `json:"amount"`
	Money       string `json:"money"` // the amount as text, such as £62.50
}

const (
	defaultCurrency = "gbp"
	maxLineAmount   = 99_999_999 // Stripe's limit, in minor units
	maxLines        = 250        // Stripe's limit for one invoice
	maxLineChars    = 350
	quarter         = 15 // minutes
)

// refuseOrder is the 400 answer to an order that cannot be billed.
func refuseOrder(sentence string, facts ...any) error {
	return router.NewBadRequestError(fmt.Sprintf(sentence, facts...), nil)
}

// amountForm matches an amount as people write it: digits, optional commas between thousands, optional decimals.
var amountForm = regexp.MustCompile(`^(?:\d{1,9}|\d{1,3}(?:,\d{3}){1,2})(?:\.(\d{1,3}))?$`)

// minorUnits parses an amount as people write it. It works on the digits, because floating point would not be exact.
func minorUnits(written string, exponent int) (int64, bool) {
	text := strings.TrimSpace(written)
	for _, symbol := range symbols {
		text = strings.TrimSpace(strings.TrimPrefix(text, symbol))
	}
	found := amountForm.FindStringSubmatch(text)
	if found == nil || len(found[1]) > exponent {
		return 0, false
	}
	whole, _, _ := strings.Cut(strings.ReplaceAll(text, ",", ""), ".")
	n, err := strconv.ParseInt(whole+found[1]+strings.Repeat("0", exponent-len(found[1])), 10, 64)
	return n, err == nil && n > 0 && n <= maxLineAmount
}

// knownCurrency returns a currency's code in lower case, as Stripe writes it; gbp for an empty code.
func knownCurrency(code string) (string, error) {
	code = strings.ToLower(strings.TrimSpace(code))
	if code == "" {
		return defaultCurrency, nil
	}
	if _, err := currency.ParseISO(code); err != nil {
		return "", refuseOrder("“%s” is no currency. Write its code of three letters, such as gbp or eur.", people.OneLine(code, 20))
	}
	return code, nil
}

// session is a session of the project that has not been billed yet.
type session struct {
	Id          string         `db:"id"`
	Title       string         `db:"title"`
	Date        types.DateTime `db:"date"`
	DurationMin int64          `db:"durationMin"`
	Event       string         `db:"calendarEventId"` // empty unless it was an event of the calendar
}

// isWholeDay reports whether the session has only a day. A meeting of the calendar may begin at midnight in UTC, which
// is an evening in New York.
func (s session) isWholeDay() bool { return s.Event == "" && phrases.IsWholeDay(s.Date.Time()) }

func unbilled(app core.App, projectId, since string) (sessions []session, err error) {
	err = app.DB().NewQuery("SELECT id, title, date, durationMin, calendarEventId FROM sessions WHERE project = {:project} AND invoice = '' AND date >= {:since} ORDER BY date, created, rowid").
		Bind(dbx.Params{"project": projectId, "since": since}).All(&sessions)
	if err != nil {
		return nil, fmt.Errorf("billing: read the sessions of %s: %w", projectId, err)
	}
	return sessions, nil
}

// lines turns the order and the unbilled sessions into the lines of a draft.
func (s *service) lines(o Order, project *core.Record, now time.Time) (*Draft, error) {
	code, err := knownCurrency(o.Currency)
	if err != nil {
		return nil, err
	}
	d := &Draft{Project: project.GetString("title"), Currency: code, Exponent: exponent(code), Lines: []Line{}, LeftOut: []string{}}
	if strings.TrimSpace(o.Rate) == "" && len(o.Fixed) == 0 {
		return nil, refuseOrder("Say what an hour costs, or give a fixed amount with what it is for.")
	}
	if strings.TrimSpace(o.Rate) != "" {
		if err := s.addSessions(d, o, project, now); err != nil {
			return nil, err
		}
	}
	for _, fixed := range o.Fixed {
		at := strings.LastIndexByte(fixed, '=')
		if at < 0 || !people.Visible(fixed[:at]) {
			return nil, refuseOrder("Write a fixed amount with what it is for, such as Mixing, first half=640; this one is “%s”.", people.OneLine(fixed, 60))
		}
		amount, ok := minorUnits(fixed[at+1:], d.Exponent)
		if !ok {
			return nil, refuseOrder("“%s” is no amount of %s. Write one such as %s.", people.OneLine(fixed[at+1:], 20), strings.ToUpper(code), exampleOf(d.Exponent))
		}
		d.Lines = append(d.Lines, Line{Description: people.OneLine(fixed[:at], maxLineChars), Amount: amount})
	}
	if len(d.Lines) > maxLines {
		return nil, refuseOrder("An invoice at Stripe has %d lines at most, and this one would have %d. Leave out what lies before a day.", maxLines, len(d.Lines))
	}
	for i := range d.Lines {
		d.Total += d.Lines[i].Amount
		d.Lines[i].Money = money(d.Lines[i].Amount, code)
	}
	if d.Total > maxLineAmount {
		return nil, refuseOrder("%s is more than Stripe takes on one invoice.", money(d.Total, code))
	}
	return d, nil
}

func exampleOf(exponent int) string {
	if exponent == 0 {
		return "640"
	}
	return "640 or 62." + strings.Repeat("5", 1) + strings.Repeat("0", exponent-1)
}

func (s *service) addSessions(d *Draft, o Order, project *core.Record, now time.Time) error {
	rate, ok := minorUnits(o.Rate, d.Exponent)
	if !ok {
		return refuseOrder("“%s” is no rate in %s. Write what an hour costs, such as %s.", people.OneLine(o.Rate, 20), strings.ToUpper(d.Currency), exampleOf(d.Exponent))
	}
	since := ""
	if o.Since != "" {
		day, err := time.ParseInLocation(time.DateOnly, o.Since, s.config.Timezone)
		if err != nil {
			return refuseOrder("“%s” is no day. Write one as 2026-11-01.", people.OneLine(o.Since, 20))
		}
		since = database.Stored(day.AddDate(0, 0, -1)) // a whole day, stored as its midnight in UTC, may be earlier
	}
	sessions, err := unbilled(s.app, project.Id, since)
	if err != nil {
		return err
	}
	today := now.In(s.config.Timezone)
	for _, held := range sessions {
		on, toCome := held.Date.Time().In(s.config.Timezone), held.Date.Time().After(now)
		if held.isWholeDay() {
			on = held.Date.Time().UTC()
			toCome = on.Format(time.DateOnly) > today.Format(time.DateOnly)
		}
		if on.Format(time.DateOnly) < o.Since {
			continue
		}
		name := day(on, today) + ", " + held.Title
		switch {
		case toCome:
			d.LeftOut = append(d.LeftOut, name+": it is still to come.")
			continue
		case held.DurationMin == 0:
			d.LeftOut = append(d.LeftOut, name+": its minutes are not written down.")
			continue
		case held.DurationMin > 1_000_000:
			return refuseOrder("%s has %d minutes, which cannot be right.", name, held.DurationMin)
		}
		minutes := held.DurationMin
		if o.RoundUp {
			minutes = (minutes + quarter - 1) / quarter * quarter
		}
		amount := (minutes*rate + 30) / 60 // rounded half up to the minor unit
		if amount > maxLineAmount {
			return refuseOrder("%s would cost %s, which is more than Stripe takes.", name, money(amount, d.Currency))
		}
		d.Lines = append(d.Lines, Line{Session: held.Id, Description: people.OneLine(name, maxLineChars) + ", " + duration(minutes), Minutes: minutes, Amount: amount})
	}
	if len(d.Lines) == 0 {
		return refuseOrder("%s", nothingToBill(d))
	}
	return nil
}

func nothingToBill(d *Draft) string {
	if len(d.LeftOut) > 0 {
		return "There is no session to bill in " + d.Project + ". " + strings.Join(d.LeftOut, " ")
	}
	return "There is no session to bill in " + d.Project + ": each one is on an invoice already, or lies before the day that was given."
}

// day formats a date for an invoice, with the year only if it is not the current one.
func day(date, now time.Time) string {
	if date.Year() == now.Year() {
		return date.Format("2 January")
	}
	return date.Format("2 January 2006")
}

// duration formats minutes for an invoice: 45 min, 2 h, 1 h 30 min.
func duration(minutes int64) string {
	hours, rest := minutes/60, minutes%60
	switch {
	case hours == 0:
		return fmt.Sprintf("%d min", rest)
	case rest == 0:
		return fmt.Sprintf("%d h", hours)
	}
	return fmt.Sprintf("%d h %d min", hours, rest)
}

// inWords sets Words, the text that a screen reader reads before the owner finalises the draft.
func (d *Draft) inWords() {
	what := "A draft invoice for " + d.Client
	if d.Invoice == "" {
		what = "An invoice for " + d.Client + " would have"
	} else if d.Already {
		what += " was there already, with"
	} else {
		what += " was made, with"
	}
	count := fmt.Sprintf("%d lines", len(d.Lines))
	if len(d.Lines) == 1 {
		count = "1 line"
	}
	d.Words = []string{what + " " + count + ", " + money(d.Total, d.Currency) + " in all."}
	for _, line := range d.Lines {
		d.Words = append(d.Words, line.Description+": "+line.Money)
	}
	for _, why := range d.LeftOut {
		d.Words = append(d.Words, "Left out: "+why)
	}
	if d.Invoice != "" {
		d.Words = append(d.Words, "Nothing is sent yet. Read it and finalise it at Stripe: "+d.URL)
	}
}

// fingerprint is a hash of the project, the currency and the lines, by which a repeated order finds its first draft.
func (d *Draft) fingerprint(projectId string) string {
	raw, _ := json.Marshal([]any{projectId, d.Currency, d.Lines}) // strings and numbers always encode
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:16])
}

// atStripe turns an error of Stripe's into an answer with a sentence for the owner.
func atStripe(err error) error {
	switch code := status(err); {
	case code == http.StatusUnauthorized:
		return router.NewApiError(http.StatusServiceUnavailable, "Stripe does not accept STRIPE_SECRET_KEY, so nothing was billed.", err)
	case code == http.StatusForbidden:
		return router.NewApiError(http.StatusServiceUnavailable, "The key in STRIPE_SECRET_KEY may not write invoices. Give it the permissions that docs/services.md names, at Stripe.", err)
	case code >= 400 && code < 500 && code != http.StatusTooManyRequests:
		return router.NewBadRequestError("Stripe did not take the draft, perhaps because it bills this client in another currency. Nothing was billed.", err)
	}
	return router.NewApiError(http.StatusServiceUnavailable, "Stripe cannot be reached just now. Nothing was billed; try again in a few minutes.", err)
}
