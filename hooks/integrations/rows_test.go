package integrations_test

import (
	"fmt"
	"sync"
	"testing"

	"greenroom/hooks/integrations"
	"greenroom/hooks/testkit"
)

func TestFirstWritersOfARowMeet(t *testing.T) {
	s := testkit.New(t, nil)
	for n := range 8 {
		name := fmt.Sprint("mail:", n)
		start := make(chan struct{})
		var writers sync.WaitGroup
		for range 8 {
			writers.Go(func() {
				<-start
				if err := integrations.Set(s.App, name, "failing", "", "The server said no."); err != nil {
					t.Error(err)
				}
			})
		}
		close(start)
		writers.Wait()
	}
	rows, err := integrations.Rows(s.App, "mail", "failing")
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 8 {
		t.Errorf("%d rows, want one for each of 8 names", len(rows))
	}
}
