package database_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/pocketbase/dbx"
)

// asked is an executor that runs nothing and stores what it should have run.
type asked struct{ run []any }

var errNotRun = errors.New("not run")

func (a *asked) take(text string, args []any) error {
	a.run = append([]any{text}, args...)
	return errNotRun
}

func (a *asked) Exec(text string, args ...any) (sql.Result, error) { return nil, a.take(text, args) }

func (a *asked) ExecContext(_ context.Context, text string, args ...any) (sql.Result, error) {
	return nil, a.take(text, args)
}

func (a *asked) Query(text string, args ...any) (*sql.Rows, error) { return nil, a.take(text, args) }

func (a *asked) QueryContext(_ context.Context, text string, args ...any) (*sql.Rows, error) {
	return nil, a.take(text, args)
}

func (a *asked) Prepare(text string) (*sql.Stmt, error) { return nil, a.take(text, nil) }

// check is PocketBase's check of a create rule.
func check(b dbx.Builder, from, where string, params dbx.Params) *dbx.Query {
	return b.Select("(1)").PreFragment("WITH {{n__pb_create__aaaaaa}} as (SELECT " + from + ")").From("n__pb_create__aaaaaa").
		AndBind(params).AndWhere(dbx.NewExp(where)).Limit(1).Build()
}

// The studio's builder runs what dbx's own runs, with the same arguments.
func TestBuilderRunsWhatDbxRuns(t *testing.T) {
	db := memory(t)
	same := func(t *testing.T, query func(dbx.Builder) *dbx.Query) {
		t.Helper()
		var ours, theirs asked
		for _, run := range []func(*dbx.Query) error{
			func(q *dbx.Query) error { _, err := q.Execute(); return err },
			func(q *dbx.Query) error { _, err := q.WithContext(t.Context()).Execute(); return err },
			func(q *dbx.Query) error { return q.Row(new(int)) },
			func(q *dbx.Query) error { return q.WithContext(t.Context()).Row(new(int)) },
		} {
			ours, theirs = asked{}, asked{}
			got, want := run(query(dbx.BuilderFuncMap["sqlite"](db, &ours))), run(query(dbx.NewSqliteBuilder(db, &theirs)))
			if fmt.Sprint(got) != fmt.Sprint(want) || !reflect.DeepEqual(ours.run, theirs.run) {
				t.Fatalf("ours  %q %v\ndbx's %q %v", ours.run, got, theirs.run, want)
			}
		}
	}
	for name, values := range map[string]dbx.Params{
		"some":                {"title": "Words", "i": 5, "empty": nil},
		"with a dot":          {"a.b": 1, "c": 2},
		"with an expression":  {"i": 5, "created": dbx.NewExp("date({:day})", dbx.Params{"day": "now"})},
		"none":                {},
		"with a quoted name":  {"[[i]]": 1},
		"with a strange name": {"é {:x}": 1},
	} {
		t.Run("a row "+name, func(t *testing.T) {
			same(t, func(b dbx.Builder) *dbx.Query { return b.Insert("n", values) })
		})
	}
	t.Run("a table in brackets", func(t *testing.T) {
		same(t, func(b dbx.Builder) *dbx.Query { return b.Insert("{{n}}", dbx.Params{"i": 5}) })
	})
	for name, params := range map[string]dbx.Params{"all": {"a": 1, "b": "two"}, "one that is missing": {"a": 1}} {
		t.Run("a check, arguments: "+name, func(t *testing.T) {
			same(t, func(b dbx.Builder) *dbx.Query {
				return check(b, "{:a} AS [[i]],{:b} AS [[n.word]]", "[[i]] = {:a} AND {{n}}.[[word]] = '{none}'", params)
			})
		})
	}
	t.Run("any check", func(t *testing.T) {
		chosen := rand.New(rand.NewPCG(1, 1))
		parts := strings.Split("{: } {{ }} [[ ]] a B 7 _ . - é { [ ] ? '", " ")
		for range 5000 {
			var from strings.Builder
			for range 1 + chosen.IntN(12) {
				from.WriteString(parts[chosen.IntN(len(parts))])
			}
			params := dbx.Params{}
			for _, name := range []string{"a", "B", "7", "aB", "_"} {
				params[name] = name
			}
			same(t, func(b dbx.Builder) *dbx.Query { return check(b, from.String(), "[[i]] = {:a}", params) })
		}
	})
}

// With --dev, PocketBase logs each statement's text, which it reads from dbx's query.
func TestBuilderLeavesTextsToALog(t *testing.T) {
	db := memory(t)
	logged := ""
	db.ExecLogFunc = func(_ context.Context, _ time.Duration, text string, _ sql.Result, _ error) { logged = text }
	if _, err := db.Insert("n", dbx.Params{"i": 5}).Execute(); err != nil {
		t.Fatal(err)
	}
	if logged != "INSERT INTO `n` (`i`) VALUES (5)" {
		t.Errorf("%q", logged)
	}
}

func memory(t testing.TB) *dbx.DB {
	t.Helper()
	db, err := dbx.Open("sqlite", ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	db.DB().SetMaxOpenConns(1)
	if _, err := db.NewQuery("CREATE TABLE n (i INTEGER)").Execute(); err != nil {
		t.Fatal(err)
	}
	return db
}

// BenchmarkBuilder writes the insert and the check of a record with thirty fields, with dbx's builder and the studio's.
func BenchmarkBuilder(b *testing.B) {
	db, values, params, from := memory(b), dbx.Params{}, dbx.Params{}, []string{}
	for i := range 30 {
		name := fmt.Sprintf("field%d", i)
		values[name], params["__pb_create__"+name] = i, i
		from = append(from, "{:__pb_create__"+name+"} AS [["+name+"]]")
	}
	for name, builder := range map[string]dbx.Builder{"dbx's": dbx.NewSqliteBuilder(db, &asked{}), "the studio's": dbx.BuilderFuncMap["sqlite"](db, &asked{})} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				_, _ = builder.Insert("n", values).Execute()
				_ = check(builder, strings.Join(from, ","), "[[field1]] = {:__pb_create__field1}", params).Row(new(int))
			}
		})
	}
}
