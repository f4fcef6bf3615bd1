package access

import (
	"database/sql"
	"errors"
	"net/http"
	"regexp"
	"sync"
	"sync/atomic"
	"time"

	"greenroom/hooks/phrases"

	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
)

// A sign-in code has eight digits. To make guessing it hopeless, a code is deleted after five wrong attempts from
// anywhere, and an account accepts a hundred wrong codes in a row at most (NIST SP 800-63B). Both hold even if the
// owner switches rate limits off.
const (
	triesOfACode = 5
	codeLife     = 10 * time.Minute
	wrongInARow  = 100
	aDay         = 24 * time.Hour
	maxEntries   = 20_000
	maxClients   = 1 << 20 // never reached, since these are real clients
)

// codes limits the attempts at sign-in codes.
type codes struct {
	spacing  *codeSpacing
	attempts *attempts
	tries    *counts      // attempts at one code, by the code's id
	clients  *counts      // wrong codes in a row, by client id
	stored   atomic.Int64 // rows written since the start
	others   *counts      // like clients, for addresses that are no client's; counted apart, so that many of them cannot displace a client's count
}

var idForm = regexp.MustCompile(`^[a-z0-9]{15}$`)

// opens says, by collection, how an account that took too many wrong codes can be opened again.
var opens = map[string]string{
	"clients":                     "the studio saves your entry anew",
	core.CollectionNameSuperusers: "greenroom second-factor off is run on the server",
}

const badCode = "Invalid or expired OTP" // PocketBase's own message

// guard counts each attempt at a code. For an address that is no client's, where no code was really sent, it does the
// same work and refuses with the same answer as for a wrong code.
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
	} else if err = e.Next(); err == nil || errors.Is(err, apis.ErrMFA) { // the code is right, though a second factor may still be needed
		g.forgive(e.App, who)
		g.forgetWrongCodes(e.App, ofACode, code.Id)
		return err
	}
	g.storeWrongCodes(e.App, kind, who)
	g.storeWrongCodes(e.App, ofACode, code.Id)
	if ok, _ := g.tries.peek(code.Id); !ok {
		if burn := e.App.Delete(code); burn != nil {
			e.App.Logger().Error("A code that was tried too often could not be deleted.", "error", burn)
		}
	}
	return err
}

// forgive resets a client's counts.
func (g *codes) forgive(app core.App, client string) {
	g.forgetWrongCodes(app, ofClient, client)
	g.spacing.reset(client)
}

// steps are how long a recipient has to wait before the first, second, and each further repeated code.
var steps = []time.Duration{time.Minute, 2 * time.Minute, 5 * time.Minute, 15 * time.Minute}

// aPause is how long after a recipient's last wait the steps begin again.
const aPause = time.Hour

// codeSpacing limits how often codes are sent to one recipient, with growing waits, so that nobody can fill somebody
// else's mailbox.
type codeSpacing struct {
	now func() time.Time

	mu   sync.Mutex
	of   map[string]spacing
	next time.Time
}

type spacing struct {
	step int
	asks time.Time // when the next code may be sent
	last string    // id of the code that was sent last
}

func newCodeSpacing(now func() time.Time) *codeSpacing {
	return &codeSpacing{now: now, of: map[string]spacing{}}
}

// sendSpaced sends a code or, during the wait, answers that the last code is still valid.
func (l *codeSpacing) sendSpaced(e *core.RecordCreateOTPRequestEvent, recipient *core.Record, send func() error) error {
	if !counting(e.App) {
		return send()
	}
	last, wait := l.step(recipient.Id)
	if wait <= 0 {
		if err := send(); err != nil {
			return err
		}
		sent, err := e.App.FindAllOTPsByRecord(recipient) // newest first
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

// step begins the recipient's next wait and returns 0, or returns the id of the last code and the rest of the current
// wait.
func (l *codeSpacing) step(who string) (last string, wait time.Duration) {
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
		r = spacing{}
	}
	for other := range l.of {
		if known || len(l.of) < maxEntries {
			break
		}
		delete(l.of, other)
	}
	l.of[who] = spacing{step: min(r.step+1, len(steps)-1), asks: at.Add(steps[r.step])}
	return "", 0
}

func (l *codeSpacing) note(who, code string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if r, ok := l.of[who]; ok {
		r.last = code
		l.of[who] = r
	}
}

func (l *codeSpacing) reset(who string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.of, who)
}

func inWords(d time.Duration) string {
	if d <= time.Minute {
		return "a minute"
	}
	return phrases.Count(int((d+time.Minute-1)/time.Minute), "minute")
}
