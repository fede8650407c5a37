import { versionOf } from './tag-rule.ts';

/** What says which of two builds is the newer one; keys of different schemes are not compared. */
export type OrderKey = { scheme: 'iid' | 'semver' | 'time'; value: string };

/**
 * The number of the pipeline where one is known: numbers of an instance only rise, and Job events and id_tokens carry
 * it, too. Else the version in the tag, else when the image was pushed.
 */
export function orderKeyOf(facts: {
  pipelineId: number | undefined;
  tag: string | undefined;
  bySemver: boolean;
  pushedAt: Date;
}): OrderKey {
  if (facts.pipelineId !== undefined) return { scheme: 'iid', value: String(facts.pipelineId) };
  const version = facts.bySemver && facts.tag !== undefined ? versionOf(facts.tag) : undefined;
  if (version !== undefined) return { scheme: 'semver', value: version };
  return { scheme: 'time', value: String(facts.pushedAt.getTime()) };
}
