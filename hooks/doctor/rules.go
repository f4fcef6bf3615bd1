package doctor

import (
	"strings"

	"greenroom/pb_migrations"
)

// rules compares who may do what with the permission table. A difference may be the owner's own, so it is a warning.
func rules(p *patient) check {
	if p.data == nil || p.behind {
		return check{}
	}
	c := check{Name: "rules", State: ok, Say: "all are as in the permission table"}
	collections, err := p.collections()
	if err != nil {
		return unreadable("rules", err)
	}
	var changed []string
	for _, want := range pb_migrations.Permissions {
		have := collections[want.Collection]
		if have == nil { // said of the schema
			continue
		}
		for _, verb := range []struct {
			name string
			want string
			have *string
		}{
			{"list", want.List, have.ListRule}, {"view", want.View, have.ViewRule}, {"create", want.Create, have.CreateRule},
			{"update", want.Update, have.UpdateRule}, {"delete", want.Delete, have.DeleteRule},
		} {
			if !sameRule(verb.want, verb.have) {
				changed = append(changed, want.Collection+" "+verb.name+meaning(verb.have))
			}
		}
	}
	if clients := collections["clients"]; clients != nil && !sameRule(pb_migrations.MaySignIn, clients.AuthRule) {
		changed = append(changed, "clients sign-in"+meaning(clients.AuthRule))
	}
	if len(changed) > 0 {
		c.State, c.Say = warning, "changed from the permission table: "+strings.Join(changed, ", ")
		c.Do = "If that was not you, put them back in the dashboard as the newest files of pb_migrations have them"
	}
	return c
}

// sameRule compares the table's form, where an empty rule is the owner alone, with PocketBase's, where that is no rule.
func sameRule(want string, have *string) bool {
	if have == nil {
		return want == ""
	}
	return want != "" && *have == want
}

// meaning says the two rules that mean the most.
func meaning(rule *string) string {
	switch {
	case rule == nil:
		return " (now the owner alone)"
	case *rule == "":
		return " (now open to everybody)"
	}
	return ""
}
