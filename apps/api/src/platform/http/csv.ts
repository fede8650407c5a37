/** What a spreadsheet would run as a formula. */
const formula = /^[=+\-@\t\r]/;

/**
 * One line of CSV (RFC 4180). A cell that a spreadsheet would take for a formula gets a `'` in front: names and reasons
 * come from people and from clusters.
 */
export function csvLine(cells: readonly (string | undefined)[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`;
}

function csvCell(text: string | undefined): string {
  if (text === undefined) return '';
  const safe = formula.test(text) ? `'${text}` : text;
  return safe !== text || /[",\r\n]/.test(text) ? `"${safe.replaceAll('"', '""')}"` : text;
}
