const quietMs = 1000;
const tickMs = 5000;

/** Shows a step on the terminal once it takes over a second, with its time at the end. */
export async function step<T>(name: string, work: () => Promise<T>): Promise<T> {
  const started = performance.now();
  const seconds = () => `${((performance.now() - started) / 1000).toFixed(1)} s`;
  let shown = false;
  const first = setTimeout(() => {
    shown = true;
    process.stdout.write(`  ${name} …\n`);
  }, quietMs);
  const tick = setInterval(() => process.stdout.write(`  ${name} … ${seconds()}\n`), tickMs);
  try {
    const value = await work();
    if (shown) process.stdout.write(`  ${name} done, ${seconds()}\n`);
    return value;
  } finally {
    clearTimeout(first);
    clearInterval(tick);
  }
}
