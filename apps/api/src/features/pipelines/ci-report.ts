import type { CiProgress } from '@quarterdeck/contracts';

const words: Readonly<Record<CiProgress['outcome'], string>> = {
  running: 'is under way',
  healthy: 'is healthy',
  failed: 'has failed',
  waits_for_a_person: 'waits for a person',
  ended: 'has ended without going out everywhere',
};

/**
 * A release in lines for the log of a job. The last line is `exit <code>` once it is known what the job ends with, and
 * only then: a shell tells by it alone whether to go on.
 */
export function ciReport(progress: CiProgress): string {
  const { number, application, environment, outcome, healthyCount, targetCount, exitCode } = progress;
  const counts = targetCount === 0 ? '' : `, ${healthyCount} of ${targetCount} clusters healthy`;
  const lines = [
    `${application} ${environment} #${number} ${words[outcome]}${counts}`,
    ...progress.waits.map((wait) => `  ${wait}`),
    ...progress.causes.flatMap(({ summary, clusters, nextStep }) => [
      `  ${clusters.join(', ')}: ${summary}`,
      ...(nextStep === undefined ? [] : [`    next: ${nextStep}`]),
    ]),
    ...progress.unwellNeeds.map(
      (need) =>
        `  it needs ${need.project}/${need.application}: ${need.health.replaceAll('_', ' ')}${need.reason === undefined ? '' : `, ${need.reason}`}`,
    ),
    ...(outcome === 'running' ? [] : [`  ${progress.url}`]),
  ].map(oneLine);
  return `${[...lines, ...(exitCode === undefined ? [] : [`exit ${exitCode}`])].join('\n')}\n`;
}

/**
 * A message of a cluster cannot end a line, pass for the last one, or speak to the terminal that shows the log: other
 * than indented it never stands.
 */
function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trimEnd();
}
