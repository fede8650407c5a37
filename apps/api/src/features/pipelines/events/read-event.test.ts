import { describe, expect, it } from 'vitest';
import { pushTime } from './image-words.ts';
import {
  commitA,
  deploymentEvent,
  digestA,
  harborCloudEvent,
  harborEvent,
  jobEvent,
  pipelineEvent,
  pushEnvelopes,
  pushEvent,
} from './payloads.fixture.ts';
import { dedupeKeyOf, readEvent } from './read-event.ts';

const build = {
  kind: 'build',
  gitlabProjectId: 22,
  commit: commitA,
  ref: 'main',
  refType: 'branch',
  pipelineId: 1212,
};

describe('an event of GitLab', () => {
  it('tells of a pipeline and of a job that succeeded', () => {
    expect(readEvent('gitlab', pipelineEvent())).toEqual({ event: 'pipeline', facts: [build] });
    expect(readEvent('gitlab', jobEvent())).toEqual({ event: 'job', facts: [{ ...build, job: 'image' }] });
  });

  it('tells of commits on branches and tags', () => {
    const commit = { kind: 'commit', gitlabProjectId: 22, commit: commitA, ref: 'main', refType: 'branch' };
    expect(readEvent('gitlab', pushEvent())).toEqual({ event: 'push', facts: [commit] });
    const tag = pushEvent({ object_kind: 'tag_push', ref: 'refs/tags/v1.4.2', after: 'd'.repeat(40) });
    expect(readEvent('gitlab', tag)).toEqual({
      event: 'tag_push',
      facts: [{ ...commit, ref: 'v1.4.2', refType: 'tag' }],
    });
  });

  it.each([
    ['a pipeline that runs', pipelineEvent({ status: 'running' }), 'not_successful'],
    ['a job that failed', jobEvent({ build_status: 'failed' }), 'not_successful'],
    ['what we told GitLab as a deployment', deploymentEvent(), 'own_echo'],
    ['what our commit status made of a pipeline', pipelineEvent({ source: 'external' }), 'own_echo'],
    [
      'S42 a merge request from a fork',
      pipelineEvent(
        { source: 'merge_request_event' },
        { merge_request: { source_project_id: 99, target_project_id: 22 } },
      ),
      'fork_merge_request',
    ],
    [
      'a merge request within the project',
      pipelineEvent(
        { source: 'merge_request_event' },
        { merge_request: { source_project_id: 22, target_project_id: 22 } },
      ),
      'merge_request',
    ],
    ['S42 a job of a merge request', jobEvent({ ref: 'refs/merge-requests/7/head' }), 'merge_request'],
    ['a deleted branch', pushEvent({ after: '0'.repeat(40), checkout_sha: null }), 'ref_deleted'],
    ['a comment', { object_kind: 'note' }, 'event_unwanted'],
    ['nothing', null, 'event_unwanted'],
    ['a commit that is none', pipelineEvent({ sha: 'main' }), 'event_unreadable'],
    ['a commit checked out that is none', pushEvent({ checkout_sha: '\u0000' }), 'event_unreadable'],
    ['a project by its path', pipelineEvent({}, { project: { id: 'shop/web' } }), 'event_unreadable'],
  ])('starts nothing by %s', (_, body, code) => {
    expect(readEvent('gitlab', body)).toMatchObject({ code, detail: expect.stringMatching(/\w+ .*\.$/) });
  });
});

describe('an event of a registry', () => {
  const heardAt = new Date('2026-11-26T10:00:00Z');

  it.each([
    ['before we heard of it', '2026-11-26T09:59:59Z', '2026-11-26T09:59:59Z'],
    ['never', undefined, heardAt],
    ['by a clock ahead of ours', '2026-11-26T10:00:01Z', heardAt],
    ['in the year 255486', 8e15, heardAt],
    ['before there were computers', -8e15, heardAt],
  ])('of a push %s has a time that the order of releases can go by', (_, said, expected) => {
    expect(pushTime(said === undefined ? undefined : new Date(said), heardAt)).toEqual(new Date(expected));
  });

  it('tells of the one image with a tag among the 21 of a push', () => {
    const readings = pushEnvelopes().map((body) => readEvent('distribution', body));
    const telling = readings.flatMap((reading) => ('facts' in reading ? reading.facts : []));
    expect(readings).toHaveLength(21);
    expect(telling).toEqual([
      {
        kind: 'image',
        path: 'shop/web',
        tag: `1.4.2-${commitA.slice(0, 8)}`,
        digest: digestA,
        pushedAt: new Date('2026-11-25T10:00:01.500Z'),
      },
    ]);
  });

  it('is read past others that cannot be read', () => {
    const event = pushEnvelopes()
      .flatMap(({ events }) => events)
      .at(-1);
    expect(readEvent('distribution', { events: [null, 7, { id: 'x' }, event] })).toMatchObject({ event: 'push' });
    expect(readEvent('distribution', {})).toMatchObject({ code: 'event_unreadable' });
  });

  it.each([
    ['default', harborEvent(), new Date(1_795_600_800_000)],
    ['CloudEvents', harborCloudEvent(), new Date('2026-11-25T10:00:00Z')],
  ])('of Harbor in its %s format tells of every artifact with a tag', (_, body, pushedAt) => {
    const image = { kind: 'image', path: 'shop/web', pushedAt };
    expect(readEvent('harbor', body)).toMatchObject({
      facts: [
        { ...image, tag: '1.4.2', digest: digestA },
        { ...image, tag: '1.4.2-debug' },
      ],
    });
  });

  it('of Harbor about a scan starts nothing', () => {
    expect(readEvent('harbor', harborEvent({ type: 'SCANNING_COMPLETED' }))).toMatchObject({ code: 'event_unwanted' });
  });
});

describe('the key of an event', () => {
  const keyOf = (source: 'gitlab' | 'distribution' | 'harbor', body: unknown, headers = {}) =>
    dedupeKeyOf(source, headers, body, Buffer.from(JSON.stringify(body)));

  it('is what the sender says: an id of the message, of the events, of what happened when', () => {
    const [first = {}, second = {}] = pushEnvelopes();
    const both = [first, second].flatMap(({ events }) => events);
    expect(keyOf('gitlab', { a: 1 }, { 'webhook-id': 'msg_1' })).toBe(
      keyOf('gitlab', { a: 2 }, { 'webhook-id': 'msg_1' }),
    );
    expect(keyOf('gitlab', {}, { 'idempotency-key': 'k' })).toMatch(/^said:/);
    expect(keyOf('distribution', { events: both })).toBe(keyOf('distribution', { events: both.toReversed() }));
    expect(keyOf('distribution', first)).not.toBe(keyOf('distribution', second));
    expect(keyOf('harbor', harborEvent())).toBe(keyOf('harbor', harborEvent({ operator: 'other' })));
    expect(keyOf('harbor', harborEvent())).not.toBe(keyOf('harbor', harborEvent({ occur_at: 1_795_600_801 })));
    expect(keyOf('harbor', harborCloudEvent())).toBe(keyOf('harbor', harborCloudEvent({ time: 'later' })));
  });

  it('is of the bytes where the sender says nothing', () => {
    expect(keyOf('gitlab', { a: 1 })).toMatch(/^bytes:/);
    expect(keyOf('gitlab', { a: 1 })).not.toBe(keyOf('gitlab', { a: 2 }));
    expect(keyOf('distribution', { events: [{ id: 'x' }, {}] })).toMatch(/^bytes:/);
  });
});
