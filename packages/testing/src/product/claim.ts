import { type Client, createClient } from '@quarterdeck/api-client';
import { claimInstance } from '@quarterdeck/contracts';
import type { Product } from './product.ts';

export const productOwner = { name: 'owner', displayName: 'Test Owner', password: 'correct horse battery staple' };

/** The owner of a product that was just claimed: the typed client, and the cookie for what it does not cover. */
export type Owner = Client & { cookie: string };

/** Claims a product that has just started for the first time, with the code it printed. */
export async function claimProduct(product: Product): Promise<Owner> {
  const code = /Setup code: (\S+)/.exec(product.output())?.[1] ?? '';
  let cookie = '';
  const client = createClient({
    baseUrl: `${product.origin}/api/v1`,
    fetch: async (url, init) => {
      const headers = { ...init?.headers, origin: product.origin, ...(cookie === '' ? {} : { cookie }) };
      const response = await fetch(url, { ...init, headers });
      cookie = response.headers.get('set-cookie')?.split(';', 1)[0] ?? cookie;
      return response;
    },
  });
  await client.call(claimInstance, { body: { code, ...productOwner } });
  return { call: client.call, cookie };
}
