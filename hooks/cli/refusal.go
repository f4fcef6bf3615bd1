package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	validation "github.com/pocketbase/ozzo-validation/v4"
	"github.com/pocketbase/pocketbase/tools/router"
)

// answered is the JSON of an error of PocketBase's.
type answered struct {
	Message string         `json:"message"`
	Data    map[string]any `json:"data"`
}

// sentence returns the reason. If the message is general, the messages of the fields are used.
func (a answered) sentence() string {
	if !strings.HasPrefix(a.Message, "Failed to ") && !strings.HasPrefix(a.Message, "Something went wrong") {
		return a.Message
	}
	var said []string
	for _, field := range slices.Sorted(maps.Keys(a.Data)) {
		details, _ := a.Data[field].(map[string]any)
		if message, _ := details["message"].(string); message != "" {
			said = append(said, field+": "+lowerFirst(message))
		}
	}
	if len(said) == 0 {
		return a.Message
	}
	return strings.Join(said, " ")
}

// refusedBy turns the server's answer into an error.
func refusedBy(response *http.Response) error {
	var said answered
	if err := json.NewDecoder(response.Body).Decode(&said); err != nil || said.Message == "" {
		return errors.New("the running server answered " + response.Status)
	}
	if response.StatusCode == http.StatusForbidden && said.Message == router.NewForbiddenError("", nil).Message {
		// The only reason to refuse an owner is PocketBase's list of superuser IPs.
		return errors.New("the running server takes nothing from this machine: add 127.0.0.1 to the superuser IPs in the dashboard's settings")
	}
	return errors.New(said.sentence())
}

// refusal turns the error of a save into the sentence that the server would answer.
func refusal(message string, err error) error {
	var refused *router.ApiError
	if !errors.As(err, &refused) {
		if invalid := (validation.Errors)(nil); !errors.As(err, &invalid) {
			return fmt.Errorf("the database did not take the change: %w", err)
		}
		refused = router.NewBadRequestError(message, err)
	}
	return errors.New(answered{refused.Message, refused.Data}.sentence())
}

func lowerFirst(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	return strings.ToLower(string(first)) + s[size:]
}
