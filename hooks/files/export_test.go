package files

import (
	"context"

	"github.com/pocketbase/pocketbase/core"
)

// NewCopier returns a bucket without a studio.
func NewCopier(c core.S3Config) Copier { return Copier{newBucket(c)} }

// CopyParts copies an object as one beyond maxCopyBytes, in parts of a chosen size.
func (b Copier) CopyParts(ctx context.Context, from, to string, sizeBytes, partBytes int64) error {
	return b.copyParts(ctx, b.name+"/"+escapedKey(from), to, sizeBytes, partBytes)
}
