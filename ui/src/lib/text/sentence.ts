import { words } from '$face/words';

/** The words of a refusal, or of there being no answer at all. */
export function sentenceOf(failure: unknown): string {
	const { status, response } = (failure ?? {}) as {
		status?: number;
		response?: { message?: string; data?: Record<string, { message?: string }> };
	};
	if (!status) return words.errors.notSent;
	const field = Object.values(response?.data ?? {})[0]?.message;
	return field ?? response?.message ?? words.errors.unknown;
}
