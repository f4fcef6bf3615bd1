package doctor

import (
	"os"
	"path/filepath"
)

// envFile is where the settings may stand, beside the binary; empty where nobody knows where that is.
func envFile() string {
	binary, err := os.Executable()
	if err != nil {
		return ""
	}
	return filepath.Join(filepath.Dir(binary), ".env")
}

// secrets looks whether other users of this machine can read the passwords in the .env file.
func secrets(p *patient) check {
	info, err := os.Stat(p.envFile)
	if err != nil { // there is none, or it was said of the configuration
		return check{}
	}
	if info.Mode().Perm()&0o077 == 0 {
		return check{"secrets", ok, "nobody else can read " + p.envFile, ""}
	}
	return check{"secrets", warning, "other users of this machine can read " + p.envFile, "Close it: chmod 600 " + p.envFile}
}
