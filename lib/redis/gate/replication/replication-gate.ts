import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { confLine, settingOf } from '../redis-conf';
import type { GateDecision, GatePeer, GateRound } from '../round';
import type { RedisSentinelSettings } from '../settings';
import { askSentinels } from './ask-sentinels';
import { decideReplication } from './decide';
import { CLAIM, type ReplicationFacts, type SentinelAnswer, type ServerPeer } from './facts';
import { dropStaleLinks } from './stale-links';
import { startSettings } from './start-settings';

/** Longest that anybody waits for a failover that may never come, in milliseconds. */
const LONGEST_MS = 60_000;

/** Whether a server may start, and as what, where Sentinels say who is the master. */
export async function replicationRound(round: GateRound): Promise<GateDecision> {
  const { settings, lastConf } = round;
  const { sentinel } = settings;
  if (!sentinel) throw new Error('gate.json has no Sentinels, which replication needs');
  const facts = factsOf(round, sentinel, await askSentinels(round, sentinel));
  const decision = decideReplication(facts);
  const details = { wasMaster: wasMaster(lastConf) };
  if (decision.action === 'wait') return { ...decision, details };
  if (decision.action === 'master') await dropStaleLinks(round);
  const isNew = facts.disk === 'empty';
  return {
    action: 'start',
    as: decision.action === 'master' ? 'master' : `replica of ${decision.of}`,
    lines: ownLines(round, decision.action === 'replica' ? decision.of : undefined, isNew),
    details,
    prepare: () => {
      writeFileSync(join(round.paths.run, 'start-settings'), startSettings(round, sentinel, facts.patience));
      rmSync(join(round.paths.data, CLAIM), { force: true });
    },
  };
}

function factsOf(
  round: GateRound,
  { downAfter, failoverTimeout }: RedisSentinelSettings,
  sentinels: ReadonlyMap<string, SentinelAnswer>,
): ReplicationFacts {
  const { settings, self, disk, log, lastConf, paths } = round;
  const { keepsData } = settings;
  return {
    self: self.pod,
    cluster: settings.cluster,
    founders: settings.founders,
    formed: round.formed,
    keepsData,
    disk: disk === 'empty' || !keepsData ? 'empty' : log ? 'log' : 'snapshot',
    wasMaster: keepsData && wasMaster(lastConf),
    claims: existsSync(join(paths.data, CLAIM)),
    restore: settings.restore,
    peers: new Map([...round.peers].map(([pod, peer]) => [pod, peerOf(peer, keepsData)])),
    sentinels: new Map([...sentinels].map(([pod, answer]) => [pod, withPod(round, answer)])),
    awaited: round.awaited,
    patience: Math.min(LONGEST_MS, downAfter + failoverTimeout),
  };
}

/** Where nothing is meant to outlive a pod, what is left on a disk is nothing to go by. */
function peerOf(peer: GatePeer, keepsData: boolean): ServerPeer {
  if (peer.at === 'gate') {
    const { disk, details } = peer.report;
    return {
      state: 'gate',
      disk: keepsData ? disk : 'empty',
      wasMaster: keepsData && details.wasMaster === true,
    };
  }
  const { says } = peer;
  if (says.state === 'gate') return { state: 'silent', reason: 'its gate cannot be understood' };
  return says;
}

/** Sentinels know servers by their full names. */
function withPod({ settings }: GateRound, answer: SentinelAnswer): SentinelAnswer {
  if (answer.state !== 'knows') return answer;
  const member = settings.members.find(({ host }) => host === answer.master);
  return member ? { ...answer, master: member.pod } : answer;
}

/** Whether a server ran as the master last: a replica's redis.conf says whose it is. */
function wasMaster(lastConf: string | undefined): boolean {
  return lastConf !== undefined && settingOf(lastConf, 'replicaof') === undefined;
}

function ownLines({ settings, self }: GateRound, of: string | undefined, isNew: boolean): string[] {
  const { members, port } = settings;
  const announce = [confLine('replica-announce-ip', self.host), confLine('replica-announce-port', port)];
  if (of === undefined) return announce;
  const master = members.find(({ pod }) => pod === of)?.host ?? of;
  // Sentinels would choose it where there is no other, although it may not have a thing yet. start.sh takes this back.
  return [
    ...announce,
    confLine('replicaof', master, port),
    ...(isNew ? [confLine('replica-priority', 0)] : []),
  ];
}
