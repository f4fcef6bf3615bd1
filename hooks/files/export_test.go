package files

import (
	"context"

	"github.com/pocketbase/pocketbase/core"
)

// NewBin is a bucket without a studio.
func NewBin(c core.S3Config) Bin { return Bin{newBucket(c)} }

// CopyParts copies as an object beyond the limit is copied, in parts of any size.
func (b Bin) CopyParts(ctx context.Context, from, to string, sizeBytes, partBytes int64) error {
	return b.copyParts(ctx, b.name+"/"+escapedKey(from), to, sizeBytes, partBytes)
}
