package files

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/pocketbase/pocketbase/core"
)

// pieceBytes is how much of an object is requested, and held in memory, at a time.
const pieceBytes = 4 << 20

const (
	// pieceTries is how often a piece after the first is requested when the connection fails.
	pieceTries = 3
	// pieceWithin limits the time for one piece.
	pieceWithin = time.Minute
)

// Contents reads an attachment's file from beginning to end. From a bucket it reads in pieces, so that a slow reader
// does not hold a connection open. The first piece is read at once: a bucket that is down is an error here rather than
// later, and a missing file is fs.ErrNotExist.
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

// SavedAs returns the Content-Disposition header for saving an answer under a name.
func SavedAs(filename string) string { return disposition("attachment", filename) }

// piece returns a function that reads up to pieceBytes of an object from an offset; none at its end.
func (b bucket) piece(key string) func(ctx context.Context, offset int64) ([]byte, error) {
	return func(ctx context.Context, offset int64) ([]byte, error) {
		ctx, end := context.WithTimeout(ctx, pieceWithin)
		defer end()
		out, err := b.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: &b.name, Key: &key,
			Range: aws.String(fmt.Sprintf("bytes=%d-%d", offset, offset+pieceBytes-1))})
		if hasCode(err, "InvalidRange") {
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

// pieces is a reader of an object in pieces.
type pieces struct {
	ctx    context.Context
	fetch  func(ctx context.Context, offset int64) ([]byte, error)
	held   bytes.Reader
	offset int64 // of the next piece
	last   bool  // whether the piece in held is the last
}

// next requests the next piece, up to so many times.
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
