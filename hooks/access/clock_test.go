package access_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/security"
	"github.com/pocketbase/pocketbase/tools/types"

	"greenroom/hooks/testkit"
)

// wrong lists by how much the clock was wrong.
var wrong = map[string]time.Duration{"an hour": time.Hour, "a day": 24 * time.Hour, "a year": 365 * 24 * time.Hour}

// A code is valid for ten minutes by the clock as it is now, whatever it showed when the code was made.
func TestCodesOfAWrongClock(t *testing.T) {
	s := testkit.New(t, nil)
	s.Make("clients", map[string]any{"email": "ana@example.com"})
	mails := 0
	try := func(ahead time.Duration) (status int, left bool) {
		otpId, _ := askForCode(s, "ana@example.com")
		mails++
		code := codeInMail.FindString(mail(t, s, mails))
		made, err := types.ParseDateTime(time.Now().Add(ahead))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.App.DB().NewQuery(fmt.Sprintf("UPDATE _otps SET created = '%s' WHERE id = '%s'", made, otpId)).Execute(); err != nil {
			t.Fatal(err)
		}
		status = enterCode(s, otpId, code).Status
		_, err = s.App.FindOTPById(otpId)
		return status, err == nil
	}
	for name, by := range wrong {
		if status, left := try(by); status != http.StatusBadRequest || left {
			t.Errorf("a code made while the clock was %s ahead gets %d, and is still there: %v", name, status, left)
		}
		if status, _ := try(-by); status != http.StatusBadRequest {
			t.Errorf("a code made while the clock was %s behind gets %d", name, status)
		}
	}
	if status, _ := try(time.Minute); status != http.StatusOK {
		t.Errorf("a code made while the clock was a minute ahead gets %d", status)
	}
}

// A sign-in lasts two weeks by the clock as it is now. A token that the owner made for a longer time is accepted.
func TestTokensOfAWrongClock(t *testing.T) {
	r := newRoom(t)
	life := r.ana.Collection().AuthToken.DurationTime()
	token := func(ahead time.Duration, renewable bool) string {
		token, err := security.NewJWT(map[string]any{core.TokenClaimType: core.TokenTypeAuth, core.TokenClaimId: r.ana.Id, core.TokenClaimCollectionId: r.ana.Collection().Id,
			core.TokenClaimRefreshable: renewable}, r.ana.TokenKey()+r.ana.Collection().AuthToken.Secret, life+ahead)
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	for name, by := range wrong {
		if got := r.status(token(by, true)); got != http.StatusUnauthorized {
			t.Errorf("a token made while the clock was %s ahead gets %d", name, got)
		}
		want := http.StatusOK
		if by > life { // the token has expired by now
			want = http.StatusUnauthorized
		}
		if got := r.status(token(-by, true)); got != want {
			t.Errorf("a token made while the clock was %s behind gets %d", name, got)
		}
		if got := r.status(token(by, false)); got != http.StatusOK {
			t.Errorf("a token that the owner made for %s longer gets %d", name, got)
		}
	}
	if got := r.status(token(time.Minute, true)); got != http.StatusOK {
		t.Errorf("a token made while the clock was a minute ahead gets %d", got)
	}
}

// A file token is valid for its few minutes by the clock as it is now, also the owner's.
func TestFileTokensOfAWrongClock(t *testing.T) {
	s := testkit.New(t, nil)
	h := testkit.NewHousehold(t, s, "ana")
	owner, err := s.App.FindFirstRecordByFilter(core.CollectionNameSuperusers, "id != ''")
	if err != nil {
		t.Fatal(err)
	}
	file := h.Records["attachments"]
	get := func(by *core.Record, ahead time.Duration) int {
		life := by.Collection().FileToken
		token, err := security.NewJWT(map[string]any{core.TokenClaimType: core.TokenTypeFile, core.TokenClaimId: by.Id, core.TokenClaimCollectionId: by.Collection().Id},
			by.TokenKey()+life.Secret, life.DurationTime()+ahead)
		if err != nil {
			t.Fatal(err)
		}
		return s.Do("GET", "/api/files/attachments/"+file.Id+"/"+file.GetString("file")+"?token="+token, "", nil).Status
	}
	for who, by := range map[string]*core.Record{"a client's": h.Client, "the owner's": owner} {
		for name, off := range wrong {
			for side, ahead := range map[string]time.Duration{"ahead": off, "behind": -off} {
				if got := get(by, ahead); got != http.StatusNotFound {
					t.Errorf("%s file token made while the clock was %s %s gets %d", who, name, side, got)
				}
			}
		}
		for _, ahead := range []time.Duration{0, time.Minute} {
			if got := get(by, ahead); got != http.StatusOK {
				t.Errorf("%s file token made while the clock was %s ahead gets %d", who, ahead, got)
			}
		}
	}
}
