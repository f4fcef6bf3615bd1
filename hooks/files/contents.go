package files

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/pocketbase/pocketbase/core"
)

// pieceBytes is how much of an object is asked for at a time, and held in memory.
const pieceBytes = 4 << 20

const (
	// pieceTries is how often a piece is asked for whose line broke, once the first has come.
	pieceTries = 3
	// pieceWithin is how long a piece may take.
	pieceWithin = time.Minute
)

// Contents reads an attachment's file from its beginning to its end. From a bucket it comes in pieces, so that whoever
// takes it may be as slow as they like without a connection to the bucket waiting. An error here, not later, is the
// usual way in which a bucket that is down shows itself; fs.ErrNotExist is one of a file that is not there.
func Contents(ctx context.Context, app core.App, attachment, filename string) (io.ReadCloser, error) {
	attachments, err := app.FindCachedCollectionByNameOrId(collection)
	if err != nil {
		return nil, err
	}
	key := attachments.Id + "/" + attachment + "/" + filename
	b, inBucket := (&service{app: app}).store().(bucket)
	if !inBucket {
		return newDisk(app.DataDir()).open(ctx, key)
	}
	p := &pieces{ctx: ctx, fetch: b.piece(key)}
	return p, p.next(1)
}

// Patient lets an answer take as long as it needs while the other side keeps taking some of it.
func Patient(w http.ResponseWriter) http.ResponseWriter { return patient(w) }

// SavedAs is the header by which a browser saves an answer under a name.
func SavedAs(filename string) string { return disposition("attachment", filename) }

// piece gives some bytes of an object from an offset on; none where it ends there.
func (b bucket) piece(key string) func(ctx context.Context, offset int64) ([]byte, error) {
	return func(ctx context.Context, offset int64) ([]byte, error) {
		ctx, end := context.WithTimeout(ctx, pieceWithin)
		defer end()
		out, err := b.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: &b.name, Key: &key,
			Range: aws.String(fmt.Sprintf("bytes=%d-%d", offset, offset+pieceBytes-1))})
		if says(err, "InvalidRange") {
			return nil, nil
		}
		if isMissing(err) {
			return nil, errors.Join(fs.ErrNotExist, err)
		}
		if err != nil {
			return nil, err
		}
		defer out.Body.Close()
		return io.ReadAll(io.LimitReader(out.Body, pieceBytes))
	}
}

// pieces reads an object piece by piece.
type pieces struct {
	ctx    context.Context
	fetch  func(ctx context.Context, offset int64) ([]byte, error)
	held   bytes.Reader
	offset int64 // where the next piece begins
	last   bool  // whether no other follows the one that is held
}

// next holds the next piece, asked for so often.
func (p *pieces) next(tries int) error {
	var piece []byte
	var err error
	for range tries {
		if piece, err = p.fetch(p.ctx, p.offset); err == nil || p.ctx.Err() != nil {
			break
		}
	}
	if err != nil {
		return fmt.Errorf("files: read from %d on: %w", p.offset, err)
	}
	p.offset += int64(len(piece))
	p.last = len(piece) < pieceBytes
	p.held.Reset(piece)
	return nil
}

func (p *pieces) Read(into []byte) (int, error) {
	if p.held.Len() == 0 && !p.last {
		if err := p.next(pieceTries); err != nil {
			return 0, err
		}
	}
	return p.held.Read(into)
}

func (p *pieces) Close() error { return nil }
