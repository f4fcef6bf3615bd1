package portal_test

import (
	"fmt"
	"io"
	"net/http"
	"testing"

	"greenroom/hooks/database"
	"greenroom/hooks/testkit"
)

// BenchmarkPage requests a project's page with 40 comments: from the cache, with an ETag that the browser has, and
// rebuilt after a commit, whose time is included.
func BenchmarkPage(b *testing.B) {
	s := testkit.Connect(b, testkit.Dir(b), nil, database.Connect)
	ana, token := s.Client("Ana")
	project := s.Make("projects", fields{"client": ana.Id, "title": "Album", "serviceType": "AUDIO"})
	goal := s.Make("goals", fields{"project": project.Id, "title": "Goal"})
	for i := range 40 {
		s.Make("comments", fields{"goal": goal.Id, "body": fmt.Sprint("words ", i)})
	}
	ask := func(b *testing.B, tag string, want int) (got string) {
		request, _ := http.NewRequest("GET", s.URL+"/api/portal/projects/"+project.Id, nil)
		request.Header.Set("Authorization", token)
		request.Header.Set("If-None-Match", tag)
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			b.Fatal(err)
		}
		defer response.Body.Close()
		if _, err := io.Copy(io.Discard, response.Body); err != nil || response.StatusCode != want {
			b.Fatal(response.Status, err)
		}
		return response.Header.Get("ETag")
	}
	tag := ask(b, "", 200)
	b.Run("kept", func(b *testing.B) {
		for b.Loop() {
			ask(b, "", 200)
		}
	})
	b.Run("known", func(b *testing.B) {
		for b.Loop() {
			ask(b, tag, 304)
		}
	})
	b.Run("built", func(b *testing.B) {
		for b.Loop() {
			if _, err := s.App.DB().NewQuery("UPDATE clients SET clerkNamedAt = clerkNamedAt + 1").Execute(); err != nil {
				b.Fatal(err)
			}
			ask(b, "", 200)
		}
	})
}
