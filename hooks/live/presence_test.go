package live_test

import (
	"testing"

	"greenroom/hooks/live"
	"greenroom/hooks/testkit"
)

func TestLookingIsWhoHasTheProjectsPageOpen(t *testing.T) {
	s := testkit.New(t, nil)
	ana, token := s.Client("ana")
	project := s.Make("projects", map[string]any{"client": ana.Id, "title": "Album", "serviceType": "AUDIO"}).Id
	topic := func(project string) string { return testkit.Topic("portal", map[string]string{"project": project}) }
	is := func(want bool, when string) {
		t.Helper()
		if got := live.Looking(s.App, ana.Id, ana.Id, project); got != want {
			t.Errorf("looking is %v %s", got, when)
		}
	}
	is(false, "without a connection")
	line := s.Live(token, "portal", topic("another00000001"))
	is(false, "at another project's page")
	if answer := line.Subscribe(token, topic(project)); answer.Status != 204 {
		t.Fatal(answer.Status)
	}
	is(true, "at the project's page")
	if live.Looking(s.App, "", "", project) {
		t.Error("the client's connection counts as the owner's")
	}
	s.Live(s.Owner, topic(project))
	if !live.Looking(s.App, "", "", project) {
		t.Error("the owner's connection does not count")
	}
	ana = s.Reload(ana)
	ana.RefreshTokenKey()
	if err := s.App.Save(ana); err != nil {
		t.Fatal(err)
	}
	line.Ended()
	is(false, "after all sign-ins have ended")
}
