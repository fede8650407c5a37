import type { Database } from '@quarterdeck/database';
import { type Bundle, builtinBundles, loadBundle } from '@quarterdeck/templating';
import { notFound } from '../../platform/errors.ts';
import type { Logger } from '../../platform/telemetry/logger.ts';
import { createTemplatesStore, type TemplateVersionRecord } from './templates.store.ts';

export type LoadedTemplate = { record: TemplateVersionRecord; bundle: Bundle };

/** Versioned application definitions with a form. */
export interface Templates {
  /** At the start: publishes the built-in templates of this version of the product. */
  start(): Promise<void>;
  list(): Promise<TemplateVersionRecord[]>;
  /** @throws AppError `not_found` */
  load(versionId: string): Promise<LoadedTemplate>;
}

export function createTemplates({ database, logger }: { database: Database; logger: Logger }): Templates {
  const store = createTemplatesStore(database);
  // Versions are immutable, so a parsed bundle stays right for ever.
  const loaded = new Map<string, LoadedTemplate>();
  return {
    async start() {
      for (const files of await builtinBundles()) {
        const bundle = loadBundle(files);
        const outcome = await database.transaction((tx) => store.publish(tx, bundle));
        if (outcome === 'differs') {
          logger.error(
            { template: bundle.name, version: bundle.version },
            'a built-in template changed without a new version',
          );
        }
      }
    },

    async list() {
      const versions = await store.list();
      return versions.filter(
        (version, index) => versions.findIndex((other) => other.templateId === version.templateId) === index,
      );
    },

    async load(versionId) {
      const known = loaded.get(versionId);
      if (known !== undefined) return known;
      const record = await store.findVersion(versionId);
      if (record === undefined) throw notFound('This template version');
      const template = { record, bundle: loadBundle(record.files) };
      if (record.state !== 'draft') loaded.set(versionId, template);
      return template;
    },
  };
}
