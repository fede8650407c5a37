const quietMs = 1000;
const tickMs = 10_000;

/**
 * Runs a step and says so when it takes over a second: its name, a sign of life every ten seconds, its time.
 * @template T
 * @param {string} name
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function step(name, work) {
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
