import { ask } from '../api/http';
import type { Address } from '../api/types';
import type { EtcdAddresses } from './addresses';
import { statusesOf } from './look';
import type { Answer } from './probe';
import type { Remains } from './recovery';

const COMMITTED = /^etcd_server_proposals_committed_total (\S+)$/m;

/**
 * What members have while nobody leads. Where authentication is on nobody can log in without a majority, so that only what
 * they tell Prometheus is known.
 */
export async function remainsOf(
  answers: ReadonlyMap<number, Answer>,
  addresses: EtcdAddresses,
  knownId: bigint | undefined,
  timeoutMs: number,
): Promise<Remains[]> {
  const found = [...answers].map(async ([id, answer]): Promise<Remains[]> => {
    const name = addresses.name(id);
    switch (answer.state) {
      case 'answers': {
        const { clusterId, raftIndex: index } = answer.status;
        return [{ id, name, clusterId, index }];
      }
      case 'gate': {
        const { disk, clusterId, term, index } = answer.report;
        if (disk !== 'data') return [];
        return [
          {
            id,
            name,
            clusterId: clusterId === undefined ? knownId : BigInt(`0x${clusterId}`),
            term: term === undefined ? undefined : BigInt(term),
            index: index === undefined ? undefined : BigInt(index),
          },
        ];
      }
      case 'waiting': {
        const index = await committed(addresses.of(id).metrics, timeoutMs).catch(() => undefined);
        return [{ id, name, clusterId: knownId, index }];
      }
      case 'silent':
        return [];
    }
  });
  return (await Promise.all(found)).flat();
}

/** Id of the cluster, as any of its members tells it. */
export function clusterIdOf(answers: ReadonlyMap<number, Answer>): bigint | undefined {
  return [...statusesOf(answers).values()].at(0)?.clusterId;
}

async function committed(metrics: Address, timeoutMs: number): Promise<bigint | undefined> {
  const { text } = await ask(metrics, { timeoutMs }, { method: 'GET', path: '/metrics' });
  const index = Number(COMMITTED.exec(text)?.[1]);
  return Number.isFinite(index) ? BigInt(index) : undefined;
}
