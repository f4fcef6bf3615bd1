/**
 * Throws if an answer that looks like a success is not the studio's: a train's or hotel's network, or a proxy, answers
 * with a page of its own, which the SDK would take for an empty record. Forms say that there is no connection.
 */
export function requireOwnAnswer({ ok, status, headers }: Response): void {
	const isJSON = headers.get('Content-Type')?.startsWith('application/json');
	if (ok && status !== 204 && !isJSON) throw new Error();
}
