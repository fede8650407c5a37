import { appendFile } from 'node:fs/promises';

/** Adds lines in the form in which container runtimes write logs, which is what KWOK reads. */
export async function appendLog(file: string, lines: string[], stream: 'stdout' | 'stderr' = 'stdout'): Promise<void> {
  await appendFile(file, lines.map((line) => `${new Date().toISOString()} ${stream} F ${line}\n`).join(''));
}
