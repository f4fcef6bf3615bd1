package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/pocketbase/pocketbase/core"
	"github.com/spf13/cobra"

	"greenroom/hooks/billing"
	"greenroom/hooks/config"
)

func clientAdd(app core.App, c config.Config) *cobra.Command {
	command := &cobra.Command{Use: "add [EMAIL]", Short: "Add a client; nothing is sent to them", Args: cobra.MaximumNArgs(1),
		Example: "greenroom client add nora@example.com --name \"Nora Quinn\""}
	var email, name, company, stripe string
	command.Flags().StringVar(&email, "email", "", "the client's email, by which they sign in")
	command.Flags().StringVar(&name, "name", "", "the client's name")
	command.Flags().StringVar(&company, "company", "", "the client's company")
	command.Flags().StringVar(&stripe, "stripe", "", "the client's id at Stripe, cus_…, for their invoices")
	command.RunE = func(command *cobra.Command, args []string) error {
		if len(args) == 1 && email != "" {
			return errors.New("the email is given twice: leave out --email")
		}
		if len(args) == 1 {
			email = args[0]
		}
		if email = strings.TrimSpace(email); email == "" {
			return errors.New("the client's email is missing: greenroom client add EMAIL")
		}
		if stripe != "" && !strings.HasPrefix(stripe, "cus_") {
			return errors.New("--stripe takes a customer's id, which begins with cus_")
		}
		if err := checkCustomer(command, c, stripe); err != nil {
			return err
		}
		writer, err := OpenWriter(app)
		if err != nil {
			return err
		}
		record, err := writer.Create("clients", map[string]any{"email": email, "name": name, "company": company, "stripeCustomerId": stripe})
		if err != nil {
			return err
		}
		added := newClient(record)
		return answer(command, added, "Added "+added.String()+".")
	}
	return command
}

// checkCustomer returns an error if Stripe does not know the customer. If Stripe cannot be asked, the id is accepted.
func checkCustomer(command *cobra.Command, c config.Config, customerId string) error {
	if customerId == "" || c.StripeSecretKey == "" {
		return nil
	}
	there, err := billing.HasCustomer(command.Context(), c, customerId)
	if err != nil {
		command.PrintErrf("Stripe could not be asked whether there is a customer %s, so the id is taken as it is (%v).\n", customerId, err)
		return nil
	}
	if !there {
		return fmt.Errorf("there is no customer %s at Stripe: copy the id from its dashboard, in the same mode (live or test) as the key", customerId)
	}
	return nil
}
