package durable

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/benbjohnson/litestream"
	"github.com/spf13/cobra"
)

// awaitTurn stands by until this machine holds the lease. The stand-in that it may leave listening goes on until the data is
// ready.
func (s *service) awaitTurn(address string) (standIn *http.Server, err error) {
	for {
		s.lease, err = s.tryLease()
		if err == nil {
			go s.lease.keep()
			return standIn, nil
		}
		if standIn == nil {
			if standIn, err = standBy(address, err); err != nil {
				return nil, err
			}
		}
		time.Sleep(leaseLook)
	}
}

func (s *service) tryLease() (*lease, error) {
	b, err := openBucket(context.Background(), s.config)
	if err != nil {
		return nil, err
	}
	return takeLease(context.Background(), b)
}

// standBy answers everybody that this machine does not serve now.
func standBy(address string, why error) (*http.Server, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, err
	}
	if held := (*litestream.LeaseExistsError)(nil); errors.As(why, &held) {
		say("Standing by at http://%s: %s serves.", address, held.Owner)
	} else {
		say("Standing by at http://%s: %v", address, why)
	}
	server := &http.Server{Handler: http.HandlerFunc(notHere), ReadHeaderTimeout: reachTimeout}
	go func() { _ = server.Serve(listener) }()
	return server, nil
}

// notHere is PocketBase's form of an error.
func notHere(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Retry-After", fmt.Sprint(leaseTTL/time.Second))
	w.WriteHeader(http.StatusServiceUnavailable)
	_ = json.NewEncoder(w).Encode(map[string]any{"status": http.StatusServiceUnavailable, "data": map[string]any{},
		"message": "This machine stands by. Another one serves the studio."})
}

// listensOn is the address that the command serve is about to listen on, by its flags and PocketBase's defaults.
func listensOn(command *cobra.Command, args []string) (string, error) {
	if err := command.ParseFlags(args); err != nil {
		return "", err
	}
	address, err := command.PersistentFlags().GetString("http")
	switch {
	case err != nil || address != "":
		return address, err
	case command.Flags().NArg() > 0: // domains
		return "0.0.0.0:80", nil
	}
	return "127.0.0.1:8090", nil
}
