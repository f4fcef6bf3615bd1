package ui

import (
	"os"
	"regexp"
	"testing"
)

// testedWith is the version of PocketBase with which the Studio was tested. PocketBase's extension API is experimental
// and may change in any release.
const testedWith = "v0.40.4"

// A browser test, e2e/stock-api.test.mjs, checks the parts of the dashboard on which the Studio relies, with this one
// version of PocketBase. Another version needs that test again.
func TestThePinnedPocketBase(t *testing.T) {
	mod, err := os.ReadFile("../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`(?m)github\.com/pocketbase/pocketbase (v\S+)`).FindSubmatch(mod)
	if found == nil {
		t.Fatal("go.mod names no PocketBase")
	}
	if got := string(found[1]); got != testedWith {
		t.Errorf("go.mod asks for PocketBase %s, and the Studio was tested with %s. Its dashboard's extension API is experimental. "+
			"Build, run `cd ui && npm test` (stock-api says which part of the API is gone, stock and studio say what it breaks), "+
			"compare ui/src/{main,router,store}.js and ui/src/base/modal.js of both versions, then write %[1]s into testedWith.", got, testedWith)
	}
}
