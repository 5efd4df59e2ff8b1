import * as http from 'node:http';
import * as net from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { KafkaControllers } from '../../../lib/kafka/steward/controllers';
import { KafkaError, type QuorumState } from '../../../lib/kafka/wire/types';
import type { Server } from '../../../lib/steward/facts';
import { factsOf } from '../../../lib/steward/gather';
import { nextStep } from '../../../lib/steward/next-step';
import { sentence } from '../../../lib/steward/status';
import { podObject, setObject } from '../../steward/fake-world';
import { gateReport } from '../gate/gate-report';
import { quorumOf } from './quorum-states';

const open: (net.Server | http.Server)[] = [];

afterEach(() => {
  for (const server of open.splice(0)) server.close();
});

const portOf = async (server: net.Server | http.Server): Promise<number> => {
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as net.AddressInfo).port;
};
const listening = () => portOf(net.createServer((socket) => socket.destroy()));
const gate = (report: unknown) =>
  portOf(http.createServer((_, response) => response.end(JSON.stringify(report))));
const NOBODY = 1;

/** Controllers 3000, 3001, ... that listen or have a gate, and what their quorum says, one answer after the other. */
async function seen(ports: readonly ('open' | 'closed' | object)[], ...answers: (QuorumState | Error)[]) {
  const addresses = await Promise.all(
    ports.map(async (port) => ({
      controller: { host: '127.0.0.1', port: port === 'open' ? await listening() : NOBODY },
      gate: { host: '127.0.0.1', port: typeof port === 'object' ? await gate(port) : NOBODY },
    })),
  );
  const calls: unknown[] = [];
  let asked = 0;
  const admin = {
    describeQuorum: async (via: string) => {
      calls.push(via);
      const answer = answers[Math.min(asked++, answers.length - 1)];
      if (answer instanceof Error) throw answer;
      return answer;
    },
    addVoter: async (voter: unknown): Promise<void> => void calls.push(['add', voter]),
    removeVoter: async (voter: unknown): Promise<void> => void calls.push(['remove', voter]),
  };
  const settings = {
    clusterId: 'cluster',
    controllerHost: 'kafka-controller-{id}.kafka-controller',
    controllerPort: 9093,
    controllerListener: 'CONTROLLER',
  };
  const system = new KafkaControllers(settings, admin, (id) => addresses[id - 3000], 500);
  const ids = ports.map((_, index) => 3000 + index);
  const observed = await system.look(ids);
  return {
    system,
    admin,
    observed,
    calls,
    servers: [...observed.servers].map(([id, server]) => `${id} ${told(server)}`),
  };
}

const told = (server: Server) => {
  if (server.state === 'gate') return `gate ${server.disk}: ${server.says}`;
  if (server.state === 'silent') return server.reason;
  if (server.state === 'waiting') return 'waits';
  return `${server.role}${server.synced ? '' : `, ${server.lag} behind`}`;
};

const NO_LEADER = new KafkaError('NOT_LEADER_OR_FOLLOWER', 'NOT_LEADER_OR_FOLLOWER');
const UNREACHED = new KafkaError('BROKER_NOT_AVAILABLE', '10.0.0.1:9093: self-signed certificate');

describe('what controllers are', () => {
  it('is what their leader says of those that listen', async () => {
    const quorum = quorumOf('3000 a v leads', '3001 b v', '3002 c v caught 4000 behind 9', '3003 d o');
    const { servers, observed, calls } = await seen(['open', 'open', 'open', 'open'], quorum);
    expect(servers).toEqual(['3000 leader', '3001 follower', '3002 follower, 9 behind', '3003 observer']);
    expect(observed.membership).toEqual(
      new Map([
        [3000, 'voter'],
        [3001, 'voter'],
        [3002, 'voter'],
      ]),
    );
    expect(calls).toEqual(['controllers']);
  });

  it('is silent for one that does not listen, whatever the leader remembers', async () => {
    const { servers } = await seen(['open', 'closed'], quorumOf('3000 a v leads', '3001 b v'));
    expect(servers).toEqual(['3000 leader', '3001 nothing listens on its port']);
  });

  it('is what its gate says for one that has not been started', async () => {
    const report = gateReport({ id: 3001, disk: 'empty', says: 'it waits' });
    const quorum = quorumOf('3000 a v leads', '3001 b v fetched 4000');
    expect((await seen(['open', report], quorum)).servers).toEqual([
      '3000 leader',
      '3001 gate empty: it waits',
    ]);
    const other = await seen(['open', { ...report, id: 3002 }], quorum);
    expect(other.servers).toEqual(['3000 leader', '3001 nothing listens on its port']);
  });

  it('is waiting for one that does not follow', async () => {
    const { servers } = await seen(
      ['open', 'open', 'open'],
      quorumOf('3000 a v leads', '3001 b v fetched 30000', '3002 c v never'),
    );
    expect(servers).toEqual(['3000 leader', '3001 waits', '3002 waits']);
  });

  it.each([
    ['who say that nobody leads', NO_LEADER],
    [
      'whose leader has no majority yet',
      { ...quorumOf('3000 a v leads', '3001 b v never'), highWatermark: -1 },
    ],
  ])('is waiting for those %s, and then no membership is known', async (_, answer) => {
    const { servers, observed } = await seen(['open', 'open'], answer);
    expect(servers).toEqual(['3000 waits', '3001 waits']);
    expect(observed.membership).toBeUndefined();
  });

  it('is not known where nobody can be asked: they may well serve', async () => {
    const { servers, calls } = await seen(['open'], UNREACHED);
    expect(servers).toEqual(['3000 it cannot be asked who leads: 10.0.0.1:9093: self-signed certificate']);
    expect(calls).toEqual(['controllers', 'brokers']);
  });
});

describe('a disk that was lost', () => {
  const LOST = quorumOf('3000 a v leads', '3001 b v fetched 9000', '3001 c o', '3002 d v');

  it('has a place of its own, and its controller none', async () => {
    const { servers, observed } = await seen(['open', 'open', 'open'], LOST);
    expect(servers).toEqual(['3000 leader', '3001 observer', '3002 follower', '-3001 that disk is gone']);
    expect([...observed.membership!.keys()].sort()).toEqual([-3001, 3000, 3002]);
  });

  it('is dismissed before its controller is admitted again', async () => {
    const after = quorumOf('3000 a v leads', '3001 b o fetched 9000', '3001 c o', '3002 d v');
    const { system, observed, calls } = await seen(['open', 'open', 'open'], LOST, LOST, after);
    const first = stepFor(observed);
    expect(first).toMatchObject({ step: 'dismiss', id: -3001 });
    expect(sentence(first)).toBe(
      'takes a place out of the membership: the lost disk of kafka-controller-3001 is wanted no more and does not serve',
    );
    await system.dismiss(-3001);
    const second = stepFor(await system.look([3000, 3001, 3002]));
    expect(second).toMatchObject({ step: 'admit', id: 3001, as: 'voter' });
    await system.admit(3001, 'voter');
    expect(calls.filter((call) => typeof call !== 'string')).toEqual([
      ['remove', { clusterId: 'cluster', id: 3001, directoryId: 'b' }],
      [
        'add',
        {
          clusterId: 'cluster',
          id: 3001,
          directoryId: 'c',
          listener: 'CONTROLLER',
          address: { host: '127.0.0.1', port: expect.any(Number) },
        },
      ],
    ]);
  });

  it('counts as a voter that is down', async () => {
    const quorum = quorumOf(
      '3000 a v leads',
      '3001 b v fetched 9000',
      '3001 c o',
      '3002 d v caught 9000 behind 3',
    );
    const { observed } = await seen(['open', 'open', 'open'], quorum);
    // One of three voters is in step: nobody may leave, nor be restarted.
    expect(stepFor(observed, 'old')).toMatchObject({ step: 'wait' });
  });

  /** What is done next when all three pods are ready. */
  function stepFor(observed: Parameters<typeof factsOf>[1], revision = 'a') {
    const settings = {
      cluster: 'kafka',
      sets: ['kafka-controller'],
      namespace: 'test',
      rendered: 'one',
      selector: {},
      labels: {},
      members: [3000, 3001, 3002].map((id) => ({ id, part: 'voter' as const })),
      founders: [3000, 3001, 3002],
      data: 'claims' as const,
    };
    const pods = [3000, 3001, 3002].map((id) => {
      const pod = podObject(id, { uid: `${id}`, revision, created: 0, terminating: false, ready: true });
      return { ...pod, metadata: { ...pod.metadata, name: `kafka-controller-${id}` } };
    });
    const objects = {
      sets: new Map([['kafka-controller', setObject(settings, 3, 'a')]]),
      pods,
      formed: true,
    };
    return nextStep(factsOf(objects, observed, settings, undefined, 0));
  }
});

describe('a change', () => {
  const BEFORE = quorumOf('3000 a v leads', '3001 b v', '3002 c o');

  it.each([
    [
      'voters',
      quorumOf('3000 a v leads', '3001 b v', '3002 c v'),
      'the voters of the quorum have changed meanwhile',
    ],
    [
      'disks',
      quorumOf('3000 a v leads', '3001 b v fetched 100', '3001 x o', '3002 c o'),
      'a controller runs with another disk than a moment ago',
    ],
    ['leader', { ...BEFORE, leaderId: -1 }, 'no controller leads'],
  ])('is not made when there are other %s', async (_, now, why) => {
    const { system, calls } = await seen(['open', 'open', 'open'], BEFORE, now);
    await expect(system.admit(3002, 'voter')).rejects.toThrow(why);
    await expect(system.dismiss(3001)).rejects.toThrow(why);
    expect(calls.filter((call) => typeof call !== 'string')).toEqual([]);
  });

  it('is refused for one that is not there', async () => {
    const { system } = await seen(['open', 'open', 'open', 'closed'], BEFORE);
    await expect(system.admit(3003, 'voter')).rejects.toThrow('controller 3003 does not follow the quorum');
    await expect(system.dismiss(3002)).rejects.toThrow('controller 3002 has no vote');
    await expect(system.dismiss(-3001)).rejects.toThrow('the lost disk of controller 3001 has no vote');
    await expect(system.admit(3002, 'observer')).rejects.toThrow(
      'controller 3002 cannot be an observer: a controller votes or goes',
    );
  });

  it('waits until the leader has reached the new voter', async () => {
    const { system, admin } = await seen(['open', 'open', 'open'], BEFORE);
    const answers = [
      'voter 3002 is not ready to receive requests',
      'voter 3002 is not ready to receive requests',
    ];
    let tried = 0;
    admin.addVoter = async () => {
      const answer = answers[tried++];
      if (answer) throw new KafkaError('REQUEST_TIMED_OUT', answer);
    };
    await system.admit(3002, 'voter');
    expect(tried).toBe(3);
    answers.push('', 'voter 3002 is of another release');
    tried = 3;
    await expect(system.admit(3002, 'voter')).rejects.toThrow('of another release');
    expect(tried).toBe(4);
  });

  it('is not made twice', async () => {
    const { system, calls } = await seen(['open', 'open', 'open'], BEFORE);
    await system.admit(3001, 'voter');
    expect(calls).toEqual(['controllers', 'controllers']);
  });
});
