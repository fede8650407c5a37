import { describe, expect, it } from 'vitest';
import { parseConfig } from './config.ts';

describe('parseConfig', () => {
  it('starts on loopback port 8080 with the demo fleet, and both local origins count', () => {
    const config = parseConfig({}, []);
    expect(config).toMatchObject({
      host: '127.0.0.1',
      port: 8080,
      demo: true,
      loopback: true,
      dataDir: '.quarterdeck',
    });
    expect(config.publicOrigins).toEqual(['http://localhost:8080', 'http://127.0.0.1:8080']);
  });

  it('lets a flag beat its variable', () => {
    expect(parseConfig({ QUARTERDECK_PORT: '9000' }, ['--port', '9001']).port).toBe(9001);
    expect(parseConfig({ QUARTERDECK_PORT: '9000' }, ['--port=9002']).port).toBe(9002);
    expect(parseConfig({ QUARTERDECK_DEMO: 'true' }, ['--no-demo']).demo).toBe(false);
  });

  it('names the option and variable of a value it cannot use', () => {
    expect(() => parseConfig({}, ['--port', 'x'])).toThrow(/--port or QUARTERDECK_PORT/);
    expect(() => parseConfig({}, ['--prot', '1'])).toThrow(/Unknown option --prot. Known: .*--port/);
    expect(() => parseConfig({}, ['--port'])).toThrow(/--port needs a value/);
  });

  it('refuses plain http for anybody but this machine', () => {
    expect(() => parseConfig({}, ['--host', '0.0.0.0'])).toThrow(/QUARTERDECK_PUBLIC_URL/);
    expect(() => parseConfig({ QUARTERDECK_PUBLIC_URL: 'http://deck.example.com' }, [])).toThrow(/plain http/);
    const config = parseConfig({ QUARTERDECK_PUBLIC_URL: 'https://deck.example.com/' }, ['--host', '0.0.0.0']);
    expect(config).toMatchObject({ publicOrigins: ['https://deck.example.com'], loopback: false });
  });

  it('reads lists', () => {
    const config = parseConfig({ QUARTERDECK_CLUSTER_ADDRESS_ALLOW: '127.0.0.1/32:6443, 127.0.0.1/32:6444' }, []);
    expect(config.clusterAddressAllow).toEqual(['127.0.0.1/32:6443', '127.0.0.1/32:6444']);
  });
});
