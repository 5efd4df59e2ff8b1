import { Chart, Size } from 'cdk8s';
import { describe, expect, it } from 'vitest';
import { Authentication, KafkaCluster, KafkaMirror, Listener } from '../../lib';
import { blockNamed } from '../docs/documents';
import { everything } from '../support/every-prop';
import { chartIn, type Rendered, rendered } from '../support/rendering';
import { kafka } from './rendering';

const GUIDE = 'docs/kafka.md';

/** What a user types: every line of a program of the guide, its name included. */
const linesOf = (name: string) => blockNamed(GUIDE, name).text.trimEnd().split('\n');

const names = (objects: readonly Rendered[]) =>
  objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`);

/** StatefulSets of servers and the Services that govern them. */
function ofServers(objects: readonly Rendered[]): string[] {
  const sets = objects.filter(({ kind }) => kind === 'StatefulSet');
  const governing = sets.map(({ spec }) => `Service ${spec.serviceName}`);
  return [...names(sets), ...governing];
}

const count = (props: Parameters<typeof kafka>[0]) => kafka(props).objects().length;

describe('what a user writes', () => {
  it('is at most 10 lines for a cluster that survives the loss of a server', () => {
    const lines = linesOf('start.ts');
    expect(lines.length).toBeLessThanOrEqual(10);
    expect(lines.join('\n')).toContain('new KafkaCluster(');
    expect(lines.join('\n')).not.toMatch(/;.*;/);
  });

  it('is at most 60 lines for everything', () => {
    const lines = linesOf('everything.ts');
    const text = lines.join('\n');
    expect(lines.length).toBeLessThanOrEqual(60);
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(120);
    for (const part of [
      'controllers: 3,',
      'brokers: 3,',
      'tls: {},',
      'Authentication.scram()',
      "monitoring: 'prometheus-operator'",
      "zones: ['zone-a', 'zone-b', 'zone-c']",
      'new KafkaMirror(',
    ])
      expect(text).toContain(part);
    const entriesOf = (prop: string) => {
      const [, body = ''] = new RegExp(`^  ${prop}: \\{\\n([\\s\\S]*?)^  \\},`, 'm').exec(text) ?? [];
      return body.match(/^ {4}\S/gm)?.length;
    };
    expect([entriesOf('topics'), entriesOf('users')]).toEqual([3, 3]);
  });
});

describe('what it becomes', () => {
  const plain = kafka().objects();

  it('is at most 10 objects beside those of the servers, and at most 19 in all', () => {
    const servers = ofServers(plain);
    expect(servers.length).toBe(8);
    const others = names(plain).filter((name) => !servers.includes(name));
    expect(others.length + servers.length).toBe(plain.length);
    expect(others.length).toBeLessThanOrEqual(10);
    expect(plain.length).toBeLessThanOrEqual(19);
  });

  it('is at most 3 objects more for each broker more, also where clients come from outside', () => {
    const outside = [
      Listener.internal(),
      Listener.loadBalancer('outside', { hosts: (id) => `b${id}.example.com` }),
    ];
    expect(count({ brokers: 4 }) - count({ brokers: 3 })).toBeLessThanOrEqual(2);
    for (const listeners of [undefined, outside])
      expect(count({ listeners, brokers: 13 }) - count({ listeners, brokers: 3 })).toBeLessThanOrEqual(30);
  });

  it('is no more for controllers more', () => {
    expect(count({ controllers: 5 })).toBe(plain.length);
  });

  it('has every object small enough for kubectl apply with everything on', () => {
    const chart = chartIn(everything);
    const secured = {
      storage: Size.gibibytes(10),
      tls: {},
      listeners: [Listener.internal({ authentication: Authentication.scram() })],
    };
    const from = new KafkaCluster(chart, 'from', secured);
    const to = new KafkaCluster(chart, 'to', secured);
    new KafkaMirror(Chart.of(from), 'mirror', { from, to, topics: ['*'] });
    const sizes = rendered(chart).map((object) => JSON.stringify(object).length);
    expect(sizes.length).toBeGreaterThan(40);
    expect(Math.max(...sizes)).toBeLessThan(256 * 1024);
  });
});
