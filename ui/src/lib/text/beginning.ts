/** The beginning of a text, of at most so many characters, with an ellipsis if there is more. */
export function beginning(text: string, most: number): string {
	return text.length > most ? text.slice(0, most).replace(/\s+\S*$/, '') + '…' : text;
}
