import { describe, expect, it } from 'vitest';
import { AddressRefusedError, createAddressGuard } from './address-guard.ts';

const guard = createAddressGuard({ resolve: async () => [] });

describe('the address guard', () => {
  it.each([
    '127.0.0.1',
    '127.8.8.8',
    '0.0.0.0',
    '169.254.169.254',
    '100.100.100.200',
    '224.0.0.1',
    '255.255.255.255',
    '2130706433',
    '0x7f000001',
    '0177.0.0.1',
    '127.1',
    '[::1]',
    '::',
    'fe80::1',
    'fe80::1%eth0',
    'ff02::1',
    'fd00:ec2::254',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '::127.0.0.1',
    '64:ff9b::169.254.169.254',
    '64:ff9b:1::127.0.0.1',
    '64:ff9b:1:a9fe:a9:fe00::',
    '2002:7f00:1::',
  ])('S38 refuses %s before any lookup', async (host) => {
    await expect(guard.check(host, 6443)).rejects.toBeInstanceOf(AddressRefusedError);
    expect(() => guard.checkLiteral(host, 6443)).toThrow(AddressRefusedError);
  });

  it.each([
    '10.0.0.1',
    '192.168.1.2',
    '172.16.0.9',
    '100.64.0.1',
    '8.8.8.8',
    'fd00::1',
    '2606:4700::1',
    '64:ff9b::808:808',
  ])('lets %s pass, private ranges included', async (host) => {
    await expect(guard.check(host, 6443)).resolves.toBeUndefined();
  });

  it('S38 judges a name by all of its answers, not by the first', async () => {
    const mixed = createAddressGuard({ resolve: async () => ['10.0.0.1', '169.254.169.254'] });
    await expect(mixed.check('api.example', 6443)).rejects.toThrow(/169\.254\.169\.254/);
  });

  it('S38 asks again at each connect, so that a name that flips is caught', async () => {
    const answers = [['10.0.0.1'], ['127.0.0.1']];
    const flipping = createAddressGuard({ resolve: async () => answers.shift() ?? [] });
    const lookup = flipping.lookupFor(6443);
    const ask = () =>
      new Promise((resolve, reject) =>
        lookup('api.example', { all: true }, (error, list) => (error === null ? resolve(list) : reject(error))),
      );
    await expect(ask()).resolves.toEqual([{ address: '10.0.0.1', family: 4 }]);
    await expect(ask()).rejects.toMatchObject({ code: 'address_refused' });
  });

  it('says that a name without an address is unreachable', async () => {
    await expect(guard.check('nowhere.example', 6443)).rejects.toMatchObject({ code: 'unreachable' });
  });

  it('lets an allowed address pass on its own port only', async () => {
    const allowing = createAddressGuard({ allow: ['127.0.0.1/32:6443', '[::1]/128:7443'] });
    await expect(allowing.check('127.0.0.1', 6443)).resolves.toBeUndefined();
    await expect(allowing.check('::ffff:127.0.0.1', 6443)).resolves.toBeUndefined();
    await expect(allowing.check('::1', 7443)).resolves.toBeUndefined();
    await expect(allowing.check('127.0.0.1', 6444)).rejects.toBeInstanceOf(AddressRefusedError);
    await expect(allowing.check('127.0.0.2', 6443)).rejects.toBeInstanceOf(AddressRefusedError);
  });

  it('prints the whole restart command, with what was allowed before', async () => {
    const allowing = createAddressGuard({ allow: ['127.0.0.1/32:6443'] });
    await expect(allowing.check('127.0.0.1', 7000)).rejects.toMatchObject({
      remedy: 'QUARTERDECK_CLUSTER_ADDRESS_ALLOW=127.0.0.1/32:6443,127.0.0.1/32:7000 npm start',
    });
  });

  it('names an allowance that it cannot read', () => {
    for (const entry of ['127.0.0.1', '127.0.0.1/33:1', 'localhost/32:1', '127.0.0.1/32:0', '::1/129:5']) {
      expect(() => createAddressGuard({ allow: [entry] })).toThrow(entry);
    }
  });
});
