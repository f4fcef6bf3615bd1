package pb_migrations

import (
	"testing"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// TestBadStoredLinksAreEmptied stores links as an earlier release did, and migrates.
func TestBadStoredLinksAreEmptied(t *testing.T) {
	app := newApp(t)
	links := map[string]string{
		"javascript:alert(1)": "", " javascript:alert(1)": "", "JavaScript:alert(1)": "", "data:text/html,x": "", "//evil.example": "", "https:evil.example": "", "https://": "", "meet.example.com": "",
		"https://meet.example.com/a": "https://meet.example.com/a", "HTTP://meet.example.com": "HTTP://meet.example.com", "": "",
	}
	for link := range links {
		_, err := app.DB().Insert("bookings", dbx.Params{"id": core.GenerateDefaultRandomId(), "calendarEventId": "e " + link, "title": "Call", "meetUrl": link,
			"startTime": "2026-01-01 10:00:00.000Z", "endTime": "2026-01-01 11:00:00.000Z", "created": "", "updated": ""}).Execute()
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := app.DB().Delete("_migrations", dbx.HashExp{"file": "1790000024_links.go"}).Execute(); err != nil {
		t.Fatal(err)
	}
	if err := app.RunAllMigrations(); err != nil {
		t.Fatal(err)
	}
	for link, want := range links {
		var got string
		if err := app.DB().Select("meetUrl").From("bookings").Where(dbx.HashExp{"calendarEventId": "e " + link}).Row(&got); err != nil || got != want {
			t.Errorf("%q became %q (%v), want %q", link, got, err, want)
		}
	}
}
