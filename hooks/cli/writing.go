package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/pocketbase/pocketbase/core"
	"github.com/spf13/cobra"
)

// writing is the text for a command, from standard input or from the owner's editor.
type writing struct {
	text string
	app  core.App
}

// maxWritten is the most that is read, in bytes; the fields have limits in characters.
const maxWritten = 1 << 20

// write reads the owner's text. An empty text is an error.
func write(command *cobra.Command, app core.App) (writing, error) {
	read := readInput
	if in, ok := command.InOrStdin().(*os.File); ok && isTerminal(in) {
		read = edit
	}
	text, err := read(command)
	if err != nil {
		return writing{}, err
	}
	if text = strings.TrimSpace(text); text == "" {
		return writing{}, errors.New("nothing was written, so nothing is saved")
	}
	return writing{text, app}, nil
}

func readInput(command *cobra.Command) (string, error) {
	content, err := io.ReadAll(io.LimitReader(command.InOrStdin(), maxWritten+1))
	if err == nil && len(content) > maxWritten {
		err = errors.New("it is longer than 1 MB")
	}
	if err != nil {
		return "", fmt.Errorf("what was written could not be read: %w", err)
	}
	return string(content), nil
}

// edit opens the owner's editor on an empty file and returns its content.
func edit(*cobra.Command) (string, error) {
	editor := os.Getenv("EDITOR")
	if editor == "" {
		return "", errors.New("set EDITOR to the editor of your choice, or give the text on standard input")
	}
	dir, err := os.MkdirTemp("", "greenroom-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "text.md")
	program := exec.Command("sh", "-c", editor+` "$1"`, "sh", file) // EDITOR may contain arguments
	program.Stdin, program.Stdout, program.Stderr = os.Stdin, os.Stdout, os.Stderr
	if err := program.Run(); err != nil {
		return "", fmt.Errorf("the editor %s: %w", editor, err)
	}
	content, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		return "", nil
	}
	return string(content), err
}

func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// rescue stores a text that could not be saved in a file and names it in the error.
func (w writing) rescue(failure error) error {
	if failure == nil {
		return nil
	}
	path := filepath.Join(w.app.DataDir(), "unsaved-"+time.Now().UTC().Format("20060102T150405")+".md")
	if err := os.WriteFile(path, []byte(w.text+"\n"), 0o600); err != nil {
		return fmt.Errorf("%w. What you wrote could not be kept either (%w), so copy it from here:\n%s", failure, err, w.text)
	}
	return fmt.Errorf("%w. What you wrote is kept in %s", failure, path)
}
