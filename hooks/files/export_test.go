package files

import (
	"context"

	"github.com/pocketbase/pocketbase/core"
)

// NewBin returns a bucket without a studio.
func NewBin(c core.S3Config) Bin { return Bin{newBucket(c)} }

// CopyParts copies an object as one beyond maxCopyBytes, in parts of a chosen size.
func (b Bin) CopyParts(ctx context.Context, from, to string, sizeBytes, partBytes int64) error {
	return b.copyParts(ctx, b.name+"/"+escapedKey(from), to, sizeBytes, partBytes)
}
