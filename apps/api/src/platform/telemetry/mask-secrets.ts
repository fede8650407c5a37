/**
 * What must not leave even when a message carries it: our tokens, JSON web tokens, PEM blocks, bearer and basic
 * credentials, passwords inside URLs. Linear in the length of the text: hostile programs write into our errors.
 */
const secretPatterns: readonly (readonly [RegExp, string])[] = [
  [/\bqd[psw]_[A-Za-z0-9_]{8,}/g, '[secret]'],
  [/\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]*)?/g, '[secret]'],
  // Inside JSON the line ends of a PEM block are the two characters "\n"; the pattern takes any text between.
  [/-----BEGIN [A-Z ]+-----[\s\S]*?(?:-----END [A-Z ]+-----|$)/g, '[secret]'],
  [/\b([Bb]earer|[Bb]asic)\s+[A-Za-z0-9._~+/=-]{8,}/g, '$1 [secret]'],
  [/(?<![a-z0-9+.-])([a-z][a-z0-9+.-]{0,30}:\/\/[^\s:/@"]{1,200}):[^\s/@"]{1,1000}@/gi, '$1:[secret]@'],
];

/** Replaces everything that looks like a secret. */
export function maskSecrets(text: string): string {
  let masked = text;
  for (const [pattern, instead] of secretPatterns) masked = masked.replaceAll(pattern, instead);
  return masked;
}
