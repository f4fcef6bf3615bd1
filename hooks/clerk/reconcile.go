package clerk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase"
	"github.com/pocketbase/pocketbase/core"
	"github.com/spf13/cobra"

	"greenroom/hooks/cli/output"
	"greenroom/hooks/config"
)

// api is the address of Clerk's Backend API.
const api = "https://api.clerk.com/v1"

const (
	usersPerPage = 500 // Clerk's own maximum
	maxUsers     = 100_000
	pageTimeout  = 30 * time.Second
)

// RegisterCommand adds `greenroom clerk reconcile`, which shows the changes that missed webhooks would have made, and
// makes them with --apply.
func RegisterCommand(app *pocketbase.PocketBase, c config.Config) {
	parent := &cobra.Command{Use: "clerk", Short: "Clients who sign in at Clerk", SilenceUsage: true}
	parent.AddCommand(reconcileCommand(app, c, api))
	app.RootCmd.AddCommand(parent)
}

func reconcileCommand(app core.App, c config.Config, api string) *cobra.Command {
	command := &cobra.Command{Use: "reconcile", Short: "Show, or with --apply make, what missed events of Clerk's left out", Args: cobra.NoArgs, SilenceUsage: true}
	asJSON := command.Flags().Bool("json", false, "print JSON for programs")
	apply := command.Flags().Bool("apply", false, "make the changes")
	command.RunE = func(command *cobra.Command, _ []string) error {
		if c.ClerkSecretKey == "" {
			return errors.New("CLERK_SECRET_KEY is not set: it is what lets this command list Clerk's users")
		}
		if err := app.RunAllMigrations(); err != nil {
			return err
		}
		clerk := lister{&http.Client{Timeout: pageTimeout, Transport: bounded{}}, api, c.ClerkSecretKey}
		users, err := clerk.list(command.Context())
		if err != nil {
			return err
		}
		missing, err := clerk.missing(command.Context(), app, users)
		if err != nil {
			return err
		}
		changes, err := (&service{app: app, mayCreate: true}).reconcile(users, missing, *apply)
		if err != nil {
			return err
		}
		answer := map[string]any{"users": len(users), "applied": *apply, "changes": changes}
		return output.Print(command.OutOrStdout(), *asJSON, answer, report(len(users), changes, *apply)...)
	}
	return command
}

// Change is what reconciling does, or would do, about one Clerk user.
type Change struct {
	User    string  `json:"user"`
	Outcome outcome `json:"outcome"`
	Email   string  `json:"email"`
}

// lister is a client of Clerk's Backend API.
type lister struct {
	http     *http.Client
	api, key string
}

// list reads all users of Clerk's, page by page (GET /users).
func (l lister) list(ctx context.Context) (users []user, err error) {
	for {
		query := url.Values{"limit": {strconv.Itoa(usersPerPage)}, "offset": {strconv.Itoa(len(users))}, "order_by": {"+created_at"}}
		var page []user
		if _, err := l.get(ctx, "/users?"+query.Encode(), &page); err != nil {
			return nil, err
		}
		users = append(users, page...)
		if len(page) < usersPerPage {
			return users, nil
		}
		if len(users) >= maxUsers {
			return nil, fmt.Errorf("the list has more than %d users, which no studio has: is CLERK_SECRET_KEY the key of another instance", maxUsers)
		}
	}
}

// missing returns the ids of linked users of whom Clerk itself says that it does not have them. Absence from the list
// is not enough: a user can be missed between two pages or be newer than the list. It fails if Clerk knows none of
// several linked users, because the key is then probably of another instance.
func (l lister) missing(ctx context.Context, app core.App, users []user) (ids []string, err error) {
	listed := map[string]bool{}
	for _, u := range users {
		listed[u.Id] = true
	}
	var clients []*core.Record
	if err := app.RecordQuery("clients").AndWhere(dbx.NewExp("clerkId != ''")).OrderBy("created", "id").All(&clients); err != nil {
		return nil, err
	}
	known := 0
	for _, client := range clients {
		id := client.GetString("clerkId")
		if listed[id] {
			known++
			continue
		}
		found, err := l.get(ctx, "/users/"+url.PathEscape(id), new(user))
		if err != nil {
			return nil, err
		}
		if !found {
			ids = append(ids, id)
		}
	}
	if known == 0 && len(ids) > 1 {
		return nil, fmt.Errorf("none of the %d linked clients is known to this Clerk instance: is CLERK_SECRET_KEY the key of another one", len(ids))
	}
	return ids, nil
}

// get reads one answer into a value; found is false for status 404.
func (l lister) get(ctx context.Context, path string, into any) (found bool, err error) {
	if ctx == nil {
		ctx = context.Background()
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, l.api+path, nil)
	if err != nil {
		return false, err
	}
	request.Header.Set("Authorization", "Bearer "+l.key)
	response, err := l.http.Do(request)
	if err != nil {
		return false, fmt.Errorf("could not reach Clerk: %w", err)
	}
	defer response.Body.Close()
	switch response.StatusCode {
	case http.StatusOK:
	case http.StatusNotFound:
		return false, nil
	case http.StatusUnauthorized, http.StatusForbidden:
		return false, errors.New("CLERK_SECRET_KEY is not accepted by Clerk: copy the secret key of this instance from its dashboard")
	default:
		return false, fmt.Errorf("answer of Clerk: %s; try again later", response.Status)
	}
	err = json.NewDecoder(response.Body).Decode(into)
	if long := (*http.MaxBytesError)(nil); errors.As(err, &long) {
		return false, fmt.Errorf("the answer of Clerk is longer than %d MB: look whether another server answers instead, such as a proxy", long.Limit>>20)
	}
	if err != nil {
		return false, fmt.Errorf("could not read the answer of Clerk: %w; try again later", err)
	}
	return true, nil
}

// errDry rolls the transaction back when the changes are only to be shown.
var errDry = errors.New("only looking")

// reconcile applies what Clerk says of each user and unlinks the missing ones, in one transaction. With keep false the
// transaction is rolled back and the changes are only reported.
func (s *service) reconcile(users []user, missing []string, keep bool) (changes []Change, err error) {
	changes = []Change{}
	err = s.app.RunInTransaction(func(tx core.App) error {
		for _, u := range users {
			if u.check() != nil {
				continue
			}
			done, err := s.apply(tx, u)
			if err != nil {
				return err
			}
			if done != unchanged {
				changes = append(changes, Change{u.Id, done, u.email()})
			}
		}
		for _, id := range missing {
			client, err := clientOf(tx, id)
			if err != nil {
				return err
			}
			if client == nil {
				continue // unlinked or deleted while Clerk was asked
			}
			changes = append(changes, Change{id, unlinked, client.Email()})
			if _, err := s.remove(tx, id); err != nil {
				return err
			}
		}
		if !keep {
			return errDry
		}
		return heard(tx)
	})
	if errors.Is(err, errDry) {
		err = nil
	}
	return changes, err
}

func report(users int, changes []Change, applied bool) []string {
	lines := []string{fmt.Sprintf("Clerk has %d users.", users)}
	for _, change := range changes {
		who := change.Email
		if who == "" {
			who = "no verified email"
		}
		lines = append(lines, fmt.Sprintf("%s: %s, %s.", change.Outcome, who, change.User))
	}
	switch {
	case len(changes) == 0:
		lines = append(lines, "Every client is as Clerk says.")
	case !applied:
		lines = append(lines, "Nothing was changed. Add --apply to make these changes.")
	}
	return lines
}
