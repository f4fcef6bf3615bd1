export const ssr = false; // a single-page app; the binary serves files only
