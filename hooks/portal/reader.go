package portal

import (
	"context"

	"github.com/pocketbase/pocketbase/core"
)

// Reader reads pages for the owner, who sees more in them than clients do.
type Reader struct{ s *statements }

// NewReader makes a reader that is kept as long as the app.
func NewReader(app core.App) *Reader { return &Reader{newStatements(app)} }

// Project gives a project's page as a JSON object, shaped as GET /api/portal/projects/{id} has it, with the words of deleted
// comments in their bodies.
func (r *Reader) Project(ctx context.Context, project *core.Record) ([]byte, error) {
	return buildProject(ctx, r.s, nil, project.Id, project.GetString("client"), nobody, asTheOwnerSees)
}
