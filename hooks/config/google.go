package config

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"os"
	"strings"
)

// GoogleCredentials is the JSON file of Google's console: of a service account with which the calendar is shared, or of
// a person who allowed an application to use it.
type GoogleCredentials struct {
	Type     string `json:"type"` // service_account or authorized_user
	TokenURI string `json:"token_uri"`

	ClientEmail  string `json:"client_email"` // of service_account
	PrivateKey   string `json:"private_key"`
	PrivateKeyId string `json:"private_key_id"`

	ClientId     string `json:"client_id"` // of authorized_user
	ClientSecret string `json:"client_secret"`
	RefreshToken string `json:"refresh_token"`
}

func parseGoogle(v string) (g GoogleCredentials, err error) {
	const form = plainError("give the JSON file that Google's console made for a service account or an authorized user, or its path")
	content := []byte(v)
	if !strings.HasPrefix(strings.TrimSpace(v), "{") {
		if content, err = os.ReadFile(v); err != nil {
			return g, plainError("it names a file that cannot be read")
		}
	}
	if json.Unmarshal(content, &g) != nil {
		return g, form
	}
	switch g.Type {
	case "service_account":
		block, _ := pem.Decode([]byte(g.PrivateKey))
		if block == nil || g.ClientEmail == "" {
			return g, form
		}
		if _, err := x509.ParsePKCS8PrivateKey(block.Bytes); err != nil {
			if _, err := x509.ParsePKCS1PrivateKey(block.Bytes); err != nil {
				return g, form
			}
		}
	case "authorized_user":
		if g.ClientId == "" || g.ClientSecret == "" || g.RefreshToken == "" {
			return g, form
		}
	default:
		return g, form
	}
	return g, nil
}

// canHoldMeetings refuses a calendar in which the owner never has meetings: the service account's own, and those that
// Google fills, such as holidays and birthdays.
func (g GoogleCredentials) canHoldMeetings(calendar string) error {
	switch account := g.ClientEmail; {
	case account != "" && (strings.EqualFold(calendar, "primary") || strings.EqualFold(calendar, account)):
		return fmt.Errorf("GOOGLE_CALENDAR_ID is %s, which for a service account is its own empty calendar: "+
			"write the address of the calendar that you shared with it", calendar)
	case strings.HasSuffix(strings.ToLower(calendar), "@group.v.calendar.google.com"):
		return fmt.Errorf("GOOGLE_CALENDAR_ID is %s, which Google fills itself and which never holds a meeting: "+
			"write the address of your own calendar", calendar)
	}
	return nil
}
