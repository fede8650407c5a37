import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../objects/types.ts';
import { logFormatAnnotation } from './log-lines.ts';
import { logLines } from './logs.ts';

const metadata = { name: 'web', namespace: 'a', uid: 'u', resourceVersion: '1', creationTimestamp: '' };
const pod: KubeObject = { apiVersion: 'v1', kind: 'Pod', metadata };
const minute = 60_000;

describe('the log of a simulated pod', () => {
  it('is the same every time, however it is cut', () => {
    const whole = logLines('seed', pod, { fromMs: 0, toMs: 10 * minute });
    const halves = [
      ...logLines('seed', pod, { fromMs: 0, toMs: 5 * minute }),
      ...logLines('seed', pod, { fromMs: 5 * minute, toMs: 10 * minute }),
    ];
    expect(halves).toEqual(whole);
    expect(logLines('seed', pod, { fromMs: 0, toMs: 10 * minute, tail: 3 })).toEqual(whole.slice(-3));
  });

  it('is another one for another pod or seed', () => {
    const window = { fromMs: 0, toMs: minute };
    const other = { ...pod, metadata: { ...metadata, uid: 'v' } };
    expect(logLines('seed', other, window)).not.toEqual(logLines('seed', pod, window));
    expect(logLines('sown', pod, window)).not.toEqual(logLines('seed', pod, window));
  });

  it('holds lines of JSON with durations that can be', () => {
    for (const { text } of logLines('seed', pod, { fromMs: 0, toMs: 60 * minute })) {
      const { ms } = JSON.parse(text) as { ms: number };
      expect(ms).toBeGreaterThanOrEqual(0);
    }
  });

  it.each([
    [
      'nginx',
      /^198\.51\.100\.\d+ - - \[01\/Jan\/1970:\d\d:\d\d:\d\d \+0000\] "GET \S+ HTTP\/1\.1" (200|504) \d+ "-" ".*" \d\.\d{3}$/,
    ],
    ['klog', /^[IWE]0101 \d\d:\d\d:\d\d\.\d{6} {7}1 sync\.go:\d+\] "/],
  ])('is of the format %s where its pod says so', (format, shape) => {
    const annotated = { ...pod, metadata: { ...metadata, annotations: { [logFormatAnnotation]: format } } };
    const lines = logLines('seed', annotated, { fromMs: 0, toMs: 60 * minute });
    expect(lines.length).toBe(1800);
    for (const { text } of lines) expect(text).toMatch(shape);
  });

  it('of PHP has errors over several lines, each with the same time', () => {
    const annotated = { ...pod, metadata: { ...metadata, annotations: { [logFormatAnnotation]: 'php-fpm' } } };
    const lines = logLines('seed', annotated, { fromMs: 0, toMs: 60 * minute });
    const first = lines.findIndex(({ text }) => text.includes('Fatal error'));
    expect(lines.slice(first, first + 5).map(({ at }) => at)).toEqual(
      Array.from({ length: 5 }, () => lines[first]?.at),
    );
    expect(lines[first + 1]?.text).toBe('Stack trace:');
    expect(logLines('seed', annotated, { fromMs: 0, toMs: 60 * minute, tail: 3 })).toEqual(lines.slice(-3));
  });
});
