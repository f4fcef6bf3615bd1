package access

import (
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"

	"greenroom/hooks/people"
)

// Clients sign in by a code sent to their email, with PocketBase's routes request-otp and auth-with-otp. The handlers
// here make these answer alike in words, limits and time for a client, for one who is archived or banned at Clerk, and
// for an address that is no client's; and they close PocketBase's other ways of signing in. The codes of the owner's
// second factor are limited in the same way.

const (
	codeAttempts = 5 // for one person and address within codeWindow; PocketBase allows as many for existing clients
	codeWindow   = 3 * time.Minute
	liveCodes    = 9 // with more valid codes PocketBase sends the last one again
)

// closedWays are PocketBase's routes for passwords and changes of email, which clients must not use.
var closedWays = map[string]bool{
	"auth-with-password": true, "request-password-reset": true, "confirm-password-reset": true,
	"request-verification": true, "confirm-verification": true, "request-email-change": true, "confirm-email-change": true,
}

func signIn(app core.App, now func() time.Time) {
	spacing := newCodeSpacing(now)
	app.OnRecordRequestOTPRequest("clients", core.CollectionNameSuperusers).BindFunc(func(e *core.RecordCreateOTPRequestEvent) error {
		recipient, err := recipientOf(e)
		if err != nil {
			return err
		}
		return spacing.sendSpaced(e, recipient, func() error {
			if e.Record == nil || !maySignIn(e.Record) {
				return pretendToSend(e, recipient)
			}
			return e.Next()
		})
	})

	g := &codes{spacing: spacing, attempts: &attempts{now: now, of: map[string][]time.Time{}},
		tries: newCounts(now, triesOfACode, codeLife, maxEntries), clients: newCounts(now, wrongInARow, aDay, maxClients), others: newCounts(now, wrongInARow, aDay, maxEntries)}
	app.OnRecordUpdateRequest("clients").BindFunc(func(e *core.RecordRequestEvent) error {
		if e.HasSuperuserAuth() {
			g.forgive(e.App, e.Record.Id)
		}
		return e.Next()
	})
	app.OnServe().BindFunc(func(se *core.ServeEvent) error {
		if err := g.recallWrongCodes(se.App); err != nil {
			return err
		}
		se.Router.Bind(&hook.Handler[*core.RequestEvent]{
			Id:       "greenroomSignIn",
			Priority: apis.DefaultBodyLimitMiddlewarePriority + 1, // after the limit of bodies, because it reads the body
			Func:     func(e *core.RequestEvent) error { return guardSignIn(e, g) },
		})
		return se.Next()
	})
}

// maySignIn repeats the collection's auth rule, so that nobody is mailed a code that cannot work.
func maySignIn(client *core.Record) bool {
	return client.GetString("archivedAt") == "" && !client.GetBool("clerkBanned")
}

// recipientOf returns the client that the code is for. For an address that may not sign in it returns an unsaved record
// whose id derives from the address.
func recipientOf(e *core.RecordCreateOTPRequestEvent) (*core.Record, error) {
	if e.Record != nil && maySignIn(e.Record) {
		return e.Record, nil
	}
	var form struct {
		Email string `json:"email" form:"email"`
	}
	if err := e.BindBody(&form); err != nil {
		return nil, e.BadRequestError("Send email as JSON.", err)
	}
	if e.Record == nil && e.Collection.Name == "clients" { // the stored address may differ in its form
		found, err := people.FindByEmail(e.App, form.Email)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return nil, e.InternalServerError("The address could not be looked up just now. Try again in a moment.", err)
		}
		if e.Record = found; found != nil && maySignIn(found) {
			return found, nil
		}
	}
	nobody := core.NewRecord(e.Collection)
	digest := sha256.Sum256([]byte(people.Address(form.Email)))
	nobody.Id = hex.EncodeToString(digest[:])[:core.DefaultIdLength]
	return nobody, nil
}

// pretendToSend does everything that is done for a client except sending the mail.
func pretendToSend(e *core.RecordCreateOTPRequestEvent, nobody *core.Record) error {
	sent, err := e.App.FindAllOTPsByRecord(nobody)
	if err != nil {
		return err
	}
	live := 0
	for _, code := range sent {
		if !code.HasExpired(e.Collection.OTP.DurationTime()) {
			live++
		}
	}
	if live > liveCodes {
		return e.JSON(http.StatusOK, map[string]string{"otpId": sent[0].Id})
	}
	code := core.NewOTP(e.App)
	code.SetCollectionRef(e.Collection.Id)
	code.SetRecordRef(nobody.Id)
	code.SetPassword(e.Password)
	if err := e.App.SaveNoValidate(code); err != nil {
		return err
	}
	return e.JSON(http.StatusOK, map[string]string{"otpId": code.Id})
}

// guardSignIn runs before PocketBase's sign-in routes of clients, and before the owner's sign-in by code.
func guardSignIn(e *core.RequestEvent, g *codes) error {
	way, ok := strings.CutPrefix(e.Request.Pattern, "POST /api/collections/{collection}/")
	if !ok || !closedWays[way] && way != "auth-with-otp" {
		return e.Next()
	}
	collection, err := e.App.FindCachedCollectionByNameOrId(e.Request.PathValue("collection"))
	if err != nil || collection.Name != "clients" && collection.Name != core.CollectionNameSuperusers {
		return e.Next()
	}
	if way == "auth-with-otp" {
		return g.guard(e, collection)
	}
	if collection.Name == "clients" {
		return e.ForbiddenError("Clients sign in with a code sent by email, and the studio keeps their address.", nil)
	}
	return e.Next()
}

// attempts is a rate limiter with a sliding window. It is reached before PocketBase's, which has a fixed window and
// counts existing clients only.
type attempts struct {
	now func() time.Time

	mu   sync.Mutex
	of   map[string][]time.Time
	next time.Time // when expired entries are removed next
}

func (a *attempts) allow(who string) bool {
	at := a.now()
	a.mu.Lock()
	defer a.mu.Unlock()
	if at.After(a.next) || len(a.of) >= maxEntries {
		a.next = at.Add(codeWindow)
		for other, times := range a.of {
			if at.Sub(times[len(times)-1]) > codeWindow {
				delete(a.of, other)
			}
		}
	}
	for other := range a.of { // removes arbitrary entries: losing a count is better than growing without limit
		if len(a.of) < maxEntries {
			break
		}
		delete(a.of, other)
	}
	recent := a.of[who]
	for len(recent) > 0 && at.Sub(recent[0]) > codeWindow {
		recent = recent[1:]
	}
	if len(recent) >= codeAttempts {
		a.of[who] = recent
		return false
	}
	a.of[who] = append(recent, at)
	return true
}
