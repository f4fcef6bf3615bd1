package studio

// Templates are the usual milestones of a project by service, in order. The form offers them for editing; nothing
// depends on them afterwards.
var Templates = map[string][]string{
	"SOFTWARE":      {"Discovery", "Scope and quote agreed", "Design", "Build", "Testing", "Launch", "Handover"},
	"ACCESSIBILITY": {"Scope and sample agreed", "Automated checks", "Manual audit", "Report", "Walk-through of the report", "Fixes checked", "Statement"},
	"AUDIO":         {"Files received", "Preparation", "First mix", "Revisions", "Final mix", "Master", "Delivery"},
	"PRODUCTION":    {"Pre-production", "Arrangement", "Recording", "Editing", "Mix", "Master", "Release"},
	"MUSICIAN":      {"Brief and parts", "Demo", "Recording", "Revisions", "Stems delivered"},
}
