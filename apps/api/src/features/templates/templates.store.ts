import type { Database, Transaction } from '@quarterdeck/database';
import { fromUuid, newId, toUuid } from '../../platform/ids.ts';

export type TemplateVersionRecord = {
  id: string;
  templateId: string;
  name: string;
  title: string;
  description: string;
  version: string;
  state: 'draft' | 'published' | 'deprecated' | 'withdrawn';
  sha256: string;
  files: Record<string, string>;
  publishedAt: Date | undefined;
};

type Row = {
  id: string;
  template_id: string;
  name: string;
  title: string;
  description: string;
  version: string;
  state: TemplateVersionRecord['state'];
  sha256: string;
  files: Record<string, string>;
  published_at: Date | null;
};

const select = `SELECT v.*, t.name, t.title, t.description FROM template_version v JOIN templates_template t ON t.id = v.template_id`;

export type TemplatesStore = ReturnType<typeof createTemplatesStore>;

export function createTemplatesStore(database: Database) {
  return {
    /** Newest version of each template first. */
    async list(): Promise<TemplateVersionRecord[]> {
      const result = await database.pool.query<Row>(`${select} ORDER BY t.name, v.published_at DESC NULLS LAST`);
      return result.rows.map(toRecord);
    },

    async findVersion(id: string): Promise<TemplateVersionRecord | undefined> {
      const result = await database.pool.query<Row>(`${select} WHERE v.id = $1`, [toUuid(id)]);
      return result.rows.map(toRecord)[0];
    },

    /** Publishes a version that is not there yet; one that is stays as it is. */
    async publish(
      tx: Transaction,
      template: {
        name: string;
        title: string;
        description: string;
        version: string;
        sha256: string;
        files: Record<string, string>;
      },
    ): Promise<'published' | 'there' | 'differs'> {
      const owner = await tx.query<{ id: string }>(
        `INSERT INTO templates_template (id, name, title, description) VALUES ($1, $2, $3, $4)
         ON CONFLICT (name) DO UPDATE SET title = excluded.title, description = excluded.description RETURNING id`,
        [toUuid(newId('tpl')), template.name, template.title, template.description],
      );
      const inserted = await tx.query(
        `INSERT INTO template_version (id, template_id, version, state, sha256, files, published_at)
         VALUES ($1, $2, $3, 'published', $4, $5::jsonb, now()) ON CONFLICT (template_id, version) DO NOTHING RETURNING id`,
        [toUuid(newId('tpv')), owner.rows[0]?.id, template.version, template.sha256, JSON.stringify(template.files)],
      );
      if (inserted.rows.length > 0) return 'published';
      const found = await tx.query<{ sha256: string }>(
        'SELECT sha256 FROM template_version WHERE template_id = $1 AND version = $2',
        [owner.rows[0]?.id, template.version],
      );
      return found.rows[0]?.sha256 === template.sha256 ? 'there' : 'differs';
    },
  };
}

function toRecord(row: Row): TemplateVersionRecord {
  return {
    id: fromUuid('tpv', row.id),
    templateId: fromUuid('tpl', row.template_id),
    name: row.name,
    title: row.title,
    description: row.description,
    version: row.version,
    state: row.state,
    sha256: row.sha256,
    files: row.files,
    publishedAt: row.published_at ?? undefined,
  };
}
