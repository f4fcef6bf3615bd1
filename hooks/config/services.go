package config

// Service names an outside service for the collection integrations, the start of the server, the health page, the
// doctor and the Studio.
type Service struct {
	Row       string   // the name of its row in integrations; rows about single things are named Row:…
	Name      string   // its name inside a sentence
	Subject   string   // its name at the beginning of a sentence
	Variables []string // the variables that switch it on; a list of what is off names only the first
	On        bool
}

// Services returns the outside services in the order in which they are shown.
func (c Config) Services() []Service {
	return []Service{
		{"clerk", "Clerk", "Sign-in with Clerk", []string{"CLERK_WEBHOOK_SECRET", "CLERK_ISSUER"}, len(c.ClerkWebhookSecret) > 0 || c.ClerkIssuer != ""},
		{"calendar", "Google Calendar", "The calendar", []string{"GOOGLE_CREDENTIALS", "GOOGLE_CALENDAR_ID"}, len(c.GoogleCalendarIds) > 0},
		{"billing", "Stripe", "Billing", []string{"STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET"}, c.StripeSecretKey != ""},
		{"files", "R2", "The file store", []string{"R2_ENDPOINT"}, c.R2Bucket != ""},
		{"durable", "replication", "The copy of the database", []string{"REPLICA_URL"}, c.ReplicaURL != nil},
		{"mail", "mail", "Mail", []string{"SMTP_URL"}, c.SMTP.Host != ""},
	}
}

// Service returns the service with this row. It panics on an unknown row, which is a mistake in the program.
func (c Config) Service(row string) Service {
	for _, service := range c.Services() {
		if service.Row == row {
			return service
		}
	}
	panic("config: there is no service " + row)
}

// Off names the services that are off, each with the variable that switches it on.
func (c Config) Off() (off []string) {
	for _, service := range c.Services() {
		if !service.On {
			off = append(off, service.Name+" ("+service.Variables[0]+")")
		}
	}
	return off
}

// NotSetUp is the sentence for a client who asks for a service that is off.
func (s Service) NotSetUp() string {
	return s.Subject + " is not set up here."
}

// SetUp is the sentence for the owner, which names the variables to set.
func (s Service) SetUp() string {
	words := s.NotSetUp()[:len(s.NotSetUp())-1] + ": set "
	for i, variable := range s.Variables {
		if i > 0 {
			words += " and "
		}
		words += variable
	}
	return words + "."
}
