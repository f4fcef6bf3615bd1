export const ssr = false; // one page, filled in the browser; the binary serves files
