package access

import (
	"database/sql"
	"errors"
	"net/http"
	"regexp"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
)

// A code has eight digits. What makes guessing hopeless: it is burnt after five wrong tries from anywhere, and an
// account takes a hundred wrong ones in a row (NIST SP 800-63B), whatever the limits of the settings say.
const (
	triesOfACode = 5
	codeLife     = 10 * time.Minute
	wrongInARow  = 100
	aDay         = 24 * time.Hour
	maxKept      = 20_000
	maxClients   = 1 << 20 // never reached: these are real ones
)

// codes guards the entering of codes.
type codes struct {
	ladder   *ladder
	attempts *attempts
	tries    *counts      // of a code, by its id
	clients  *counts      // wrong codes in a row
	kept     atomic.Int64 // rows written
	others   *counts      // the same for those whose codes are only pretended: whoever makes many of them crowds out no client
}

var idForm = regexp.MustCompile(`^[a-z0-9]{15}$`)

// opens says, by collection, how an account opens again that took too many wrong codes.
var opens = map[string]string{
	"clients":                     "the studio saves your entry anew",
	core.CollectionNameSuperusers: "greenroom second-factor off is run on the server",
}

const badCode = "Invalid or expired OTP" // PocketBase's own words

// guard counts the codes tried and, where a code was only pretended, refuses as slowly as a wrong one.
func (g *codes) guard(e *core.RequestEvent, collection *core.Collection) error {
	var form struct {
		OTPId    string `json:"otpId" form:"otpId"`
		Password string `json:"password" form:"password"`
	}
	if err := e.BindBody(&form); err != nil {
		return e.BadRequestError("Send otpId and password, which is the code from the email, as JSON.", err)
	}
	if !idForm.MatchString(form.OTPId) {
		return e.BadRequestError(badCode, errors.New("an id of another form"))
	}
	code, err := e.App.FindOTPById(form.OTPId)
	if errors.Is(err, sql.ErrNoRows) {
		return e.BadRequestError(badCode, err)
	}
	if err != nil {
		return e.InternalServerError("The code could not be looked up just now. Try again in a moment.", err)
	}
	if code.CollectionRef() != collection.Id {
		return e.BadRequestError(badCode, errors.New("a code of another collection"))
	}
	if fromTheFuture(code.Created().Time()) {
		return e.BadRequestError(badCode, errors.Join(errors.New("the clock was ahead when the code was made"), e.App.Delete(code)))
	}
	who := code.RecordRef()
	if ok := g.attempts.allow(who + " " + e.RealIP()); !ok {
		return e.TooManyRequestsError("Too many attempts. Wait three minutes, then ask for a new code.", nil)
	}
	_, err = e.App.FindRecordById(collection, who)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return e.InternalServerError("The code could not be looked up just now. Try again in a moment.", err)
	}
	pretended := err != nil
	kind := ofClient
	if pretended {
		kind = ofNobody
	}
	if ok, _ := g.counted(kind).allow(who); !ok {
		return e.TooManyRequestsError("Too many wrong codes in a row. Sign-in by code is closed for this account until tomorrow, or until "+opens[collection.Name]+".", nil)
	}
	if ok, _ := g.tries.allow(code.Id); !ok {
		return e.BadRequestError(badCode, errors.New("the code is burnt"))
	}
	if pretended {
		code.ValidatePassword(form.Password)
		err = e.BadRequestError(badCode, errors.New("the code was only pretended"))
	} else if err = e.Next(); err == nil || errors.Is(err, apis.ErrMFA) { // right, and perhaps not enough
		g.forgive(e.App, who)
		g.forgetWrongCodes(e.App, ofACode, code.Id)
		return err
	}
	g.keepWrongCodes(e.App, kind, who)
	g.keepWrongCodes(e.App, ofACode, code.Id)
	if ok, _ := g.tries.peek(code.Id); !ok {
		if burn := e.App.Delete(code); burn != nil {
			e.App.Logger().Error("A code that was tried too often could not be deleted.", "error", burn)
		}
	}
	return err
}

// forgive begins a client's counts anew.
func (g *codes) forgive(app core.App, client string) {
	g.forgetWrongCodes(app, ofClient, client)
	g.ladder.reset(client)
}

// steps are how long a recipient waits from one code to the next.
var steps = []time.Duration{time.Minute, 2 * time.Minute, 5 * time.Minute, 15 * time.Minute}

// aPause is how long nobody has asked when the next wait is the first one again.
const aPause = time.Hour

// ladder spaces the codes to one recipient, so that nobody's mailbox is filled by somebody else.
type ladder struct {
	now func() time.Time

	mu   sync.Mutex
	of   map[string]rung
	next time.Time
}

type rung struct {
	step int
	asks time.Time // the time from which the next code may leave
	last string    // the id of the last one
}

func newLadder(now func() time.Time) *ladder { return &ladder{now: now, of: map[string]rung{}} }

// climb sends a code, or says that the last one counts still.
func (l *ladder) climb(e *core.RecordCreateOTPRequestEvent, recipient *core.Record, send func() error) error {
	if !counting(e.App) {
		return send()
	}
	last, wait := l.step(recipient.Id)
	if wait <= 0 {
		if err := send(); err != nil {
			return err
		}
		sent, err := e.App.FindAllOTPsByRecord(recipient) // the newest first
		if err == nil && len(sent) > 0 {
			l.note(recipient.Id, sent[0].Id)
		}
		return nil
	}
	e.Response.Header().Set("Retry-After", Seconds(wait))
	code, err := e.App.FindOTPById(last)
	if err != nil || code.HasExpired(e.Collection.OTP.DurationTime()) {
		return e.TooManyRequestsError("A code was sent a short while ago. Wait "+inWords(wait)+", then ask for another.", nil)
	}
	return e.JSON(http.StatusOK, map[string]any{
		"otpId":   last,
		"message": "A code is on its way already: the one in the newest mail counts. If none comes, ask again in " + inWords(wait) + ".",
	})
}

// step goes one up, or tells how long to wait and which code was the last.
func (l *ladder) step(who string) (last string, wait time.Duration) {
	at := l.now()
	l.mu.Lock()
	defer l.mu.Unlock()
	if at.After(l.next) {
		l.next = at.Add(aPause)
		for other, r := range l.of {
			if at.Sub(r.asks) > aPause {
				delete(l.of, other)
			}
		}
	}
	r, known := l.of[who]
	if known && at.Before(r.asks) {
		return r.last, r.asks.Sub(at)
	}
	if !known || at.Sub(r.asks) > aPause {
		r = rung{}
	}
	for other := range l.of {
		if known || len(l.of) < maxKept {
			break
		}
		delete(l.of, other)
	}
	l.of[who] = rung{step: min(r.step+1, len(steps)-1), asks: at.Add(steps[r.step])}
	return "", 0
}

func (l *ladder) note(who, code string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if r, ok := l.of[who]; ok {
		r.last = code
		l.of[who] = r
	}
}

func (l *ladder) reset(who string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.of, who)
}

func inWords(d time.Duration) string {
	if d <= time.Minute {
		return "a minute"
	}
	return plural(int((d+time.Minute-1)/time.Minute), "minute")
}
