package doctor

import (
	"os"
	"path/filepath"
)

// envFile returns the path of the .env file beside the binary; empty if that is not known.
func envFile() string {
	binary, err := os.Executable()
	if err != nil {
		return ""
	}
	return filepath.Join(filepath.Dir(binary), ".env")
}

// secrets checks whether other users of this machine can read the .env file.
func secrets(p *patient) check {
	info, err := os.Stat(p.envFile)
	if err != nil { // there is none, or the check of the configuration reports it
		return check{}
	}
	if info.Mode().Perm()&0o077 == 0 {
		return check{"secrets", ok, "nobody else can read " + p.envFile, ""}
	}
	return check{"secrets", warning, "other users of this machine can read " + p.envFile, "Close it: chmod 600 " + p.envFile}
}
