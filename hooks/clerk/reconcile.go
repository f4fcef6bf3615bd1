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

// api is where Clerk answers servers.
const api = "https://api.clerk.com/v1"

const (
	usersPerPage = 500 // the most that Clerk gives at once
	pageTimeout  = 30 * time.Second
)

// RegisterCommand adds `greenroom clerk reconcile`: what missed webhooks left out, shown, and made with --apply.
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
		users, err := list(command.Context(), &http.Client{Timeout: pageTimeout}, api, c.ClerkSecretKey)
		if err != nil {
			return err
		}
		changes, err := (&service{app: app, mayCreate: true}).reconcile(users, *apply)
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

// list gets all of Clerk's users, page by page (GET /v1/users).
func list(ctx context.Context, client *http.Client, api, key string) (users []user, err error) {
	if ctx == nil {
		ctx = context.Background()
	}
	for {
		query := url.Values{"limit": {strconv.Itoa(usersPerPage)}, "offset": {strconv.Itoa(len(users))}, "order_by": {"+created_at"}}
		page, err := getPage(ctx, client, api+"/users?"+query.Encode(), key)
		if err != nil {
			return nil, err
		}
		users = append(users, page...)
		if len(page) < usersPerPage {
			return users, nil
		}
	}
}

func getPage(ctx context.Context, client *http.Client, address, key string) (page []user, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+key)
	response, err := client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("Clerk cannot be reached: %w", err)
	}
	defer response.Body.Close()
	switch response.StatusCode {
	case http.StatusOK:
	case http.StatusUnauthorized, http.StatusForbidden:
		return nil, errors.New("Clerk does not accept CLERK_SECRET_KEY: copy the secret key of this instance from its dashboard")
	default:
		return nil, fmt.Errorf("Clerk answered %s: try again later", response.Status)
	}
	if err := json.NewDecoder(response.Body).Decode(&page); err != nil {
		return nil, fmt.Errorf("Clerk's list of users could not be read: %w", err)
	}
	return page, nil
}

// errDry takes back what a look at the changes made.
var errDry = errors.New("only looking")

// reconcile does for each user what their latest event would have done, and unlinks clients whose user is gone; all in one
// transaction, which is taken back unless the changes are to be made.
func (s *service) reconcile(users []user, keep bool) (changes []Change, err error) {
	changes = []Change{}
	err = s.app.RunInTransaction(func(tx core.App) error {
		there := map[string]bool{}
		for _, u := range users {
			if u.check() != nil {
				continue
			}
			there[u.Id] = true
			done, err := s.apply(tx, u)
			if err != nil {
				return err
			}
			if done != unchanged {
				changes = append(changes, Change{u.Id, done, u.email()})
			}
		}
		var clients []*core.Record
		if err := tx.RecordQuery("clients").AndWhere(dbx.NewExp("clerkId != ''")).OrderBy("created", "id").All(&clients); err != nil {
			return err
		}
		for _, client := range clients {
			if there[client.GetString("clerkId")] {
				continue
			}
			change := Change{client.GetString("clerkId"), unlinked, client.Email()}
			if _, err := s.remove(tx, client.GetString("clerkId")); err != nil {
				return err
			}
			changes = append(changes, change)
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
