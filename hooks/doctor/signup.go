package doctor

// stockUsers is the id of PocketBase's stock collection of users, which stays when it is renamed.
const stockUsers = "_pb_users_auth_"

// signUp checks that PocketBase's stock collection, in which anybody could create an account, is gone.
func signUp(p *patient) check {
	if p.data == nil || p.behind {
		return check{}
	}
	c := check{Name: "sign-up", State: ok, Say: "nobody can make an account for themselves"}
	collections, err := p.collections()
	if err != nil {
		return unreadable("sign-up", err)
	}
	if clients := collections["clients"]; clients != nil && clients.PasswordAuth.Enabled {
		c.State, c.Say, c.Do = warning, "clients can sign in by a password, which nobody gave them", "Switch it off in the dashboard under Collections, clients, Options"
	}
	if clients := collections["clients"]; clients != nil && clients.CreateRule != nil {
		c.State, c.Say = fails, "people can make a client's account for themselves"
		c.Do = "Lock the create rule of clients in the dashboard under Collections"
	}
	for name, collection := range collections {
		if collection.Id == stockUsers || name == "users" {
			c.State, c.Say = fails, "PocketBase's stock collection "+name+" is there, where anybody can make an account"
			c.Do = "Delete it in the dashboard under Collections"
		}
	}
	return c
}
