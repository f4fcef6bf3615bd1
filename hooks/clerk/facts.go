package clerk

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/integrations"
)

// facts are the latest name, the latest verified address and the latest word on a ban that are known of a user, each
// with its time: milliseconds since 1970, 0 where it is not known. Each can be missing; then nothing is said of it.
type facts struct {
	Id      string `json:"-"`
	Name    string `json:"name,omitempty"`
	NameAt  int64  `json:"nameAt,omitempty"`
	Email   string `json:"email,omitempty"`
	EmailAt int64  `json:"emailAt,omitempty"`
	Banned  *bool  `json:"banned,omitempty"`
	BanAt   int64  `json:"banAt,omitempty"`
}

func factsOf(u user) facts {
	f := facts{Id: u.Id, Name: u.name(), Email: u.email(), Banned: u.Banned}
	if f.Banned != nil {
		f.BanAt = u.UpdatedAt
	}
	if f.Name != "" {
		f.NameAt = u.UpdatedAt
	}
	if f.Email != "" {
		f.EmailAt = u.UpdatedAt
	}
	return f
}

// merge takes the later of each.
func (f facts) merge(g facts) facts {
	if g.Name != "" && (f.Name == "" || g.NameAt > f.NameAt) {
		f.Name, f.NameAt = g.Name, g.NameAt
	}
	if g.Email != "" && (f.Email == "" || g.EmailAt > f.EmailAt) {
		f.Email, f.EmailAt = g.Email, g.EmailAt
	}
	if g.Banned != nil && (f.Banned == nil || g.BanAt > f.BanAt) {
		f.Banned, f.BanAt = g.Banned, g.BanAt
	}
	return f
}

// saveFacts holds facts that cannot be followed yet in the user's row of integrations, where the owner sees why.
func saveFacts(tx core.App, f facts, state, trouble string) error {
	content, err := json.Marshal(f)
	if err != nil {
		return err
	}
	return integrations.Set(tx, integration+":"+f.Id, state, string(content), trouble)
}

// keptFacts gives what is held of a user; nothing where nothing is.
func keptFacts(tx core.App, userId string) (facts, error) {
	row, err := integrations.Row(tx, integration+":"+userId)
	if err != nil || row == nil {
		return facts{Id: userId}, err
	}
	return read(row)
}

// allKept gives what is held in a state, in the order in which it came.
func allKept(tx core.App, state string) (all []facts, err error) {
	rows, err := integrations.Rows(tx, integration, state)
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		f, err := read(row)
		if err != nil {
			return nil, err
		}
		all = append(all, f)
	}
	return all, nil
}

func read(row *core.Record) (facts, error) {
	f := facts{Id: strings.TrimPrefix(row.GetString("name"), integration+":")}
	if row.GetString("cursor") == "" {
		return f, nil
	}
	if err := json.Unmarshal([]byte(row.GetString("cursor")), &f); err != nil {
		return f, fmt.Errorf("clerk: read %s: %w", row.GetString("name"), err)
	}
	return f, nil
}

// dropKept forgets what was held of a user.
func dropKept(tx core.App, userId string) error { return integrations.Drop(tx, integration+":"+userId) }

// conflictSentence tells the owner that two Clerk users claim one client's address. It names nobody.
func conflictSentence(userId, clientId string) string {
	return fmt.Sprintf("The Clerk user %s has the email address of the client %s, who is somebody else. Change one of the two addresses.", userId, clientId)
}
