import { describe, expect, it } from 'vitest';
import { fromUuid, newId, toUuid } from './ids.ts';

describe('identifiers', () => {
  it('come back as they went', () => {
    const id = newId('clu');
    expect(fromUuid('clu', toUuid(id))).toBe(id);
    expect(toUuid('clu_01h455vb4pex5vsknk084sn02q')).toBe('01890a5d-ac96-774b-bcce-b302099a8057');
  });

  it.each(['clu_0123456789abcdefghjkmnpqrs', 'clu_7zzzzzzzzzzzzzzzzzzzzzzzzz'])(
    '%s, made up by somebody, is nobody’s and no fault of ours',
    (id) => {
      expect(toUuid(id)).toMatch(/^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/);
    },
  );
});
