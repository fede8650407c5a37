// Stops the PostgreSQL given by its process id once standard input closes: the parent has died.
const pid = Number(process.argv[2]);
process.stdin.resume();
process.stdin.on('close', () => {
  try {
    process.kill(pid, 'SIGINT');
  } catch {
    // It has ended already.
  }
  process.exit(0);
});
for (const signal of ['SIGINT', 'SIGHUP']) process.on(signal, () => {});
