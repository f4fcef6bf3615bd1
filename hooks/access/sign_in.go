package access

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"
)

// Sign-in is by a code sent to the client's email: request-otp, then auth-with-otp, both PocketBase's own. What is added
// here makes them answer alike, in words, in number and in time, for a client, for an archived client and for somebody
// who is none; and it closes the other ways in.

const (
	codeAttempts = 5 // for one person from one address within codeWindow; PocketBase allows as many, to those who exist
	codeWindow   = 3 * time.Minute
	liveCodes    = 9 // PocketBase sends the last code again when more than these are still good
)

// closedWays are the ways in, and to another email, that clients do not have.
var closedWays = map[string]bool{
	"auth-with-password": true, "request-password-reset": true, "confirm-password-reset": true,
	"request-verification": true, "confirm-verification": true, "request-email-change": true, "confirm-email-change": true,
}

func signIn(app core.App, now func() time.Time) {
	app.OnRecordRequestOTPRequest("clients").BindFunc(func(e *core.RecordCreateOTPRequestEvent) error {
		if e.Record == nil || e.Record.GetString("archivedAt") != "" {
			return pretendToSend(e)
		}
		return e.Next()
	})

	attempts := &attempts{now: now, of: map[string][]time.Time{}}
	app.OnServe().BindFunc(func(se *core.ServeEvent) error {
		se.Router.Bind(&hook.Handler[*core.RequestEvent]{
			Id:       "greenroomSignIn",
			Priority: apis.DefaultBodyLimitMiddlewarePriority + 1, // it reads the body
			Func:     func(e *core.RequestEvent) error { return guardSignIn(e, attempts) },
		})
		return se.Next()
	})
}

// pretendToSend does for an email that is nobody's all that is done for a client's, but for the mail.
func pretendToSend(e *core.RecordCreateOTPRequestEvent) error {
	var form struct {
		Email string `json:"email" form:"email"`
	}
	if err := e.BindBody(&form); err != nil {
		return e.BadRequestError("Send email as JSON.", err)
	}
	nobody := core.NewRecord(e.Collection)
	digest := sha256.Sum256([]byte(strings.ToLower(form.Email)))
	nobody.Id = hex.EncodeToString(digest[:])[:core.DefaultIdLength]

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

// guardSignIn stands before PocketBase's sign-in routes of the clients.
func guardSignIn(e *core.RequestEvent, attempts *attempts) error {
	way, ok := strings.CutPrefix(e.Request.Pattern, "POST /api/collections/{collection}/")
	if !ok || !closedWays[way] && way != "auth-with-otp" {
		return e.Next()
	}
	collection, err := e.App.FindCachedCollectionByNameOrId(e.Request.PathValue("collection"))
	if err != nil || collection.Name != "clients" {
		return e.Next()
	}
	if closedWays[way] {
		return e.ForbiddenError("Clients sign in with a code sent by email, and the studio keeps their address.", nil)
	}
	return guardCode(e, attempts)
}

// guardCode counts the codes tried and, where a code was only pretended, refuses as slowly as a wrong one.
func guardCode(e *core.RequestEvent, attempts *attempts) error {
	var form struct {
		OTPId    string `json:"otpId" form:"otpId"`
		Password string `json:"password" form:"password"`
	}
	if err := e.BindBody(&form); err != nil {
		return e.BadRequestError("Send otpId and password, which is the code from the email, as JSON.", err)
	}
	code, err := e.App.FindOTPById(form.OTPId)
	who := form.OTPId
	if err == nil {
		who = code.RecordRef()
	}
	if !attempts.allow(who + " " + e.RealIP()) {
		return e.TooManyRequestsError("Too many attempts. Wait three minutes, then ask for a new code.", nil)
	}
	if err == nil {
		if _, err := e.App.FindRecordById("clients", who); err != nil {
			code.ValidatePassword(form.Password)
			return e.BadRequestError("Invalid or expired OTP", errors.New("the code was only pretended"))
		}
	}
	return e.Next()
}

// attempts counts, over a sliding window, so that PocketBase's fixed one never fills first.
type attempts struct {
	now func() time.Time

	mu sync.Mutex
	of map[string][]time.Time
}

func (a *attempts) allow(who string) bool {
	at := a.now()
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.of) > 10_000 {
		for other, times := range a.of {
			if at.Sub(times[len(times)-1]) > codeWindow {
				delete(a.of, other)
			}
		}
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
