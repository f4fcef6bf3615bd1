package clerk

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/integrations"
)

// facts are the latest known name, verified address and ban of a user, each with its time in Unix milliseconds (0 if
// not known). An empty name or address, or a nil Banned, is not known and changes nothing.
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

// merge returns, of each fact, the later one.
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

// saveFacts stores facts that cannot be applied yet in the user's row of integrations. trouble tells the owner why.
func saveFacts(tx core.App, f facts, state, trouble string) error {
	content, err := json.Marshal(f)
	if err != nil {
		return err
	}
	return integrations.Set(tx, integration+":"+f.Id, state, string(content), trouble)
}

// storedFacts returns what is stored of a user; facts with only the id if nothing is.
func storedFacts(tx core.App, userId string) (facts, error) {
	row, err := integrations.Row(tx, integration+":"+userId)
	if err != nil || row == nil {
		return facts{Id: userId}, err
	}
	return read(row)
}

// storedFactsIn returns the facts of all users whose row has the state, in the order in which they came.
func storedFactsIn(tx core.App, state string) (all []facts, err error) {
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

// dropFacts removes what is stored of a user.
func dropFacts(tx core.App, userId string) error {
	return integrations.Drop(tx, integration+":"+userId)
}

// conflictSentence tells the owner that two Clerk users have one client's address. It contains ids and no names.
func conflictSentence(userId, clientId string) string {
	return fmt.Sprintf("The Clerk user %s has the email address of the client %s, who is somebody else. Change one of the two addresses.", userId, clientId)
}
