package access_test

import (
	"fmt"
	"net/http"
	"testing"

	"greenroom/hooks/access"
	"greenroom/hooks/testkit"
)

// The topics of one client are limited on all their connections together. Neither the topic portal nor other clients'
// connections count.
func TestAClientListensToSoMuch(t *testing.T) {
	s := testkit.New(t, nil)
	_, ana := s.Client("Ana")
	_, ben := s.Client("Ben")
	topics := func(count int) (all []string) {
		for i := range count {
			all = append(all, fmt.Sprintf("comments/c%014d", i))
		}
		return all
	}
	var long []string // each as long as PocketBase accepts
	for i := range 20 {
		long = append(long, testkit.Topic("portal", map[string]string{"project": fmt.Sprintf("%02000d", i)}))
	}
	line := testkit.Dial(t, s.URL)
	for i, step := range []struct {
		line   *testkit.Live
		token  string
		topics []string
		want   int
	}{
		{line, ana, topics(201), 429},
		{line, ana, topics(200), 204},
		{line, ana, topics(200), 204}, // replaces the earlier ones
		{testkit.Dial(t, s.URL), ana, topics(1), 429},
		{testkit.Dial(t, s.URL), ana, []string{"portal", testkit.Topic("portal", map[string]string{"project": "p"})}, 204},
		{testkit.Dial(t, s.URL), ben, topics(1), 204},
		{testkit.Dial(t, s.URL), s.Owner, topics(201), 204},
		{line, ana, long, 400},
		{line, ana, []string{"portal"}, 204},
		{testkit.Dial(t, s.URL), ana, topics(200), 204},
	} {
		if answer := step.line.Subscribe(step.token, step.topics...); answer.Status != step.want {
			t.Errorf("step %d: %d %s, want %d", i+1, answer.Status, answer.Raw, step.want)
		}
	}
}

func TestAnAddressHasSoManyLines(t *testing.T) {
	s := testkit.New(t, nil)
	access.BoundLines(s.App, 3)
	connect := func() int {
		t.Helper()
		response, err := http.Get(s.URL + "/api/realtime")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { response.Body.Close() })
		return response.StatusCode
	}
	for i, want := range []int{200, 200, 200, 429} {
		if got := connect(); got != want {
			t.Errorf("line %d: %d, want %d", i+1, got, want)
		}
	}
}
