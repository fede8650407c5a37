export function verdictOf(answer: { code: number; output: string }): { found: string[] } | { unasked: string };
