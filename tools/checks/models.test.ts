import type { Database } from '@quarterdeck/database';
import { createTestDatabase, type TestDatabase } from '@quarterdeck/database/testing';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { differences, type Shape, shapeOf } from './database-shape.ts';
import { modelsSql, readModels } from './prisma-models.ts';

let migrated: TestDatabase;
let fromModels: TestDatabase;
let models: Shape;

beforeAll(async () => {
  const postgres = inject('postgres');
  migrated = await createTestDatabase(postgres);
  fromModels = await createTestDatabase(postgres, { empty: true });
  await copyExtensions(migrated, fromModels);
  await fromModels.pool.query(await modelsSql(readModels(), fromModels.url));
  models = await shapeOf(fromModels);
});
afterAll(async () => {
  await migrated?.drop();
  await fromModels?.drop();
});

async function copyExtensions(from: Database, to: Database): Promise<void> {
  const { rows } = await from.pool.query<{ extname: string }>(
    "SELECT extname FROM pg_extension WHERE extname <> 'plpgsql'",
  );
  for (const { extname } of rows) await to.pool.query(`CREATE EXTENSION "${extname}"`);
}

describe('the models in prisma/', () => {
  it('are those of the migrated database', async () => {
    expect(models.size).toBeGreaterThan(200);
    expect(differences(models, await shapeOf(migrated))).toEqual([]);
  });
});

describe('the check itself', () => {
  it('sees what a migration did and the models do not say, and the other way round', async () => {
    const before = await shapeOf(migrated);
    await migrated.asSuperuser(`
      CREATE TABLE made_up (id integer PRIMARY KEY);
      ALTER TABLE identity_user ADD COLUMN nickname text;
      ALTER TABLE identity_user DROP COLUMN email;
      ALTER TABLE identity_user ALTER COLUMN display_name DROP NOT NULL;
      ALTER TABLE identity_session ALTER COLUMN ip TYPE inet USING ip::inet;
      ALTER TABLE identity_session ALTER COLUMN created_at DROP DEFAULT;
      ALTER TABLE identity_session DROP CONSTRAINT identity_session_user_id_fkey;
      DROP INDEX identity_user_name_key;
      CREATE INDEX identity_user_name_key ON identity_user (name);
      DROP INDEX release_one_rolling;
      CREATE UNIQUE INDEX release_one_rolling ON release (app_environment_id) WHERE state = 'rolling';
      ALTER TABLE identity_sign_in_limit DROP CONSTRAINT identity_sign_in_limit_pkey;
    `);
    const seen = differences(before, await shapeOf(migrated)).map((line) => line.split(':')[0]);
    expect(seen).toEqual([
      'column identity_session.created_at',
      'column identity_session.ip',
      'column identity_user.display_name',
      'column identity_user.email',
      'column identity_user.nickname',
      'column made_up.id',
      'constraint identity_session.identity_session_user_id_fkey',
      'constraint identity_sign_in_limit.identity_sign_in_limit_pkey',
      'constraint made_up.made_up_pkey',
      'index identity_user_name_key',
      'index release_one_rolling',
      'table made_up',
    ]);
  });
});
