import { makeDataFolder, removeDataFolder, startProduct } from '@quarterdeck/testing';

export type Portal = { origin: string; setupCode: string; dataDir: string; stop(): Promise<void> };

/** The product as `npm start` runs it, on a data folder of its own. */
export async function startPortal(
  options: { args?: readonly string[]; env?: Readonly<Record<string, string>> } = {},
): Promise<Portal> {
  const dataDir = await makeDataFolder();
  const product = await startProduct({ dataDir, ...options });
  await product.ready().catch(async (error: unknown) => {
    await product.stop();
    await removeDataFolder(dataDir);
    throw error;
  });
  return {
    origin: product.origin,
    dataDir,
    setupCode: /Setup code: (\S+)/.exec(product.output())?.[1] ?? '',
    async stop() {
      await product.stop();
      await removeDataFolder(dataDir);
    },
  };
}
