package demo

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/spf13/cobra"

	"greenroom/hooks/cli/output"
	"greenroom/pb_migrations"
)

// command returns the command `greenroom demo`.
func command(app core.App) *cobra.Command {
	command := &cobra.Command{
		Use:          "demo",
		Short:        "Load a made-up studio into an empty data directory, to try everything with",
		Args:         cobra.NoArgs,
		SilenceUsage: true,
	}
	asJSON := command.Flags().Bool("json", false, "print JSON for programs")
	command.RunE = func(command *cobra.Command, _ []string) error {
		loaded, err := Load(app, time.Now())
		if err != nil {
			return err
		}
		r, err := newReport(app, loaded)
		if err != nil {
			return err
		}
		if dir := command.Flag("dir"); dir != nil && dir.Changed {
			r.Serve += " --dir " + shellWord(dir.Value.String())
		}
		return output.Print(command.OutOrStdout(), *asJSON, r, r.lines()...)
	}
	return command
}

// report is the output of the command.
type report struct {
	Loaded  bool           `json:"loaded"` // false if it was loaded before
	DataDir string         `json:"dataDir"`
	Records map[string]int `json:"records"` // the number of records by collection
	Serve   string         `json:"serve"`   // the command that serves it
	Owner   owner          `json:"owner"`
	Client  string         `json:"client"` // the address of the client who signs in by a code
	People  int            `json:"people"` // the number of clients' people, who are records of clients too
	Shows   []shown        `json:"shows"`  // clients as whom there is something special to see
}

// shown names a client and what there is to see as them.
type shown struct {
	Email string `json:"email"`
	What  string `json:"what"`
}

type owner struct {
	Email    string `json:"email"`
	Password string `json:"password"`
}

func newReport(app core.App, loaded bool) (report, error) {
	r := report{
		Loaded: loaded, DataDir: app.DataDir(), Records: map[string]int{}, Serve: shellWord(os.Args[0]) + " serve",
		Owner: owner{ownerEmail, ownerPassword}, Client: clientEmail,
	}
	for _, c := range pb_migrations.Schema() {
		if c.Name == markerCollection || c.Name == "outbox" { // these collections hold no work
			continue
		}
		count, err := app.CountRecords(c.Name)
		if err != nil {
			return r, err
		}
		r.Records[c.Name] = int(count)
	}
	people, err := app.CountRecords("clients", dbx.Not(dbx.HashExp{"account": ""}))
	r.People, r.Shows = int(people), shows()
	return r, err
}

// shows lists the clients as whom there is something special to see.
func shows() (out []shown) {
	for _, c := range studio() {
		if c.shows != "" {
			out = append(out, shown{c.email, c.shows})
		}
	}
	return out
}

func (r report) lines() []string {
	first := "The demo studio is loaded into " + r.DataDir + "."
	if !r.Loaded {
		first = "The demo studio is in " + r.DataDir + " already. Nothing was changed."
	}
	var contents []string
	for _, c := range pb_migrations.Schema() {
		count, counted := r.Records[c.Name]
		if c.Name == "clients" && r.People > 0 {
			contents = append(contents, fmt.Sprintf("%d clients with %d people of theirs", count-r.People, r.People))
		} else if counted {
			contents = append(contents, fmt.Sprintf("%d %s", count, strings.ReplaceAll(c.Name, "_", " ")))
		}
	}
	return append([]string{
		first,
		"It holds " + strings.Join(contents, ", ") + ".",
		"Serve it with: " + r.Serve,
	}, howToSignIn()...)
}

// howToSignIn is printed when the studio is loaded and when it is served.
func howToSignIn() []string {
	lines := []string{
		"The owner signs in to the dashboard with the email " + ownerEmail + " and the password " + ownerPassword + ".",
		"A client signs in to the portal with their email and a code. The server prints each code where it was started. Try:",
	}
	for _, s := range shows() {
		lines = append(lines, s.Email+": "+s.What+".")
	}
	return lines
}

// shellWord quotes a word for a command line if a shell would split it.
func shellWord(word string) string {
	if strings.ContainsAny(word, " \t'\"\\$`&;()*?<>|#~") {
		return strconv.Quote(word)
	}
	return word
}
