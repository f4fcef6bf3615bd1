package portal_test

import (
	"testing"

	"greenroom/hooks/testkit"
)

// room is the studio of these tests.
type room struct{ *testkit.Room }

func newRoom(t *testing.T) *room { return &room{testkit.NewRoom(t)} }

func furnish(t *testing.T, s *testkit.Studio) *room { return &room{testkit.Furnish(t, s)} }

type fields = testkit.Fields
