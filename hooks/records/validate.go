package records

import (
	"slices"
	"strconv"
	"strings"

	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/people"
)

// oneLine refuses control characters and bidirectional marks in fields that are shown, mailed and logged as one line.
// Such marks could make a text read as another.
func oneLine(app core.App, collection string, fields ...string) {
	app.OnRecordValidate(collection).BindFunc(func(e *core.RecordEvent) error {
		for _, field := range fields {
			if strings.ContainsFunc(e.Record.GetString(field), people.Unprintable) {
				return refuse(field, "The "+field+" is one line of text without control characters.")
			}
		}
		return e.Next()
	})
}

// visible refuses a text without any visible character, because a link with such a name could not be found or read out.
// An empty text is left to the field's own rule.
func visible(app core.App, collection string, fields ...string) {
	app.OnRecordValidate(collection).BindFunc(func(e *core.RecordEvent) error {
		for _, field := range fields {
			if text := e.Record.GetString(field); text != "" && !people.Visible(text) {
				return refuse(field, "The "+field+" needs a character that can be seen.")
			}
		}
		return e.Next()
	})
}

// plainName refuses markup, and what oneLine refuses, in the name of a person or a firm.
func plainName(app core.App, collection string, fields ...string) {
	oneLine(app, collection, fields...)
	app.OnRecordValidate(collection).BindFunc(func(e *core.RecordEvent) error {
		for _, field := range fields {
			text := e.Record.GetString(field)
			if strings.TrimSpace(text) != "" && !people.Visible(text) { // a name of spaces alone is trimmed to none
				return refuse(field, "The "+field+" needs a character that can be seen.")
			}
			if strings.ContainsAny(text, "<>") {
				return refuse(field, "The "+field+" is plain text; it cannot contain < or >.")
			}
		}
		return e.Next()
	})
}

// enumerations refuses an unknown value of a select field with a sentence that lists the allowed ones.
func enumerations(app core.App, collections ...string) {
	app.OnRecordValidate(collections...).BindFunc(func(e *core.RecordEvent) error {
		for _, field := range e.Record.Collection().Fields {
			options, ok := field.(*core.SelectField)
			if !ok {
				continue
			}
			for _, value := range e.Record.GetStringSlice(options.Name) {
				if !slices.Contains(options.Values, value) {
					return refuse(options.Name, "The "+options.Name+" is one of "+strings.Join(options.Values, ", ")+"; "+strconv.Quote(value)+" is not.")
				}
			}
		}
		return e.Next()
	})
}

// webLink refuses a value that is not the address of a web page (http or https).
func webLink(app core.App, collection, field string) {
	app.OnRecordValidate(collection).BindFunc(func(e *core.RecordEvent) error {
		link := e.Record.GetString(field)
		if link == "" || link == e.Record.Original().GetString(field) {
			return e.Next()
		}
		if !people.IsWebLink(link) {
			return refuse(field, "The "+field+" is a web address that begins with https:// or http://.")
		}
		return e.Next()
	})
}
