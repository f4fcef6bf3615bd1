import { Late } from '$lib/browser/in_time';
import { words } from '$face/words';

/** The sentence of a refusal, or of the absence of an answer. */
export function sentenceOf(failure: unknown): string {
	const { status, response } = (failure ?? {}) as {
		status?: number;
		response?: { message?: string; data?: Record<string, { message?: string }> };
	};
	if (failure instanceof Late) return words.errors.unknown;
	if (!status) return words.errors.notSent;
	const field = Object.values(response?.data ?? {})[0]?.message;
	return field ?? response?.message ?? words.errors.unknown;
}
