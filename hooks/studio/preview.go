package studio

import (
	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/markdown"
)

// preview returns the HTML that a text will have; empty if it contains no Markdown.
func preview(e *core.RequestEvent) (any, error) {
	var ask struct {
		Text string `json:"text"`
	}
	if err := e.BindBody(&ask); err != nil {
		return nil, e.BadRequestError("Send the words as {\"text\": …}.", err)
	}
	return map[string]string{"html": markdown.HTML(ask.Text)}, nil
}
