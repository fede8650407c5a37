import { createHash } from 'node:crypto';
import { getRelease } from '@quarterdeck/contracts';
import { type Cluster, createRandom, waitFor } from '@quarterdeck/testing';
import { mutated, mutatedField } from '../apps/api/src/features/pipelines/events/mutated-body.fixture.ts';
import {
  deploymentEvent,
  harborCloudEvent,
  harborEvent,
  jobEvent,
  pipelineEvent,
  pushEnvelopes,
  pushEvent,
} from '../apps/api/src/features/pipelines/events/payloads.fixture.ts';
import { signed } from '../apps/api/src/features/pipelines/pipelines.fixture.ts';
import { eachOf } from './delivery-fleet.ts';
import { commitOf, type PushedHook, startPushingFleet } from './pushing-fleet.ts';
import { percentile, printResult } from './result.ts';

const bodies = Number(process.argv[2] ?? 50_000);
const seed = Number(process.argv[3] ?? 41);
/** Well-formed ones first: the baseline. */
const wellFormed = Math.min(4000, bodies);
const atOnce = 16;
const goalMiB = 64;
const startedAt = Date.now();

/**
 * Mutated events of every sender and format against the real door, over HTTP, with a worker that processes what it lets
 * in: half of them with the proof of their hook, half without or with a wrong one, and of those every fifth is not mutated
 * at all but forged. None may be answered with 5xx or left unprocessed by a failure, none without its proof may be kept or
 * lead to a release; at the end one of the forged ones is sent with its proof, and does. Baseline: well-formed events.
 */
const bench = await startPushingFleet({ clusters: 1, nodes: 1 });
const { database, hooks, owner, registry, gitlab, server, clusters } = bench;
try {
  const worker = await bench.startWorker();
  const gone: string[] = [];
  for (const [name, { ended }] of Object.entries({ server, worker })) void ended.then(() => gone.push(name));
  const app = await deployPicture();
  const releasesOf = async () =>
    (
      await database.pool.query<{ images: string; number: number }>(
        `SELECT r.images::text AS images, r.number FROM release r JOIN app_environment ae ON ae.id = r.app_environment_id
         WHERE ae.application_id::text = $1 ORDER BY r.number`,
        [app.uuid],
      )
    ).rows;

  const genuine = registry.push('shop/picture', 'genuine', { n: 'genuine' });
  const forged = registry.push('shop/picture', 'forged', { n: 'forged' });
  const formats = formatsOf();
  const rows = new Map<string, Row>();
  const rowOf = (name: string): Row => {
    const row = rows.get(name) ?? { times: [], statuses: new Map() };
    rows.set(name, row);
    return row;
  };

  await peakDuring([...Array(wellFormed).keys()], async (n) => {
    const { make, hook, proof } = formats[n % formats.length] as Format;
    const body = Buffer.from(JSON.stringify(make(genuine, n)));
    await deliver('well-formed', hook, body, proof(body, hook));
  });
  const random = createRandom(seed);
  /** By the hashes of their bodies; those that were sent with their proof, too, are none. */
  const forgeries = new Set<string>();
  const proven = new Set<string>();
  const sendMutant = async (n: number) => {
    const { name, make, hook, proof } = formats[n % formats.length] as Format;
    const isProven = Math.floor(n / formats.length) % 2 === 0;
    const original = Buffer.from(JSON.stringify(make(isProven ? genuine : forged, wellFormed + n)));
    const change = random.below(2) === 0 ? mutated : mutatedField;
    const body = !isProven && random.below(5) === 0 ? original : change(original.toString(), random);
    const headers = isProven ? proof(body, hook) : wrongProof(body, original, hook, proof, random.below(5));
    (isProven ? proven : forgeries).add(createHash('sha256').update(body).digest('hex'));
    await deliver(isProven ? name : `${name}, unproven`, hook, body, headers);
  };
  // A heap that fills for the first time grows to its size whatever comes; one that keeps something goes on growing.
  const all = [...Array(bodies).keys()];
  const first = await peakDuring(all.slice(0, bodies / 2), sendMutant);
  const second = await peakDuring(all.slice(bodies / 2), sendMutant);

  const count = async (sql: string, values: unknown[] = []) =>
    Number((await database.pool.query<{ n: string }>(`SELECT count(*) AS n FROM ${sql}`, values)).rows[0]?.n);
  const kept = await count("hook_delivery WHERE encode(sha256(body), 'hex') = ANY($1)", [
    [...forgeries.difference(proven)],
  ]);
  const unprocessed = await count("hook_delivery WHERE state = 'failed'");
  const states = await database.pool.query<{ state: string; n: string }>(
    'SELECT state, count(*) AS n FROM hook_delivery GROUP BY state ORDER BY state',
  );
  const isForged = ({ images }: { images: string }) => images.includes(forged);
  const untrusted = (await releasesOf()).filter(isForged).length;
  const failures = [...rows.values()].flatMap(({ statuses }) => [...statuses]).filter(([status]) => status >= 500);
  const letIn = [...rows].filter(([name]) => name.endsWith('unproven')).flatMap(([, { statuses }]) => [...statuses]);
  const wronglyTaken = letIn.filter(([status]) => status < 400).reduce((sum, [, n]) => sum + n, 0);

  // The same body that was refused, now with its proof: what is counted above would have been seen.
  const { make, hook, proof } = formats.find(({ name }) => name === 'Distribution') as Format;
  const body = Buffer.from(JSON.stringify(make(forged, bodies + wellFormed)));
  await deliver('well-formed', hook, body, proof(body, hook));
  await waitFor('the release of what is trusted', async () => (await releasesOf()).some(isForged), {
    timeoutMs: 60_000,
  });

  process.stdout.write(
    `seed ${seed}; ${bodies} mutated bodies after ${wellFormed} well-formed ones, ${atOnce} at once\n`,
  );
  process.stdout.write(`${''.padEnd(34)}   bodies  p50, ms  p99, ms  answers\n`);
  for (const [name, { times: ms, statuses }] of rows) {
    const cells = [ms.length, ...[0.5, 0.99].map((share) => percentile(ms, share).toFixed(1))];
    const answers = [...statuses].toSorted(([a], [b]) => a - b).map(([status, n]) => `${status}: ${n}`);
    process.stdout.write(
      `${name.padEnd(34)}${cells.map((cell) => String(cell).padStart(9)).join('')}  ${answers.join(', ')}\n`,
    );
  }
  const mib = (bytes: number) => Math.round(bytes / 2 ** 20);
  process.stdout.write(
    `deliveries: ${states.rows.map(({ state, n }) => `${n} ${state}`).join(', ')}; server and worker at most ${mib(first)} MiB in the first half, ${mib(second)} in the second; ${kept} forged ones kept, ${untrusted} released\n`,
  );
  const times = [...rows].filter(([name]) => name !== 'well-formed').flatMap(([, { times }]) => times);
  const fivehundreds = failures.reduce((sum, [, n]) => sum + n, 0);
  const grownMiB = mib(second - first);
  printResult({
    figure: 'hook-bodies',
    value: fivehundreds,
    unit: 'count',
    baseline: wellFormed,
    goal: 0,
    ok:
      fivehundreds + kept + untrusted + wronglyTaken + unprocessed + gone.length === 0 &&
      grownMiB <= goalMiB &&
      times.length === bodies,
    more: {
      ...{ bodies, seed, wronglyTaken, kept, untrusted, unprocessed, ended: gone.length, grownMiB },
      p99Ms: Math.round(percentile(times, 0.99) * 10) / 10,
      wellFormedP99Ms: Math.round(percentile(rowOf('well-formed').times, 0.99) * 10) / 10,
    },
  });

  async function deployPicture(): Promise<{ uuid: string }> {
    registry.push('shop/picture', '0.9.0', { n: 'first' });
    const [cluster] = clusters as [Cluster];
    const images = { main: `${registry.host}/shop/picture:0.9.0` };
    const place = await bench.deploy('picture', cluster, {
      template: 'cron-job',
      images,
      parameters: { schedule: '0 3 1 1 *' },
    });
    await waitFor(
      'the first release',
      async () =>
        (await owner.call(getRelease, { params: { id: place.releaseId } })).state === 'succeeded' ? true : undefined,
      { timeoutMs: 120_000, everyMs: 500 },
    );
    // A build of GitLab's, and an image alone: one event of either is all that a forger would need.
    await bench.addTrigger(place, 'shop/picture');
    await bench.addTrigger(place, 'shop/built', 22);
    const { rows: found } = await database.pool.query<{ id: string }>(
      "SELECT id::text FROM applications_application WHERE slug = 'picture'",
    );
    return { uuid: found[0]?.id ?? '' };
  }

  /** Sends all, waits until they are processed, and gives the most memory that server and worker had meanwhile, bytes. */
  async function peakDuring(numbers: readonly number[], one: (n: number) => Promise<void>): Promise<number> {
    let most = 0;
    const look = async () => {
      most = Math.max(most, (await bench.usage([server, worker])).rssBytes);
    };
    let done = 0;
    await eachOf(numbers, atOnce, async (n) => {
      await one(n);
      done += 1;
      if (done % 1000 === 0) await look();
    });
    await untilProcessed();
    await look();
    return most;
  }

  async function untilProcessed(): Promise<void> {
    await waitFor(
      'all to be processed',
      async () =>
        (await database.pool.query("SELECT FROM hook_delivery WHERE state = 'received' LIMIT 1")).rowCount === 0,
      { timeoutMs: 180_000, everyMs: 200 },
    );
  }

  /** Sends one, and again where the door asks for a moment. */
  async function deliver(name: string, hook: PushedHook, body: Buffer, headers: Record<string, string>): Promise<void> {
    const { times, statuses } = rowOf(name);
    for (;;) {
      const sentAt = performance.now();
      const response = await bench.send(hook.path, body, headers);
      await response.arrayBuffer();
      if (response.status === 429) {
        await new Promise((resolve) => setTimeout(resolve, 200));
        continue;
      }
      times.push(performance.now() - sentAt);
      statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
      return;
    }
  }

  function formatsOf(): Format[] {
    const bearer: Format['proof'] = (_body, { secret }) => ({ authorization: `Bearer ${secret}` });
    const signature: Format['proof'] = (body, { secret }) => signed(secret, body);
    const token: Format['proof'] = (_body, { secret }) => ({ 'x-gitlab-token': secret });
    const type =
      (name: string, proof: Format['proof']): Format['proof'] =>
      (body, hook) => ({
        ...proof(body, hook),
        'content-type': name,
      });
    gitlab.branches.set('22/main', true);
    const build = (digest: string, n: number) => ({ id: 5000 + n, sha: shaOf(digest, n) });
    const registryHook = hooks.distribution;
    // A second apart, and the last one now: whatever came before is older.
    const at = (n: number) => startedAt + (n - bodies - wellFormed) * 1000;
    const push = (digest: string, n: number) => {
      const [event] = (pushEnvelopes({ digest, tag: `t${n}`, repository: 'shop/picture' }).at(-1)?.events ??
        []) as object[];
      return { events: [{ ...event, timestamp: new Date(at(n)).toISOString() }] };
    };
    const resources = (digest: string, n: number) => [{ digest, tag: `h${n}`, resource_url: 'x' }];
    const data = (digest: string, n: number) => ({
      resources: resources(digest, n),
      repository: { name: 'picture', namespace: 'shop', repo_full_name: 'shop/picture', repo_type: 'private' },
    });
    const v2 = 'application/vnd.docker.distribution.events.v2+json';
    return [
      { name: 'GitLab pipeline', hook: hooks.gitlab, proof: signature, make: (d, n) => pipelineEvent(build(d, n)) },
      {
        name: 'GitLab job',
        hook: hooks.gitlab,
        proof: token,
        make: (d, n) => jobEvent({ build_id: n, pipeline_id: 5000 + n, sha: shaOf(d, n) }),
      },
      { name: 'GitLab push', hook: hooks.gitlab, proof: signature, make: (d, n) => pushEvent(pushed(d, n)) },
      {
        name: 'GitLab tag',
        hook: hooks.gitlab,
        proof: token,
        make: (d, n) => pushEvent({ ...pushed(d, n), object_kind: 'tag_push', ref: `refs/tags/v${n}` }),
      },
      {
        name: 'GitLab deployment',
        hook: hooks.gitlab,
        proof: signature,
        make: (d, n) => ({ ...deploymentEvent(), deployment_id: n, short_sha: shaOf(d, n).slice(0, 8) }),
      },
      { name: 'Distribution', hook: registryHook, proof: type(v2, bearer), make: push },
      {
        name: 'Harbor',
        hook: hooks.harbor,
        proof: bearer,
        make: (d, n) => harborEvent({ occur_at: Math.floor(at(n) / 1000), event_data: data(d, n) }),
      },
      {
        name: 'Harbor CloudEvents',
        hook: hooks.harbor,
        proof: type('application/cloudevents+json', bearer),
        make: (d, n) => harborCloudEvent({ id: `${d} ${n}`, time: new Date(at(n)).toISOString(), data: data(d, n) }),
      },
    ];
  }

  function pushed(digest: string, n: number) {
    return { after: shaOf(digest, n), checkout_sha: shaOf(digest, n) };
  }

  function shaOf(digest: string, n: number): string {
    return digest === forged ? `f0f0f0f0${commitOf(n).slice(8)}` : commitOf(n);
  }

  /** As somebody sends it who has not the secret, or has it of something else. */
  function wrongProof(
    body: Buffer,
    original: Buffer,
    hook: PushedHook,
    proof: Format['proof'],
    kind: number,
  ): Record<string, string> {
    const other = hook === hooks.gitlab ? hooks.harbor : hooks.gitlab;
    const { secret } = hook;
    switch (kind) {
      case 0:
        return {};
      case 1:
        return proof(body, { ...hook, secret: other === hooks.gitlab ? other.secret : `whsec_${'A'.repeat(43)}=` });
      case 2:
        // A true signature of GitLab's, of other bytes or as old as somebody who listened would have it.
        return hook === hooks.gitlab
          ? signed(secret, body.equals(original) ? Buffer.from('{}') : original)
          : { authorization: `Bearer ${secret.slice(0, -1)}` };
      case 3:
        return hook === hooks.gitlab
          ? signed(secret, body, { at: new Date(Date.now() - 600_000) })
          : { authorization: `Bearer ${secret}x` };
      default:
        return { 'x-gitlab-token': secret.toLowerCase(), authorization: secret.toUpperCase() };
    }
  }
} finally {
  await bench.stop();
}

type Row = { times: number[]; statuses: Map<number, number> };

type Format = {
  name: string;
  hook: PushedHook;
  /** @param n makes it one of its own, by whatever its sender tells events apart by */
  make(digest: string, n: number): object;
  proof(body: Buffer, hook: PushedHook): Record<string, string>;
};
