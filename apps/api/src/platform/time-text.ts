/**
 * A time in a sentence that the server says: `2026-11-23 14:02 UTC`. Whoever reads it is in a zone that only their page
 * knows; where a page shows the time itself, it gets it as a field.
 */
export function timeText(at: Date): string {
  return `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
