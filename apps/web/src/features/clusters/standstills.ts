import type { ClusterHistory } from '@quarterdeck/contracts';

type Incident = ClusterHistory['incidents'][number];

/** Watches of several kinds that stood still together, for one reason. */
export type Standstill = Omit<Incident, 'kind'> & { kinds: string[] };

/** Watches of a cluster go and come one after the other within so long. */
const togetherMs = 60_000;

/** A cluster that goes takes every watch along: told once, from the first to the last of them. */
export function standstillsOf(incidents: readonly Incident[]): Standstill[] {
  const found: Standstill[] = [];
  for (const { kind, ...incident } of incidents) {
    const same = found.find(
      (each) =>
        each.state === incident.state &&
        each.error === incident.error &&
        (each.endedAt === undefined) === (incident.endedAt === undefined) &&
        near(each.beganAt, incident.beganAt) &&
        near(each.endedAt, incident.endedAt),
    );
    if (same === undefined) {
      found.push({ ...incident, kinds: [kind] });
      continue;
    }
    same.kinds.push(kind);
    if (incident.beganAt < same.beganAt) same.beganAt = incident.beganAt;
    if (incident.endedAt !== undefined && (same.endedAt ?? '') < incident.endedAt) same.endedAt = incident.endedAt;
  }
  return found;
}

function near(a: string | undefined, b: string | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return Math.abs(Date.parse(a) - Date.parse(b)) <= togetherMs;
}
