const esc = '\u001b';
/** Commands to a terminal: colours and movements, titles, links and clipboards, device strings, single letters. */
const commands = new RegExp(
  [
    `${esc}\\[[0-?]*[ -/]*[@-~]?`,
    `${esc}[\\]PX^_][^\u0007${esc}\u009c]*(?:\u0007|${esc}\\\\|\u009c)?`,
    `${esc}[ -/]*[0-~]?`,
    '[\u009b][0-?]*[ -/]*[@-~]?',
    '[\u0090\u0098\u009d-\u009f][^\u0007\u009c]*[\u0007\u009c]?',
  ].join('|'),
  'g',
);
/** Other controls but the tab; they have no width and could hide or overwrite. */
const controls = /[^\P{Cc}\t]/gu;
/** Characters that turn or hide text: shown as what they are. */
const deceiving = /\p{Cf}/gu;

/**
 * A line of a log as it may be shown: what a workload sends to a terminal is taken out, so that it can neither recolour
 * nor overwrite other lines nor reach a clipboard; characters that would turn the text around are spelled out.
 */
export function plainText(line: string): string {
  return line
    .replaceAll(commands, '')
    .replaceAll(controls, '')
    .replaceAll(
      deceiving,
      (character) => `⟨U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}⟩`,
    );
}
