package importer

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"greenroom/hooks/phrases"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"golang.org/x/term"
)

// source is a snapshot of the old database.
type source struct {
	conn   *pgx.Conn
	tables map[string]*table // by the collection into which they are imported
	notes  []string
	wrong  []string // data that would be lost
}

// table is one of the old tables.
type table struct {
	name    string
	columns map[string]int // by our field: the index of its value in a row
	rows    []row
}

// row is an old row with every value as text; "" for NULL.
type row struct {
	of     *table
	values []string
}

// text returns the value for our field; "" if the old system has no such column.
func (r row) text(column string) string {
	if i, ok := r.of.columns[column]; ok {
		return r.values[i]
	}
	return ""
}

func (r row) id() string { return r.text("id") }

func (r row) String() string { return r.of.name + " " + r.id() }

const invalidPassword = "28P01"

// open connects to the old database. It asks for the password if the address has none and there is a terminal.
func open(ctx context.Context, address string) (*source, error) {
	c, err := pgx.ParseConfig(address)
	if err != nil {
		return nil, errors.New("the address of the old database cannot be read: it is postgres://USER@HOST/DATABASE")
	}
	c.RuntimeParams["TimeZone"] = "UTC"
	c.RuntimeParams["application_name"] = "greenroom import"
	conn, err := pgx.ConnectConfig(ctx, c)
	var refused *pgconn.PgError
	if c.Password == "" && err != nil && (errors.As(err, &refused) && refused.Code == invalidPassword || strings.Contains(err.Error(), "password")) && term.IsTerminal(int(os.Stdin.Fd())) {
		fmt.Fprintf(os.Stderr, "Password of %s at %s: ", c.User, c.Host)
		given, asking := term.ReadPassword(int(os.Stdin.Fd()))
		fmt.Fprintln(os.Stderr)
		if asking != nil {
			return nil, asking
		}
		c.Password = string(given)
		conn, err = pgx.ConnectConfig(ctx, c)
	}
	if err != nil {
		return nil, fmt.Errorf("the old database at %s cannot be opened: %w", c.Host, withoutSecret(err, c.Password))
	}
	return &source{conn: conn, tables: map[string]*table{}}, nil
}

// withoutSecret removes the password from an error of the driver.
func withoutSecret(err error, secret string) error {
	if secret == "" || !strings.Contains(err.Error(), secret) {
		return err
	}
	return errors.New(strings.ReplaceAll(err.Error(), secret, "…"))
}

func (s *source) close(ctx context.Context) { _ = s.conn.Close(ctx) }

// read reads the tables of the ten models. Other tables are noted; one with rows is a problem unless the owner has
// allowed leaving it out.
func (s *source) read(ctx context.Context, without []string) error {
	tx, err := s.conn.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		return fmt.Errorf("the old database: %w", err)
	}
	defer tx.Rollback(ctx) // nothing was written
	there, err := columnsOf(ctx, tx)
	if err != nil {
		return err
	}
	for _, name := range sortedKeys(there) {
		m := modelOf(name)
		if m == nil {
			if err := s.stranger(ctx, tx, name, without); err != nil {
				return err
			}
			continue
		}
		if s.tables[m.collection] != nil {
			s.wrong = append(s.wrong, fmt.Sprintf("%s and %s are both taken for %s.", s.tables[m.collection].name, name, m.collection))
			continue
		}
		if err := s.readTable(ctx, tx, m, name, there[name], without); err != nil {
			return err
		}
	}
	for _, m := range models {
		t := s.tables[m.collection]
		if t == nil {
			s.notes = append(s.notes, "The old database has no table of "+m.collection+".")
			s.tables[m.collection] = &table{name: m.tables[0], columns: map[string]int{}}
			continue
		}
		for _, needed := range m.needed {
			if _, ok := t.columns[needed]; !ok {
				s.wrong = append(s.wrong, fmt.Sprintf("%s has no column that could be its %s.", t.name, needed))
			}
		}
	}
	return nil
}

// columnsOf returns the columns of every table in the connection's schema.
func columnsOf(ctx context.Context, tx pgx.Tx) (map[string][]string, error) {
	rows, err := tx.Query(ctx, `SELECT c.table_name::text, c.column_name::text FROM information_schema.columns c
		JOIN information_schema.tables t USING (table_schema, table_name)
		WHERE c.table_schema = current_schema() AND t.table_type = 'BASE TABLE' ORDER BY 1, c.ordinal_position`)
	if err != nil {
		return nil, fmt.Errorf("the old database's tables: %w", err)
	}
	defer rows.Close()
	there := map[string][]string{}
	for rows.Next() {
		var table, column string
		if err := rows.Scan(&table, &column); err != nil {
			return nil, fmt.Errorf("the old database's tables: %w", err)
		}
		there[table] = append(there[table], column)
	}
	return there, rows.Err()
}

// stranger notes a table that belongs to no model.
func (s *source) stranger(ctx context.Context, tx pgx.Tx, name string, without []string) error {
	if name == "_prisma_migrations" {
		return nil
	}
	var n int64
	if err := tx.QueryRow(ctx, "SELECT count(*) FROM "+quoted(name)).Scan(&n); err != nil {
		return fmt.Errorf("the old table %s: %w", name, err)
	}
	s.leave(name, n, "row", without)
	return nil
}

// leave notes a table or column that is not imported.
func (s *source) leave(name string, holds int64, unit string, without []string) {
	switch {
	case holds == 0:
		s.notes = append(s.notes, name+" is not understood; it is empty.")
	case slices.ContainsFunc(without, func(w string) bool { return strings.EqualFold(strings.TrimSpace(w), name) }):
		s.notes = append(s.notes, fmt.Sprintf("%s was left out, with %s, as you said.", name, phrases.Count(holds, unit)))
	default:
		s.wrong = append(s.wrong, fmt.Sprintf("%s is not understood, and %s would be lost. If nobody needs it, say --without %s.", name, phrases.Count(holds, unit), name))
	}
}

func (s *source) readTable(ctx context.Context, tx pgx.Tx, m *model, name string, columns, without []string) error {
	t := &table{name: name, columns: map[string]int{}}
	s.tables[m.collection] = t
	var list []string
	for _, column := range columns {
		word := m.word(column)
		if _, twice := t.columns[word]; word == "" || twice {
			var n int64
			if err := tx.QueryRow(ctx, "SELECT count(*) FROM "+quoted(name)+" WHERE "+quoted(column)+"::text NOT IN ('', 'false', '0')").Scan(&n); err != nil {
				return fmt.Errorf("the old column %s.%s: %w", name, column, err)
			}
			s.leave(name+"."+column, n, "value", without)
			continue
		}
		t.columns[word] = len(list)
		list = append(list, "coalesce("+quoted(column)+"::text, '')")
	}
	if _, ok := t.columns["id"]; !ok {
		s.wrong = append(s.wrong, name+" has no column id.")
		return nil
	}
	order := "1"
	if i, ok := t.columns["created"]; ok {
		order = fmt.Sprint(i+1) + ", " + fmt.Sprint(t.columns["id"]+1)
	}
	rows, err := tx.Query(ctx, "SELECT "+strings.Join(list, ", ")+" FROM "+quoted(name)+" ORDER BY "+order)
	if err != nil {
		return fmt.Errorf("the old table %s: %w", name, err)
	}
	defer rows.Close()
	for rows.Next() {
		r := row{t, make([]string, len(list))}
		into := make([]any, len(list))
		for i := range into {
			into[i] = &r.values[i]
		}
		if err := rows.Scan(into...); err != nil {
			return fmt.Errorf("the old table %s: %w", name, err)
		}
		t.rows = append(t.rows, r)
	}
	return rows.Err()
}

func quoted(name string) string { return pgx.Identifier{name}.Sanitize() }
