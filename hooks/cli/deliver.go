package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/filesystem"
	"github.com/spf13/cobra"

	"greenroom/hooks/people"
	"greenroom/hooks/phrases"
	"greenroom/hooks/records"
)

// maxDelivered is the largest file of one request, in bytes; the page uploads larger ones in parts.
const maxDelivered = 512 << 20

// maxMarkChars is more than the characters of a comment and its author's name.
const maxMarkChars = 12_000

// deliveryTimeout is how long a running server may take for a file of maxDelivered.
const deliveryTimeout = time.Hour

// delivery is a deliverable with its current version.
type delivery struct {
	Id         string `db:"id"`
	Title      string `db:"title"`
	Status     string `db:"status"`
	Attachment string `db:"attachment"`
	Version    int    `db:"version"`
}

// openDeliverable finds a deliverable of a project by id, title or a part of the title.
func openDeliverable(app core.App, p project, what string) (delivery, error) {
	var all []delivery
	err := app.DB().NewQuery(`SELECT d.id, d.title, d.status, d.attachment, coalesce(a.version, 0) AS version
		FROM deliverables d LEFT JOIN attachments a ON a.id = d.attachment WHERE d.project = {:project} ORDER BY d.created, d.id`).
		Bind(dbx.Params{"project": p.Id}).All(&all)
	if err != nil {
		return delivery{}, fmt.Errorf("the deliverables of %q could not be read: %w", p.Title, err)
	}
	return find("deliverable", all, what, func(d delivery) named { return named{d.Id, d.Title, d.Title} })
}

func deliverCommand(app core.App) *cobra.Command {
	command := &cobra.Command{Use: "deliver PROJECT DELIVERABLE FILE", Short: "Deliver a file as the next version of a deliverable",
		Long: "Deliver a file as the next version of a deliverable, which becomes its current one.\n" +
			"PROJECT and DELIVERABLE are each an id or a part of a title. Files over 512 MB go through the page.",
		Example: `greenroom deliver album "final mix" mix-3.wav --words "The snare is earlier now."`,
		Args: func(command *cobra.Command, args []string) error {
			if len(args) != 3 {
				return fmt.Errorf("%s takes three arguments: the project, the deliverable and the file; put quotes around one that has spaces", command.CommandPath())
			}
			return nil
		}}
	jsonFlag(command)
	said := command.Flags().String("words", "", "what to say about the version")
	command.RunE = onProject(app, func(command *cobra.Command, writer *Writer, p project, args []string) error {
		d, err := openDeliverable(app, p, args[0])
		if err != nil {
			return err
		}
		saved, err := writer.deliver(p, d, args[1])
		if err != nil {
			return err
		}
		version := saved.GetInt("version")
		there := func(what string, err error) error {
			return fmt.Errorf("version %d of %s is there, but %s: %w", version, d.Title, what, err)
		}
		if words := strings.TrimSpace(*said); words != "" {
			if _, err := writer.Create("comments", map[string]any{"deliverable": d.Id, "attachment": saved.Id, "body": words}); err != nil {
				return there("the words could not be saved", err)
			}
		}
		if d.Status != "DELIVERED" {
			if _, err := writer.Update("deliverables", d.Id, map[string]any{"status": "DELIVERED"}); err != nil {
				return there("its status could not be changed", err)
			}
		}
		return answer(command, map[string]any{"id": saved.Id, "deliverable": d.Id, "version": version},
			fmt.Sprintf("Delivered version %d of %s, %s.", version, d.Title, p.Title))
	})
	return command
}

// deliver saves a file as the next version of a deliverable, through the server if one runs.
func (w *Writer) deliver(p project, d delivery, path string) (*core.Record, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil, fmt.Errorf("there is no file %s", path)
	case err != nil:
		return nil, fmt.Errorf("the file could not be read: %w", err)
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is no file", path)
	case info.Size() == 0:
		return nil, fmt.Errorf("%s is empty", path)
	case info.Size() > maxDelivered:
		return nil, fmt.Errorf("%s is larger than 512 MB: deliver it on the page, which sends it in parts", path)
	}
	fields := map[string]any{"project": p.Id, "deliverable": d.Id, "filename": filepath.Base(path)}
	if w.server == nil {
		file, err := filesystem.NewFileFromPath(path)
		if err != nil {
			return nil, fmt.Errorf("the file could not be read: %w", err)
		}
		fields["file"] = file
		return w.Create("attachments", fields)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("the file could not be read: %w", err)
	}
	defer file.Close()
	body, writing := io.Pipe()
	defer body.Close() // closing it also ends the writer, if the server did not read to the end
	form := multipart.NewWriter(writing)
	go func() { writing.CloseWithError(writeForm(form, fields, file)) }()
	ctx, cancel := context.WithTimeout(context.Background(), deliveryTimeout)
	defer cancel()
	response, err := w.call(ctx, http.MethodPost, "/api/collections/attachments/records", http.Header{"Content-Type": {form.FormDataContentType()}}, body)
	if err != nil {
		return nil, err
	}
	var saved struct {
		Id string `json:"id"`
	}
	if err := readAnswer(response, &saved); err != nil {
		return nil, err
	}
	return w.app.FindRecordById("attachments", saved.Id)
}

func writeForm(form *multipart.Writer, fields map[string]any, file *os.File) error {
	for name, value := range fields {
		if err := form.WriteField(name, fmt.Sprint(value)); err != nil {
			return err
		}
	}
	part, err := form.CreateFormFile("file", filepath.Base(file.Name()))
	if err != nil {
		return err
	}
	if _, err := io.Copy(part, file); err != nil {
		return err
	}
	return form.Close()
}

func marksCommand(app core.App) *cobra.Command {
	command := &cobra.Command{Use: "marks PROJECT DELIVERABLE", Short: "Show what was said about moments of a deliverable's current version",
		Long: "Show what was said about moments of a deliverable's current version, one a line, in the order in which they are heard.\n" +
			"PROJECT and DELIVERABLE are each an id or a part of a title.",
		Args: two("the project", "the deliverable")}
	jsonFlag(command)
	command.RunE = func(command *cobra.Command, args []string) error {
		if err := UpToDate(app); err != nil {
			return err
		}
		p, err := openProject(app, args[0])
		if err != nil {
			return err
		}
		d, err := openDeliverable(app, p, args[1])
		if err != nil {
			return err
		}
		marks := []records.Mark{}
		if d.Attachment != "" {
			found, err := records.Marks(app, d.Attachment)
			if err != nil {
				return err
			}
			marks = append(marks, found...)
		}
		var lines []string
		switch {
		case d.Attachment == "":
			lines = append(lines, d.Title+" has no file yet.")
		case len(marks) == 0:
			lines = append(lines, fmt.Sprintf("No marks on version %d of %s.", d.Version, d.Title))
		}
		for _, m := range marks {
			when := phrases.Position(m.AtMs)
			if m.UntilMs > 0 {
				when += " to " + phrases.Position(m.UntilMs)
			}
			lines = append(lines, when+", "+people.OneLine(m.Author+": "+m.Words, maxMarkChars))
		}
		return answer(command, marks, lines...)
	}
	return command
}
