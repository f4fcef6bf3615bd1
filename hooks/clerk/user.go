package clerk

import (
	"errors"
	"strings"

	"greenroom/hooks/people"
)

// user is what Clerk says of a user at one moment: the fields of Clerk's User object that are used.
type user struct {
	Id             string         `json:"id"`
	FirstName      *string        `json:"first_name"`
	LastName       *string        `json:"last_name"`
	EmailAddresses []emailAddress `json:"email_addresses"`
	PrimaryEmailId *string        `json:"primary_email_address_id"`
	Banned         *bool          `json:"banned"`
	UpdatedAt      int64          `json:"updated_at"` // Unix milliseconds; 0 if not known
}

type emailAddress struct {
	Id           string        `json:"id"`
	EmailAddress string        `json:"email_address"`
	Verification *verification `json:"verification"`
}

type verification struct {
	Status string `json:"status"`
}

// maxIdChars is far more than Clerk's ids have, and fits the fields that store them.
const maxIdChars = 90

// check returns an error unless the data is that of a user.
func (u user) check() error {
	if !strings.HasPrefix(u.Id, "user_") || len(u.Id) > maxIdChars || strings.ContainsFunc(u.Id, people.Unprintable) {
		return errors.New("clerk: no user id in the event")
	}
	return nil
}

// email returns the primary address if Clerk has verified it; else "".
func (u user) email() string {
	if u.PrimaryEmailId == nil {
		return ""
	}
	for _, address := range u.EmailAddresses {
		if address.Id == *u.PrimaryEmailId && address.Verification != nil && address.Verification.Status == "verified" {
			return people.Address(address.EmailAddress)
		}
	}
	return ""
}

// name returns first and last name; "" if Clerk has none.
func (u user) name() string {
	var parts []string
	for _, part := range []*string{u.FirstName, u.LastName} {
		if part != nil {
			parts = append(parts, *part)
		}
	}
	return people.PlainName(strings.Join(parts, " "))
}

// known returns a user of whom a token or an OIDC provider says only this. Both the id and a non-empty email are
// verified.
func known(id, email, name string) user {
	u := user{Id: id, FirstName: &name}
	if email != "" {
		primary := "primary"
		u.PrimaryEmailId = &primary
		u.EmailAddresses = []emailAddress{{Id: primary, EmailAddress: email, Verification: &verification{"verified"}}}
	}
	return u
}
