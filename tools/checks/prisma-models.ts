import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
// Without the package's own entry, which imports WebAssembly as a module: Node does so only behind a flag.
import * as engineModule from '@prisma/schema-engine-wasm/schema_engine_bg';
import { projectFiles, readProjectFile } from './sources.ts';

export type ModelFile = { path: string; content: string };

/** The Prisma schema of the project: `prisma/schema.prisma` and a file per feature. */
export function readModels(): ModelFile[] {
  return projectFiles(/^prisma\/.*\.prisma$/).map((file) => ({ path: file, content: readProjectFile(file) }));
}

/**
 * The SQL with which Prisma would make these models from nothing.
 * @param url any PostgreSQL; the engine only asks for its version
 * @throws Error with Prisma's own words for models that are not valid
 */
export async function modelsSql(files: readonly ModelFile[], url: string): Promise<string> {
  const engine = await startEngine(files, url);
  try {
    const { stdout } = await engine.diff({
      from: { tag: 'empty' },
      to: { tag: 'schemaDatamodel', files: [...files] },
      script: true,
      exitCode: null,
      filters: { externalTables: [], externalEnums: [] },
    });
    return stdout ?? '';
  } finally {
    engine.free();
  }
}

async function startEngine(files: readonly ModelFile[], url: string): Promise<engineModule.SchemaEngine> {
  const folder = path.dirname(createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm'));
  const bytes = await readFile(path.join(folder, 'schema_engine_bg.wasm'));
  const { instance } = await WebAssembly.instantiate(bytes, { './schema_engine_bg.js': engineModule });
  engineModule.__wbg_set_wasm(instance.exports);
  (instance.exports as { __wbindgen_start(): void }).__wbindgen_start();
  const adapter = bindMigrationAwareSqlAdapterFactory(new PrismaPg({ connectionString: url }));
  const datamodels = files.map((file): [string, string] => [file.path, file.content]);
  return engineModule.SchemaEngine.new({ datamodels }, () => {}, adapter);
}
