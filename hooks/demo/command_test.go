package demo

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/pocketbase/pocketbase/core"
)

func (a studioApp) run(args ...string) error {
	a.RootCmd.SetArgs(args)
	return a.RootCmd.Execute()
}

func TestCommandSaysWhatToDoNext(t *testing.T) {
	app := empty(t)
	if err := app.run("demo", "--dir", app.DataDir()); err != nil {
		t.Fatal(err)
	}
	first := app.said.String()
	for _, want := range []string{
		"The demo studio is loaded into " + app.DataDir() + ".\n", "12 clients with 2 people of theirs, ", "serve --dir " + app.DataDir() + "\n",
		ownerEmail, ownerPassword, clientEmail,
		"\ntomas@dvorak-sound.example: a master that opens when its invoice is paid", "\ngrace@example.com: ",
	} {
		if !strings.Contains(first, want) {
			t.Errorf("%q is not in:\n%s", want, first)
		}
	}
	if err := app.run("demo"); err != nil {
		t.Fatal(err)
	}
	second := strings.TrimPrefix(app.said.String(), first)
	if !strings.Contains(second, "Nothing was changed.") || strings.Contains(second, "is loaded") {
		t.Errorf("the second run said:\n%s", second)
	}
}

func TestCommandForPrograms(t *testing.T) {
	app := loaded(t)
	if err := app.run("demo", "--json"); err != nil {
		t.Fatal(err)
	}
	var got report
	if err := json.Unmarshal([]byte(app.said.String()), &got); err != nil {
		t.Fatalf("%v in %s", err, app.said)
	}
	if got.Loaded || got.DataDir != app.DataDir() || got.Owner != (owner{ownerEmail, ownerPassword}) || got.Client != clientEmail {
		t.Errorf("got %+v", got)
	}
	if len(got.Records) != 10 {
		t.Errorf("counts of %d collections, want the ten", len(got.Records))
	}
	if got.People != 2 || !slices.ContainsFunc(got.Shows, func(s shown) bool { return s.Email == clientEmail && s.What != "" }) {
		t.Errorf("%d people, and this to see: %v", got.People, got.Shows)
	}
	for collection, count := range got.Records {
		if n := app.count(t, collection, "true", nil); n != count || n == 0 {
			t.Errorf("%s: said %d, there are %d", collection, count, n)
		}
	}
}

func TestCommandRefusesWithOneSentence(t *testing.T) {
	app := migrated(t)
	c, err := app.FindCollectionByNameOrId("clients")
	if err != nil {
		t.Fatal(err)
	}
	record := core.NewRecord(c)
	record.SetEmail("real@example.com")
	if err := app.Save(record); err != nil {
		t.Fatal(err)
	}
	if err := app.run("demo"); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("the error is %v", err)
	}
	if said := app.said.String(); said != "" {
		t.Errorf("beside the error it said:\n%s", said)
	}
}

func TestShellWord(t *testing.T) {
	for word, want := range map[string]string{"./greenroom": "./greenroom", "my data": `"my data"`, "a;b": `"a;b"`} {
		if got := shellWord(word); got != want {
			t.Errorf("%s became %s, want %s", word, got, want)
		}
	}
	if lines := (report{}).lines(); slices.ContainsFunc(lines, func(l string) bool { return strings.Contains(l, "\n") }) {
		t.Errorf("a line holds two: %q", lines)
	}
}
