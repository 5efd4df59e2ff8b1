import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KafkaAdmin } from '../../../lib/kafka/wire/kafka-admin';
import type { ClusterState, QuorumState } from '../../../lib/kafka/wire/types';
import { eventually } from '../../support/eventually';
import { KAFKA_VERSION, KAFKA_VERSIONS, kafkaClassPath, kafkaMissing } from '../../support/kafka-cluster';
import { put } from './directories';
import { GatedServer, type Loopback, loopback } from './gated-server';

const ENOUGH = 240_000;
const title = kafkaMissing
  ? `gates before real servers of Kafka (skipped: ${kafkaMissing})`
  : 'gates before real servers of Kafka';
const founder = { action: 'format', as: 'founder', notes: [] };
const joiner = { action: 'format', as: 'joiner', notes: [] };

describe.skipIf(kafkaMissing)(title, () => {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'kafka-gated-'));
  const all: GatedServer[] = [];
  const admins: KafkaAdmin[] = [];
  const server = (id: number, loop: Loopback, disks?: number, roles?: string) => {
    const made = new GatedServer(id, loop, disks, roles);
    all.push(made);
    return made;
  };
  const admin = (of: GatedServer, timeoutMs?: number) => {
    const made = of.admin(timeoutMs);
    admins.push(made);
    return made;
  };
  const running = (servers: readonly GatedServer[]) => Promise.all(servers.map((each) => each.run()));
  const form = (loop: Loopback) => put('', loop.root, 'formed', 'formed');

  /** Servers that start refuse for a while. */
  const until = <T>(ask: () => Promise<T>, right: (answer: T) => boolean): Promise<T> =>
    eventually(ask, right, { timeoutMs: 60_000, bears: () => true });

  beforeAll(async () => {
    for (const version of KAFKA_VERSIONS) await kafkaClassPath(version);
  }, 600_000);
  afterAll(async () => {
    for (const each of admins) each.close();
    await Promise.all(all.map((each) => each.stop()));
    fs.rmSync(root, { recursive: true, force: true });
  });

  describe.each(['3.9.1', KAFKA_VERSION])('of three controllers, %s', (version) => {
    let loop: Loopback;
    let members: GatedServer[];
    let ask: KafkaAdmin;
    const quorum = (right: (state: QuorumState) => boolean = () => true) =>
      until(
        () => ask.describeQuorum('controllers'),
        (state) => state.leaderId >= 0 && right(state),
      );
    const ids = (replicas: QuorumState['voters']) => replicas.map(({ id }) => id).sort();

    beforeAll(() => {
      loop = loopback(path.join(root, `three-${version}`), [3000, 3001, 3002], [0], version);
      members = [3000, 3001, 3002].map((id) => server(id, loop));
      ask = admin(members[0], 3_000);
    });
    afterAll(() => Promise.all(members.map((each) => each.stop())));

    it(
      'form a quorum together, and only together',
      async () => {
        const [first, second] = members;
        const early = await Promise.all([first.gate(1_500), second.gate(1_500)]);
        expect(early.map(({ action }) => action)).toEqual(['wait', 'wait']);
        expect(await running(members)).toEqual([founder, founder, founder]);
        const { voters } = await quorum(({ voters }) => voters.length === 3);
        expect(new Map(voters.map(({ id, directoryId }) => [id, directoryId]))).toEqual(
          new Map(loop.settings.founders.map(({ id, directoryId }) => [id, directoryId])),
        );
      },
      ENOUGH,
    );

    it(
      'take one back that lost its disk, without a vote, before and after the cluster is marked as formed',
      async () => {
        const [first, , third] = members;
        await third.stop();
        third.wipe();
        expect(await third.run()).toEqual(joiner);
        await third.serving();
        expect(third.directoryId).not.toBe(loop.settings.founders[2].directoryId);
        const state = await quorum(({ observers }) =>
          observers.some(({ directoryId }) => directoryId === third.directoryId),
        );
        expect(ids(state.voters)).toEqual([3000, 3001, 3002]);
        form(loop);
        await third.stop();
        third.wipe();
        expect(await third.run()).toEqual(joiner);
        await third.serving();
        await quorum(({ observers }) =>
          observers.some(({ directoryId }) => directoryId === third.directoryId),
        );
        await first.stop();
        await third.stop();
      },
      ENOUGH,
    );

    it(
      'elect nobody with the vote of one that lost its disk',
      async () => {
        const [first, , third] = members;
        third.wipe();
        expect(await third.run()).toEqual(joiner);
        await delay(12_000);
        const impatient = admin(first, 2_000);
        await expect(
          impatient.describeQuorum('controllers').then(({ leaderId }) => leaderId),
        ).rejects.toThrow();
        expect(await first.run()).toEqual({ action: 'start', notes: [] });
        await quorum();
      },
      ENOUGH,
    );

    it(
      'give it a vote again under its new directory id, and one to a new controller',
      async () => {
        const [, , third] = members;
        const { clusterId, founders } = loop.settings;
        await quorum(({ observers }) =>
          observers.some(({ directoryId }) => directoryId === third.directoryId),
        );
        // A leader that was elected just now takes no changes yet.
        await until(
          () =>
            ask
              .removeVoter({ clusterId, id: 3002, directoryId: founders[2].directoryId })
              .catch((error) => error.code),
          (code) => code === undefined || code === 'VOTER_NOT_FOUND',
        );
        const fourth = server(3003, {
          ...loop,
          settings: {
            ...loop.settings,
            controllers: [...founders, { id: 3003, host: '127.0.0.103', port: founders[0].port }],
          },
        });
        members.push(fourth);
        expect(await fourth.run()).toEqual(joiner);
        await fourth.serving();
        for (const each of [third, fourth]) {
          await quorum(({ observers }) =>
            observers.some(({ directoryId }) => directoryId === each.directoryId),
          );
          const voter = {
            clusterId,
            id: each.id,
            directoryId: each.directoryId as string,
            listener: 'CONTROLLER',
            address: { host: each.host, port: founders[0].port },
          };
          // It may follow the quorum before it takes connections itself.
          await until(
            () => ask.addVoter(voter).catch((error) => error.code),
            (code) => code === undefined || code === 'DUPLICATE_VOTER',
          );
        }
        const { voters } = await quorum(({ voters }) => voters.length === 4);
        expect(ids(voters)).toEqual([3000, 3001, 3002, 3003]);
      },
      ENOUGH,
    );
  });

  it.each(KAFKA_VERSIONS)(
    'let a broker of %s serve, and give it a further disk',
    async (version) => {
      const loop = loopback(path.join(root, `disks-${version}`), [3000], [0], version);
      const [controller, broker] = [server(3000, loop), server(0, loop, 2)];
      expect(await running([controller, broker])).toEqual([founder, joiner]);
      await broker.serving();
      form(loop);
      await broker.stop('SIGTERM');
      broker.addDisk();
      expect(await broker.run()).toEqual(joiner);
      await broker.serving();
      expect((await admin(broker).logDirs(0)).map(({ path, error }) => [path, error])).toEqual(
        broker.directories.map((directory) => [directory, undefined]),
      );
      await broker.stop('SIGTERM');
      expect(await broker.run()).toEqual({ action: 'start', notes: [] });
      await broker.serving();
      await Promise.all([controller.stop(), broker.stop()]);
      controller.wipe();
      expect(await controller.gate(1_000)).toMatchObject({ action: 'wait' });
    },
    ENOUGH,
  );

  it.each(['3.9.1', KAFKA_VERSION, '4.3.1'])(
    'do not let a broker of %s throw away what others have, until somebody gives up what it had',
    async (version) => {
      const loop = loopback(path.join(root, `brokers-${version}`), [3000], [0, 1], version);
      const controller = server(3000, loop);
      const [first, second] = [0, 1].map((id) => server(id, loop));
      await running([controller, first, second]);
      await Promise.all([first.serving(), second.serving()]);
      form(loop);
      const ask = admin(first);
      await ask.createTopics([
        { name: 'orders', partitions: 1, replicationFactor: 2, configs: { 'min.insync.replicas': '1' } },
      ]);
      const orders = (right: (isr: readonly number[], leader: number) => boolean) =>
        until(
          () => ask.describe(),
          ({ topics }: ClusterState) =>
            topics.some(
              ({ name, partitions: [p] }) => name === 'orders' && right([...p.isr].sort(), p.leader),
            ),
        );
      await orders((isr) => isr.length === 2);
      const { host, port } = loop.settings.brokers[1];
      const produce = [
        '--topic',
        'orders',
        '--num-records',
        '1000',
        '--record-size',
        '100',
        '--throughput',
        '-1',
      ];
      await first.tool(
        'org.apache.kafka.tools.ProducerPerformance',
        ...produce,
        '--producer-props',
        `bootstrap.servers=${host}:${port}`,
        'acks=all',
      );
      const size = async () =>
        (await ask.logDirs(0)).flatMap(({ replicas }) => replicas).find(({ topic }) => topic === 'orders')
          ?.sizeBytes;
      const before = await until(size, (bytes) => (bytes ?? 0) > 100_000);

      // Broker 1 is the last one in sync, and then its disk is gone.
      await first.stop('SIGTERM');
      await orders((isr) => isr.join() === '1');
      await second.stop();
      second.wipe();
      expect(await second.gate(2_000)).toMatchObject({
        action: 'wait',
        reason: expect.stringMatching(/ is empty, and no other broker answers that could tell /),
      });
      await first.run();
      await first.serving();
      const held = second.run();
      const said = await until(
        async () => String(second.log.filter(({ gate }) => gate === 'wait').at(-1)?.reason),
        (reason) => /--election-type unclean/.test(reason),
      );
      const eligible = version !== '3.9.1';
      expect(said).toContain(
        eligible
          ? 'partition orders-0 has no broker in sync, and broker 1 may have been the last one; '
          : 'partition orders-0 has only broker 1 in sync; ',
      );
      const command = /kafka-leader-election\.sh (.*)$/.exec(said)?.[1] ?? '';
      const args = command.replace('/run/kafka/', `${first.runDirectory}/`).split(' ');
      await first.tool('org.apache.kafka.tools.LeaderElectionCommand', ...args);
      expect(await held).toEqual(joiner);
      await second.serving();
      await orders((isr, leader) => isr.join() === '0,1' && leader === 0);
      expect(await size()).toBe(before);
      await Promise.all([controller, first, second].map((each) => each.stop()));
    },
    ENOUGH,
  );
});
