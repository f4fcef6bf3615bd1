package cli

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/pocketbase/pocketbase/tools/types"
	"github.com/spf13/cobra"

	"greenroom/hooks/cli/output"
)

// jsonFlag adds --json to a command and its subcommands.
func jsonFlag(command *cobra.Command) {
	command.PersistentFlags().Bool("json", false, "print JSON for programs")
}

// answer prints the result of a command that has jsonFlag.
func answer(command *cobra.Command, value any, lines ...string) error {
	asJSON, _ := command.Flags().GetBool("json")
	return output.Print(command.OutOrStdout(), asJSON, value, lines...)
}

// group returns a command that only has subcommands, and lists them when it is called without one.
func group(name, short string, commands ...*cobra.Command) *cobra.Command {
	command := &cobra.Command{Use: name, Short: short}
	command.AddCommand(commands...)
	command.Args = func(command *cobra.Command, args []string) error {
		if len(args) == 0 {
			return nil
		}
		var names []string
		for _, c := range command.Commands() {
			names = append(names, name+" "+c.Name())
		}
		return fmt.Errorf("there is no command %s %s, only %s", name, args[0], strings.Join(names, ", "))
	}
	command.RunE = func(command *cobra.Command, _ []string) error { return command.Help() }
	return command
}

// one requires exactly one argument; what names it in the error.
func one(what string) cobra.PositionalArgs {
	return func(command *cobra.Command, args []string) error {
		if len(args) != 1 {
			return fmt.Errorf("%s takes one argument: %s; put quotes around one that has spaces", command.CommandPath(), what)
		}
		return nil
	}
}

// two requires exactly two arguments.
func two(first, second string) cobra.PositionalArgs {
	return func(command *cobra.Command, args []string) error {
		if len(args) != 2 {
			return fmt.Errorf("%s takes two arguments: %s and %s; put quotes around one that has spaces", command.CommandPath(), first, second)
		}
		return nil
	}
}

// dayFlag adds a flag whose value is a day.
func dayFlag(command *cobra.Command, name, usage string) *date {
	d := &day{}
	command.Flags().Var(d, name, usage)
	return &d.date
}

// day is the value of such a flag. A day is stored as its midnight in UTC.
type day struct{ date }

func (d *day) Set(text string) error {
	parsed, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return errors.New("write a day as 2026-12-24")
	}
	d.DateTime, err = types.ParseDateTime(parsed)
	return err
}

func (d *day) Type() string { return "DAY" }

// joined joins those parts that are not empty.
func joined(parts ...string) string {
	var said []string
	for _, part := range parts {
		if part != "" {
			said = append(said, part)
		}
	}
	return strings.Join(said, ", ")
}
