package demo

import "github.com/pocketbase/pocketbase"

func Register(app *pocketbase.PocketBase) {}
