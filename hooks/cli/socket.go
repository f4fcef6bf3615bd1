package cli

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"
	"github.com/pocketbase/pocketbase/tools/routine"
)

// socketName is the file in the data directory by which commands reach the running server.
const socketName = "greenroom.sock"

// reachTimeout is how long a command waits for the connection.
const reachTimeout = 2 * time.Second

func socketPath(app core.App) string { return filepath.Join(app.DataDir(), socketName) }

// answerCommands makes the server listen on the socket too, with the same routes and rules: opening the file is not
// enough, a request needs an owner's token.
func answerCommands(app core.App) {
	// Outermost, so that the handler is complete after Next.
	app.OnServe().Bind(&hook.Handler[*core.ServeEvent]{Priority: -9999, Func: func(e *core.ServeEvent) error {
		if err := e.Next(); err != nil {
			return err
		}
		listener, err := listen(socketPath(e.App))
		if err != nil {
			e.App.Logger().Warn("Commands cannot reach this server: what they change shows to clients when they next load a page.",
				"socket", socketPath(e.App), "error", err)
			return nil
		}
		server := e.Server // the server's shutdown closes the listener, which removes the file
		routine.FireAndForget(func() { _ = server.Serve(local{listener}) })
		return nil
	}})
	app.OnBackupCreate().BindFunc(func(e *core.BackupEvent) error {
		e.Exclude = append(e.Exclude, socketName) // a socket cannot be read as a file and would make the backup fail
		return e.Next()
	})
}

// listen opens the socket for this user alone. It replaces the file of a killed server, and fails if a server answers
// on it.
func listen(path string) (net.Listener, error) {
	listener, err := net.Listen("unix", path)
	if errors.Is(err, syscall.EADDRINUSE) {
		if other, err := net.DialTimeout("unix", path, reachTimeout); err == nil {
			_ = other.Close()
			return nil, errors.New("another server answers there")
		}
		if err := os.Remove(path); err != nil {
			return nil, err
		}
		listener, err = net.Listen("unix", path)
	}
	if errors.Is(err, syscall.EINVAL) {
		return nil, errors.New("the path is too long for a socket")
	}
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	return listener, nil
}

// local gives connections by the socket the address 127.0.0.1, because logs, rate limits and the list of superuser IPs
// need an address and that of a socket is empty.
type local struct{ net.Listener }

func (l local) Accept() (net.Conn, error) {
	connection, err := l.Listener.Accept()
	return localConnection{connection}, err
}

type localConnection struct{ net.Conn }

func (localConnection) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)} }
