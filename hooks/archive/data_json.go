package archive

import (
	"bufio"
	"encoding/json/jsontext"

	"greenroom/hooks/portal"
)

// json writes the data of the project in the form of the portal's page, with all comments and the path of each file.
func (p *packer) json(out *bufio.Writer, o opened, all []file) error {
	rows, err := p.reader.Rows(p.ctx, "SELECT {projects} FROM projects WHERE id = ?", o.project.Id)
	if err != nil {
		return err
	}
	if len(rows) == 0 {
		return errNotTheirs
	}
	out.WriteString(`{"project":`)
	out.Write(append(rows[0].Open(nil), '}'))
	for _, s := range sections {
		out.WriteString(`,"` + s.name + `":[`)
		first := true
		err := p.each(s, o.project.Id, func(row portal.Row) error {
			comma(out, &first)
			out.Write(row.Open(nil))
			if s.thread != "" {
				out.WriteString(`,"comments":[`)
				first := true
				err := p.comments(s.thread, row.Text("id"), func(comment portal.Row) error {
					comma(out, &first)
					_, err := out.Write(append(comment.Open(nil), '}'))
					return err
				})
				if err != nil {
					return err
				}
				out.WriteByte(']')
			}
			return out.WriteByte('}')
		})
		if err != nil {
			return err
		}
		out.WriteByte(']')
	}
	out.WriteString(`,"attachments":[`)
	first := true
	for _, f := range all {
		comma(out, &first)
		object := f.Open(nil)
		for _, more := range [][2]string{{"path", f.Path}, {"absent", f.Absent}} {
			if more[1] != "" {
				object = append(object, `,"`+more[0]+`":`...)
				if object, err = jsontext.AppendQuote(object, more[1]); err != nil {
					return err
				}
			}
		}
		out.Write(append(object, '}'))
	}
	_, err = out.WriteString("]}\n")
	return err
}

func comma(out *bufio.Writer, first *bool) {
	if !*first {
		out.WriteByte(',') // bufio keeps an error until Flush
	}
	*first = false
}
