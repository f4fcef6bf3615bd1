/** The words of HTML that the server made of somebody's Markdown. */
export function plain(html: string): string {
	return new DOMParser().parseFromString(html, 'text/html').body.textContent.trim();
}
