package testkit

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/pocketbase/pocketbase/core"

	_ "greenroom/pb_migrations"
)

// These are the email and password of the owner in every studio of the kit.
const (
	OwnerEmail    = "owner@example.com"
	OwnerPassword = "a password of tests"
)

// Dir returns a new data directory with the schema, the owner and no records.
func Dir(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	Fill(t, dir)
	return dir
}

// Fill copies the files of Dir into an empty data directory.
func Fill(t testing.TB, dir string) {
	t.Helper()
	for name, content := range migrated() {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// migrated has the files of a data directory with the schema and no records. Migrating takes more than a second of
// processor time, so it is done once for all test programs of the same sources and stored in the user's cache.
var migrated = sync.OnceValue(func() map[string][]byte {
	cache, err := os.UserCacheDir()
	if err != nil {
		panic(err)
	}
	cached := filepath.Join(cache, "greenroom-tools", "migrated-"+sourcesOfSchema())
	if files, err := read(cached); err == nil {
		return files
	}
	if err := os.MkdirAll(filepath.Dir(cached), 0o755); err != nil {
		panic(err)
	}
	fresh, err := os.MkdirTemp(filepath.Dir(cached), "migrating-")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(fresh)
	if err := migrate(fresh); err != nil {
		panic(err)
	}
	files, err := read(fresh)
	if err != nil {
		panic(err)
	}
	_ = os.Rename(fresh, cached) // another test program may have been faster
	return files
})

func read(dir string) (files map[string][]byte, err error) {
	files = map[string][]byte{}
	for _, name := range []string{"data.db", "auxiliary.db"} {
		if files[name], err = os.ReadFile(filepath.Join(dir, name)); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// sourcesOfSchema returns a hash of everything that determines the result: the migrations, the versions of PocketBase
// and Go, and this file.
func sourcesOfSchema() string {
	root, err := os.Getwd() // the directory of the package under test
	if err != nil {
		panic(err)
	}
	for !exists(filepath.Join(root, "go.mod")) {
		if root == filepath.Dir(root) {
			panic("the tests do not run inside the module")
		}
		root = filepath.Dir(root)
	}
	sources, err := filepath.Glob(filepath.Join(root, "pb_migrations", "*.go"))
	if err != nil {
		panic(err)
	}
	sources = slices.DeleteFunc(sources, func(path string) bool { return strings.HasSuffix(path, "_test.go") })
	sum := sha256.New()
	fmt.Fprintln(sum, runtime.Version())
	for _, path := range append(sources, filepath.Join(root, "go.sum"), filepath.Join(root, "hooks", "testkit", "migrated.go")) {
		content, err := os.ReadFile(path)
		if err != nil {
			panic(err)
		}
		fmt.Fprintln(sum, filepath.Base(path), len(content))
		sum.Write(content)
	}
	return fmt.Sprintf("%x", sum.Sum(nil)[:12])
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func migrate(dir string) error {
	app := newApp(dir, nil)
	if err := app.Bootstrap(); err != nil {
		return err
	}
	if err := app.RunAllMigrations(); err != nil {
		return err
	}
	superusers, err := app.FindCollectionByNameOrId(core.CollectionNameSuperusers)
	if err != nil {
		return err
	}
	if err := cheapenPasswords(app); err != nil {
		return err
	}
	owner := core.NewRecord(superusers)
	owner.SetEmail(OwnerEmail)
	owner.SetPassword(OwnerPassword)
	if err := app.Save(owner); err != nil {
		return err
	}
	app.Settings().RateLimits.Enabled = false // tests make more requests than people
	if err := app.Save(app.Settings()); err != nil {
		return err
	}
	return app.ClearBootstrap()
}

const cheapestHash = 4 // the least that bcrypt takes

// cheapenPasswords lowers the cost of hashing passwords and codes. Every client has a password, at random, which takes
// most of the time of making a client otherwise.
func cheapenPasswords(app core.App) error {
	collections, err := app.FindAllCollections(core.CollectionTypeAuth, core.CollectionTypeBase)
	if err != nil {
		return err
	}
	for _, collection := range collections {
		field, ok := collection.Fields.GetByName(core.FieldNamePassword).(*core.PasswordField)
		if !ok {
			continue
		}
		field.Cost = cheapestHash
		if err := app.Save(collection); err != nil {
			return err
		}
	}
	return nil
}
