import { describe, expect, it } from 'vitest';
import { formatArguments } from '../../../lib/kafka/gate/format-arguments';
import { mergeProperties } from '../../../lib/kafka/gate/properties';
import { kafkaGateMember } from '../../../lib/kafka/gate/settings';
import { settingsOf } from './directories';

describe('properties', () => {
  it('stand there once, and the last ones win', () => {
    const common = '# all brokers\nlog.dirs=/tmp\n\nnum.io.threads = 8\nauto.create.topics.enable=false\n';
    const own = 'node.id=1\nlog.dirs=/data/0/kafka\nnum.io.threads: 4\n! note\nnode.id=2';
    expect(mergeProperties(common, own)).toBe(
      'auto.create.topics.enable=false\nlog.dirs=/data/0/kafka\nnum.io.threads: 4\nnode.id=2\n',
    );
  });

  it('may go over several lines, and hold what looks like a separator', () => {
    expect(mergeProperties('a=1,\\\n   2\nb=x\\\\\nc\\=d=1\nurl=http://h:1/#x', 'a=3\nc\\=d=2\\\n')).toBe(
      'b=x\\\\\nurl=http://h:1/#x\na=3\nc\\=d=2\n',
    );
    expect(mergeProperties('a=1,\\\n   2\r\nempty=\nbare')).toBe('a=1,2\nempty=\nbare\n');
  });
});

describe('arguments of format', () => {
  it('name the founders, or nobody', () => {
    const settings = settingsOf({ clusterId: '-aaaaaaaaaaaaaaaaaaaaA' });
    expect(formatArguments(settings, 'founder')).toEqual([
      '--cluster-id=-aaaaaaaaaaaaaaaaaaaaA',
      '--ignore-formatted',
      '--release-version=4.2-IV1',
      '--initial-controllers=3000@c-3000:9093:dir-3000,3001@c-3001:9093:dir-3001,3002@c-3002:9093:dir-3002',
    ]);
    expect(formatArguments({ ...settings, metadataVersion: '' }, 'joiner')).toEqual([
      '--cluster-id=-aaaaaaaaaaaaaaaaaaaaA',
      '--ignore-formatted',
      '--no-initial-controllers',
    ]);
  });
});

describe('what a member is told', () => {
  const env = { ROLES: 'broker', NODE_ID: '0', DIRECTORIES: '["/data/0/kafka"]', PROPERTIES: 'a={id}\n' };

  it('is read from its environment', () => {
    const told = { roles: 'broker', id: 0, directories: ['/data/0/kafka'], properties: 'a={id}\n' };
    expect(kafkaGateMember(env)).toEqual({ ...told, keepsData: true });
    expect(
      kafkaGateMember({
        ...env,
        ROLES: 'controller',
        NODE_ID: undefined,
        POD_NAME: 'kafka-controller-3001',
        KEEPS_DATA: 'false',
      }),
    ).toEqual({ ...told, roles: 'controller', id: 3001, keepsData: false });
  });

  it.each([
    [{ NODE_ID: undefined }, 'the node id is missing; set NODE_ID, or POD_NAME to end with -<number>'],
    [{ NODE_ID: 'x' }, 'the node id is x; set NODE_ID, or POD_NAME to end with -<number>'],
    [{ ROLES: 'boss' }, 'ROLES is "boss"; use "broker", "controller" or "broker,controller"'],
    [{ KEEPS_DATA: 'yes' }, 'KEEPS_DATA is "yes"; use "true" or "false"'],
    [{ DIRECTORIES: '[]' }, 'DIRECTORIES is "[]"; use a JSON array such as ["/data/0/kafka"]'],
    [{ DIRECTORIES: '/data' }, 'DIRECTORIES is "/data"; use a JSON array such as ["/data/0/kafka"]'],
  ])('is refused with %j', (change, message) => {
    expect(() => kafkaGateMember({ ...env, ...change })).toThrow(message);
  });
});
