package archive_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"greenroom/hooks/testkit"
)

// A link to an archive expires an hour after it was made, even if the server's clock was wrong then. Links inside an
// archive lead to its own files and never expire.
func TestLinksOfAWrongClock(t *testing.T) {
	r := testkit.NewRoom(t)
	project, _ := album(t, r)
	clients, err := r.App.FindCollectionByNameOrId("clients")
	if err != nil {
		t.Fatal(err)
	}
	get := func(client string, owner bool, ahead time.Duration) testkit.Answer {
		expires := time.Now().Add(time.Hour + ahead).Unix()
		mac := hmac.New(sha256.New, []byte(clients.FileToken.Secret))
		fmt.Fprintf(mac, "greenroom archive\n%s\n%s\n%t\n%d", project.Id, client, owner, expires)
		query := url.Values{"for": {client}, "expires": {fmt.Sprint(expires)}, "signature": {hex.EncodeToString(mac.Sum(nil))}}
		if owner {
			query.Set("by", "owner")
		}
		return r.Do("GET", path(project)+"?"+query.Encode(), "", nil)
	}
	for who, link := range map[string]struct {
		client string
		owner  bool
	}{"a client's": {r.Ana.Id, false}, "the owner's": {"", true}, "the owner's as a client": {r.Ana.Id, true}} {
		for name, by := range map[string]time.Duration{"an hour": time.Hour, "a day": 24 * time.Hour, "a year": 365 * 24 * time.Hour} {
			for side, ahead := range map[string]time.Duration{"ahead": by, "behind": -by} {
				if answer := get(link.client, link.owner, ahead); answer.Status != 403 || !strings.HasPrefix(answer.Message(), "This link has expired.") {
					t.Errorf("%s link made while the clock was %s %s: %d %.200s", who, name, side, answer.Status, answer.Raw)
				}
			}
		}
		for _, ahead := range []time.Duration{-time.Minute, 0, time.Minute} {
			if answer := get(link.client, link.owner, ahead); answer.Status != 200 || len(open(t, answer.Raw)) == 0 {
				t.Errorf("%s link made while the clock was %s ahead: %d", who, ahead, answer.Status)
			}
		}
	}
}
