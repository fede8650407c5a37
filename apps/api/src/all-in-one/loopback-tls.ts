import { createServerIdentity } from '@quarterdeck/simulator';
import { z } from 'zod';
import type { DataFolder } from './data-folder.ts';

const schema = z.object({ caPem: z.string(), certPem: z.string(), keyPem: z.string() });

/** The certificate of this folder for `localhost`, made at the first start: kubeconfigs of yesterday still trust it. */
export async function openLoopbackTls(folder: DataFolder): Promise<z.infer<typeof schema>> {
  const text = await folder.secret('loopback-tls', async () =>
    JSON.stringify(await createServerIdentity('Quarterdeck on this machine', 'quarterdeck')),
  );
  return schema.parse(JSON.parse(text));
}
