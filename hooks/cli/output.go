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

// jsonFlag adds --json to a command, and to the commands under it.
func jsonFlag(command *cobra.Command) {
	command.PersistentFlags().Bool("json", false, "print JSON for programs")
}

// answer prints what a command of a group with jsonFlag has to say.
func answer(command *cobra.Command, value any, lines ...string) error {
	asJSON, _ := command.Flags().GetBool("json")
	return output.Print(command.OutOrStdout(), asJSON, value, lines...)
}

// group is a command that only holds others, and says which when it is given none of them.
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

// one is the rule for a command that takes exactly one argument, in words.
func one(what string) cobra.PositionalArgs {
	return func(command *cobra.Command, args []string) error {
		if len(args) != 1 {
			return fmt.Errorf("%s takes one argument: %s; put quotes around one that has spaces", command.CommandPath(), what)
		}
		return nil
	}
}

// two is the rule for a command that takes exactly two arguments, in words.
func two(first, second string) cobra.PositionalArgs {
	return func(command *cobra.Command, args []string) error {
		if len(args) != 2 {
			return fmt.Errorf("%s takes two arguments: %s and %s; put quotes around one that has spaces", command.CommandPath(), first, second)
		}
		return nil
	}
}

// dayFlag adds a flag that takes a day.
func dayFlag(command *cobra.Command, name, usage string) *date {
	d := &day{}
	command.Flags().Var(d, name, usage)
	return &d.date
}

// day is a flag's value: a day, which the studio's records hold as its midnight in UTC.
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

// joined makes one line of those parts that say something.
func joined(parts ...string) string {
	var said []string
	for _, part := range parts {
		if part != "" {
			said = append(said, part)
		}
	}
	return strings.Join(said, ", ")
}
