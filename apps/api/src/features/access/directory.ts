import type { Subject, SubjectKind } from '@quarterdeck/contracts';
import type { Queryable } from '@quarterdeck/database';

/** An account or group as grants name it. */
export type DirectoryEntry = {
  kind: SubjectKind;
  id: string;
  name: string;
  displayName: string;
  disabled: boolean;
  /** Of a project's service account; uuid. */
  project?: string | undefined;
};

/** Who accounts and groups are; `identity`, to our left, fills it. */
export interface Directory {
  /** By uuid; who is gone is missing. `on`: within a transaction, which must not wait for another connection. */
  describe(uuids: readonly string[], on?: Queryable): Promise<ReadonlyMap<string, DirectoryEntry>>;
  /** The uuids that its grants may name: its own and its groups'. `undefined` when there is no such account. */
  subjectsOf(subject: Subject): Promise<readonly string[] | undefined>;
  /** Uuids of those whose name holds the words, at most 500. */
  search(q: string): Promise<readonly string[]>;
}
