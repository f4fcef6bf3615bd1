package clerk

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
	svix "github.com/svix/svix-webhooks/go"

	"greenroom/hooks/integrations"
)

// maxEventBytes is many times the size of the largest event that Clerk sends.
const maxEventBytes = 1 << 20

// bindWebhook serves POST /api/webhooks/clerk. An event is accepted if Svix signed it with any of the secrets; there
// are two while the owner replaces one.
func bindWebhook(s *service, secrets []string) {
	s.app.OnServe().BindFunc(func(se *core.ServeEvent) error {
		signatures, err := newSignatures(secrets)
		if err != nil {
			return err
		}
		se.Router.POST("/api/webhooks/clerk", func(e *core.RequestEvent) error { return s.receive(e, signatures) }).
			Bind(apis.BodyLimit(maxEventBytes), apis.SkipSuccessActivityLog())
		return se.Next()
	})
}

// receive verifies the signature before anything else is read. It answers 204 if the event was handled or does not
// concern the studio, 401 for a wrong signature, 400 for what is no event, 413 if it is too large, and 500 to have it
// sent again.
func (s *service) receive(e *core.RequestEvent, signatures signatures) error {
	body, err := io.ReadAll(e.Request.Body)
	if err != nil {
		if errors.Is(err, apis.ErrRequestEntityTooLarge) {
			return err
		}
		return e.BadRequestError("The event could not be read to its end.", err)
	}
	if err := signatures.verify(body, e.Request.Header); err != nil {
		return e.UnauthorizedError("The signature is missing, wrong or too old.", err)
	}
	var event struct {
		Type string          `json:"type"`
		Data json.RawMessage `json:"data"`
	}
	if err := json.Unmarshal(body, &event); err != nil || event.Type == "" {
		return e.BadRequestError("The body is not a Clerk event.", errors.New("clerk: the body is no event"))
	}
	act, ours := map[string]func(core.App, user) (outcome, error){
		"user.created": s.apply,
		"user.updated": s.apply,
		"user.deleted": func(tx core.App, u user) (outcome, error) { return s.remove(tx, u.Id) },
	}[event.Type]
	if !ours {
		return e.NoContent(http.StatusNoContent)
	}
	var u user
	if err := json.Unmarshal(event.Data, &u); err != nil || u.check() != nil {
		return e.BadRequestError("The event tells of no user.", errors.New("clerk: "+event.Type+" without a user"))
	}
	if err := s.once(u, act); err != nil {
		return e.InternalServerError("The event could not be stored. Send it again.", err)
	}
	return e.NoContent(http.StatusNoContent)
}

// once applies an event in one transaction. Data that is refused leaves a row for the owner instead of an error,
// because Clerk would send it again and again.
func (s *service) once(u user, act func(core.App, user) (outcome, error)) error {
	var done outcome
	err := s.app.RunInTransaction(func(tx core.App) (err error) {
		if done, err = act(tx, u); err != nil {
			return err
		}
		return heard(tx)
	})
	if unfit(err) {
		done = conflict
		trouble := fmt.Sprintf("What Clerk says of %s could not be taken: %v", u.Id, err)
		err = s.app.RunInTransaction(func(tx core.App) error {
			if dead, err := isDeleted(tx, u.Id); dead || err != nil {
				return err
			}
			return integrations.Set(tx, integration+":"+u.Id, stateRefused, "", trouble)
		})
	}
	if err == nil && done == conflict {
		s.app.Logger().Warn("Clerk says something of a user that cannot be followed; see the row in integrations.", "user", u.Id)
	}
	return err
}

// signatures verify an event with one of several secrets.
type signatures []*svix.Webhook

// newSignatures makes the verifiers. The configuration has refused short secrets; Svix would accept an empty one.
func newSignatures(secrets []string) (out signatures, err error) {
	for _, secret := range secrets {
		webhook, err := svix.NewWebhook(secret)
		if err != nil {
			return nil, fmt.Errorf("clerk: signing secret: %w", err)
		}
		out = append(out, webhook)
	}
	return out, nil
}

func (s signatures) verify(body []byte, header http.Header) (err error) {
	err = errors.New("clerk: no secret is set")
	for _, webhook := range s {
		if err = webhook.Verify(body, header); err == nil {
			return nil
		}
	}
	return fmt.Errorf("clerk: verify event: %w", err)
}
