import { mutate } from './mutate.ts';

/** Cells are quoted for the format and not for the spreadsheet that opens it. */
export default mutate<typeof import('../../apps/api/src/platform/http/csv.ts')>({
  csvLine: () => (cells) => `${cells.map((cell) => `"${(cell ?? '').replaceAll('"', '""')}"`).join(',')}\r\n`,
});
