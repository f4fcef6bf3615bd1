package live_test

import (
	"testing"

	"greenroom/hooks/testkit"
)

// room is the studio of these tests.
type room struct{ *testkit.Room }

func newRoom(t *testing.T) *room { return &room{testkit.NewRoom(t)} }

type fields = testkit.Fields
