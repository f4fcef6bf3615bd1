package notify

import (
	"cmp"
	"net/mail"
	"slices"
	"strings"

	validation "github.com/pocketbase/ozzo-validation/v4"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/router"

	"greenroom/hooks/integrations"
	"greenroom/hooks/records"
)

// ownersChoice names the row of integrations by which the owner chooses, in the dashboard, which mail they get: the
// state is each, daily or none, and the cursor the hour of the daily mail. The owner's own record is PocketBase's, and
// has no field for it.
const ownersChoice = integration + ":owner"

const defaultDigestAt = "08:00"

func (o *outbox) bindOwnersChoice() {
	o.app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		row, err := integrations.Row(e.App, ownersChoice)
		if err == nil && row == nil {
			err = integrations.Set(e.App, ownersChoice, choiceEach, defaultDigestAt, "")
		}
		if err != nil {
			return err
		}
		return e.Next()
	})
	o.app.OnRecordValidate("integrations").BindFunc(func(e *core.RecordEvent) error {
		if e.Record.GetString("name") != ownersChoice {
			return e.Next()
		}
		if !slices.Contains([]string{choiceEach, choiceDaily, choiceNone}, e.Record.GetString("state")) {
			return refuse("state", "The state of "+ownersChoice+" is each, daily or none.")
		}
		if !records.FullHour.MatchString(e.Record.GetString("cursor")) {
			return refuse("cursor", "The cursor of "+ownersChoice+" is the full hour of the daily mail, such as 08:00.")
		}
		return e.Next()
	})
}

func refuse(field, sentence string) error {
	return router.NewBadRequestError(sentence, validation.Errors{field: validation.NewError("validation_not_allowed", sentence)})
}

// owner returns the owner as the recipient of news about a client or person.
func (o *outbox) owner(app core.App, client, person *core.Record) (recipient, error) {
	row, err := integrations.Row(app, ownersChoice)
	if err != nil {
		return recipient{}, err
	}
	firstName, _, _ := strings.Cut(o.config.Owner, " ")
	r := recipient{to: toOwner, client: client, person: person, firstName: firstName, zone: o.config.Timezone, choice: choiceEach, digestAt: defaultDigestAt,
		address: mail.Address{Name: o.config.Owner, Address: string(o.config.OwnerEmail)}}
	if row != nil {
		r.choice, r.digestAt = cmp.Or(row.GetString("state"), r.choice), cmp.Or(row.GetString("cursor"), r.digestAt)
	}
	return r, nil
}
