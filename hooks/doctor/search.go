package doctor

import (
	"fmt"

	"greenroom/pb_migrations"
)

// searchIndex checks that the full-text index covers exactly the existing records.
func searchIndex(p *patient) check {
	if p.data == nil || p.behind {
		return check{}
	}
	missing, extra, err := pb_migrations.SearchFaults(p.data)
	switch {
	case err != nil:
		return check{"search", fails, "the index of words cannot be read: " + err.Error(), "Run greenroom search --rebuild"}
	case missing+extra > 0:
		return check{"search", fails, fmt.Sprintf("the index of words lacks %d of the records and has %d that are gone", missing, extra), "Run greenroom search --rebuild"}
	}
	return check{Name: "search", State: ok, Say: "the index of words stands for every record"}
}
