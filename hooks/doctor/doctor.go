package doctor

import (
	"github.com/pocketbase/pocketbase"
	"greenroom/hooks/config"
)

func Register(app *pocketbase.PocketBase, c config.Config, mistake error) {}
