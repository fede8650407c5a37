/** How the lines of a container look; on a pod, `sim.quarterdeck.dev/log-format`. */
export const logFormatAnnotation = 'sim.quarterdeck.dev/log-format';

const paths = ['/healthz', '/api/v1/feed', '/api/v1/upload', '/api/v1/items', '/metrics'];
const agents = ['okhttp/5.1.0', 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X)', 'kube-probe/1.34'];

/** What one moment writes, line by line. @param number stands for the moment; the same one always gives the same lines */
export function linesOf(format: string | undefined, number: number, atMs: number): string[] {
  const time = new Date(atMs);
  const isBad = number % 97 === 0;
  const path = paths[number % paths.length] ?? '/';
  const ms = (number >>> 4) % 180;
  if (format === 'nginx') return [nginx(time, { path, isBad, ms, number })];
  if (format === 'klog') return [klog(time, { isBad, number, ms })];
  if (format === 'php-fpm') return phpFpm(time, { path, isBad: number % 41 === 0, number });
  return [
    JSON.stringify({
      level: isBad ? 'error' : number % 23 === 0 ? 'warn' : 'info',
      msg: isBad ? 'upstream did not answer in time' : 'request served',
      path,
      status: isBad ? 504 : 200,
      ms,
    }),
  ];
}

const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');
const two = (value: number) => String(value).padStart(2, '0');
const clock = (time: Date) => [time.getUTCHours(), time.getUTCMinutes(), time.getUTCSeconds()].map(two).join(':');
const day = (time: Date, between: string) =>
  [two(time.getUTCDate()), months[time.getUTCMonth()], time.getUTCFullYear()].join(between);

type Seen = { path: string; isBad: boolean; ms: number; number: number };

function nginx(time: Date, { path, isBad, ms, number }: Seen): string {
  const address = `198.51.100.${number % 254}`;
  const request = `"GET ${path} HTTP/1.1" ${isBad ? 504 : 200} ${(number >>> 6) % 9000}`;
  return `${address} - - [${day(time, '/')}:${clock(time)} +0000] ${request} "-" "${agents[number % agents.length]}" ${(ms / 1000).toFixed(3)}`;
}

function klog(time: Date, { isBad, number, ms }: Omit<Seen, 'path'>): string {
  const head = `${isBad ? 'E' : number % 23 === 0 ? 'W' : 'I'}${two(time.getUTCMonth() + 1)}${two(time.getUTCDate())}`;
  const stamp = `${clock(time)}.${String(time.getUTCMilliseconds()).padStart(3, '0')}000`;
  const words = isBad
    ? '"Cannot read the usage of a pod" err="context deadline exceeded"'
    : `"Sync finished" took="${ms}ms"`;
  return `${head} ${stamp}       1 sync.go:${100 + (number % 80)}] ${words}`;
}

/** An error comes with its trace, over several lines. */
function phpFpm(time: Date, { path, isBad, number }: Omit<Seen, 'ms'>): string[] {
  const head = `[${day(time, '-')} ${clock(time)}]`;
  if (!isBad) return [`${head} NOTICE: [pool www] child ${20 + (number % 12)} served ${path}`];
  return [
    `${head} WARNING: [pool www] child ${20 + (number % 12)} said into stderr: "PHP Fatal error:  Uncaught RedisException: read error on connection to redis:6379 in /app/src/Session.php:88"`,
    'Stack trace:',
    '#0 /app/src/Session.php(88): Redis->get()',
    '#1 /app/public/index.php(21): App\\Session->load()',
    '#2 {main}',
  ];
}
