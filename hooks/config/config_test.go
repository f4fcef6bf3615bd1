package config

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	const first, second = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "AAECAwQFBgcICQoLDA0ODw=="
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("from-a-file-and-of-thirty-two-chars\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Parse(map[string]string{
		"GREENROOM_URL": "https://portal.example.com", "GREENROOM_STUDIO": "Blue Door", "GREENROOM_TIMEZONE": "Europe/Paris",
		"GREENROOM_OWNER_EMAIL": "james@example.com", "GREENROOM_MAX_UPLOAD": "3 GB", "GREENROOM_LEASE": "1", "REPLICA_URL": "s3://bucket/prefix",
		"R2_ENDPOINT": "https://r2.example.com", "R2_BUCKET": "files", "R2_ACCESS_KEY_ID": "a", "R2_SECRET_ACCESS_KEY": "b",
		"SMTP_URL": "smtps://user:p%40ss@mail.example.com?from=studio@example.com", "CLERK_WEBHOOK_SECRET": "whsec_" + first + ", " + second, "CRON_SECRET_FILE": secret,
		"PATH": "", "UNRELATED": "",
	})
	if err != nil {
		t.Fatal(err)
	}
	if c.URL.Host != "portal.example.com" || c.Studio != "Blue Door" || c.Owner != "James" || c.Timezone.String() != "Europe/Paris" {
		t.Errorf("studio: %+v", c)
	}
	if want := (SMTP{Host: "mail.example.com", Port: 465, TLS: true, Username: "user", Password: "p@ss", From: "studio@example.com"}); c.SMTP != want {
		t.Errorf("SMTP = %+v, want %+v", c.SMTP, want)
	}
	if c.MaxUpload != 3<<30 || !c.Lease || c.CronSecret != "from-a-file-and-of-thirty-two-chars" || !slices.Equal(c.ClerkWebhookSecret, []string{"whsec_" + first, second}) {
		t.Errorf("values: %+v", c)
	}
}

func TestDefaults(t *testing.T) {
	c, err := Parse(nil)
	if err != nil {
		t.Fatal(err)
	}
	if c.Timezone.String() != "Europe/London" || c.MaxUpload != 5<<30 || c.Sync != "interval" || c.URL != nil {
		t.Errorf("defaults: %+v", c)
	}
	if len(c.Off()) != len(c.Services()) {
		t.Errorf("off = %v, want every service", c.Off())
	}
}

func TestMistakesAreOneSentenceThatNamesTheVariable(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "missing")
	for name, tc := range map[string]struct {
		vars map[string]string
		want string
	}{
		"empty":                {map[string]string{"CRON_SECRET": " "}, "CRON_SECRET is set but empty"},
		"empty address":        {map[string]string{"GREENROOM_URL": ""}, "GREENROOM_URL is set but empty"},
		"not an address":       {map[string]string{"GREENROOM_URL": "portal.example.com"}, "GREENROOM_URL is malformed"},
		"zone":                 {map[string]string{"GREENROOM_TIMEZONE": "Londres"}, "GREENROOM_TIMEZONE is malformed"},
		"email":                {map[string]string{"GREENROOM_OWNER_EMAIL": "James <j@example.com>"}, "GREENROOM_OWNER_EMAIL is malformed"},
		"mail server":          {map[string]string{"SMTP_URL": "mail.example.com:587"}, "SMTP_URL is malformed"},
		"mail port":            {map[string]string{"SMTP_URL": "smtp://hunter2:hunter2@h:99999"}, "SMTP_URL is malformed"},
		"mail sender":          {map[string]string{"SMTP_URL": "smtp://h?from=nobody"}, "SMTP_URL is malformed"},
		"size":                 {map[string]string{"GREENROOM_MAX_UPLOAD": "lots"}, "GREENROOM_MAX_UPLOAD is malformed"},
		"size of nothing":      {map[string]string{"GREENROOM_MAX_UPLOAD": "0"}, "GREENROOM_MAX_UPLOAD is malformed"},
		"yes or no":            {map[string]string{"GREENROOM_LEASE": "perhaps"}, "GREENROOM_LEASE is malformed"},
		"mode":                 {map[string]string{"GREENROOM_SYNC": "sometimes"}, "GREENROOM_SYNC is malformed"},
		"no hours":             {map[string]string{"GREENROOM_HOURS": "always"}, "GREENROOM_HOURS is malformed: write days and times"},
		"hours backwards":      {map[string]string{"GREENROOM_HOURS": "Mon 17:00-10:00"}, "GREENROOM_HOURS is malformed: 17:00-10:00 ends before it begins"},
		"an odd notice":        {map[string]string{"GREENROOM_BOOKING_NOTICE": "a day"}, "GREENROOM_BOOKING_NOTICE is malformed: write whole minutes or hours"},
		"a notice in the past": {map[string]string{"GREENROOM_BOOKING_NOTICE": "-1h"}, "GREENROOM_BOOKING_NOTICE is malformed"},
		"a long notice":        {map[string]string{"GREENROOM_BOOKING_NOTICE": "721h"}, "GREENROOM_BOOKING_NOTICE is too long"},
		"an odd buffer":        {map[string]string{"GREENROOM_BOOKING_BUFFER": "15"}, "GREENROOM_BOOKING_BUFFER is malformed"},
		"a long buffer":        {map[string]string{"GREENROOM_BOOKING_BUFFER": "13h"}, "GREENROOM_BOOKING_BUFFER is too long"},
		"a short secret":       {map[string]string{"CRON_SECRET": "hunter2"}, "CRON_SECRET is too short"},
		"another scheme":       {map[string]string{"GREENROOM_URL": "ftp://portal.example.com"}, "GREENROOM_URL is malformed"},
		"a password with #":    {map[string]string{"SMTP_URL": "smtp://studio:2024#Spring@mail.example.com"}, "SMTP_URL is malformed"},
		"a password with /":    {map[string]string{"SMTP_URL": "smtp://studio:12/ab@mail.example.com"}, "SMTP_URL is malformed"},
		"a password with ?":    {map[string]string{"SMTP_URL": "smtp://studio:12?ab@mail.example.com"}, "SMTP_URL is malformed"},
		"a path":               {map[string]string{"SMTP_URL": "smtp://mail.example.com/inbox"}, "SMTP_URL is malformed"},
		"another parameter":    {map[string]string{"SMTP_URL": "smtp://mail.example.com?sender=a@example.com"}, "SMTP_URL is malformed"},
		"a site with a path":   {map[string]string{"CLERK_ISSUER": "https://clerk.example.com", "CLERK_AUTHORIZED_PARTIES": "https://portal.example.com/app"}, "CLERK_AUTHORIZED_PARTIES is malformed"},
		"a site's name":        {map[string]string{"CLERK_ISSUER": "https://clerk.example.com", "CLERK_AUTHORIZED_PARTIES": "portal.example.com"}, "CLERK_AUTHORIZED_PARTIES is malformed"},
		"lease alone":          {map[string]string{"GREENROOM_LEASE": "1"}, "GREENROOM_LEASE is set but REPLICA_URL is not"},
		"studio":               {map[string]string{"GREENROOM_STUDIO": "A\nBcc: b"}, "GREENROOM_STUDIO and GREENROOM_OWNER are malformed"},
		"empty entry":          {map[string]string{"CLERK_WEBHOOK_SECRET": "hunter2,"}, "CLERK_WEBHOOK_SECRET is malformed"},
		"a guessable secret":   {map[string]string{"CLERK_WEBHOOK_SECRET": "whsec_"}, "CLERK_WEBHOOK_SECRET is malformed"},
		"no base64":            {map[string]string{"CLERK_WEBHOOK_SECRET": "whsec_hunter2"}, "CLERK_WEBHOOK_SECRET is malformed"},
		"no PEM":               {map[string]string{"CLERK_JWT_KEY": "hunter2"}, "CLERK_JWT_KEY is malformed"},
		"an issuer's name":     {map[string]string{"CLERK_ISSUER": "clerk", "CLERK_AUTHORIZED_PARTIES": "x"}, "CLERK_ISSUER is malformed"},
		"a slash too many":     {map[string]string{"CLERK_ISSUER": "https://clerk.example.com/", "CLERK_AUTHORIZED_PARTIES": "x"}, "CLERK_ISSUER is malformed"},
		"OIDC nowhere":         {map[string]string{"CLERK_OAUTH_CLIENT_ID": "x", "CLERK_OAUTH_CLIENT_SECRET": "x"}, "CLERK_OAUTH_CLIENT_ID is set but CLERK_ISSUER is not"},
		"half of Stripe":       {map[string]string{"STRIPE_SECRET_KEY": "hunter2"}, "STRIPE_SECRET_KEY is set but STRIPE_WEBHOOK_SECRET is not"},
		"half of Google":       {map[string]string{"GOOGLE_CALENDAR_ID": "x"}, "GOOGLE_CALENDAR_ID is set but GOOGLE_CREDENTIALS is not"},
		"half of Clerk":        {map[string]string{"CLERK_ISSUER": "https://c"}, "CLERK_ISSUER is set but CLERK_AUTHORIZED_PARTIES is not"},
		"half of sign-in":      {map[string]string{"CLERK_OAUTH_CLIENT_ID": "x"}, "CLERK_OAUTH_CLIENT_ID is set but CLERK_OAUTH_CLIENT_SECRET is not"},
		"quarter of R2":        {map[string]string{"R2_BUCKET": "x"}, "R2_BUCKET is set but R2_ENDPOINT, R2_ACCESS_KEY_ID, R2_SECRET_ACCESS_KEY is not"},
		"both ways":            {map[string]string{"CRON_SECRET": "hunter2", "CRON_SECRET_FILE": "x"}, "CRON_SECRET and CRON_SECRET_FILE are both set"},
		"no such file":         {map[string]string{"CRON_SECRET_FILE": missing}, "CRON_SECRET_FILE names a file that cannot be read"},
		"not from a file":      {map[string]string{"GREENROOM_URL": "", "GREENROOM_URL_FILE": missing}, "GREENROOM_URL is set but empty"},
		"secret by a space":    {map[string]string{"CLERK_JWT_KEY": "\t"}, "CLERK_JWT_KEY is set but empty"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Parse(tc.vars)
			if err == nil || !strings.HasPrefix(err.Error(), tc.want) {
				t.Fatalf("got %v, want %q…", err, tc.want)
			}
			if strings.Contains(err.Error(), "\n") || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("not one sentence, or it repeats the secret: %q", err)
			}
		})
	}
}

func TestServicesThatAreOff(t *testing.T) {
	c, err := Parse(map[string]string{"STRIPE_SECRET_KEY": "sk_test_1", "STRIPE_WEBHOOK_SECRET": "whsec_" + strings.Repeat("a", 32)})
	if err != nil {
		t.Fatal(err)
	}
	if off := strings.Join(c.Off(), ", "); strings.Contains(off, "Stripe") || !strings.Contains(off, "Google Calendar (GOOGLE_CREDENTIALS)") {
		t.Errorf("off: %s", off)
	}
	const want = "The calendar is not set up here: set GOOGLE_CREDENTIALS and GOOGLE_CALENDAR_ID."
	if got := c.Service("calendar").SetUp(); got != want {
		t.Errorf("the owner is told %q, want %q", got, want)
	}
}
